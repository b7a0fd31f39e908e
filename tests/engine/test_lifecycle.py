"""What a spec says of how its database changes, comes and goes, done by the real engine on a simulated account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from compiler.diagnostics import Place
from compiler.graph import Stack
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
