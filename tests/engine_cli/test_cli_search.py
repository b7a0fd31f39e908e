"""Which Pulumi CLI is used."""

from __future__ import annotations

import importlib.metadata
import re
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from compiler.diagnostics import Exit, UserError
from compiler.engine import cli
from compiler.engine.cli import Source, go_build

if TYPE_CHECKING:
    from tests.engine_cli.conftest import Machine


def test_the_setting_wins_over_path_and_cache(machine: Machine) -> None:
    machine.pulumi(machine.bin / "pulumi", "v3.300.0")
    machine.pulumi(machine.cached, "v3.259.0")
    named = machine.pulumi(machine.root / "my own", "v3.260.1")
    found = cli.find(machine.environ | {"DBSPEC_PULUMI": str(named)})
    assert (found.path, found.version, found.source) == (named, "3.260.1", Source.SETTING)
    assert found.passed_over == ()


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ("v3.120.0", "pulumi 3.120.0 in {folder} is older than 3.259.0"),
        ("v4.0.0", "pulumi 4.0.0 in {folder} is not a 3.x"),
        ("hello", "{named} is not a Pulumi CLI: its version reads 'hello'"),
        ("oh >&2; exit 7", "{named} fails with code 7: oh"),
    ],
)
def test_a_setting_that_cannot_be_used_is_an_error_and_not_passed_over(
    machine: Machine, version: str, words: str
) -> None:
    machine.pulumi(machine.bin / "pulumi", "v3.259.0")
    named = machine.pulumi(machine.root / "old" / "pulumi", version)
    with pytest.raises(UserError) as raised:
        cli.find(machine.environ | {"DBSPEC_PULUMI": str(named)})
    assert raised.value.exit_code == Exit.ENGINE
    (diagnostic,) = raised.value.diagnostics
    expected = words.format(folder=named.parent, named=named)
    assert diagnostic.message == f"DBSPEC_PULUMI cannot be used: {expected}"


def test_a_setting_that_names_no_program_says_what_it_names(machine: Machine) -> None:
    plain = machine.root / "plain"
    plain.write_text("text")
    broken = machine.root / "broken"
    broken.write_text("neither a script nor a binary")
    broken.chmod(0o755)
    problems = {
        machine.root / "nowhere": "does not exist",
        plain / "below-a-file": "does not exist",
        machine.root: "is not a file",
        plain: "is not executable",
        broken: "does not run: Exec format error",
    }
    for named, problem in problems.items():
        with pytest.raises(UserError, match=re.escape(f"cannot be used: {named} {problem}; set it to")):
            cli.find(machine.environ | {"DBSPEC_PULUMI": str(named)})


