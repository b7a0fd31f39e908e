"""A job that is killed while it applies, and the one after it: nothing is made twice, and everybody is told."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.commands.app import run
from bot.forge.forge import Pull
from bot.forge.local.forge import LocalForge
from compiler.engine.store import open_store, record
from compiler.sandbox.account import Account

pytestmark = pytest.mark.xdist_group("engine")

ROOT = Path(__file__).parents[2]
ENVIRONMENT = """\
tier: development
edition: "2026.11"
region: ap-northeast-2
target: sandbox
windows: {timezone: Asia/Seoul, days: [sun], from: "03:00", to: "06:00"}
"""
ORDERS = """\
kind: dynamodb
project: shop
owner: checkout
attributes: {id: S}
hash_key: id
"""


@dataclass
class Job:
    """`ci apply` for a pull request that was merged, in a process of its own where it is to end early.

    `account` is where it applies to.
    """

    local: LocalForge
    clone: Path
    pull: Pull
    account: Account

    @property
    def comments(self) -> list[str]:
        return [each.body for each in self.local.connect("dbspec[bot]").pulls.comments(self.pull.number)]

    @property
    def outcome(self) -> record.Outcome:
        found = record.read(open_store((self.clone / ".dbspec" / "state").as_uri()), "dev.orders")
        assert found
        return found[0].last.outcome

    def begin(self) -> subprocess.Popen[bytes]:
        """Runs until the table exists in the account, and nobody has been told so yet."""
        self.account.fault("aws:dynamodb:Table", delay=5, late=True)
        job = subprocess.Popen(
            [sys.executable, "-m", "bot.commands.app", *APPLY],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while not any(each.type == "aws:dynamodb:Table" for each in self.account.owned("dev.orders")):
            assert job.poll() is None
            time.sleep(0.05)
        return job

    def converges(self) -> None:
        """The next job makes up for it: nothing is there twice, and the pull request is told that it is done."""
        assert run(APPLY) == 0
        counts = Counter((each.type, each.owner[1]) for each in self.account.owned("dev.orders"))
        assert [each for each, count in counts.items() if count > 1] == []
        assert self.outcome is record.Outcome.APPLIED
        (comment,) = self.comments
        assert "All is applied" in comment


APPLY = ["ci", "apply", "dev", "--parallel", "1"]


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Job:
    local = LocalForge.create(tmp_path / "forge")
    ada = local.contributor("ada")
    files = {"specs/people.yaml": "teams: {checkout: {}}\n", "specs/dev/environment.yaml": ENVIRONMENT}
    ada.commit("main", files, "Begin")
    ada.commit("change", {"specs/dev/orders.yaml": ORDERS}, "Add orders")
    pull = ada.open("change", "Add orders")
    ada.merge(pull.number)
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", local.url, str(clone)], check=True)
    monkeypatch.chdir(clone)
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DBSPEC_FORGE", str(local.root))
    return Job(local, clone, pull, Account(clone / ".dbspec" / "sandbox.db"))


def test_a_job_that_is_killed_while_it_applies_is_made_up_for_by_the_next(job: Job) -> None:
    running = job.begin()
    clis = subprocess.run(["pgrep", "-P", str(running.pid)], capture_output=True, text=True, check=True)
    running.kill()
    running.wait()
    for each in clis.stdout.split():
        os.kill(int(each), signal.SIGKILL)

    assert (job.outcome, job.comments) == (record.Outcome.STARTED, [])
    job.converges()


def test_a_job_that_is_asked_to_end_lets_the_step_finish_and_tells(job: Job) -> None:
    running = job.begin()
    running.send_signal(signal.SIGTERM)

    assert running.wait() == 3
    assert job.outcome is record.Outcome.INTERRUPTED
    (comment,) = job.comments
    assert "interrupted" in comment
    assert len([each for each in job.account.owned("dev.orders") if each.type == "aws:dynamodb:Table"]) == 1
    job.converges()
