"""`dbspec engine`, as its user sees it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import pytest

from compiler.commands import app
from compiler.diagnostics import Exit

if TYPE_CHECKING:
    from tests.engine_cli.conftest import Machine


class Printed(NamedTuple):
    exit_code: int
    out: list[str]
    err: list[str]


Run = Callable[..., Printed]


@pytest.fixture
def run(machine: Machine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command, in this process, on that machine."""
    monkeypatch.delenv("DBSPEC_PULUMI", raising=False)
    for name, value in machine.environ.items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str) -> Printed:
        exit_code = app.run(["engine", *arguments])
        out, err = capsys.readouterr()
        return Printed(exit_code, out.splitlines(), err.splitlines())

    return run


def test_it_says_which_cli_is_used_and_what_was_passed_over(machine: Machine, run: Run) -> None:
    machine.pulumi(machine.bin / "pulumi", "v3.120.0")
    machine.pulumi(machine.cached, "v3.259.0")
    assert run() == (
        Exit.DONE,
        [
            f"Pulumi 3.259.0: {machine.cached}",
            "  dbspec installed it before",
            "  before it, DBSPEC_PULUMI is not set",
            f"  before it, PATH: pulumi 3.120.0 in {machine.bin} is older than 3.259.0",
        ],
        [],
    )


def test_json_stands_alone_on_stdout(machine: Machine, run: Run) -> None:
    binary = machine.pulumi(machine.bin / "pulumi", "v3.260.0")
    exit_code, out, err = run("--format", "json")
    assert (exit_code, err) == (Exit.DONE, [])
    assert json.loads("\n".join(out)) == {
        "path": str(binary),
        "version": "3.260.0",
        "source": "path",
        "why": "the first in PATH that is 3.259.0 or newer",
        "passed_over": ["DBSPEC_PULUMI is not set"],
    }


def test_without_a_cli_it_fails_as_the_engine_does(machine: Machine, run: Run) -> None:
    exit_code, out, err = run("--format", "json")
    assert (exit_code, out) == (Exit.ENGINE, [])
    assert err == [
        "error: no Pulumi CLI 3.259.0 or newer is here; run `dbspec engine install`, or set DBSPEC_PULUMI to "
        "the path of a Pulumi 3.259.0 binary [engine/cli-missing]",
        "note: 1. DBSPEC_PULUMI is not set [engine/cli-tried]",
        "note: 2. PATH holds no pulumi [engine/cli-tried]",
        f"note: 3. cache: there is no {machine.cached} [engine/cli-tried]",
    ]


def test_a_failed_install_says_each_thing_that_was_tried_on_a_line(machine: Machine, run: Run) -> None:
    machine.go("echo 'go: one thing' >&2; echo 'go: and another' >&2; exit 1")
    exit_code, out, err = run("install", "--quiet")
    assert (exit_code, out) == (Exit.ENGINE, [])
    assert len(err) == 6
    assert "Go build: go build failed with code 1: go: one thing; go: and another" in err[-1]


def test_install_keeps_progress_off_stdout(machine: Machine, run: Run) -> None:
    machine.go()
    exit_code, out, err = run("install")
    assert (exit_code, out[:2]) == (Exit.DONE, [f"Pulumi 3.259.0: {machine.cached}", "  built with go1.26.8"])
    assert any(line.startswith("building Pulumi 3.259.0") for line in err)
    exit_code, out, err = run("install")
    assert out[:2] == [f"Pulumi 3.259.0: {machine.cached}", "  dbspec installed it before"]
    assert (exit_code, err) == (Exit.DONE, [])


def test_a_quiet_install_says_nothing_but_its_result(machine: Machine, run: Run) -> None:
    machine.go()
    exit_code, out, err = run("install", "--quiet")
    assert (exit_code, out[0], err) == (Exit.DONE, f"Pulumi 3.259.0: {machine.cached}", [])


@pytest.mark.parametrize("arguments", [["--help"], ["install", "--help"]])
def test_help_shows_an_example(run: Run, arguments: list[str]) -> None:
    assert any(line.strip().startswith("Example: dbspec engine") for line in run(*arguments).out)
