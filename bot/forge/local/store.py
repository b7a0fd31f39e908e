"""What a local forge knows beside the commits, in one file that several processes may use at once."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.forge.forge import Account

_WAIT = 60.0  # seconds for the process that writes just now
_SCHEMA = """
create table if not exists accounts (id integer primary key, login text not null unique);
create table if not exists numbers (number integer primary key autoincrement, kind text not null);
create table if not exists pulls (
  number integer primary key, author integer not null, title text not null, body text not null,
  state text not null, draft integer not null, head_branch text not null, head_ref text not null,
  head_sha text not null, from_fork integer not null, base_branch text not null, base_sha text not null,
  merged_sha text, merged_at text, labels text not null, reviewers text not null
);
create table if not exists landed (
  sha text not null, branch text not null, number integer not null, primary key (sha, branch)
);
create table if not exists queued (
  number integer primary key, branch text not null, method text not null, base_sha text not null,
  sha text not null, place integer not null
);
create table if not exists reviews (
  id integer primary key autoincrement, number integer not null, author integer not null,
  state text not null, sha text not null, at text not null
);
create table if not exists comments (
  id integer primary key autoincrement, number integer not null, author integer not null,
  body text not null, at text not null
);
create table if not exists checks (
  id integer primary key autoincrement, app integer not null, sha text not null, name text not null,
  key text not null, state text not null, conclusion text, title text not null, summary text not null,
  data text not null, url text not null
);
create index if not exists checks_of_commit on checks (sha, name);
create table if not exists annotations (
  check_id integer not null, path text not null, line integer not null, title text not null,
  message text not null, level text not null, "column" integer, "end" integer,
  unique (check_id, path, line, title, message)
);
create table if not exists deployments (
  id integer primary key autoincrement, creator integer not null, sha text not null, environment text not null,
  state text not null, description text not null, url text not null, unique (creator, sha, environment)
);
create table if not exists issues (
  number integer primary key, author integer not null, title text not null, body text not null,
  open integer not null, labels text not null
);
"""


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Store:
    """`clock` is the forge's own, which stamps what people do."""

    file: Path
    clock: Callable[[], datetime] = now

    def create(self) -> None:
        with closing(self._open()) as db:
            db.executescript(_SCHEMA)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Everything read inside is of one moment."""
        with closing(self._open()) as db:
            db.execute("begin")
            yield db

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Alone: whatever is read inside stays true until it ends; an exception leaves everything as it was."""
        with closing(self._open()) as db:
            db.execute("begin immediate")
            try:
                yield db
            except BaseException:
                db.rollback()
                raise
            db.commit()

    def stamp(self) -> str:
        return self.clock().isoformat()

    def account(self, login: str) -> Account:
        """The account of this name, made where there is none."""
        with self.writing() as db:
            db.execute("insert or ignore into accounts (login) values (?)", (login,))
            (number,) = db.execute("select id from accounts where login = ?", (login,)).fetchone()
        return Account(number, login)

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.file, timeout=_WAIT, isolation_level=None)
        db.row_factory = sqlite3.Row
        return db


def who(db: sqlite3.Connection, number: int) -> Account:
    (login,) = db.execute("select login from accounts where id = ?", (number,)).fetchone()
    return Account(number, login)


def next_number(db: sqlite3.Connection, kind: str) -> int:
    """Pull requests and issues are counted together, as comments belong to either."""
    number = db.execute("insert into numbers (kind) values (?)", (kind,)).lastrowid
    assert number is not None
    return number
