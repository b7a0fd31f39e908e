"""How a Pulumi CLI is got: interrupted, twice at once, failing."""

from __future__ import annotations

import os
import signal
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from compiler.diagnostics import Exit, UserError
from compiler.engine import cli
from compiler.engine.cli import Source, go_build

if TYPE_CHECKING:
    from tests.engine_cli.conftest import Machine

Until = Callable[[Callable[[], bool]], None]


def test_one_is_built_where_no_release_is_reached_and_then_found_in_the_cache(machine: Machine) -> None:
    machine.go()
    said: list[str] = []
    got = cli.install(machine.environ, said.append)
    assert (got.path, got.version, got.source) == (machine.cached, cli.PIN, Source.GO)
    assert got.why == "built with go1.26.8"
    assert got.passed_over[-1] == "release: get.pulumi.com cannot be reached: Connection refused"
    assert said[0].startswith("downloading https://get.pulumi.com/")
    assert said[2].startswith(f"building Pulumi 3.259.0 with go1.26.8 ({machine.bin}/go)")
    assert said[-1] == f"Pulumi 3.259.0 is installed: {machine.cached}"
    assert cli.find(machine.environ).source is Source.CACHE
    assert machine.leftovers() == []


def test_nothing_is_got_where_one_is_found(machine: Machine) -> None:
    machine.go()
    binary = machine.pulumi(machine.bin / "pulumi", "v3.259.0")
    said: list[str] = []
    assert cli.install(machine.environ, said.append).path == binary
    assert said == []
    assert not machine.cache.exists()


def test_a_broken_setting_stops_the_install(machine: Machine) -> None:
    machine.go()
    with pytest.raises(UserError, match="DBSPEC_PULUMI cannot be used"):
        cli.install(machine.environ | {"DBSPEC_PULUMI": "/nowhere"}, print)
    assert not machine.cache.exists()


def test_proxies_are_those_of_this_install_whatever_was_fetched_before(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = urllib.request.build_opener(urllib.request.ProxyHandler({"https": "http://127.0.0.1:2"}))
    monkeypatch.setattr(urllib.request, "_opener", earlier)
    monkeypatch.setattr(earlier, "open", lambda *_, **__: pytest.fail("the shared opener was used"))
    machine.go("finish")
    assert cli.install(machine.environ, print).passed_over[-1].endswith("Connection refused")


def test_a_second_install_says_that_it_waits_and_takes_what_the_first_got(
    machine: Machine, until: Until
) -> None:
    machine.go("half; gate; finish")
    first = machine.start_install()
    until((machine.root / "inside").exists)
    second = machine.start_install()
    assert second.stderr
    assert second.stderr.readline().startswith(f"waiting for another install (process {first.pid}) to end")
    with pytest.raises(UserError, match="cache: there is no"):
        cli.find(machine.environ)
    (machine.root / "open").touch()
    assert first.communicate()[0] == f"go {machine.cached}\n"
    assert second.communicate()[0] == f"cache {machine.cached}\n"
    assert len((machine.root / "built").read_text().splitlines()) == 1


def test_a_waiting_install_takes_over_from_one_that_is_killed(machine: Machine, until: Until) -> None:
    machine.go("half; gate; finish")
    first = machine.start_install()
    until((machine.root / "inside").exists)
    second = machine.start_install()
    assert second.stderr
    assert second.stderr.readline().startswith("waiting")
    first.kill()
    (machine.root / "open").touch()
    assert second.communicate()[0] == f"go {machine.cached}\n"


def test_what_a_killed_install_left_is_taken_for_no_cli_and_removed_by_the_next(
    machine: Machine, until: Until
) -> None:
    machine.go("half; gate; finish")
    killed = machine.start_install()
    until((machine.root / "inside").exists)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    (left,) = machine.cache.glob("partial-*")
    assert (left / "pulumi").stat().st_mode & 0o111
    with pytest.raises(UserError, match="cache: there is no"):
        cli.find(machine.environ)
    _end(machine.root / "inside")

    machine.go()
    assert cli.install(machine.environ, print).path == machine.cached
    assert machine.leftovers() == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_an_install_that_is_asked_to_end_ends_go_and_leaves_nothing(
    machine: Machine, until: Until, number: signal.Signals
) -> None:
    machine.go("half; gate; finish")
    asked = machine.start_install()
    until((machine.root / "inside").exists)
    asked.send_signal(number)
    asked.communicate()
    assert asked.returncode == (-signal.SIGINT if number is signal.SIGINT else 128 + number)
    assert not _runs(machine.root / "inside")
    assert not (machine.root / "gave-up").exists()
    assert machine.leftovers() == []
    assert not machine.cached.exists()


def test_a_go_that_does_not_end_when_asked_is_killed(
    machine: Machine, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(go_build, "_SILENT_FOR", 0)
    monkeypatch.setattr(go_build, "_PATIENCE", 0.1)
    machine.go("trap '' TERM; half; gate")
    with pytest.raises(UserError, match=r"Go build: go build said nothing for 0 minutes and was ended"):
        cli.install(machine.environ, print)
    assert not _runs(machine.root / "inside")
    assert not (machine.root / "gave-up").exists()
    assert machine.leftovers() == []


def test_a_failing_build_gives_gos_own_words_and_everything_that_was_tried(machine: Machine) -> None:
    machine.go("half; echo some/package; echo 'go: example.com/m@v1: no such host' >&2; exit 1")
    with pytest.raises(UserError) as raised:
        cli.install(machine.environ, print)
    assert raised.value.exit_code == Exit.ENGINE
    first, *tried = str(raised.value).splitlines()
    assert first.startswith("no Pulumi CLI 3.259.0 could be had; reach get.pulumi.com, or install Go")
    assert "set DBSPEC_PULUMI to the path of a Pulumi 3.259.0 binary" in first
    assert tried == [
        "1. DBSPEC_PULUMI is not set",
        "2. PATH holds no pulumi",
        f"3. cache: there is no {machine.cached}",
        "4. release: get.pulumi.com cannot be reached: Connection refused",
        "5. Go build: go build failed with code 1: go: example.com/m@v1: no such host",
    ]
    assert machine.leftovers() == []
    assert not machine.cached.exists()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("half; echo 'echo v3.250.0' >> \"$made\"", "is older than 3.259.0"),
        ("half; echo 'echo v3.260.0' >> \"$made\"", "what came is Pulumi 3.260.0, not 3.259.0"),
        ("half; echo 'exit 9' >> \"$made\"", "fails with code 9"),
        ("half", "its version reads ''"),
        ("true", "does not exist"),
    ],
)
def test_a_binary_that_does_not_state_the_pin_never_gets_its_name(
    machine: Machine, body: str, words: str
) -> None:
    machine.go(body)
    with pytest.raises(UserError, match=words):
        cli.install(machine.environ, print)
    assert not machine.cached.exists()
    assert machine.leftovers() == []


