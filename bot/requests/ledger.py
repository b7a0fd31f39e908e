"""What was asked for and how far it is, kept in the database of the durable work."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bot.chat.chat import Posted
from bot.requests.request import Request, from_data, to_data
from bot.requests.transaction import creating, reading, upsert, writing

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine, Table

_SAID = ("stage", "note", "path", "base", "sha", "url", "shown")
_RETRIES = 60.0  # seconds in which a chat repeats what it thinks was not heard
_LEASE = 120.0  # seconds after which whoever began to write a message has not lived to end it


@dataclass(frozen=True, slots=True)
class Entry:
    """One request and what came of it.

    `path` and `base` are of its draft, `sha` is our last commit, `number` its pull request. `posted` is its message,
    `shown` a digest of what that says. `note` is for people: why it ended. `ended` is when nothing more was to come of
    it. `due` is when to ask the forge again, `stage` what was known the last time.
    """

    request: Request
    stage: str = ""
    note: str = ""
    path: str = ""
    base: str = ""
    sha: str = ""
    number: int = 0
    url: str = ""
    posted: Posted | None = None
    shown: str = ""
    due: datetime | None = None
    ended: datetime | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


class Ledger:
    """All methods raise BusyError; each is one transaction. `writer` names this process, and outlives it."""

    def __init__(self, engine: Engine, writer: str = "local") -> None:
        self.engine = engine
        self.writer = writer
        self._requests, self._claims = _tables()

    def create(self) -> None:
        """Makes the tables that are not there."""
        with creating(self.engine) as db:
            self._requests.metadata.create_all(db)

    def add(self, request: Request, now: datetime) -> bool:
        """False where it was there already."""
        with self._writing() as db:
            row = {
                "id": request.id,
                "target": request.target,
                "asker": request.by,
                "said": json.dumps(to_data(request)),
                "asked": now.timestamp(),
                "due": now.timestamp(),
                "known": "{}",
            }
            return bool(db.execute(upsert(self.engine, self._requests, row)).rowcount)

    def entry(self, id: str) -> Entry | None:
        found = list(self._select(self._requests.c.id == id))
        return found[0] if found else None

    def entries(
        self, *, target: str = "", by: str = "", number: int = 0, open: bool = True, limit: int = 100
    ) -> tuple[Entry, ...]:
        """Newest first; without `open` those too that have ended."""
        table = self._requests.c
        wanted: list[Any] = [table.ended.is_(None)] if open else []
        wanted += [table.target == target] if target else []
        wanted += [table.asker == by] if by else []
        wanted += [table.number == number] if number else []
        return tuple(self._select(*wanted, limit=limit))

    def unstarted(self, before: datetime, limit: int = 200) -> tuple[Entry, ...]:
        """Those of which nothing is known but that they were asked for, before that moment."""
        table = self._requests.c
        return tuple(
            self._select(
                table.ended.is_(None), table.number == 0, table.asked < before.timestamp(), limit=limit
            )
        )

    def due(self, now: datetime, limit: int = 200) -> tuple[Entry, ...]:
        """Those in flight whose turn to be looked at has come, longest waiting first."""
        table = self._requests.c
        return tuple(
            self._select(table.ended.is_(None), table.due <= now.timestamp(), order=table.due, limit=limit)
        )

    def ended(self, target: str, now: datetime) -> int:
        """How many requests for it have ended; one that came to nothing counts after a minute, when no retry comes."""
        from sqlalchemy import func, select

        table = self._requests.c
        long_ago = (table.number > 0) | (table.ended < now.timestamp() - _RETRIES)
        wanted = (table.target == target, table.ended.is_not(None), long_ago)
        with self._reading() as db:
            return int(db.execute(select(func.count()).where(*wanted)).scalar_one())

    def note(self, id: str, **known: Any) -> None:
        """Brings fields of an entry to these values."""
        columns: dict[str, Any] = {}
        for name in ("due", "ended"):
            if name in known:
                value = known.pop(name)
                columns[name] = value and value.timestamp()
        if "number" in known:
            columns["number"] = known.pop("number")
        with self._writing() as db:
            mine = self._requests.select().where(self._requests.c.id == id).with_for_update()
            row = db.execute(mine).one()
            known = json.loads(row.known) | known
            db.execute(
                self._requests.update()
                .where(self._requests.c.id == id)
                .values(**columns, known=json.dumps(known, sort_keys=True))
            )

    def end(self, id: str, now: datetime, **known: Any) -> None:
        """Nothing more is to come of it: its names are free again."""
        self.note(id, ended=now, due=None, **known)
        self.release(id)

    def lease(self, id: str, now: datetime) -> bool:
        """Whether the message of a request is the caller's to write, until `free`, or for two minutes."""
        table = self._requests.c
        free = (table.showing.is_(None)) | (table.showing < now.timestamp() - _LEASE)
        with self._writing() as db:
            mine = {"showing": now.timestamp(), "writer": self.writer}
            return bool(db.execute(self._requests.update().where(table.id == id, free).values(mine)).rowcount)

    def free(self, id: str) -> None:
        with self._writing() as db:
            db.execute(self._requests.update().where(self._requests.c.id == id).values(showing=None))

    def free_all(self) -> None:
        """Frees what an earlier life of this process was writing when it was killed."""
        mine = self._requests.c.writer == self.writer
        with self._writing() as db:
            db.execute(self._requests.update().where(mine).values(showing=None))

    def claim(self, what: str, id: str) -> str:
        """Takes a name for a request; the id of whoever has it, which is the same id where it was free."""
        table = self._claims
        with self._writing() as db:
            db.execute(upsert(self.engine, table, {"what": what, "id": id}))
            return str(db.execute(table.select().where(table.c.what == what)).one().id)

    def release(self, id: str) -> None:
        """Gives back every name that a request took."""
        with self._writing() as db:
            db.execute(self._claims.delete().where(self._claims.c.id == id))

    def wake(self, now: datetime, number: int = 0) -> None:
        """Makes whatever is in flight due, or what has this pull request."""
        table = self._requests
        wanted = [table.c.ended.is_(None)] + ([table.c.number == number] if number else [])
        with self._writing() as db:
            db.execute(table.update().where(*wanted).values(due=now.timestamp()))

    def _select(self, *wanted: Any, order: Any = None, limit: int = 100) -> Iterator[Entry]:
        table = self._requests
        by = table.c.asked.desc() if order is None else order
        with self._reading() as db:
            rows = db.execute(table.select().where(*wanted).order_by(by, table.c.id).limit(limit)).all()
        return map(_entry, rows)

    def _reading(self) -> AbstractContextManager[Connection]:
        return reading(self.engine)

    def _writing(self) -> AbstractContextManager[Connection]:
        return writing(self.engine)


