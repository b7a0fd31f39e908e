"""What the bot remembers beside its requests: a value and a time under a name."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from bot.requests.transaction import creating, reading, upsert, writing

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine


class Mark(NamedTuple):
    value: str
    at: datetime


class Marks:
    """All methods raise BusyError; each is one transaction."""

    def __init__(self, engine: Engine) -> None:
        from sqlalchemy import Column, Float, MetaData, String, Table, Text

        self.engine = engine
        self._table = Table(
            "dbspec_marks",
            MetaData(),
            Column("name", String(300), primary_key=True),
            Column("value", Text, nullable=False),
            Column("at", Float, nullable=False),
        )

    def create(self) -> None:
        with creating(self.engine) as db:
            self._table.metadata.create_all(db)

    def get(self, name: str) -> Mark | None:
        with reading(self.engine) as db:
            row = db.execute(self._table.select().where(self._table.c.name == name)).first()
        return Mark(row.value, datetime.fromtimestamp(row.at, UTC)) if row else None

    def set(self, name: str, value: str, now: datetime) -> None:
        with self._writing() as db:
            values = {"value": value, "at": now.timestamp()}
            db.execute(upsert(self.engine, self._table, {"name": name}, values))

    def first(self, name: str, now: datetime) -> bool:
        """Whether nobody has set it before; from then on it is set."""
        with self._writing() as db:
            values = {"name": name, "value": "", "at": now.timestamp()}
            return bool(db.execute(upsert(self.engine, self._table, values)).rowcount)

    def take(self, name: str, value: str, now: datetime, lease: timedelta) -> bool:
        """Whether it is the caller's until the lease is over: nobody else's, or not any more."""
        table = self._table
        values = {"value": value, "at": now.timestamp()}
        with self._writing() as db:
            if db.execute(upsert(self.engine, table, {"name": name, **values})).rowcount:
                return True
            free = (table.c.value == value) | (table.c.at < (now - lease).timestamp())
            return bool(
                db.execute(table.update().where(table.c.name == name, free).values(**values)).rowcount
            )

    def named(self, prefix: str, since: datetime) -> dict[str, Mark]:
        """Those whose name begins so and that were set since then, by the rest of their name."""
        table = self._table
        wanted = (table.c.name.startswith(prefix, autoescape=True), table.c.at >= since.timestamp())
        with reading(self.engine) as db:
            rows = db.execute(table.select().where(*wanted)).all()
        return {
            row.name.removeprefix(prefix): Mark(row.value, datetime.fromtimestamp(row.at, UTC))
            for row in rows
        }

    def remove(self, name: str) -> None:
        with self._writing() as db:
            db.execute(self._table.delete().where(self._table.c.name == name))

    def forget(self, prefix: str, before: datetime) -> None:
        """Those whose name begins so and that were set before then."""
        table = self._table
        with self._writing() as db:
            old = (table.c.name.startswith(prefix, autoescape=True), table.c.at < before.timestamp())
            db.execute(table.delete().where(*old))

    def _writing(self) -> AbstractContextManager[Connection]:
        return writing(self.engine)
