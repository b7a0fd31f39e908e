"""What was merged though nobody had approved it: the real engine leaves it undone until somebody does, and tells."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.commands.app import run
from bot.forge.local.forge import LocalForge
from compiler.sandbox.account import Account

pytestmark = [
    pytest.mark.xdist_group("engine"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:pulumi_aws"),
]

PEOPLE = """\
teams: {{checkout: {{members: [ada, grace]}}}}
users:
  ada: {{github: {{id: {ada}, login: ada}}}}
  grace: {{github: {{id: {grace}, login: grace}}}}
grants: {{"*": {{change: [owner]}}}}
"""
ENVIRONMENT = """\
tier: production
edition: "2026.11"
region: ap-northeast-2
target: sandbox
approvals: 1
windows: {timezone: Asia/Seoul, days: [sun], from: "03:00", to: "06:00"}
"""
ORDERS = """\
kind: dynamodb
project: shop
owner: checkout
attributes: {id: S}
hash_key: id
"""


def test_what_was_merged_past_the_check_waits_until_somebody_approves_it_after_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = LocalForge.create(tmp_path / "forge")
    ada, grace = local.contributor("ada"), local.contributor("grace")
    files: Mapping[str, str | bytes | None] = {
        "specs/people.yaml": PEOPLE.format(ada=ada.account.id, grace=grace.account.id),
        "specs/prod/environment.yaml": ENVIRONMENT,
        "specs/prod/orders.yaml": ORDERS,
    }
    ada.commit("main", files, "Begin")
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", local.url, str(clone)], check=True)
    monkeypatch.chdir(clone)
    monkeypatch.setenv("DBSPEC_FORGE", str(local.root))
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "pulumi"))
    for name in ("GITHUB_TOKEN", "GITHUB_STEP_SUMMARY", "GITHUB_RUN_ID"):
        monkeypatch.delenv(name, raising=False)
    forge = local.connect("dbspec[bot]")

    def applied() -> tuple[int, Any]:
        code = run(["ci", "apply", "prod"])
        account = Account(clone / ".dbspec" / "sandbox.db")
        (table,) = (each for each in account.owned("prod.orders") if each.type == "aws:dynamodb:Table")
        return code, table.attributes.get("table_class")

    def comment(number: int) -> str:
        (found,) = forge.pulls.comments(number)
        return found.body

    assert applied()[0] == 0
    ada.commit(
        "change",
        {"specs/prod/orders.yaml": ORDERS + "table_class: STANDARD_INFREQUENT_ACCESS\n"},
        "Change it",
    )
    pull = ada.open("change", "Change it")
    grace.merge(pull.number)

    assert applied() == (4, "STANDARD")
    assert "table_class" in comment(pull.number)
    assert "merged unapproved" in comment(pull.number)
    grace.review(pull.number)
    assert applied() == (0, "STANDARD_INFREQUENT_ACCESS")
    assert "merged unapproved" not in comment(pull.number)
