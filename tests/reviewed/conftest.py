"""A repository on a local forge, where people push, open and merge; and what its reviews come to for a stack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.forge.forge import CheckState, Conclusion, Forge, NewCheck, Pull
from bot.forge.local.contributor import Contributor
from bot.forge.local.forge import LocalForge
from bot.forge.local.merging import Method
from bot.reviews import checked, written
from bot.reviews.history import History
from bot.reviews.window import reviewed
from compiler import graph
from compiler.changes import Change
from compiler.comparison import compare
from compiler.engine.store.record import Applied, Attempt, Converged, Outcome
from compiler.graph import Stack
from compiler.report import Ending, Phase, Report
from compiler.report import Outcome as Ended
from compiler.reviewed import Reviewed, Shown
from compiler.unreviewed import unreviewed

ENVIRONMENT = """\
tier: production
edition: "2026.11"
region: ap-northeast-2
target:
  account: "123456789012"
  preview_role: arn:aws:iam::123456789012:role/dbspec-preview
  apply_role: arn:aws:iam::123456789012:role/dbspec-apply
state: {backend: "s3://acme-dbspec?region=ap-northeast-2", secrets: "awskms:///alias/dbspec?region=ap-northeast-2"}
shared_infrastructure:
  terraform_s3: {bucket: acme-terraform, key: shared.tfstate, region: ap-northeast-2}
clients: {checkout-api: {security_group: sg-0a1b2c3d}}
windows: {timezone: Asia/Seoul, days: [sun], from: "03:00", to: "06:00"}
"""
SANDBOX = """\
tier: development
edition: "2026.11"
region: ap-northeast-2
target: sandbox
clients: {checkout-api: {security_group: sg-0a1b2c3d}}
windows: {timezone: Asia/Seoul, days: [sun], from: "03:00", to: "06:00"}
"""
ORDERS = """\
kind: mysql
project: ecommerce
owner: checkout
database_name: orders
access: [checkout-api]
"""
FILE = "specs/prod/orders.yaml"
ENVIRONMENT_FILE = "specs/prod/environment.yaml"
NOW = datetime(2026, 11, 23, tzinfo=UTC)


@dataclass(frozen=True)
class Said:
    """What a judge said."""

    approved: bool
    reason: str


@dataclass
class World:
    """main begins with people.yaml and the environments prod (an account) and dev (the sandbox)."""

    local: LocalForge
    ada: Contributor
    forge: Forge
    unapproved: dict[int, str] = field(default_factory=dict)
    asked: list[int] = field(default_factory=list)
    onto: list[str] = field(default_factory=list)
    _histories: dict[str, History] = field(default_factory=dict)

    @property
    def main(self) -> str:
        return self.local.repository.tip("refs/heads/main") or ""

    @property
    def history(self) -> History:
        """That of main as it is."""
        main = self.main
        return self._histories.setdefault(main, History(self.local.repository.folder, "specs", main))

    def push(self, changes: Mapping[str, str | None]) -> str:
        """Straight onto main."""
        return self.ada.commit("main", changes, "Push")

    def open(self, changes: Mapping[str, str | None], branch: str = "") -> Pull:
        branch = branch or f"change-{len(self.forge.pulls.open_pulls('main'))}-{self.main[:8]}"
        self.ada.commit(branch, changes, "Change it")
        return self.ada.open(branch, "Change it")

    def merge(self, pull: Pull, method: Method = Method.MERGE, *, approved: bool = True) -> str:
        if not approved:
            self.unapproved[pull.number] = "nobody of checkout has approved it"
        return self.ada.merge(pull.number, method)

    def pull(
        self, changes: Mapping[str, str | None], method: Method = Method.MERGE, *, approved: bool = True
    ) -> Pull:
        """Opened and merged."""
        found = self.open(changes)
        self.merge(found, method, approved=approved)
        return self.forge.pulls.pull(found.number)

    def show(self, sha: str, shown: Shown, stack: str = "prod.orders", forge: Forge | None = None) -> None:
        """Keeps what a preview of a commit has shown, as the preview job does."""
        report = Report(stack, Phase.PREVIEW, Ended(Ending.CHANGES), shown=shown)
        done = NewCheck(
            sha, "dbspec", CheckState.DONE, "", "", Conclusion.SUCCESS, data=checked.data([report]), key="1"
        )
        (forge or self.forge).checks.put_check(done)
        self._histories.clear()

    def stack(self, sha: str = "", name: str = "prod.orders") -> Stack | None:
        history = self.history
        return written.at(history, sha or history.head, (name,)).stack

    def converge(self, sha: str = "", name: str = "prod.orders") -> Applied:
        """The record of a stack that was applied at that commit."""
        sha = sha or self.main
        stack = self.stack(sha, name)
        assert stack
        digest = graph.digest(stack)
        known = Converged(sha, digest, graph.to_data(stack), "1.2.3", NOW)
        return Applied(name, known, Attempt(sha, digest, Outcome.APPLIED, NOW))

    def reviewed(self, applied: Applied | None, name: str = "prod.orders") -> Reviewed:
        return reviewed(self.history, self.forge, name, applied, self.judge)

    def judge(self, pull: Pull, onto: str, touched: tuple[str, ...] = ()) -> Said:
        assert self.local.repository.knows(onto)
        self.asked.append(pull.number)
        self.onto.append(onto)
        return Said(pull.number not in self.unapproved, self.unapproved.get(pull.number, "approved by grace"))

    def stopped(
        self,
        applied: Applied | None,
        name: str = "prod.orders",
        *,
        account: Stack | None = None,
        shared: Mapping[str, str] | None = None,
    ) -> list[str]:
        """What nobody reviewed of what an engine would do, by resource and input.

        It finds the account as the record says it was left, or as `account`.
        """
        head = self.stack(name=name)
        converged = graph.from_data(applied.converged.graph) if applied and applied.converged else None
        steps = compare(account or converged, head)
        return told(unreviewed(steps, self.reviewed(applied, name), converged, head, shared))


def told(changes: tuple[Change, ...]) -> list[str]:
    """Each change as `op resource: inputs`, drift by a question mark."""
    return [
        f"{each.op} {each.resource}{'?' if each.reverts_drift else ''}"
        + (
            f": {', '.join(dict.fromkeys(str(one.route[0]) for one in each.properties))}"
            if each.properties
            else ""
        )
        for each in changes
    ]


@pytest.fixture
def world(tmp_path: Path) -> World:
    forge = LocalForge.create(tmp_path / "forge")
    ada = forge.contributor("ada")
    ada.commit(
        "main",
        {
            "specs/people.yaml": "teams: {checkout: {}, platform: {}}\n",
            ENVIRONMENT_FILE: ENVIRONMENT,
            "specs/dev/environment.yaml": SANDBOX,
            FILE: ORDERS,
            "README.md": "Databases\n",
        },
        "Begin",
    )
    return World(forge, ada, forge.connect("dbspec[bot]"))


def orders(**said: object) -> dict[str, str | None]:
    """The spec of prod/orders with these lines more."""
    return {FILE: ORDERS + "".join(f"{key}: {value}\n" for key, value in said.items())}
