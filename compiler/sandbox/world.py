"""What a simulated account holds: things, how they are called, who needs whom, and the account's own clock."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeAlias

Values: TypeAlias = Mapping[str, Any]

# The number of an account that stands in for none in particular.
ACCOUNT = "000000000000"
# Simulated time is not the machine's: it starts here and moves only when somebody advances it.
EPOCH = datetime(2026, 11, 23, tzinfo=UTC)

# A pending value that no window applies: the parameters are set, and the engine reads them when it starts.
REBOOT = "pending-reboot"

SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE thing (
    type TEXT, region TEXT, id TEXT, identity TEXT, stack TEXT, resource TEXT, made INTEGER, body TEXT,
    PRIMARY KEY (type, region, id)
);
CREATE INDEX thing_identity ON thing (type, region, identity);
CREATE INDEX thing_owner ON thing (stack, resource);
CREATE TABLE handle (handle TEXT, type TEXT, region TEXT, id TEXT);
CREATE INDEX handle_handle ON handle (handle);
CREATE INDEX handle_thing ON handle (type, region, id);
CREATE TABLE link (type TEXT, region TEXT, id TEXT, input TEXT, to_type TEXT, to_region TEXT, to_id TEXT);
CREATE INDEX link_from ON link (type, region, id);
CREATE INDEX link_to ON link (to_type, to_region, to_id);
CREATE TABLE fault (
    number INTEGER PRIMARY KEY, type TEXT, phase TEXT, late INTEGER, times INTEGER, message TEXT, delay REAL
);
CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER);
CREATE TABLE clock (now TEXT);
"""


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing in the account.

    `inputs` are those it was last given, without what AWS never tells again; drift is in them too. `computed` is
    what AWS added. `pending` are inputs that were accepted and wait for the maintenance window. `owner` is the
    stack and the resource that the engine made it for. `gone_at` is when AWS will finally delete it.
    """

    type: str
    region: str
    id: str
    inputs: Values
    computed: Values
    owner: tuple[str, str] = ("", "")
    pending: Values = field(default_factory=dict)
    gone_at: str = ""

    @property
    def attributes(self) -> dict[str, Any]:
        """Everything that is known of it, as it is now."""
        return {**self.computed, **self.inputs}

    @property
    def tags(self) -> Mapping[str, str]:
        """Its tags, none where the type has none."""
        tags: Mapping[str, str] = self.inputs.get("tags") or {}
        return tags

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells it from all other things."""
        return self.type, self.region, self.id


@dataclass(frozen=True, slots=True)
class Link:
    """A need of one thing for another, by an input."""

    input: str
    to: tuple[str, str, str]


