"""What is open as an issue: databases that are not as they were applied, stacks without a spec, emergencies."""

from __future__ import annotations

from collections.abc import Iterator

from bot.chat.card import Link, Tone
from bot.requests.office import Office
from bot.telling.item import Item
from compiler.catalog import Catalog

PREFIX = "issue/"
_TOLD = ("drift/", "emergency/")


def items(office: Office, channel: str) -> Iterator[Item]:
    """An item for each open issue, for the team whose database it names, else for `channel`."""
    catalog = office.main(fresh=False).catalog
    for prefix in _TOLD:
        for issue in office.forge.checks.issues(prefix, office.writers):
            told = _channel(catalog, issue.key.removeprefix(prefix), channel)
            line = (Link(f"#{issue.number} {issue.title}", issue.url),)
            yield Item(f"{PREFIX}{issue.key}/{issue.number}", told, issue.title, line, Tone.BAD)


def _channel(catalog: Catalog, stack: str, channel: str) -> str:
    database = catalog.databases.get(stack.replace(".", "/", 1))
    team = catalog.people.teams.get(database.spec.owner) if database else None
    return (team.channel if team else "") or channel
