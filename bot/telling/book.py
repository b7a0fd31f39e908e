"""What was told in which message, kept in the database of the requests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.chat.chat import Posted
from bot.chat.living import NOTHING, Written
from bot.requests.transaction import creating, reading, upsert, writing
from bot.telling.item import Item, from_data, to_data

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine


@dataclass(frozen=True, slots=True)
class Story:
    """One message and what it tells; `called` is what was said in its thread, by name: `saying`, then `said`.

    `elsewhere` says why it is not in its channel, where it is not.
    """

    id: str
    channel: str
    items: tuple[Item, ...]
    written: Written = NOTHING
    called: tuple[tuple[str, str], ...] = ()
    elsewhere: str = ""


class Book:
    """All methods raise BusyError; each is one transaction."""

    def __init__(self, engine: Engine) -> None:
        from sqlalchemy import Column, Float, MetaData, String, Table, Text

        self.engine = engine
        self._stories = Table(
            "dbspec_stories",
            MetaData(),
            Column("id", String(64), primary_key=True),
            Column("channel", String(200), nullable=False, index=True),
            Column("at", Float, nullable=False, index=True),
            Column("data", Text, nullable=False),
        )

    def create(self) -> None:
        with creating(self.engine) as db:
            self._stories.metadata.create_all(db)

    def stories(self, since: datetime) -> tuple[Story, ...]:
        """Those in which something was told since then, oldest first."""
        table = self._stories
        wanted = table.select().where(table.c.at >= since.timestamp()).order_by(table.c.at, table.c.id)
        with reading(self.engine) as db:
            return tuple(_story(row) for row in db.execute(wanted).all())

    def begin(self, channel: str, items: Sequence[Item], now: datetime) -> Story:
        """A story of what nobody has been told yet; the same again is the same story."""
        keys = "\n".join(sorted(each.key for each in items))
        id = hashlib.sha256(f"{channel}\n{keys}".encode()).hexdigest()[:16]
        story = Story(id, channel, tuple(items))
        row = {"id": id, "channel": channel, "at": now.timestamp(), "data": _data(story)}
        with self._writing() as db:
            db.execute(upsert(self.engine, self._stories, row))
        return story

    def keep(self, story: Story, now: datetime | None = None) -> None:
        """Brings it up to date; with `now` it counts as told anew."""
        values: dict[str, Any] = {"data": _data(story)}
        if now is not None:
            values["at"] = now.timestamp()
        with self._writing() as db:
            db.execute(self._stories.update().where(self._stories.c.id == story.id).values(**values))

    def forget(self, before: datetime) -> None:
        with self._writing() as db:
            db.execute(self._stories.delete().where(self._stories.c.at < before.timestamp()))

    def _writing(self) -> AbstractContextManager[Connection]:
        return writing(self.engine)


def known(stories: Iterable[Story]) -> dict[tuple[str, str], Story]:
    """The story of each item, by its channel and key; the newest where there are several."""
    return {(story.channel, each.key): story for story in stories for each in story.items}


def with_items(story: Story, items: Iterable[Item]) -> Story:
    """The story with these as they are now."""
    now = {each.key: each for each in items}
    return replace(story, items=tuple(now.get(each.key, each) for each in story.items))


def _data(story: Story) -> str:
    written = story.written
    return json.dumps(
        {
            "items": [to_data(each) for each in story.items],
            "posted": list(written.posted) if written.posted else None,
            "begun": written.begun,
            "shown": written.shown,
            "called": [list(each) for each in story.called],
            "elsewhere": story.elsewhere,
        }
    )


def _story(row: Any) -> Story:
    data = json.loads(row.data)
    posted = Posted(*data["posted"]) if data["posted"] else None
    return Story(
        row.id,
        row.channel,
        tuple(map(from_data, data["items"])),
        Written(posted, data["begun"], data["shown"]),
        tuple((name, how) for name, how in data["called"]),
        data["elsewhere"],
    )
