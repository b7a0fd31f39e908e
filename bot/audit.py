"""Who asked the bot for what, and what it did: rows that are only ever added, each of which vouches for all before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.requests.transaction import creating, reading, writing

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine, Table

FIRST = "0" * 64
"""What stands for the row before the first."""

_LOCK = 0x6462_7370_6563  # of PostgreSQL, for whoever writes the next row
_KEPT = {
    "sqlite": (
        "create trigger if not exists audit_kept_{verb} before {verb} on audit "
        "begin select raise(abort, 'the audit trail is only added to'); end",
    ),
    "postgresql": (
        "create or replace function audit_kept() returns trigger language plpgsql as "
        "$$ begin raise exception 'the audit trail is only added to'; end $$",
        "create or replace trigger audit_kept_{verb} before {verb} on audit "
        "for each statement execute function audit_kept()",
    ),
}


class BrokenError(Exception):
    """The trail is not as it was written: a row was changed, or is gone."""


@dataclass(frozen=True, slots=True)
class Row:
    """`by` is who did `event` to what `about` names; `digest` is of this row and, by `previous`, of all before."""

    number: int
    at: str
    event: str
    by: str
    about: str
    data: Mapping[str, Any]
    previous: str

    @property
    def digest(self) -> str:
        text = json.dumps(
            [self.number, self.at, self.event, self.by, self.about, self.data, self.previous],
            sort_keys=True,
            separators=(",", ":"),
        )
        return hashlib.sha256(text.encode()).hexdigest()

    def to_data(self) -> dict[str, Any]:
        """As an export has it."""
        return {
            "number": self.number,
            "at": self.at,
            "event": self.event,
            "by": self.by,
            "about": self.about,
            "data": dict(self.data),
            "previous": self.previous,
            "digest": self.digest,
        }


class Trail:
    """All methods raise BusyError where the database is locked, full or away."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock
        self._table = _table()

    def create(self) -> None:
        """Makes the table where it is not there, and has the database refuse to change a row of it."""
        from sqlalchemy import text

        with creating(self._engine) as db:
            self._table.metadata.create_all(db)
            for statement in _KEPT.get(self._engine.dialect.name, ()):
                for verb in ("update", "delete") if "{verb}" in statement else ("",):
                    db.execute(text(statement.format(verb=verb)))

    def add(self, event: str, by: str, about: str, data: Mapping[str, Any]) -> Row:
        """Written when it returns. `data` is JSON, without secrets."""
        from sqlalchemy import insert

        with writing(self._engine) as db:
            self._alone(db)
            last = self._last(db)
            row = Row(
                number=last.number + 1 if last else 1,
                at=self._clock().isoformat(),
                event=event,
                by=by,
                about=about,
                data=json.loads(json.dumps(dict(data))),
                previous=last.digest if last else FIRST,
            )
            values = row.to_data() | {"data": json.dumps(row.data)}
            db.execute(insert(self._table).values(**values))
        return row

    def rows(self) -> Iterator[Row]:
        """From the first to the last. Raises BrokenError at the first that is not as it was written."""
        from sqlalchemy import select

        number, previous = 0, FIRST
        with reading(self._engine) as db:
            for found in db.execute(select(self._table).order_by(self._table.c.number)).mappings():
                row = _row(found)
                if row.number != number + 1 or row.previous != previous or row.digest != found["digest"]:
                    raise BrokenError(f"row {number + 1} of the audit trail is not as it was written")
                number, previous = row.number, row.digest
                yield row

    def _alone(self, db: Connection) -> None:
        """Waits until nobody else is between reading the last row and writing the next."""
        from sqlalchemy import text

        if self._engine.dialect.name == "postgresql":  # SQLite has one writer at a time
            db.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})

    def _last(self, db: Connection) -> Row | None:
        from sqlalchemy import select

        newest = select(self._table).order_by(self._table.c.number.desc()).limit(1)
        found = db.execute(newest).mappings().first()
        return _row(found) if found else None


def _row(found: Any) -> Row:
    return Row(
        found["number"],
        found["at"],
        found["event"],
        found["by"],
        found["about"],
        json.loads(found["data"]),
        found["previous"],
    )


def _table() -> Table:
    from sqlalchemy import Column, Integer, MetaData, String, Table, Text

    return Table(
        "audit",
        MetaData(),
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("at", String(40), nullable=False),
        Column("event", String(40), nullable=False),
        Column("by", String(200), nullable=False),
        Column("about", String(300), nullable=False),
        Column("data", Text, nullable=False),
        Column("previous", String(64), nullable=False),
        Column("digest", String(64), nullable=False),
    )
