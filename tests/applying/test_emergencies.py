"""Applying what nobody reviewed: who may, and who hears of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.forge.forge import ForgeError, Issue
from compiler.diagnostics import Exit, UserError
from tests.applying.conftest import TABLE, endings
from tests.applying.test_faults import down

if TYPE_CHECKING:
    from tests.applying.conftest import Town

GRACE = {"GITHUB_ACTOR_ID": "3", "GITHUB_ACTOR": "grace", "GITHUB_TRIGGERING_ACTOR": "grace"}


def _issues(town: Town) -> tuple[Issue, ...]:
    return town.forge.checks.issues("emergency/")


def test_whoever_may_applies_what_nobody_reviewed_and_an_issue_says_so(town: Town) -> None:
    town.merge({"specs/prod/orders.yaml": TABLE + "table_class: STANDARD_INFREQUENT_ACCESS\n"}, approve=False)
    town.environ |= GRACE

    found = town.apply("prod", emergency="the shop is down")

    assert endings(found["prod"]) == {"prod.orders": "applied"}
    assert town.engine.jobs["prod.orders"].reviewed is None
    (issue,) = _issues(town)
    assert issue.title == "Emergency apply to prod by grace"
    assert "the shop is down" in issue.body
    assert "prod.orders" in issue.body
    (check,) = town.forge.checks.checks(town.main, "dbspec/apply (prod)")
    assert check.data["emergency"] == {"by": "grace", "reason": "the shop is down"}
    town.apply()
    assert len(_issues(town)) == 1


@pytest.mark.parametrize(
    ("environ", "rule"),
    [
        ({**GRACE, "GITHUB_ACTOR_ID": "2", "GITHUB_ACTOR": "ada", "GITHUB_TRIGGERING_ACTOR": "ada"}, "right"),
        ({**GRACE, "GITHUB_ACTOR_ID": "99"}, "right"),
        ({**GRACE, "GITHUB_TRIGGERING_ACTOR": "ada"}, "again"),
        ({}, "unknown"),
    ],
)
def test_nobody_else_does(new_town: Town, environ: dict[str, str], rule: str) -> None:
    new_town.environ |= environ

    with pytest.raises(UserError) as raised:
        new_town.apply("prod", emergency="it is urgent")

    assert raised.value.exit_code is Exit.REFUSED
    assert [each.rule for each in raised.value.diagnostics] == [f"emergency/{rule}"]
    assert (new_town.engine.did, _issues(new_town)) == ([], ())


def test_an_emergency_has_a_reason(new_town: Town) -> None:
    new_town.environ |= GRACE

    with pytest.raises(UserError, match="has a reason"):
        new_town.apply("prod", emergency="  ")


def test_an_emergency_that_could_not_be_told_is_told_by_the_next_run(new_town: Town) -> None:
    new_town.environ |= GRACE
    new_town.apply("prod", emergency="the forge is down", forge=down(new_town.forge, "put_"))
    assert _issues(new_town) == ()

    new_town.apply()

    (issue,) = _issues(new_town)
    assert "the forge is down" in issue.body
    assert "prod.orders" in issue.body


def test_an_emergency_waits_for_no_forge(new_town: Town) -> None:
    new_town.environ |= GRACE

    found = new_town.apply(
        "prod", emergency="all is down", forge=down(new_town.forge, "pull_of", error=ForgeError("down"))
    )

    assert set(endings(found["prod"]).values()) == {"applied"}