class World:
    """The account inside one transaction; nothing here decides what AWS allows."""

    def __init__(self, connection: sqlite3.Connection, account: str) -> None:
        self.account = account
        self._db = connection
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version == 0:
            for statement in _SCHEMA.split(";"):
                connection.execute(statement)
            connection.execute("INSERT INTO clock VALUES (?)", (EPOCH.isoformat(),))
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        elif version != SCHEMA_VERSION:
            raise sqlite3.DatabaseError(f"written by another version of dbspec ({version})")

    @property
    def now(self) -> datetime:
        """The account's own time, in UTC."""
        (now,) = self._db.execute("SELECT now FROM clock").fetchone()
        return datetime.fromisoformat(now)

    @now.setter
    def now(self, to: datetime) -> None:
        self._db.execute("UPDATE clock SET now = ?", (to.isoformat(),))

    def arn(self, service: str, region: str, resource: str) -> str:
        """The ARN of something in this account."""
        return f"arn:aws:{service}:{region}:{self.account}:{resource}"

    def find(self, types: Iterable[str], region: str, handle: Any) -> Thing | None:
        """The thing that is called so: by its id, ARN or name. An ARN is found in every region.

        What is scheduled for deletion is found too: see `gone_at`.
        """
        if not isinstance(handle, str):
            return None
        everywhere = not region or handle.startswith("arn:")
        for type in types:
            for row in self._db.execute(
                "SELECT type, region, id FROM handle WHERE handle = ? AND type = ?", (handle, type)
            ):
                if everywhere or row[1] in ("", region):
                    return self.get(*row)
        return None

    def get(self, type: str, region: str, id: str) -> Thing | None:
        """The thing with exactly this key."""
        query = "SELECT * FROM thing WHERE type = ? AND region = ? AND id = ?"
        row = self._db.execute(query, (type, region, id)).fetchone()
        return _thing(row) if row else None

    def identified(self, type: str, region: str, identity: str) -> Thing | None:
        """The thing that says of itself what no other of its type may say."""
        query = "SELECT * FROM thing WHERE type = ? AND region = ? AND identity = ?"
        row = self._db.execute(query, (type, region, identity)).fetchone()
        return _thing(row) if row else None

    def owned(self, stack: str, resource: str | None = None) -> list[Thing]:
        """What the engine made for a stack, or for one resource of it, oldest first."""
        query = "SELECT * FROM thing WHERE stack = ? AND (? IS NULL OR resource = ?) ORDER BY made"
        return [_thing(row) for row in self._db.execute(query, (stack, resource, resource))]

    def things(self, type: str | None = None) -> list[Thing]:
        """All things, or all of a type, oldest first."""
        query = "SELECT * FROM thing WHERE ? IS NULL OR type = ? ORDER BY made"
        return [_thing(row) for row in self._db.execute(query, (type, type))]

    def users(self, thing: Thing) -> Iterator[tuple[str, Thing]]:
        """What needs this thing, each with the input by which it does."""
        query = "SELECT input, type, region, id FROM link WHERE to_type = ? AND to_region = ? AND to_id = ?"
        for input, *key in sorted(self._db.execute(query, thing.key)):
            user = self.get(*key)
            assert user is not None
            yield input, user

    def put(self, thing: Thing, identity: str, handles: Iterable[str], links: Iterable[Link]) -> None:
        """Writes a thing, new or changed."""
        made = self._db.execute(
            "SELECT made FROM thing WHERE type = ? AND region = ? AND id = ?", thing.key
        ).fetchone()
        self.remove(thing)
        row = (*thing.key, identity, *thing.owner, made[0] if made else self.count("made"), _body(thing))
        self._db.execute("INSERT INTO thing VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        self._db.executemany(
            "INSERT INTO handle VALUES (?, ?, ?, ?)", [(each, *thing.key) for each in sorted(set(handles))]
        )
        self._db.executemany(
            "INSERT INTO link VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(*thing.key, each.input, *each.to) for each in links],
        )

    def amend(self, thing: Thing) -> None:
        """Writes what changed of a thing, where that is neither a name nor a need."""
        query = "UPDATE thing SET body = ? WHERE type = ? AND region = ? AND id = ?"
        self._db.execute(query, (_body(thing), *thing.key))

    def remove(self, thing: Thing) -> None:
        """Takes a thing out; what needed it stays."""
        for table in ("thing", "handle", "link"):
            query = f"DELETE FROM {table} WHERE type = ? AND region = ? AND id = ?"  # noqa: S608
            self._db.execute(query, thing.key)

    def count(self, name: str) -> int:
        """How often this was asked before."""
        query = (
            "INSERT INTO counter VALUES (?, 1) ON CONFLICT DO UPDATE SET value = value + 1 RETURNING value"
        )
        (value,) = self._db.execute(query, (name,)).fetchone()
        return int(value) - 1

    def add_fault(self, type: str, phase: str, late: bool, times: int, message: str, delay: float) -> None:
        """Remembers that the next `times` operations go wrong."""
        row = (type, phase, late, times, message, delay)
        self._db.execute(
            "INSERT INTO fault (type, phase, late, times, message, delay) VALUES (?, ?, ?, ?, ?, ?)", row
        )

    def take_fault(self, type: str, phase: str, late: bool) -> tuple[str, float] | None:
        """The message and delay of the fault that strikes now, which is thereby used once."""
        query = "SELECT number, times, message, delay FROM fault WHERE type = ? AND phase = ? AND late = ?"
        row = self._db.execute(query + " ORDER BY number", (type, phase, late)).fetchone()
        if row is None:
            return None
        number, times, message, delay = row
        if times > 1:
            self._db.execute("UPDATE fault SET times = times - 1 WHERE number = ?", (number,))
        else:
            self._db.execute("DELETE FROM fault WHERE number = ?", (number,))
        return message, delay

    def faults(self) -> list[dict[str, Any]]:
        """The faults that still wait, oldest first."""
        rows = self._db.execute("SELECT type, phase, late, times, message, delay FROM fault ORDER BY number")
        return [
            dict(zip(("type", "phase", "late", "times", "message", "delay"), row, strict=True))
            for row in rows
        ]

    def clear(self) -> None:
        """Empties the account and sets its clock back."""
        for table in ("thing", "handle", "link", "fault", "counter"):
            self._db.execute(f"DELETE FROM {table}")  # noqa: S608
        self.now = EPOCH


def token(seed: str, length: int, alphabet: str = "0123456789abcdef") -> str:
    """Text that looks random and is the same for the same seed."""
    number = int.from_bytes(hashlib.shake_256(seed.encode()).digest(length), "big")
    letters = []
    for _ in range(length):
        number, index = divmod(number, len(alphabet))
        letters.append(alphabet[index])
    return "".join(letters)


def _body(thing: Thing) -> str:
    names = ("inputs", "computed", "pending", "gone_at")
    return json.dumps({name: getattr(thing, name) for name in names})


def _thing(row: tuple[Any, ...]) -> Thing:
    type, region, id, _, stack, resource, _, body = row
    return Thing(type=type, region=region, id=id, owner=(stack, resource), **json.loads(body))
