"""A database's whole life by pull requests alone: the commands that CI runs, a real repository, the simulated account.

Once with the real engine on the local forge, once over HTTP against a GitHub that checks what it is sent.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.commands.app import run
from bot.forge.forge import Comment, Conclusion, DeploymentState, Forge, Pull
from bot.forge.github.client import Patience
from bot.forge.github.connect import connect
from bot.forge.local.contributor import Contributor
from bot.forge.local.forge import LocalForge
from bot.jobs import apply as applying
from compiler.engine import schedule
from compiler.engine.session import Session
from compiler.sandbox.account import Account
from tests.applying.conftest import Engine
from tests.forge.github_server import GithubServer

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:pulumi_aws")

PEOPLE = """\
teams: {{checkout: {{members: [ada, grace]}}}}
users:
  ada: {{github: {{id: {ada}, login: ada}}}}
  grace: {{github: {{id: {grace}, login: grace}}}}
grants: {{"*": {{change: [owner], remove: [owner]}}}}
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
FILE = "specs/prod/orders.yaml"


@dataclass
class Loop:
    """`forge` is what the jobs see, `clone` where they run; ada writes, grace reviews and merges."""

    local: LocalForge
    forge: Forge
    clone: Path
    results: Path
    ada: Contributor
    grace: Contributor
    opened: int = 0
    runs: int = 0

    @property
    def account(self) -> Account:
        return Account(self.clone / ".dbspec" / "sandbox.db")

    def open(self, changes: Mapping[str, str | bytes | None], title: str) -> Pull:
        self.opened += 1
        self.ada.commit(f"change-{self.opened}", changes, title)
        return self.ada.open(f"change-{self.opened}", title)

    def preview(self, number: int, *, again: bool = False) -> Conclusion | None:
        """Both tiers that need no account, and what they come to in the required check."""
        pull = self.forge.pulls.pull(number)
        about = [
            "--pull",
            str(number),
            "--head",
            pull.head_sha,
            "--base",
            pull.base_sha,
            "--today",
            "2026-11-23",
        ]
        self.git("fetch", "--quiet", "origin", "+refs/heads/*:refs/remotes/origin/*")
        folder = self.results / pull.head_sha
        if not again:
            assert run(["ci", "preview", "--out", str(folder), *about]) == 0
        run(["ci", "conclude", *([] if again else [str(folder)]), *about])
        (check,) = self.forge.checks.checks(pull.head_sha, "dbspec")
        return check.conclusion

    def merge(self, number: int) -> str:
        """By grace, who approves it first; then the job of main runs."""
        self.grace.review(number)
        return self.grace.merge(number)

    def apply(self) -> int:
        self.runs += 1
        return run(["ci", "apply", "prod", "--today", "2026-11-23"])

    def drift(self) -> list[str]:
        """The open issues about drift after a look."""
        assert run(["ci", "drift", "prod", "--today", "2026-11-23"]) == 0
        return [each.key for each in self.forge.checks.issues("drift/")]

    def comments(self, number: int) -> dict[str, Comment]:
        return {each.key: each for each in self.forge.pulls.comments(number)}

    def things(self) -> list[str]:
        return sorted(each.type for each in self.account.owned("prod.orders"))

    def git(self, *arguments: str) -> None:
        subprocess.run(["git", "-C", str(self.clone), *arguments], check=True, capture_output=True)


