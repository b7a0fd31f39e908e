"""What was reviewed and nothing else is applied, by the real engine on a simulated account."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from compiler.changes import Op
from compiler.diagnostics import Diagnostic, Place
from compiler.engine.store import record
from compiler.entries import entries
from compiler.graph import Stack
from compiler.lifecycle.leaving import Leaving
from compiler.lifecycle.said import Lifecycle
from compiler.report import Ending, exit_code
from compiler.reviewed import Reviewed
from compiler.unreviewed import unreviewed

if TYPE_CHECKING:
    from conftest import Room

Graphs = Callable[..., Stack]

BY_HAND = "the push of c0ffee reviews nothing: no pull request brought it"


def test_one_thing_that_nobody_reviewed_stops_all_and_drift_does_until_it_was_shown(
    room: Room, database: Graphs
) -> None:
    grows = {"max_allocated_storage": 100}
    before = database(instance=grows)
    assert _apply(room, before, None) is Ending.APPLIED
    alarm = next(each for each in room.account.owned("dev.orders") if each.owner[1] == "alarm-0")
    room.account.drift(alarm, ("threshold",), 50.0)
    # A rotation: all that the engine shows of the instance and the secret is that they are secret.
    larger = database(instance={"instance_class": "db.r6g.large", **grows})
    rotated = replace(before.resource("password"), inputs={"length": 40, "special": False})
    after = replace(
        larger,
        resources=tuple(rotated if each.name == "password" else each for each in larger.resources),
    )
    reviewed = Reviewed.of(entries(before, after))
    previewed = room.preview(after)
    assert previewed.shown
    assert [
        (each.resource, each.reverts_drift)
        for each in unreviewed(previewed.changes, Reviewed(), before, after)
    ] == [("alarm-0", True), ("instance", False), ("password", False), ("secret-content", False)]

    refused = room.apply(after, reviewed=reviewed.noting(BY_HAND))

    assert exit_code([refused]) == 4
    assert refused.outcome.notes == (BY_HAND,)
    (drift,) = refused.refusals
    assert drift.rule == "review/drift"
    assert drift.message == (
        "dev.orders: alarm-0 (aws:cloudwatch:MetricAlarm) would be changed: threshold from 50 to 90, since the "
        "account is not as it was applied, and no review showed that"
    )
    assert "specs/dev.orders.yaml (a comment suffices)" in drift.fix
    assert _apply(room, after, reviewed.showing(previewed.shown)) is Ending.APPLIED
    # What waits for its window, and storage that grew by itself, are nothing that anybody has to review.
    instance = next(each for each in room.account.owned("dev.orders") if each.owner[1] == "instance")
    room.account.drift(instance, ("allocated_storage",), 40)
    waiting = room.apply(after, reviewed=Reviewed())
    assert (waiting.outcome.ending, waiting.refusals) == (Ending.UNCHANGED, ())
    assert [each.property.route for each in waiting.pending] == [("instance_class",)]


def test_a_new_stack_is_made_another_name_given_and_all_of_it_destroyed_where_that_was_reviewed(
    room: Room, parameters: Graphs
) -> None:
    made, renamed = parameters("dev.orders"), parameters("dev.purchases")
    refused = room.apply(made, reviewed=Reviewed())
    assert _rules(refused.refusals) == ["review/unreviewed"]
    assert (
        "nobody reviewed that parameters (aws:rds:ParameterGroup) is created" in refused.refusals[0].message
    )
    assert room.things("dev.orders") == []
    assert _apply(room, made, Reviewed.of(entries(None, made))) is Ending.APPLIED

    formerly = Lifecycle(formerly="dev.orders")
    refused = room.apply(renamed, lifecycle=formerly, reviewed=Reviewed())
    assert _rules(refused.refusals) == ["review/rename"]
    assert room.session().stacks(room.target) == {"dev.orders"}
    name = entries(made, renamed)
    assert (
        room.apply(renamed, lifecycle=formerly, reviewed=Reviewed.of(name)).outcome.ending is Ending.APPLIED
    )

    gone, nothing = Lifecycle(leaving=Leaving("moved", "kept", renamed)), Stack("dev.purchases", ())
    for other in (None, "other"):
        said = Lifecycle(leaving=Leaving("moved", other, renamed))
        unsaid = Reviewed.of(entries(renamed, nothing, None, said))
        refused = room.apply(nothing, lifecycle=gone, reviewed=unsaid)
        assert (refused.outcome.ending, _rules(refused.refusals)) == (Ending.REFUSED, ["review/decommission"])
    said_so = room.record("dev.purchases")
    assert said_so
    assert said_so.last.outcome is record.Outcome.REFUSED
    going = Reviewed.of(entries(renamed, nothing, None, gone))
    assert room.apply(nothing, lifecycle=gone, reviewed=going).outcome.ending is Ending.DESTROYED

    # In production nothing empty takes its place unasked, nor by a line that nobody reviewed.
    fresh = Lifecycle(begins=True)
    refused = room.apply(
        renamed, tier="production", lifecycle=fresh, reviewed=Reviewed.of(entries(None, renamed))
    )
    assert _rules(refused.refusals) == ["review/begins"]
    begun = Reviewed.of(entries(None, renamed, None, fresh))
    assert (
        room.apply(renamed, tier="production", lifecycle=fresh, reviewed=begun).outcome.ending
        is Ending.APPLIED
    )


def test_a_resumed_apply_finishes_what_was_reviewed_before_it_began_and_since(
    room: Room, database: Graphs
) -> None:
    first, second = database(), database(threshold=80.0, key={"description": "orders, moved"})
    created = Reviewed.of(entries(None, first))
    # It is made, and nobody is told.
    room.account.fault("aws:rds:Instance", message="the connection was lost", late=True)
    assert room.apply(first, reviewed=created).outcome.ending is Ending.FAILED
    assert ("aws:rds:Instance", "instance") in room.things("dev.orders")

    refused = room.apply(second, reviewed=created)
    resumed = room.apply(second, reviewed=created.then(entries(first, second)))

    assert sorted(each.message.partition(" (")[0] for each in refused.refusals) == [
        "dev.orders: nobody reviewed that alarm-0",
        "dev.orders: nobody reviewed that alarm-1",
        "dev.orders: nobody reviewed that key",
    ]
    assert (resumed.outcome.ending, resumed.refusals) == (Ending.APPLIED, ())
    ops = {each.resource: each.op for each in resumed.changes}
    assert (ops["key"], ops["alarm-0"]) == (Op.UPDATE, Op.CREATE)
    assert [each for each, _ in room.things("dev.orders")].count("aws:rds:Instance") == 1


def _apply(room: Room, stack: Stack, reviewed: Reviewed | None) -> Ending:
    report = room.apply(stack, reviewed=reviewed)
    assert report.refusals == ()
    return report.outcome.ending


def _rules(refusals: tuple[Diagnostic, ...]) -> list[str]:
    assert all(isinstance(each.at, Place) for each in refusals)
    return [each.rule for each in refusals]
