"""`dbspec engine`, as its user sees it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

from compiler.commands.engine import app
from compiler.diagnostics import Exit, UserError

if TYPE_CHECKING:
    from tests.engine_cli.conftest import Machine


def run(machine: Machine, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Result:
    for name in ("DBSPEC_PULUMI", *machine.environ):
        monkeypatch.delenv(name, raising=False)
    for name, value in machine.environ.items():
        monkeypatch.setenv(name, value)
    return CliRunner().invoke(app, list(arguments))


def test_it_says_which_cli_is_used_and_what_was_passed_over(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.pulumi(machine.bin / "pulumi", "v3.120.0")
    machine.pulumi(machine.cached, "v3.259.0")
    result = run(machine, monkeypatch)
    assert result.exit_code == Exit.DONE
    assert result.stdout.splitlines() == [
        f"Pulumi 3.259.0: {machine.cached}",
        "  dbspec installed it before",
        "  before it, DBSPEC_PULUMI is not set",
        f"  before it, PATH: pulumi 3.120.0 in {machine.bin} is older than 3.259.0",
    ]


def test_json_stands_alone_on_stdout(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    binary = machine.pulumi(machine.bin / "pulumi", "v3.260.0")
    result = run(machine, monkeypatch, "--format", "json")
    assert json.loads(result.stdout) == {
        "path": str(binary),
        "version": "3.260.0",
        "source": "path",
        "why": "the first in PATH that is 3.259.0 or newer",
        "passed_over": ["DBSPEC_PULUMI is not set"],
    }
    assert result.stderr == ""


def test_without_a_cli_it_fails_as_the_engine_does(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(machine, monkeypatch)
    assert result.stdout == ""
    assert isinstance(result.exception, UserError)
    assert result.exception.exit_code == Exit.ENGINE


def test_install_keeps_progress_off_stdout(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.go()
    result = run(machine, monkeypatch, "install")
    assert result.exit_code == Exit.DONE
    assert result.stdout.splitlines()[:2] == [f"Pulumi 3.259.0: {machine.cached}", "  built with go1.26.8"]
    assert "building Pulumi 3.259.0" in result.stderr
    again = run(machine, monkeypatch, "install")
    assert again.stdout.splitlines()[:2] == [
        f"Pulumi 3.259.0: {machine.cached}",
        "  dbspec installed it before",
    ]
    assert again.stderr == ""


@pytest.mark.parametrize("arguments", [["--help"], ["install", "--help"]])
def test_help_shows_an_example(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    assert "Example: dbspec engine" in run(machine, monkeypatch, *arguments).stdout
