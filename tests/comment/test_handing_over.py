"""Results as shards hand them over."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from bot.jobs.result import Phase, Result, Tier, from_data, to_data, together
from compiler.cost import Delta
from compiler.diagnostics import Diagnostic, Place
from compiler.report import Ending, Failure, Outcome, Report
from compiler.report import Phase as Asked
from tests.comment.some import reports, results

if TYPE_CHECKING:
    from conftest import Compared


@given(results())
@settings(max_examples=20, deadline=None)
def test_a_result_comes_back_from_its_json_as_it_was(result: Result) -> None:
    read = from_data(json.loads(json.dumps(to_data(result))))

    by_stack = [
        tuple(sorted(each, key=lambda report: report.stack)) for each in (result.reports, result.rehearsals)
    ]
    assert read == replace(result, reports=by_stack[0], rehearsals=by_stack[1])


@given(some.lists(reports(), max_size=4, unique_by=lambda each: each.stack), some.randoms())
@settings(max_examples=20, deadline=None)
def test_the_order_in_which_shards_come_says_nothing(found: list[Report], random: object) -> None:
    shards = [Result(7, "a", "b", tier=Tier.ACCOUNT, reports=(each,)) for each in found]
    shards.append(Result(7, "a", "b", unchanged=12))
    shuffled = list(shards)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert together(shuffled) == together(shards)
    assert together(shards).unchanged == 12
    assert together(shards).reports == tuple(sorted(found, key=lambda each: each.stack))


def _both(diff: Report, asked: Report) -> Report:
    specs = Result(7, "a", "b", reports=(diff,))
    account = Result(7, "a", "b", tier=Tier.ACCOUNT, reports=(asked,))
    (report,) = together([account, specs]).reports
    return report


def test_what_the_account_said_stands_over_what_the_specs_said() -> None:
    """As where a change that was merged and never applied is taken back: base to head is worse than it will be."""
    refusal = Diagnostic("gate/refused", "a volume never shrinks", at=Place("specs/prod/orders.yaml", 4, 2))
    diff = Report("prod.orders", Asked.DIFF, Outcome(Ending.CHANGES), refusals=(refusal,), cost=Delta())
    asked = Report("prod.orders", Asked.PREVIEW, Outcome(Ending.UNCHANGED))

    report = _both(diff, asked)

    assert (report.phase, report.outcome.ending, report.refusals) == (Asked.PREVIEW, Ending.UNCHANGED, ())
    assert report.cost == Delta()


def test_what_both_refuse_stands_at_the_line_that_only_the_specs_know() -> None:
    refusal = Diagnostic("gate/refused", "a volume never shrinks", at=Place("specs/prod/orders.yaml", 4, 2))
    diff = Report("prod.orders", Asked.DIFF, Outcome(Ending.CHANGES), refusals=(refusal,))
    unplaced = replace(refusal, at=Place("specs/prod/orders.yaml"))
    other = replace(unplaced, message="another")
    asked = Report("prod.orders", Asked.PREVIEW, Outcome(Ending.CHANGES), refusals=(unplaced, other))

    assert _both(diff, asked).refusals == (refusal, other)


def test_what_is_new_is_new_whoever_was_asked() -> None:
    diff = Report("prod.orders", Asked.DIFF, Outcome(Ending.ADDED))
    asked = Report("prod.orders", Asked.PREVIEW, Outcome(Ending.CHANGES, notes=("an apply was interrupted",)))

    assert _both(diff, asked).outcome == Outcome(Ending.ADDED, notes=("an apply was interrupted",))


def test_a_preview_that_failed_leaves_what_the_specs_said_to_be_seen() -> None:
    diff = Report("prod.orders", Asked.DIFF, Outcome(Ending.ADDED, notes=("renamed",)))
    failed = Report("prod.orders", Asked.PREVIEW, Outcome(Ending.FAILED, (Failure("no credentials"),)))

    found = together(
        [Result(7, "a", "b", reports=(diff,)), Result(7, "a", "b", tier=Tier.ACCOUNT, reports=(failed,))]
    )

    assert found.reports[0].outcome == Outcome(
        Ending.FAILED, (Failure("no credentials"),), notes=("renamed",)
    )


def test_one_shard_that_failed_makes_the_whole_fail() -> None:
    shards = [Result(7, "a", "b", phase=phase) for phase in (Phase.RUNNING, Phase.DONE, Phase.FAILED)]

    assert together(shards).phase is Phase.FAILED
    assert together(shards[:2]).phase is Phase.RUNNING


def test_what_the_sandbox_said_stays_beside_the_rest() -> None:
    rehearsed = Report("prod.orders", Asked.APPLY, Outcome(Ending.APPLIED))
    found = together([Result(7, "a", "b", tier=Tier.SANDBOX, reports=(rehearsed,)), Result(7, "a", "b")])

    assert (found.reports, found.rehearsals, found.tier) == ((), (rehearsed,), Tier.SPECS)


def test_results_of_two_heads_are_never_mixed() -> None:
    with pytest.raises(ValueError, match="different heads"):
        together([Result(7, "a", "b"), Result(7, "c", "b")])


def test_what_a_real_comparison_finds_comes_back_as_it_was(compared: Compared) -> None:
    after = {
        "prod/orders.yaml": "+ storage: {allocated_gib: 50}\noverrides: {instance: {iops: 12000}}\n",
        "prod/carts.yaml": "+ engine_version: '8.0'\nengine_lifecycle_support: open-source-rds-extended-support\n",
        "prod/sessions.yaml": "kind: dynamodb\nproject: x\nowner: identity\nattributes: {id: S}\nhash_key: id\n",
        "staging/orders.yaml": None,
    }
    found = compared({}, after).reports

    assert len(found) == 4
    assert from_data(json.loads(json.dumps(to_data(Result(7, "a", "b", reports=found))))).reports == found