def test_a_cache_that_cannot_be_written_is_said_with_the_ways_out(machine: Machine) -> None:
    (machine.root / "a cache").write_text("a file where the folder should be")
    with pytest.raises(
        UserError, match=r"the cache for Pulumi 3.259.0 cannot be used: .*set XDG_CACHE_HOME"
    ) as raised:
        cli.install(machine.environ, print)
    assert raised.value.exit_code == Exit.ENGINE


def test_without_a_home_it_is_said_what_to_set(machine: Machine) -> None:
    with pytest.raises(
        UserError, match="cannot be installed; set XDG_CACHE_HOME to a folder, or set DBSPEC_PULUMI"
    ):
        cli.install({"PATH": machine.environ["PATH"]}, print)


def test_a_machine_without_go_is_told_so(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(go_build, "USUAL_PLACE", machine.root / "go" / "bin" / "go")
    with pytest.raises(UserError, match="Go build: there is no go in PATH, nor"):
        cli.install(machine.environ, print)


def test_go_is_found_where_its_archive_is_unpacked(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = machine.root / "usual" / "go"
    usual.parent.mkdir()
    machine.go().rename(usual)
    monkeypatch.setattr(go_build, "USUAL_PLACE", usual)
    assert cli.install(machine.environ, print).source is Source.GO


@pytest.mark.parametrize(
    ("version", "toolchain", "words"),
    [
        ("go1.24.1", "local", r"is older than go1.25.11, which GOTOOLCHAIN=local keeps it from fetching"),
        ("go1.25rc1", "go1.25rc1", r"is older than go1.25.11, which GOTOOLCHAIN=go1.25rc1 keeps it from"),
        ("go1.19.8", "", r"is older than go1.25.11$"),
    ],
)
def test_a_go_that_is_too_old_and_stays_so_is_passed_over(
    machine: Machine, version: str, toolchain: str, words: str
) -> None:
    machine.go(version=version, toolchain=toolchain)
    with pytest.raises(UserError, match=words):
        cli.install(machine.environ, print)
    assert not (machine.root / "built").exists()


@pytest.mark.parametrize("toolchain", ["auto", "path", "go1.24.1+auto"])
def test_an_older_go_that_fetches_what_a_module_asks_for_is_let_do_so(
    machine: Machine, toolchain: str
) -> None:
    machine.go(version="go1.24.1", toolchain=toolchain)
    said: list[str] = []
    cli.install(machine.environ, said.append)
    assert "go1.24.1 is older than go1.25.11, so it fetches that first" in said


def test_what_somebody_sets_for_their_own_go_code_does_not_reach_the_build(machine: Machine) -> None:
    machine.go()
    own = {"GOOS": "windows", "GOARCH": "386", "GOFLAGS": "-mod=vendor", "GOWORK": "/their/go.work"}
    cli.install(machine.environ | own | {"GOPROXY": "https://proxy.example"}, print)
    environment = dict(
        line.split("=", 1) for line in (machine.root / "environment").read_text().splitlines() if "=" in line
    )
    assert environment["GOPROXY"] == "https://proxy.example"
    assert {name: environment[name] for name in own} == {
        "GOOS": "linux",
        "GOARCH": "arm64",
        "GOFLAGS": "-mod=readonly",
        "GOWORK": "off",
    }
    # What Go leaves when it is killed lies in our own folder, which the next install removes.
    assert Path(environment["GOTMPDIR"]).parent == machine.cache


@pytest.mark.parametrize("answer", ["echo nonsense", "echo '{}'", "echo broken >&2; exit 2"])
def test_a_go_that_does_not_work_is_passed_over(machine: Machine, answer: str) -> None:
    machine.script(machine.bin / "go", answer)
    with pytest.raises(UserError, match=r"Go build: .*/bin/go (does not answer as Go does|fails: broken)"):
        cli.install(machine.environ, print)


def _runs(pid_file: Path) -> bool:
    try:
        os.kill(int(pid_file.read_text()), 0)
    except ProcessLookupError:
        return False
    return True


def _end(pid_file: Path) -> None:
    os.kill(int(pid_file.read_text()), signal.SIGKILL)