@pytest.fixture
def begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalForge:
    """A forge whose main has people and an environment."""
    local = LocalForge.create(tmp_path / "the forge")
    ids = {login: local.contributor(login).account.id for login in ("dbspec[bot]", "ada", "grace")}
    people = PEOPLE.format(ada=ids["ada"], grace=ids["grace"])
    files: Mapping[str, str | bytes | None] = {
        "specs/people.yaml": people,
        "specs/prod/environment.yaml": ENVIRONMENT,
    }
    local.contributor("grace").commit("main", files, "Begin")
    clone = tmp_path / "a clone"
    subprocess.run(["git", "clone", "--quiet", local.url, str(clone)], check=True, capture_output=True)
    monkeypatch.chdir(clone)
    for name in ("GITHUB_RUN_ID", "GITHUB_STEP_SUMMARY", "GITHUB_SERVER_URL", "GITHUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "pulumi"))
    return local


def _loop(local: LocalForge, forge: Forge, tmp_path: Path) -> Loop:
    ada, grace = local.contributor("ada"), local.contributor("grace")
    return Loop(local, forge, tmp_path / "a clone", tmp_path / "results", ada, grace)


def test_a_database_lives_by_pull_requests_alone(
    begun: LocalForge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBSPEC_FORGE", str(tmp_path / "the forge"))
    loop = _loop(begun, begun.connect("dbspec[bot]"), tmp_path)

    pull = _requested_and_approved(loop)
    merged = loop.merge(pull.number)
    assert loop.apply() == 0
    _applied(loop, pull, merged)

    # Somebody changes it in the console, and puts it back.
    (table,) = (each for each in loop.account.owned("prod.orders") if each.type == "aws:dynamodb:Table")
    loop.account.drift(table, ("table_class",), "STANDARD")
    assert loop.drift() == ["drift/prod.orders"]
    loop.account.drift(table, ("table_class",), "STANDARD_INFREQUENT_ACCESS")
    assert loop.drift() == []

    _unapproved(loop)
    _decommissioned_and_removed(loop)


def test_the_same_over_http(begun: LocalForge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(lambda: Account(tmp_path / "a clone" / ".dbspec" / "sandbox.db"))
    monkeypatch.setattr(applying, "apply_stack", engine.apply)
    monkeypatch.setattr(schedule, "touch", lambda stacks: None)
    monkeypatch.setattr(Session, "simulating", lambda session, targets: nullcontext())
    monkeypatch.delenv("DBSPEC_FORGE", raising=False)
    with GithubServer(begun) as server:
        server.largest_page = 2
        for name, value in server.environ().items():
            monkeypatch.setenv(name, value)
        loop = _loop(begun, connect(server.environ(), Patience(tries=2)), tmp_path)

        pull = _requested_and_approved(loop)
        merged = loop.merge(pull.number)
        assert loop.apply() == 0
        _applied(loop, pull, merged)
        _decommissioned_and_removed(loop)

    assert server.problems == []


def _requested_and_approved(loop: Loop) -> Pull:
    """A pull request whose comment tells what it does, and what it does after it was changed."""
    pull = loop.open({FILE: ORDERS}, "Add orders")
    assert loop.preview(pull.number) is Conclusion.ACTION_REQUIRED
    (first,) = loop.comments(pull.number).values()
    assert "prod.orders" in first.body
    assert "grace" in first.body

    loop.ada.commit(
        "change-1", {FILE: ORDERS + "table_class: STANDARD_INFREQUENT_ACCES\n"}, "Make it cheaper"
    )
    assert loop.preview(pull.number) is Conclusion.FAILURE
    loop.ada.commit("change-1", {FILE: ORDERS + "table_class: STANDARD_INFREQUENT_ACCESS\n"}, "Mend it")
    assert loop.preview(pull.number) is Conclusion.ACTION_REQUIRED
    (second,) = loop.comments(pull.number).values()
    assert second.id == first.id
    assert second.body != first.body

    loop.grace.review(pull.number)
    assert loop.preview(pull.number, again=True) is Conclusion.SUCCESS
    return loop.forge.pulls.pull(pull.number)


def _applied(loop: Loop, pull: Pull, merged: str) -> None:
    """It is there, and told on the pull request, in the check of its commit, and as a deployment."""
    assert "aws:dynamodb:Table" in loop.things()
    comments = loop.comments(pull.number)
    assert set(comments) == {"preview", "apply/prod"}
    assert "prod.orders" in comments["apply/prod"].body
    (check,) = loop.forge.checks.checks(merged, "dbspec/apply (prod)")
    assert check.conclusion is Conclusion.SUCCESS
    deployment = loop.forge.checks.deployment(merged, "prod")
    assert deployment
    assert deployment.state is DeploymentState.SUCCESS


def _unapproved(loop: Loop) -> None:
    """What was merged past the check is not applied, until somebody approves it after all."""
    pull = loop.open({FILE: ORDERS}, "Make it quicker")
    loop.grace.merge(pull.number)
    assert loop.apply() == 4
    refused = loop.comments(pull.number)["apply/prod"].body
    assert "table_class" in refused
    assert "merged unapproved" in refused
    (table,) = (each for each in loop.account.owned("prod.orders") if each.type == "aws:dynamodb:Table")
    assert table.attributes["table_class"] == "STANDARD_INFREQUENT_ACCESS"

    loop.grace.review(pull.number)
    assert loop.apply() == 0
    (table,) = (each for each in loop.account.owned("prod.orders") if each.type == "aws:dynamodb:Table")
    assert table.attributes["table_class"] == "STANDARD"
    assert "table_class" not in loop.comments(pull.number)["apply/prod"].body.partition("<details>")[0]


def _decommissioned_and_removed(loop: Loop) -> None:
    """It goes in two steps, and what nobody approved takes none of them."""
    leaving = ORDERS + "decommission: {reason: sold, final_snapshot: orders-final}\n"
    pull = loop.open({FILE: leaving}, "Let orders go")
    assert loop.preview(pull.number) is Conclusion.ACTION_REQUIRED
    loop.merge(pull.number)
    assert loop.apply() == 0
    assert "aws:dynamodb:Table" not in loop.things()
    assert "destroyed" in loop.comments(pull.number)["apply/prod"].body

    pull = loop.open({FILE: None}, "Remove orders")
    loop.preview(pull.number)
    loop.merge(pull.number)
    assert loop.apply() == 0
    assert "aws:dynamodb:Table" not in loop.things()
    assert loop.forge.checks.issues("drift/") == ()
