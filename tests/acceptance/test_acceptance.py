"""Each kind's life on an AWS account, by the jobs as CI runs them: made, changed, kept from being replaced, changed by
somebody and put back, ended with a copy, forgotten.

DBSPEC_ACCEPTANCE names a file with what environment.yaml says of the account (docs/limits.md). Without it one kind
goes through the same on the simulated account, so that the run itself is known to work.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.commands.app import run as dbspec_bot
from bot.forge.forge import Conclusion, Pull, ReviewState
from bot.forge.local.contributor import Contributor
from bot.forge.local.forge import LocalForge
from compiler import catalog
from compiler.commands.app import run as dbspec
from compiler.diagnostics import Exit
from compiler.source import WorkTree
from tests.acceptance.lives import LIVES, Life

pytestmark = [
    pytest.mark.xdist_group("engine"),
    pytest.mark.timeout(4 * 3600 if os.environ.get("DBSPEC_ACCEPTANCE") else 300),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:pulumi_aws"),
]

ACCOUNT = os.environ.get("DBSPEC_ACCEPTANCE", "")
ENVIRONMENT = """\
tier: staging
edition: "2026.11"
approvals: 1
windows: {timezone: UTC, days: [mon, tue, wed, thu, fri, sat, sun], from: "03:00", to: "06:00"}
"""
SANDBOX = "region: us-west-2\ntarget: sandbox\n"
PEOPLE = """\
teams: {{team: {{members: [ada, grace]}}}}
users:
  ada: {{github: {{id: {ada}, login: ada}}}}
  grace: {{github: {{id: {grace}, login: grace}}}}
