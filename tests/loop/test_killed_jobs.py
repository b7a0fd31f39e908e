"""A job that is killed while it applies, and the one after it: nothing is made twice, and everybody is told."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

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


def test_a_job_that_is_killed_while_it_applies_is_made_up_for_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = LocalForge.create(tmp_path / "forge")
    ada = local.contributor("ada")
    files = {"specs/people.yaml": "teams: {checkout: {}}\n", "specs/dev/environment.yaml": ENVIRONMENT}
    ada.commit("main", files, "Begin")
    ada.commit("change", {"specs/dev/orders.yaml": ORDERS}, "Add orders")
    pull = ada.open("change", "Add orders")
    ada.merge(pull.number)
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", local.url, str(clone)], check=True)
    environ = {
        "PYTHONPATH": str(ROOT),
        "PULUMI_HOME": str(tmp_path / "home"),
        "DBSPEC_FORGE": str(local.root),
    }
    command = [sys.executable, "-m", "bot.commands.app", "ci", "apply", "dev", "--parallel", "1"]
    account = Account(clone / ".dbspec" / "sandbox.db")
    # The table exists in the account, and nobody has been told yet.
    account.fault("aws:dynamodb:Table", delay=20, late=True)

    job = subprocess.Popen(command, cwd=clone, env=os.environ | environ, stderr=subprocess.DEVNULL)
    try:
        while not any(each.type == "aws:dynamodb:Table" for each in account.owned("dev.orders")):
            assert job.poll() is None
            time.sleep(0.05)
        clis = subprocess.run(["pgrep", "-P", str(job.pid)], capture_output=True, text=True, check=True)
    finally:
        job.kill()
        job.wait()
    for each in clis.stdout.split():
        os.kill(int(each), signal.SIGKILL)
    forge = local.connect("dbspec[bot]")
    assert forge.pulls.comments(pull.number) == ()

    again = subprocess.run(
        command, cwd=clone, env=os.environ | environ, capture_output=True, text=True, check=False
    )

    assert again.returncode == 0, again.stderr
    counts = Counter((each.type, each.owner[1]) for each in account.owned("dev.orders"))
    assert [each for each, count in counts.items() if count > 1] == []
    found = record.read(open_store((clone / ".dbspec" / "state").as_uri()), "dev.orders")
    assert found
    assert found[0].last.outcome is record.Outcome.APPLIED
    (comment,) = forge.pulls.comments(pull.number)
    assert comment.key == "apply/dev"
    assert "dev.orders" in comment.body