def _tables() -> tuple[Table, Table]:
    from sqlalchemy import Column, Float, Index, Integer, MetaData, String, Table, Text

    data = MetaData()
    requests = Table(
        "dbspec_requests",
        data,
        Column("id", String(64), primary_key=True),
        Column("target", String(200), nullable=False, index=True),
        Column("asker", String(64), nullable=False, index=True),
        Column("asked", Float, nullable=False),
        Column("said", Text, nullable=False),
        Column("number", Integer, nullable=False, server_default="0", index=True),
        Column("due", Float),
        Column("ended", Float),
        Column("showing", Float),
        Column("writer", Text),
        Column("known", Text, nullable=False),
    )
    Index("dbspec_requests_due", requests.c.ended, requests.c.due)
    claims = Table(
        "dbspec_claims",
        data,
        Column("what", String(300), primary_key=True),
        Column("id", String(64), nullable=False, index=True),
    )
    return requests, claims


def _entry(row: Any) -> Entry:
    known = json.loads(row.known)
    posted = known.pop("posted", None)
    said = {name: known.pop(name) for name in _SAID if name in known}
    return Entry(
        request=from_data(json.loads(row.said)),
        number=row.number,
        posted=Posted(*posted) if posted else None,
        due=None if row.due is None else datetime.fromtimestamp(row.due, UTC),
        ended=None if row.ended is None else datetime.fromtimestamp(row.ended, UTC),
        **said,
        more=known,
    )