grants: {{"*": {{request: [owner], change: [owner], remove: [owner]}}}}
"""


@dataclass
class Repository:
    """One database in a repository of its own, on a forge in a folder; `name` is new in every run."""

    local: LocalForge
    ada: Contributor
    grace: Contributor
    name: str
    clone: Path
    folder: Path
    say: Callable[[], str]
    environ: pytest.MonkeyPatch
    runs: int = 0

    @property
    def identifier(self) -> str:
        """What it is called in AWS."""
        return f"accepted-acceptance-{self.name}"

    def proposed(self, text: str | None) -> tuple[Pull, int]:
        """A pull request that brings the file to this, with what `conclude` made of it."""
        branch = f"change-{self.runs}"
        self.ada.commit(branch, {f"specs/acceptance/{self.name}.yaml": text}, branch)
        pull = self.ada.open(branch, branch)
        results = str(self.folder / branch)
        self._begin(pull)
        assert self._ci("preview", "--tier", "specs", "--out", results) == 0, self.say()
        account = ("--environment", "acceptance")
        assert self._ci("preview", "--tier", "account", *account, "--out", results) == 0, self.say()
        return pull, self._ci("conclude", results)

    def merged(self, text: str | None) -> None:
        """Proposed, approved, merged and applied, after which the account is as the specs say."""
        pull, _ = self.proposed(text)
        self.grace.review(pull.number, ReviewState.APPROVED)
        self._begin(pull)
        assert self._ci("conclude") == 0, self.say()
        self.grace.merge(pull.number)
        assert self._ci("apply", "acceptance") == 0, self.say()

    def unchanged(self) -> None:
        """An engine that looks again finds nothing to do: no phantom differences."""
        self._fetched()
        assert dbspec(["preview", f"acceptance/{self.name}", "--detailed-exitcode"]) == Exit.DONE, self.say()

    def drifted(self) -> str:
        """What the issue about drift says, "" where there is none."""
        assert self._ci("drift", "acceptance") == 0, self.say()
        issues = self.local.connect("dbspec[bot]").checks.issues("drift")
        return "".join(each.body for each in issues)

    def check(self, pull: Pull) -> Conclusion | None:
        (found,) = self.local.connect("dbspec[bot]").checks.checks(pull.head_sha, "dbspec")
        return found.conclusion

    def _fetched(self) -> None:
        for arguments in (["fetch", "--quiet", "origin"], ["checkout", "--quiet", "--force", "origin/main"]):
            subprocess.run(["git", *arguments], cwd=self.clone, check=True)

    def _begin(self, pull: Pull) -> None:
        event = {
            "pull_request": {
                "number": pull.number,
                "head": {"sha": pull.head_sha, "repo": {"full_name": "acme/databases"}},
                "base": {"sha": pull.base_sha},
            },
            "repository": {"full_name": "acme/databases"},
        }
        (self.folder / "event.json").write_text(json.dumps(event))

    def _ci(self, *arguments: str) -> int:
        self.runs += 1
        self.environ.setenv("GITHUB_RUN_ID", str(self.runs))
        self._fetched()
        return dbspec_bot(["ci", *arguments])


@pytest.fixture
def repository(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Repository:
    local = LocalForge.create(tmp_path / "forge")
    ada, grace = local.contributor("ada"), local.contributor("grace")
    place = Path(ACCOUNT).read_text() if ACCOUNT else SANDBOX
    files = {
        "specs/people.yaml": PEOPLE.format(ada=ada.account.id, grace=grace.account.id),
        "specs/acceptance/environment.yaml": ENVIRONMENT + place,
    }
    ada.commit("main", files, "Begin")
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", local.url, str(clone)], check=True)
    monkeypatch.chdir(clone)
    for name in ("GITHUB_TOKEN", "GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT", "GITHUB_ACTOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DBSPEC_FORGE", str(local.root))
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(tmp_path / "event.json"))
    name = f"{request.node.callspec.params['kind']}-{secrets.token_hex(3)}"
    return Repository(
        local, ada, grace, name, clone, tmp_path, lambda: "\n".join(capsys.readouterr()), monkeypatch
    )


def _client(service: str) -> Any:
    import boto3
    from ruamel.yaml import YAML

    place = YAML(typ="safe").load(Path(ACCOUNT).read_text())
    session = boto3.Session(region_name=place["region"])
    role = session.client("sts").assume_role(
        RoleArn=place["target"]["apply_role"], RoleSessionName="acceptance"
    )["Credentials"]
    return session.client(
        service,
        aws_access_key_id=role["AccessKeyId"],
        aws_secret_access_key=role["SecretAccessKey"],
        aws_session_token=role["SessionToken"],
    )


def _tamper(repository: Repository, life: Life) -> None:
    if ACCOUNT:
        life.tamper(_client, repository.identifier)
        return
    thing = (f"acceptance/{repository.name}", life.resource, f"{life.property}={life.value}")
    assert dbspec(["sandbox", "drift", *thing]) == 0, repository.say()


def _left(repository: Repository, life: Life) -> bool:
    if ACCOUNT:
        return life.left(_client, repository.identifier)
    repository.say()
    assert dbspec(["sandbox", "show", "--format", "json"]) == 0
    # Its key stays: without it nobody could read the copy.
    return life.type in repository.say()


@pytest.mark.parametrize("kind", LIVES if ACCOUNT else ["dynamodb"])
def test_a_database_lives_as_the_pages_say(kind: str, repository: Repository) -> None:
    life = LIVES[kind]
    # Made, and found as it was made.
    repository.merged(life.spec)
    repository.unchanged()
    # Changed in place.
    changed = life.spec + life.change
    repository.merged(changed)
    # Kept from being replaced.
    pull, code = repository.proposed(changed.replace(*life.replaces))
    assert code == Exit.REFUSED, repository.say()
    assert repository.check(pull) is Conclusion.FAILURE
    # Changed by somebody, told, and put back by a change that shows it.
    assert repository.drifted() == ""
    _tamper(repository, life)
    assert life.property in repository.drifted()
    repository.merged(f"# put back\n{changed}")
    assert repository.drifted() == ""
    # Ended with a copy, and forgotten.
    final = f"{repository.identifier}-last"
    repository.merged(f"{changed}decommission: {{reason: accepted, final_snapshot: {final}}}\n")
    assert not _left(repository, life)
    repository.merged(None)


def test_the_account_of_the_page_makes_an_environment(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "limits.md").read_text()
    (place,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    specs = tmp_path / "specs"
    (specs / "acceptance").mkdir(parents=True)
    (specs / "people.yaml").write_text(PEOPLE.format(ada=1, grace=2))
    (specs / "acceptance" / "environment.yaml").write_text(ENVIRONMENT + place)
    for name, life in LIVES.items():
        (specs / "acceptance" / f"{name}.yaml").write_text(life.spec + life.change)
        assert life.replaces[0] in life.spec
    catalog.load(WorkTree(specs)).checked()
