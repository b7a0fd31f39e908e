"""Waivers and holds that are about to end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from bot.chat.card import Code, Strong, Tone
from bot.requests.office import Office
from bot.telling.item import Item

PREFIX = "ends/"
_SOON = timedelta(days=14)


def items(office: Office, channel: str) -> Iterator[Item]:
    """An item for each that ends within two weeks: of a database for its team, of an environment for `channel`."""
    catalog, today = office.main(fresh=False).catalog, office.clock().date()
    for environment in catalog.environments.values():
        hold = environment.spec.hold
        ends = {control: (each.until, each.reason) for control, each in environment.spec.waive.items()}
        yield from _ending(
            environment.name, ends, (hold.until, hold.reason) if hold else None, channel, today
        )
    for database in catalog.databases.values():
        hold = database.spec.hold
        team = catalog.people.teams.get(database.spec.owner)
        ends = {control: (each.until, each.reason) for control, each in database.spec.waive.items()}
        told = (team.channel if team else "") or channel
        yield from _ending(database.id, ends, (hold.until, hold.reason) if hold else None, told, today)


def _ending(
    target: str,
    waivers: dict[str, tuple[date, str]],
    hold: tuple[date, str] | None,
    channel: str,
    today: date,
) -> Iterator[Item]:
    named = {f"the waiver of {control}": each for control, each in waivers.items()}
    named |= {"the hold": hold} if hold else {}
    for what, (until, reason) in named.items():
        if today <= until <= today + _SOON:
            line = (Strong(f"{what} ends on {until}"), " for ", Code(target), f": {reason}")
            yield Item(
                f"{PREFIX}{target}/{what}/{until}", channel, f"{target}: {what} ends", line, Tone.WAITING
            )
