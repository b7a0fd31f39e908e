"""Whether a pull request may be merged, as far as its specs go."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.jobs.result import Phase, Result
from bot.jobs.verdict import passes, steps, title
from compiler.changes import Change, Op
from compiler.consequences import Consequence
from compiler.diagnostics import Diagnostic, Place, Severity
from compiler.effects import Data, Effect, Service
from compiler.report import Ending, Failure, Outcome, Report
from compiler.report import Phase as Asked

AT = Place("specs/prod/orders.yaml", 4, 1)
WRONG = Diagnostic("spec/unknown-key", "no key 'x'", at=AT)
CHANGED = Report(
    "prod.orders",
    Asked.DIFF,
    Outcome(Ending.CHANGES),
    (Change("prod.orders", "instance", "aws:rds:Instance", Op.REPLACE),),
)
SETTINGS = replace(CHANGED, stack="prod.environment")
NOTHING = Result(7, "a" * 40, "b" * 40, unchanged=4)


def _having(effect: Effect) -> Report:
    found = Consequence("instance", "aws:rds:Instance", Op.REPLACE, (("db_name",),), effect)
    return replace(CHANGED, effects=(found,))


LOSES = _having(Effect("it is made anew", "AWS", data=Data.LOST, service=Service.OUTAGE))
INTERRUPTS = _having(Effect("it moves", "AWS", service=Service.FAILOVER))
REFUSED = replace(LOSES, refusals=(replace(WRONG, rule="gate/replace"),))
UNCOMPARED = replace(CHANGED, outcome=Outcome(Ending.UNCOMPARED), changes=())
FAILED = replace(CHANGED, outcome=Outcome(Ending.FAILED, (Failure("no credentials"),)))

PASSING = {
    "Nothing changes": NOTHING,
    "1 database changes: no data is lost, and nothing is interrupted": replace(NOTHING, reports=(CHANGED,)),
    "1 environment and 1 database change: no data is lost, and nothing is interrupted": replace(
        NOTHING, reports=(SETTINGS, CHANGED)
    ),
    "Look closely: 1 database loses data": replace(NOTHING, reports=(LOSES,)),
    "Look closely: 2 databases are interrupted": replace(NOTHING, reports=(INTERRUPTS, INTERRUPTS)),
    # Otherwise nobody could mend what main has wrong.
    "Look closely: nobody knows what becomes of 1 database": replace(NOTHING, reports=(UNCOMPARED,)),
}
FAILING = {
    "Looking at what this does": replace(NOTHING, phase=Phase.RUNNING, reports=(LOSES,)),
    "The check failed, and not all that this does is known": replace(NOTHING, phase=Phase.FAILED),
    "The check failed, and not all that this does is known; known so far: 1 database refused": replace(
        NOTHING, failures=("a shard died",), reports=(REFUSED,)
    ),
    "Not to be merged as it is: 1 error in the specs": replace(NOTHING, diagnostics=(WRONG,)),
    "Not to be merged as it is: 1 database refused, 1 database loses data": replace(
        NOTHING, reports=(REFUSED,)
    ),
    "Not to be merged as it is: 1 database that could not be looked at": replace(NOTHING, reports=(FAILED,)),
    "Not to be merged as it is: 1 database failed on the simulated account": replace(
        NOTHING, rehearsals=(FAILED,)
    ),
}


@pytest.mark.parametrize("words", PASSING)
def test_nothing_stands_against_what_only_somebody_has_to_want(words: str) -> None:
    result = PASSING[words]
    warned = replace(result, diagnostics=(replace(WRONG, severity=Severity.WARNING),))

    assert (title(result), passes(result), passes(warned)) == (words, True, True)
    (step,) = steps(result)
    assert step.startswith("A reviewer: " if result.reports else "Nobody: ")


@pytest.mark.parametrize("words", FAILING)
def test_what_is_wrong_refused_or_not_known_keeps_from_merging(words: str) -> None:
    result = FAILING[words]

    assert (title(result), passes(result)) == (words, False)
    assert steps(result)
    assert not any("approve" in each for each in steps(result))


def test_who_else_must_act_is_told_beside_what_is_wrong() -> None:
    assert steps(replace(NOTHING, diagnostics=(WRONG,), next=("ada: review it",)))[-1] == "ada: review it"
