"""The issues about drift and about what ends: one a stack, brought up to date, closed when it is gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from bot.forge.forge import Conclusion, ForgeError
from bot.jobs import drift as job
from bot.jobs import straying
from bot.jobs.drift import Found
from bot.jobs.main import Main
from bot.jobs.result import from_data
from compiler.changes import Change, Known, Op, PropertyChange, Side
from compiler.diagnostics import Exit
from compiler.engine.job import Job
from compiler.engine.session import Session
from compiler.report import Ending, Failure, Outcome, Pending, Phase, Report
from tests.applying.conftest import TABLE, TODAY
from tests.applying.test_faults import down

if TYPE_CHECKING:
    from tests.applying.conftest import Town


class Account:
    """What an inspection finds, by stack; everything else is as it was applied."""

    def __init__(self) -> None:
        self.found: dict[str, Report] = {}
        self.asked: list[str] = []

    def inspect(self, session: Session, asked: Job) -> Report:
        stack = asked.stack.id
        self.asked.append(stack)
        ending = Ending.UNCHANGED if asked.spec else Ending.ORPHANED
        return self.found.get(stack, Report(stack, Phase.DRIFT, Outcome(ending), spec=asked.spec))

    def drifts(self, stack: str, value: int) -> None:
        change = PropertyChange(("write_capacity",), Side(Known.KNOWN, value), Side(Known.KNOWN, 5))
        changes = (Change(stack, "table", "aws:dynamodb:Table", Op.UPDATE, (change,), reverts_drift=True),)
        self.found[stack] = Report(stack, Phase.DRIFT, Outcome(Ending.DRIFTED), changes)


@pytest.fixture
def account(town: Town, monkeypatch: pytest.MonkeyPatch) -> Account:
    found = Account()
    monkeypatch.setattr(job, "inspect", found.inspect)
    return found


def _looked(town: Town, name: str = "prod", today: date = TODAY) -> Found:
    main = Main(town.clone)
    return job.drift(
        main, town.forge, town.session(), main.fetch(), name, today, 2, "https://forge.example/runs/1"
    )


def _titles(town: Town, prefix: str) -> list[str]:
    return [each.title for each in town.forge.checks.issues(prefix)]


def test_an_issue_a_stack_is_brought_up_to_date_and_closed_when_it_is_gone(
    town: Town, account: Account
) -> None:
    account.drifts("prod.orders", 7)
    first = _looked(town)
    (issue,) = town.forge.checks.issues("drift/")
    account.drifts("prod.orders", 9)
    _looked(town)
    (again,) = town.forge.checks.issues("drift/")
    account.found.clear()
    gone = _looked(town)

    assert (first.exit, gone.exit) == (Exit.DONE, Exit.DONE)
    assert account.asked[:3] == ["prod.environment", "prod.orders", "prod.sessions"]
    assert (issue.title, issue.key) == ("prod.orders is not as it was applied", "drift/prod.orders")
    assert "7" in issue.body
    assert (again.number, "9" in again.body) == (issue.number, True)
    assert town.forge.checks.issues("drift/") == ()


def test_one_environment_closes_no_issue_of_another(town: Town, account: Account) -> None:
    account.drifts("prod.orders", 7)
    _looked(town)

    _looked(town, "dev")

    assert _titles(town, "drift/") == ["prod.orders is not as it was applied"]


def test_what_could_not_be_looked_at_keeps_its_issue(town: Town, account: Account) -> None:
    account.drifts("prod.orders", 7)
    _looked(town)
    failed = Outcome(Ending.FAILED, (Failure("AccessDenied"),))
    account.found["prod.orders"] = replace(account.found["prod.orders"], outcome=failed)

    found = _looked(town)

    assert found.exit is Exit.ENGINE
    assert _titles(town, "drift/") == ["prod.orders is not as it was applied"]


def test_an_orphan_is_told_until_it_is_gone(town: Town, account: Account) -> None:
    town.merge({"specs/prod/orders.yaml": None})
    _looked(town)
    assert _titles(town, "drift/") == ["prod.orders has no spec"]
    town.merge({"specs/prod/orders.yaml": TABLE}, "Put it back")

    _looked(town)

    assert _titles(town, "drift/") == []


def test_nobody_takes_what_cannot_be_read_for_what_is_gone(town: Town, account: Account) -> None:
    account.drifts("prod.orders", 7)
    _looked(town)
    account.asked.clear()
    town.merge({"specs/prod/sessions.yaml": "kind: mysq\n"})

    found = _looked(town)

    assert (found.exit, account.asked) == (Exit.SPECS, [])
    assert _titles(town, "drift/") == ["prod.orders is not as it was applied"]


def test_a_forge_that_is_down_is_told_and_nothing_else_is_lost(town: Town, account: Account) -> None:
    account.drifts("prod.orders", 7)
    main = Main(town.clone)

    found = job.drift(
        main,
        down(town.forge, "put_issue", error=ForgeError("502")),
        town.session(),
        main.fetch(),
        "prod",
        TODAY,
        2,
        "",
    )

    assert found.exit is Exit.ENGINE
    assert found.failures == ("the issue about prod.orders: 502",)
    assert len(found.reports) == 3


def test_what_ends_soon_is_told_until_it_is_written_otherwise(town: Town, account: Account) -> None:
    hold = "hold: {reason: the audit, until: 2026-12-20}\n"
    waive = (
        "waive: {DynamoDB.6: {reason: rebuilt every night, until: 2026-12-31}}\ndeletion_protection: false\n"
    )
    town.merge({"specs/prod/orders.yaml": TABLE + hold + waive})

    _looked(town, today=date(2026, 12, 1))
    assert _titles(town, "ends/") == []
    _looked(town, today=date(2026, 12, 6))
    (issue,) = town.forge.checks.issues("ends/")
    _looked(town, today=date(2026, 12, 18))
    (later,) = town.forge.checks.issues("ends/")
    town.merge({"specs/prod/orders.yaml": TABLE}, "Nothing of it")
    _looked(town, today=date(2026, 12, 18))

    assert issue.title == "prod.orders: the hold ends on 2026-12-20"
    assert "the audit" in issue.body
    assert "DynamoDB.6" not in issue.body
    assert "the waiver of DynamoDB.6 ends with 2026-12-31 (rebuilt every night)" in later.body
    assert _titles(town, "ends/") == []


def test_what_was_seen_stays_with_the_commit_for_whoever_waits(town: Town, account: Account) -> None:
    change = PropertyChange(("instance_class",), Side(Known.KNOWN, "a"), Side(Known.KNOWN, "b"))
    waits = Pending("instance", "aws:rds:Instance", change, "on Sunday")
    account.found["prod.orders"] = Report(
        "prod.orders", Phase.DRIFT, Outcome(Ending.UNCHANGED), pending=(waits,)
    )
    _looked(town)
    (check,) = town.forge.checks.checks(Main(town.clone).fetch(), straying.check_name("prod"))
    reports = {each.stack: each for each in from_data(check.data).reports}
    assert [each.when for each in reports["prod.orders"].pending] == ["on Sunday"]
    assert check.title == "prod: 0 otherwise than applied, 1 pending in AWS"
    assert check.conclusion is Conclusion.SUCCESS
