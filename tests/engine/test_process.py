"""Running the CLI: what it inherits, how it is ended, and that it cannot hang us."""

from __future__ import annotations

import os
import signal
import stat
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pulumi.automation.errors import CommandError

from compiler.engine import halt as halting
from compiler.engine.halt import Halt, HaltError
from compiler.engine.process import Command, DeadlineError, inherited

Cli = Callable[..., Command]


@pytest.fixture
def halt() -> Halt:
    return Halt()


@pytest.fixture
def cli(tmp_path: Path, halt: Halt) -> Cli:
    """A CLI that is a few lines of Python; `folder` is where it runs."""

    def make(body: str, seconds: float | None = None) -> Command:
        script = tmp_path / "cli"
        # A shell runs it and Python reads over the line: a path with a space fits in no `#!` line.
        shell = f'#!/bin/sh\n"exec" "{sys.executable}" "$0" "$@"\n'
        script.write_text(f"{shell}import os, signal, subprocess, sys, time\n{body}\n")
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
        return Command(script, "3.259.0", {"PATH": os.environ["PATH"]}, halt, seconds=seconds)

    return make


COUNTING = """
seen = 0
def interrupted(*_):
    global seen
    seen += 1
signal.signal(signal.SIGINT, interrupted)
open("ready", "w").close()
end = time.monotonic() + 1.5
while time.monotonic() < end:
    time.sleep(0.05)
print(seen)
"""


def test_a_cli_is_interrupted_exactly_once_however_often_that_is_asked(
    cli: Cli, halt: Halt, tmp_path: Path
) -> None:
    def ask() -> None:
        _wait_for(tmp_path / "ready")
        for _ in range(3):
            halt.request()
            time.sleep(0.2)

    asking = threading.Thread(target=ask)
    asking.start()
    done = cli(COUNTING).run(["up"], str(tmp_path), {})
    asking.join()

    assert done.stdout == "1"


def test_a_signal_to_our_group_does_not_reach_a_cli(cli: Cli, tmp_path: Path) -> None:
    done = cli("print(os.getsid(0) == os.getpid(), os.getpgid(0) == os.getpid())").run(
        ["up"], str(tmp_path), {}
    )

    assert done.stdout == "True True"


def test_nothing_is_started_once_the_run_is_to_end(cli: Cli, halt: Halt, tmp_path: Path) -> None:
    halt.request()

    with pytest.raises(HaltError):
        cli("").run(["up"], str(tmp_path), {})


def test_a_cli_that_takes_too_long_is_interrupted_and_then_killed(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(halting, "GRACE", 0.3)
    deaf = "signal.signal(signal.SIGINT, signal.SIG_IGN)\ntime.sleep(60)"

    with pytest.raises(DeadlineError):
        cli(deaf, seconds=0.5).run(["up"], str(tmp_path), {})


def test_output_that_nobody_reads_and_plugins_that_outlive_a_cli_hold_up_nothing(
    cli: Cli, tmp_path: Path
) -> None:
    body = (
        "child = subprocess.Popen(['sleep', '60'])\n"
        "open('child', 'w').write(str(child.pid))\n"
        "sys.stdout.write('x' * 1_000_000)\n"
        "sys.stderr.write('y' * 1_000_000)\n"
    )

    done = cli(body).run(["up"], str(tmp_path), {})

    os.kill(int((tmp_path / "child").read_text()), signal.SIGKILL)
    assert (len(done.stdout), len(done.stderr)) == (1_000_000, 1_000_000)


def test_a_failure_is_raised_with_what_was_said(cli: Cli, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="it is full"):
        cli("sys.exit('error: it is full')").run(["up"], str(tmp_path), {})


def test_a_cli_inherits_what_it_needs_and_nothing_else() -> None:
    environ = {
        "PATH": "/bin",
        "HOME": "/home/me",
        "HTTPS_PROXY": "http://proxy",
        "LC_ALL": "C.UTF-8",
        "AWS_PROFILE": "acme",
        "PULUMI_CONFIG_PASSPHRASE": "secret",
        "PULUMI_CONFIG_PASSPHRASE_FILE": "passphrase",
        "PULUMI_HOME": "/home/me/.pulumi",
        "PULUMI_ACCESS_TOKEN": "pul-1",
        "PULUMI_STACK": "other",
        "PULUMI_CONTINUE_ON_ERROR": "true",
        "GITHUB_TOKEN": "ghs-1",
        "SLACK_TOKEN": "xoxb-1",
    }

    simulated = inherited(environ, aws=False, passphrase=False)
    real = inherited(environ, aws=True, passphrase=True)

    assert sorted(simulated) == ["HOME", "HTTPS_PROXY", "LC_ALL", "PATH", "PULUMI_HOME"]
    assert sorted(real.keys() - simulated.keys()) == [
        "AWS_PROFILE",
        "PULUMI_CONFIG_PASSPHRASE",
        "PULUMI_CONFIG_PASSPHRASE_FILE",
    ]
    assert real["PULUMI_CONFIG_PASSPHRASE_FILE"] == str(Path("passphrase").absolute())


def _wait_for(path: Path) -> None:
    while not path.exists():
        time.sleep(0.02)
