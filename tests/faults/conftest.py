"""The command itself in processes of its own, which can be killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import compiler
from compiler.commands.app import run as dbspec
from compiler.sandbox.account import Account

ENVIRONMENT = """\
tier: development
edition: "2026.11"
region: ap-northeast-2
target: sandbox
clients: {back-office: {cidr: 10.20.0.0/16}}
windows: {timezone: Asia/Seoul, days: [sun], from: "03:00", to: "06:00"}
"""
DATABASE = """\
kind: mysql
project: shop
owner: checkout
database_name: orders
access: [back-office]
"""
PEOPLE = """\
teams:
  checkout: {}
"""


@dataclass
class Place:
    """A specs folder with one database, its simulated account, and runs of `dbspec` on them."""

    folder: Path
    environ: dict[str, str]
    printed: Callable[[], tuple[str, str]]
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def account(self) -> Account:
        return Account(self.folder / ".dbspec" / "sandbox.db")

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        """A run in a session of its own, as a terminal or a job has it."""
        run = subprocess.Popen(
            [sys.executable, "-m", "compiler.commands.app", *arguments],
            cwd=self.folder,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.started.append(run)
        return run

    def run(self, *arguments: str) -> tuple[int, str]:
        """Exit code and everything that was printed by a run that nobody kills; it needs no process of its own."""
        self.printed()
        code = dbspec(arguments)
        return code, "".join(self.printed())

    def deployment(self, stack: str) -> dict[str, Any]:
        """What Pulumi's state says, read as the file that it is."""
        path = self.folder / ".dbspec" / "state" / ".pulumi" / "stacks" / "dbspec" / f"{stack}.json"
        try:
            found = json.loads(path.read_text())["checkpoint"]["latest"] or {}
        except (FileNotFoundError, ValueError):  # not there, or being written
            return {}
        return dict(found)

    def pending(self, stack: str) -> list[str]:
        """The types of what is being made, or was when its maker died."""
        operations = self.deployment(stack).get("pending_operations") or []
        return [each["resource"]["type"] for each in operations]

    def until_making(self, run: subprocess.Popen[str], stack: str, token: str) -> None:
        """Waits until a run is making something of that type."""
        while token not in self.pending(stack):
            assert run.poll() is None, run.communicate()[0]
            time.sleep(0.02)
        # Long enough for the provider to have been asked.
        time.sleep(0.3)

    def until_said(self, run: subprocess.Popen[str], words: str) -> None:
        """Reads what a run prints up to the line with these words."""
        assert run.stdout
        said = []
        for line in run.stdout:
            if words in line:
                return
            said.append(line)
        raise AssertionError(f"it ended without {words!r}:\n{''.join(said)}")

    def clis(self, run: subprocess.Popen[str]) -> list[int]:
        """The processes that a run has started."""
        listed = subprocess.run(["pgrep", "-P", str(run.pid)], capture_output=True, text=True, check=False)
        return [int(each) for each in listed.stdout.split()]

    def twice(self, stack: str) -> list[tuple[str, str]]:
        """What the account has more than once of a stack."""
        counts = Counter((each.type, each.owner[1]) for each in self.account.owned(stack))
        return sorted(each for each, count in counts.items() if count > 1)

    def locks(self) -> list[Path]:
        return list((self.folder / ".dbspec" / "state" / ".pulumi" / "locks").rglob("*.json"))


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Any:
    folder = tmp_path / "a clone"
    specs = folder / "specs" / "dev"
    specs.mkdir(parents=True)
    (specs / "environment.yaml").write_text(ENVIRONMENT)
    (specs / "orders.yaml").write_text(DATABASE)
    (folder / "specs" / "people.yaml").write_text(PEOPLE)
    (tmp_path / "home").mkdir()
    source = str(Path(compiler.__file__).parent.parent)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "home"))
    found = Place(folder, os.environ | {"PYTHONPATH": source}, capfd.readouterr)
    yield found
    for each in found.started:
        if each.poll() is None:
            os.killpg(each.pid, signal.SIGKILL)
            each.wait()
        if each.stdout:
            each.stdout.close()
