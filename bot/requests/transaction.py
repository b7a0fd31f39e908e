"""The database that requests are kept in: a file of SQLite, or PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine, Table

_WAIT = 10.0  # seconds for whoever writes just now
_TABLES = 0x6462_7370  # PostgreSQL's lock for whoever makes tables
_WRITER = threading.Lock()
_COUNTING = threading.Lock()
_waiting = 0  # threads that want to be the writer; of PostgreSQL, which has many, those that write


class BusyError(Exception):
    """The database did not take it: locked, full or away. Nothing was written."""


def engine(url: str, *, redone: bool = False) -> Engine:
    """Of `sqlite:///PATH` or `postgresql://...`.

    With `redone` what is written may be done again after a power failure, and SQLite does not wait for the disk.
    """
    from sqlalchemy import create_engine, event

    if not url.startswith("sqlite"):
        return create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1), pool_pre_ping=True)
    made = create_engine(url, connect_args={"timeout": _WAIT})

    @event.listens_for(made, "connect")
    def prepare(connection: Any, record: object) -> None:
        del record
        # Readers and the one writer do not wait for each other.
        connection.execute("pragma journal_mode=wal")
        connection.execute("pragma foreign_keys=on")
        connection.execute(f"pragma synchronous={'normal' if redone else 'full'}")

    return made


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    with _explained(), engine.connect() as db:
        yield db


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    with turn(engine), _explained(), engine.begin() as db:
        if db.dialect.name == "sqlite":
            # Python's sqlite3 begins nothing before the first write: what is read before it may be old by then.
            db.exec_driver_sql("begin immediate")
        yield db


@contextmanager
def turn(engine: Engine) -> Iterator[None]:
    """SQLite has one writer, and whoever asks again and again may never be it: the threads of a process queue up."""
    if engine.dialect.name != "sqlite":
        _count(1)
        try:
            yield
        finally:
            _count(-1)
        return
    _count(1)
    try:
        taken = _WRITER.acquire(timeout=_WAIT)
    finally:
        _count(-1)
    if not taken:
        raise BusyError("the bot's database: others have been writing for too long")
    try:
        yield
    finally:
        _WRITER.release()


@contextmanager
def creating(engine: Engine) -> Iterator[Connection]:
    """For making tables that are not there: replicas that start together do so one after the other."""
    from sqlalchemy import text

    with writing(engine) as db:
        if db.dialect.name == "postgresql":
            db.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _TABLES})
        yield db


def crowded() -> bool:
    """Whether anybody waits to write: whoever has time lets them go first."""
    return _waiting > 0


def _count(more: int) -> None:
    global _waiting
    with _COUNTING:
        _waiting += more


def upsert(
    engine: Engine, table: Table, keys: Mapping[str, Any], values: Mapping[str, Any] | None = None
) -> Any:
    """An insert that brings a row that is there to these values, or leaves it alone where none are given."""
    from sqlalchemy.dialects import postgresql, sqlite

    insert = postgresql.insert if engine.dialect.name == "postgresql" else sqlite.insert
    said = insert(table).values(**keys, **(values or {}))
    if not values:
        return said.on_conflict_do_nothing()
    return said.on_conflict_do_update(index_elements=list(table.primary_key), set_=dict(values))


@contextmanager
def _explained() -> Iterator[None]:
    from sqlalchemy.exc import DBAPIError, TimeoutError

    try:
        yield
    except (DBAPIError, TimeoutError) as error:
        # SQLAlchemy's own text has the statement with all its values in it.
        said = getattr(error, "orig", None) or "no connection is free"
        raise BusyError(f"the bot's database: {said}") from None
