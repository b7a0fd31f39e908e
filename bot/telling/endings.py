"""Waivers and holds that are about to end."""

from __future__ import annotations

from collections.abc import Iterator

from bot.chat.card import Code, Strong, Tone
from bot.jobs.ends import ends
from bot.requests.office import Office
from bot.telling.item import Item
from compiler.lifecycle.said import Written

PREFIX = "ends/"


def items(office: Office, channel: str) -> Iterator[Item]:
    """An item for each that ends soon: of a database for its team, of an environment for `channel`."""
    catalog = office.main(fresh=False).catalog
    for environment in catalog.environments.values():
        yield from _ending(office, environment.name, environment, channel)
    for database in catalog.databases.values():
        team = catalog.people.teams.get(database.spec.owner)
        yield from _ending(office, database.id, database, (team.channel if team else "") or channel)


def _ending(office: Office, target: str, written: Written, channel: str) -> Iterator[Item]:
    today = office.clock().date()
    for each in ends(written, today):
        if each.until < today:
            continue  # it was told while it could be helped
        line = (Strong(f"{each.what} ends on {each.until}"), " for ", Code(target), f": {each.reason}")
        key = f"{PREFIX}{target}/{each.what}/{each.until}"
        yield Item(key, channel, f"{target}: {each.what} ends", line, Tone.WAITING)
