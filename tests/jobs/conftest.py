"""A repository on a local forge with specs in it, and clones of it in which jobs run."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest

from bot.forge.forge import Forge, Pull
from bot.forge.local.contributor import Contributor
from bot.forge.local.forge import LocalForge
from bot.jobs.event import Event
from bot.jobs.result import Result
from bot.jobs.revisions import Revisions, revisions

TODAY = date(2026, 11, 23)
ROOT = Path(__file__).parents[2]

ENVIRONMENT = """\
tier: production
edition: "2026.11"
region: ap-northeast-2
target: sandbox
clients:
  checkout-api: {security_group: sg-0a1b2c3d}
windows: {timezone: Asia/Seoul, days: [sun], from: "03:00", to: "06:00"}
waive: {RDS.23: {reason: "clients have 3306 compiled in", until: 2027-12-31}}
defaults:
  mysql:
    instance_class: db.r7g.large
"""
IN_AN_ACCOUNT = ENVIRONMENT.replace(
    "target: sandbox",
    """\
target:
  account: "123456789012"
  preview_role: arn:aws:iam::123456789012:role/dbspec-preview
  apply_role: arn:aws:iam::123456789012:role/dbspec-apply
state: {backend: "s3://acme-dbspec?region=ap-northeast-2", secrets: "awskms:///alias/dbspec?region=ap-northeast-2"}
shared_infrastructure:
  terraform_s3: {bucket: acme-terraform, key: shared.tfstate, region: ap-northeast-2}""",
)
ORDERS = """\
kind: mysql
project: ecommerce
owner: checkout
database_name: orders
access: [checkout-api]
"""
SESSIONS = """\
kind: dynamodb
project: ecommerce
owner: checkout
attributes: {session_id: S}
hash_key: session_id
"""
PEOPLE = """\
teams: {{checkout: {{members: [ada, grace]}}}}
users:
  ada: {{github: {{id: {ada}, login: ada}}}}
  grace: {{github: {{id: {grace}, login: grace}}}}
grants: {{"*": {{request: [owner], change: [owner], remove: [owner], waive: [owner]}}}}
"""
SPECS = {
    "specs/people.yaml": "teams: {checkout: {}}\n",
    "specs/prod/environment.yaml": ENVIRONMENT,
    "specs/prod/orders.yaml": ORDERS,
    "specs/prod/sessions.yaml": SESSIONS,
    "specs/dev/environment.yaml": ENVIRONMENT.replace("production", "development"),
    "specs/dev/sessions.yaml": SESSIONS,
}


@dataclass(frozen=True)
class Shop:
    """`forge` acts as the jobs do; `ada` and `grace` work on the specs; `clone` is where jobs run."""

    local: LocalForge
    forge: Forge
    ada: Contributor
    grace: Contributor
    clone: Path

    @property
    def main(self) -> str:
        return self.local.repository.tip("refs/heads/main") or ""

    def pull(self, changes: Mapping[str, str | None], branch: str = "change") -> Pull:
        """A pull request of ada's that writes these files."""
        self.ada.commit(branch, changes, "Change it")
        return self.ada.open(branch, "Change it")

    def fetch(self) -> None:
        git(self.clone, "fetch", "--quiet", "origin", "+refs/*:refs/remotes/origin/*")

    def event(self, pull: Pull) -> Event:
        return Event(pull.number, pull.head_sha, pull.base_sha, pull.from_fork)

    def revisions(self, pull: Pull) -> Revisions:
        """Both sides, fetched."""
        self.fetch()
        return revisions(self.clone / "specs", pull.base_sha, pull.head_sha)

    def preview(self, pull: Pull, today: date = TODAY) -> Result:
        """What the first tier finds."""
        from bot.jobs.preview import preview

        return preview(self.event(pull), self.revisions(pull), today)


def granted(shop: Shop) -> dict[str, str]:
    """Files that let the team approve its databases, and production ask for it."""
    return {
        "specs/people.yaml": PEOPLE.format(ada=shop.ada.account.id, grace=shop.grace.account.id),
        "specs/prod/environment.yaml": ENVIRONMENT.replace(
            "target: sandbox", "target: sandbox\napprovals: 1"
        ),
    }


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> LocalForge:
    """A forge with the specs on main; tests get copies of it."""
    forge = LocalForge.create(tmp_path_factory.mktemp("founded") / "forge")
    forge.contributor("ada").commit("main", dict(SPECS), "Begin")
    return forge


@pytest.fixture(scope="session")
def founded_with_code(founded: LocalForge, tmp_path_factory: pytest.TempPathFactory) -> LocalForge:
    """The same with this code in it, as a team has it that took a copy."""
    root = tmp_path_factory.mktemp("with-code") / "forge"
    shutil.copytree(founded.root, root)
    forge = replace(founded, root=root)
    listed = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "compiler", "bot")
    paths = [path for path in listed.split("\0") if path and (ROOT / path).is_file()]
    forge.contributor("ada").commit(
        "main", {path: (ROOT / path).read_bytes() for path in paths}, "Add the code"
    )
    return forge


@pytest.fixture
def shop(founded: LocalForge, tmp_path: Path) -> Shop:
    return opened(founded, tmp_path)


def opened(founded: LocalForge, tmp_path: Path) -> Shop:
    """A shop of its own."""
    shutil.copytree(founded.root, tmp_path / "forge")
    local = replace(founded, root=tmp_path / "forge")
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", local.url, str(clone)], check=True, capture_output=True)
    return Shop(
        local, local.connect("dbspec[bot]"), local.contributor("ada"), local.contributor("grace"), clone
    )