def test_a_relative_setting_becomes_an_absolute_path(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.pulumi(machine.root / "here" / "pulumi", "v3.259.0")
    monkeypatch.chdir(machine.root)
    found = cli.find(machine.environ | {"DBSPEC_PULUMI": "here/pulumi"})
    assert found.path == machine.root / "here" / "pulumi"


@pytest.mark.parametrize(
    "version", ["v3.259.0", "3.259.0", "v3.259.1-dev.0", "v3.1000.0+build", "v3.260.0-alpha.1"]
)
def test_what_is_in_path_is_used_from_the_pin_upwards(machine: Machine, version: str) -> None:
    binary = machine.pulumi(machine.bin / "pulumi", version)
    found = cli.find(machine.environ)
    assert (found.path, found.source) == (binary, Source.PATH)
    assert found.version == version.removeprefix("v")
    assert found.passed_over == ("DBSPEC_PULUMI is not set",)


@pytest.mark.parametrize("version", ["v3.120.0", "v3.258.99", "v3.259.0-alpha.1"])
def test_an_older_one_in_path_is_passed_over_with_the_reason(machine: Machine, version: str) -> None:
    machine.pulumi(machine.bin / "pulumi", version)
    machine.pulumi(machine.cached, "v3.259.0")
    found = cli.find(machine.environ)
    assert (found.path, found.source) == (machine.cached, Source.CACHE)
    reason = f"PATH: pulumi {version.removeprefix('v')} in {machine.bin} is older than 3.259.0"
    assert found.passed_over == ("DBSPEC_PULUMI is not set", reason)


def test_an_older_one_in_path_does_not_hide_a_newer_one_behind_it(machine: Machine) -> None:
    machine.pulumi(machine.bin / "pulumi", "v3.120.0")
    newer = machine.pulumi(machine.root / "second" / "pulumi", "v3.259.0")
    path = f"{machine.bin}:{machine.root / 'none'}:{newer.parent}"
    found = cli.find(machine.environ | {"PATH": path})
    assert found.path == newer
    assert "older" in found.passed_over[1]


def test_what_the_working_folder_holds_is_never_run(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.pulumi(machine.root / "checkout" / "pulumi", "v3.259.0")
    monkeypatch.chdir(machine.root / "checkout")
    with pytest.raises(UserError, match="PATH holds no pulumi"):
        cli.find(machine.environ | {"PATH": "::.:../checkout"})
    assert not (machine.root / "asked").exists()


def test_the_cached_one_is_trusted_by_its_name_and_not_run(machine: Machine) -> None:
    machine.pulumi(machine.cached, "v3.259.0")
    found = cli.find(machine.environ)
    assert (found.path, found.version, found.source) == (machine.cached, cli.PIN, Source.CACHE)
    assert not (machine.root / "asked").exists()


def test_a_binary_is_asked_for_its_version_once_in_a_process(machine: Machine) -> None:
    machine.pulumi(machine.bin / "pulumi", "v3.259.0")
    assert cli.find(machine.environ) == cli.find(dict(machine.environ))
    assert (machine.root / "asked").read_text() == "version\n"


def test_where_there_is_none_all_that_was_tried_is_named_with_the_ways_out(machine: Machine) -> None:
    machine.pulumi(machine.bin / "pulumi", "v3.120.0")
    machine.cached.mkdir(parents=True)
    with pytest.raises(UserError) as raised:
        cli.find(machine.environ)
    assert raised.value.exit_code == Exit.ENGINE
    assert str(raised.value).splitlines() == [
        "no Pulumi CLI 3.259.0 or newer is here; run `dbspec engine install`, or set DBSPEC_PULUMI to the "
        "path of a Pulumi 3.259.0 binary",
        "1. DBSPEC_PULUMI is not set",
        f"2. PATH: pulumi 3.120.0 in {machine.bin} is older than 3.259.0",
        f"3. cache: there is no {machine.cached}",
    ]


def test_the_cache_is_where_the_system_keeps_caches(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Path(machine.environ["HOME"])
    environ = machine.environ | {"XDG_CACHE_HOME": "relative/is/ignored"}
    linux = machine.pulumi(home / ".cache/dbspec/pulumi/3.259.0/pulumi", "v3.259.0")
    mac = machine.pulumi(home / "Library/Caches/dbspec/pulumi/3.259.0/pulumi", "v3.259.0")
    monkeypatch.setattr(sys, "platform", "linux")
    assert cli.find(environ).path == linux
    monkeypatch.setattr(sys, "platform", "darwin")
    assert cli.find(environ).path == mac
    with pytest.raises(UserError, match="cache: neither XDG_CACHE_HOME nor HOME names a folder"):
        cli.find({"PATH": machine.environ["PATH"]})


def test_the_pin_is_the_same_wherever_it_is_written() -> None:
    module = (go_build.MODULE / "go.mod").read_text(encoding="utf-8")
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))[
        "project"
    ]
    assert f"github.com/pulumi/pulumi/pkg/v3 v{cli.PIN} " in module
    assert f"github.com/pulumi/pulumi/sdk/v3 v{cli.PIN} " in module
    assert f"pulumi=={cli.PIN}" in project["dependencies"]
    assert importlib.metadata.version("pulumi") == cli.PIN
