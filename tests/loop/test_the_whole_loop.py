"""A database from its pull request to its end: real commits, the real engine on a simulated account, and the jobs
themselves as CI runs them, with GitHub over HTTP. tests/acceptance leads the like on a forge in a folder."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.commands.app import run as dbspec_bot
from bot.forge.forge import Conclusion, Forge, Pull, ReviewState
from bot.forge.github.client import Patience
from bot.forge.github.connect import connect
from bot.forge.local.contributor import Contributor
from bot.forge.local.forge import LocalForge
from bot.forge.local.merging import Method
from compiler.commands.app import run as dbspec
from tests.forge.github_server import GithubServer

pytestmark = pytest.mark.xdist_group("engine")

PEOPLE = """\
teams: {{checkout: {{members: [ada, grace]}}}}
users:
  ada: {{github: {{id: {ada}, login: ada}}}}
  grace: {{github: {{id: {grace}, login: grace}}}}
grants: {{"*": {{request: [owner], change: [owner], remove: [owner]}}}}
"""
ENVIRONMENT = """\
tier: production
edition: "2026.11"
region: ap-northeast-2
target: sandbox
approvals: 1
windows: {timezone: Asia/Seoul, days: [sun], from: "03:00", to: "06:00"}
"""
SESSIONS = """\
kind: dynamodb
project: shop
owner: checkout
attributes: {session_id: S}
hash_key: session_id
"""
FILE = "specs/prod/sessions.yaml"


@dataclass
class Loop:
    """`forge` is as the jobs see it, `clone` is where they run."""

    local: LocalForge
    forge: Forge
    clone: Path
    folder: Path
    ada: Contributor
    grace: Contributor
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]
    runs: int = 0

    def pull(self, branch: str, text: str | None) -> Pull:
        self.ada.commit(branch, {FILE: text}, f"{branch} the sessions")
        return self.ada.open(branch, f"{branch} the sessions")

    def preview(self, pull: Pull) -> Pull:
        """Everything that CI does for a push to a pull request."""
        pull = self.forge.pulls.pull(pull.number)
        self._begin()
        self._event(pull)
        results = str(self.folder / f"results-{self.runs}")
        assert self.ci("begin") == 0
        assert self.ci("preview", "--tier", "specs", "--out", results) == 0
        assert self.ci("plan", "--tier", "sandbox", "--out", results) == 0
        for each in json.loads(self.said):
            assert self.ci("preview", "--tier", "sandbox", "--shard", each["shard"], "--out", results) == 0
        # The simulated account is no account to be planned for, and can be asked all the same.
        assert self.ci("preview", "--tier", "account", "--environment", "prod", "--out", results) == 0
        self.code = self.ci("conclude", results)
        return pull

    def approve(self, pull: Pull) -> None:
        """And what CI does when somebody has."""
        self.grace.review(pull.number, ReviewState.APPROVED)
        self._begin()
        self._event(pull)
        assert self.ci("conclude") == 0

    def apply(self) -> int:
        self._begin()
        return self.ci("apply", "prod")

    def drift(self) -> int:
        self._begin()
        return self.ci("drift", "prod")

    def ci(self, *arguments: str) -> int:
        self.capsys.readouterr()
        code = dbspec_bot(["ci", *arguments])
        self.said, self.errors = self.capsys.readouterr()
        return code

    def check(self, sha: str, name: str = "dbspec") -> Conclusion | None:
        (check,) = self.forge.checks.checks(sha, name)
        return check.conclusion

    def comments(self, pull: Pull) -> list[str]:
        return [each.body for each in self.forge.pulls.comments(pull.number)]

    def account(self) -> dict[str, Any]:
        """What is in the simulated account of the database."""
        self.capsys.readouterr()
        assert dbspec(["sandbox", "show", "--format", "json"]) == 0
        return dict(json.loads(self.capsys.readouterr().out))

    def _begin(self) -> None:
        self.runs += 1
        self.monkeypatch.setenv("GITHUB_RUN_ID", str(self.runs))
        subprocess.run(["git", "fetch", "--quiet", "origin"], cwd=self.clone, check=True)

    def _event(self, pull: Pull) -> None:
        file = self.folder / "event.json"
        file.write_text(
            json.dumps(
                {
                    "pull_request": {
                        "number": pull.number,
                        "head": {"sha": pull.head_sha, "repo": {"full_name": "acme/databases"}},
                        "base": {"sha": pull.base_sha},
                    },
                    "repository": {"full_name": "acme/databases"},
                }
            )
        )
        self.monkeypatch.setenv("GITHUB_EVENT_PATH", str(file))


@pytest.fixture
def loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Loop]:
    local = LocalForge.create(tmp_path / "forge")
    ada, grace = local.contributor("ada"), local.contributor("grace")
    people = PEOPLE.format(ada=ada.account.id, grace=grace.account.id)
    ada.commit("main", {"specs/people.yaml": people, "specs/prod/environment.yaml": ENVIRONMENT}, "Begin")
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", local.url, str(clone)], check=True)
    monkeypatch.chdir(clone)
    for name in ("GITHUB_TOKEN", "GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT", "GITHUB_ACTOR"):
        monkeypatch.delenv(name, raising=False)
    with GithubServer(local) as server:
        for name, value in server.environ("good").items():
            monkeypatch.setenv(name, value)
        forge = connect(server.environ("good"), Patience(sleep=lambda _: None))
        yield Loop(local, forge, clone, tmp_path, ada, grace, monkeypatch, capsys)
    assert server.problems == []


def test_a_database_is_asked_for_shown_approved_made_changed_found_otherwise_and_ended(loop: Loop) -> None:
    # Asked for, shown, and looked at again after a push.
    pull = loop.preview(loop.pull("add", SESSIONS + "tll: gone_at\n"))
    assert loop.check(pull.head_sha) is Conclusion.FAILURE
    assert "did you mean" in loop.comments(pull)[0]
    loop.ada.commit("add", {FILE: SESSIONS + "ttl: gone_at\n"}, "Spell it right")
    pull = loop.preview(pull)
    assert loop.check(pull.head_sha) is Conclusion.ACTION_REQUIRED, loop.comments(pull)
    (comment,) = loop.comments(pull)
    assert "prod/sessions" in comment
    assert "grace" in comment
    # Approved, merged, applied, told.
    loop.approve(pull)
    assert loop.check(pull.head_sha) is Conclusion.SUCCESS
    merged = loop.grace.merge(pull.number, Method.SQUASH)
    assert loop.apply() == 0, loop.said + loop.errors
    assert len(loop.comments(pull)) == 2
    assert "applied" in loop.comments(pull)[1]
    deployment = loop.forge.checks.deployment(merged, "prod")
    assert deployment is not None
    assert deployment.state == "success"
    # Somebody changes it in the account, and it is found.
    assert (
        dbspec(["sandbox", "drift", "prod/sessions", "table", "table_class=STANDARD_INFREQUENT_ACCESS"]) == 0
    )
    assert loop.drift() == 0, loop.said + loop.errors
    (issue,) = loop.forge.checks.issues("drift")
    assert "table_class" in issue.body
    # It goes in two steps, with a backup and then its file; and nothing is otherwise any more.
    gone = loop.preview(loop.pull("remove", None))
    assert loop.check(gone.head_sha) is Conclusion.FAILURE
    assert loop.code == 4
    loop.ada.force(
        "remove", {FILE: SESSIONS + "decommission: {reason: moved, final_snapshot: the-last}\n"}, "End it"
    )
    gone = loop.preview(gone)
    assert loop.check(gone.head_sha) is Conclusion.ACTION_REQUIRED, loop.comments(gone)
    loop.approve(gone)
    loop.grace.merge(gone.number)
    assert loop.apply() == 0, loop.said + loop.errors
    assert "aws:dynamodb:Table" not in json.dumps(loop.account())
    file = loop.preview(loop.pull("forget", None))
    assert loop.check(file.head_sha) is not Conclusion.FAILURE, loop.comments(file)
    loop.approve(file)
    loop.grace.merge(file.number, Method.REBASE)
    assert loop.apply() == 0, loop.said + loop.errors
    assert loop.drift() == 0
    assert loop.forge.checks.issues("drift") == ()
