"""What a spec says of how its database changes, comes and goes, done by the real engine on a simulated account."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from compiler.changes import Op
from compiler.diagnostics import Place
from compiler.engine import rename
from compiler.engine.store import record
from compiler.graph import Options, Resource, Stack
from compiler.lifecycle.leaving import Leaving
from compiler.lifecycle.said import Acknowledged, Entry, Held, Lifecycle
from compiler.render import report as rendered
from compiler.report import Ending, exit_code

if TYPE_CHECKING:
    from conftest import Room

Database = Callable[..., Stack]

LINE = Place("specs/prod/orders.yaml", 7, 5)


def test_an_acknowledgement_lets_one_change_through_and_not_the_next(room: Room, database: Database) -> None:
    said = Lifecycle((Acknowledged(Entry("instance", "db_name", "it is empty"), LINE),))
    room.apply(database(), tier="production")
    shop = database(instance={"db_name": "shop"})

    refused = room.apply(shop, tier="production")
    previewed = room.preview(shop, tier="production", lifecycle=said)
    applied = room.apply(shop, tier="production", lifecycle=said)
    unchanged = room.apply(shop, tier="production", lifecycle=said)
    next_one = room.apply(database(instance={"db_name": "store"}), tier="production", lifecycle=said)

    assert exit_code([refused]) == 4
    assert (previewed.refusals, previewed.acknowledged) == ((), said.acknowledged)
    assert (applied.outcome.ending, applied.acknowledged) == (Ending.APPLIED, said.acknowledged)
    assert unchanged.outcome.ending is Ending.UNCHANGED
    assert "was for what has been applied: it can go" in unchanged.outcome.notes[0]
    assert [each.rule for each in next_one.refusals] == ["gate/replace"]
    found = room.record("dev.orders")
    assert found
    assert found.converged
    assert found.converged.acknowledged == said.entries


def test_what_is_held_is_previewed_and_left_alone(
    room: Room, parameters: Database, counted: Callable[[], list[str]]
) -> None:
    held = Held("the audit", date(2026, 12, 31))
    room.apply(parameters("dev.orders", "1"))
    before = len(counted())

    applied = room.apply(parameters("dev.orders", "0"), held=held)
    assert len(counted()) == before
    previewed = room.preview(parameters("dev.orders", "0"), held=held)

    assert (applied.outcome.ending, exit_code([applied])) == (Ending.HELD, 0)
    assert rendered.text([applied]).splitlines()[1] == "  held until the end of 2026-12-31: the audit"
    assert (previewed.outcome.ending, previewed.held) == (Ending.CHANGES, held)
    assert "held until the end of 2026-12-31: the audit" in rendered.text([previewed])


def test_a_decommissioned_database_goes_into_its_snapshot_and_its_key_stays(
    room: Room, database: Database
) -> None:
    armed = database(protect=True, instance={"deletion_protection": True})
    leaving = Lifecycle(leaving=Leaving("sold", "orders-final", armed))
    nothing = Stack(armed.id, ())
    room.apply(armed, tier="production")

    previewed = room.preview(nothing, tier="production", lifecycle=leaving)
    there = room.things(armed.id)
    applied = room.apply(nothing, tier="production", lifecycle=leaving)
    again = room.apply(nothing, tier="production", lifecycle=leaving)

    assert previewed.refusals == ()
    assert {each.resource for each in previewed.changes if each.op is Op.DELETE} == {
        each.name for each in armed.resources if each.name != "key"
    }
    assert [each.resource for each in previewed.changes if each.op is Op.FORGET] == ["key"]
    assert previewed.outcome.notes == (
        "decommissioned: sold",
        "its data stays in orders-final, which is taken before it goes",
    )
    assert ("aws:rds:Instance", "instance") in there
    assert applied.outcome.ending is Ending.DESTROYED
    assert room.things(armed.id) == [("aws:kms:Key", "key"), ("aws:rds:Snapshot", "")]
    assert [each.id for each in room.account.owned(armed.id)][-1] == "orders-final"
    assert any("key (aws:kms:Key) stays in the account" in each for each in applied.outcome.notes)
    assert (again.outcome.ending, exit_code([again])) == (Ending.UNCHANGED, 0)
    found = room.record(armed.id)
    assert found
    assert (found.converged, found.gone, found.last.outcome) == (None, True, record.Outcome.DESTROYED)


def test_nothing_empty_takes_the_place_of_what_was_destroyed_unasked(
    room: Room, parameters: Database
) -> None:
    stack = parameters("dev.orders")
    room.apply(stack, tier="production")
    room.apply(
        Stack(stack.id, ()), tier="production", lifecycle=Lifecycle(leaving=Leaving("sold", None, stack))
    )

    # Being refused does not wear off.
    refused = [room.apply(stack, tier="production") for _ in range(2)]
    previewed = room.preview(stack, tier="production")
    applied = room.apply(stack, tier="production", lifecycle=Lifecycle(begins=True))
    changed = room.apply(parameters("dev.orders", "0"), tier="production")

    for each in (*refused, previewed):
        assert [refusal.rule for refusal in each.refusals] == ["gate/empty"]
        assert exit_code([each]) == 4
    assert (applied.outcome.ending, changed.outcome.ending) == (Ending.APPLIED, Ending.APPLIED)


def test_a_decommission_that_failed_goes_on_and_keeps_the_data(room: Room) -> None:
    stack = _table("dev.sessions")
    nothing, leaving = Stack(stack.id, ()), Lifecycle(leaving=Leaving("sold", "sessions-final", stack))
    room.apply(stack, tier="production")
    room.account.fault("aws:dynamodb:Table", message="InternalServerError: try again", phase="delete")

    failed = room.apply(nothing, tier="production", lifecycle=leaving)
    kept = room.things(stack.id)
    applied = room.apply(nothing, tier="production", lifecycle=leaving)

    assert (failed.outcome.ending, exit_code([failed])) == (Ending.FAILED, 3)
    assert ("aws:dynamodb:Table", "table") in kept
    assert applied.outcome.ending is Ending.DESTROYED
    # The name may be taken twice: nothing is destroyed that has not just been backed up.
    names = [each.attributes["backup_name"] for each in room.account.owned(stack.id)]
    assert names == ["sessions-final", "sessions-final"]


def test_a_database_keeps_its_name_unless_somebody_writes_another(room: Room) -> None:
    before = _table("dev.sessions")
    [table] = before.resources
    after = Stack(before.id, (replace(table, inputs={**table.inputs, "name": "shop-sessions"}),))
    room.apply(before, tier="production")

    refused = [
        work(after, tier="production", lifecycle=Lifecycle(names_itself=False))
        for work in (room.preview, room.apply)
    ]
    written = room.preview(after, tier="production")

    for each in refused:
        [refusal] = each.refusals
        assert refusal.rule == "gate/name"
        assert "would change from dev-sessions to shop-sessions" in refusal.message
        assert refusal.fix == "add `identifier: dev-sessions`, which keeps it"
    assert [each.rule for each in written.refusals] == ["gate/replace"]


def test_a_renamed_database_goes_on_as_it_is(room: Room) -> None:
    stack, new = _table("dev.orders"), _renamed(_table("dev.orders"), "dev.purchases")
    said = Lifecycle(formerly="dev.orders")
    room.apply(stack, tier="production")

    previewed = room.preview(new, tier="production", lifecycle=said)
    still = room.record("dev.orders")
    applied = room.apply(new, tier="production", lifecycle=said)
    again = room.apply(new, tier="production", lifecycle=said)

    assert still
    for each in (previewed, applied):
        assert each.outcome.notes == ("renamed from dev.orders",)
        assert [(change.resource, change.op) for change in each.changes] == [("table", Op.UPDATE)]
        assert [change.properties[0].route for change in each.changes] == [("tags", "dbspec:stack")]
        assert each.refusals == ()
    assert (applied.outcome.ending, again.outcome.ending) == (Ending.APPLIED, Ending.UNCHANGED)
    assert room.record("dev.orders") is None
    assert room.session().stacks(room.target) == {"dev.purchases"}
    assert room.things("dev.orders") == [("aws:dynamodb:Table", "table")]


@pytest.mark.parametrize("point", ["write", "delete"])
def test_a_rename_that_was_killed_goes_on(room: Room, point: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stack, new = _table("dev.orders"), _renamed(_table("dev.orders"), "dev.purchases")
    said = Lifecycle(formerly="dev.orders")
    room.apply(stack, tier="production")

    with monkeypatch.context() as patched:
        patched.setattr(rename.record, point, _die)
        assert room.apply(new, tier="production", lifecycle=said).outcome.ending is Ending.FAILED
    applied = room.apply(new, tier="production", lifecycle=said)

    assert applied.outcome.ending is Ending.APPLIED
    assert [each.op for each in applied.changes] == [Op.UPDATE]
    assert room.record("dev.orders") is None
    assert room.session().stacks(room.target) == {"dev.purchases"}


def _die(*_: object) -> None:
    raise RuntimeError("killed")


def _renamed(stack: Stack, id: str) -> Stack:
    """The same database with another id: it keeps its name in AWS."""
    [table] = stack.resources
    tags = {"dbspec:stack": id, "dbspec:resource": "table"}
    return Stack(id, (replace(table, inputs={**table.inputs, "tags": tags}),))


def _table(id: str) -> Stack:
    inputs: dict[str, Any] = {
        "region": "ap-northeast-2",
        "name": id.replace(".", "-"),
        "billing_mode": "PAY_PER_REQUEST",
        "attributes": [{"name": "id", "type": "S"}],
        "hash_key": "id",
        "deletion_protection_enabled": True,
        "tags": {"dbspec:stack": id, "dbspec:resource": "table"},
    }
    return Stack(id, (Resource("table", "aws:dynamodb:Table", inputs, "", Options(protect=True)),))
