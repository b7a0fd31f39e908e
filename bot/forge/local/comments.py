"""Comments on a local forge."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from bot.forge.forge import Account, Comment, MissingError
from bot.forge.local.store import Store, who
from bot.forge.marker import marked, unmarked


def comments(store: Store, number: int) -> tuple[Comment, ...]:
    with store.reading() as db:
        _check_number(db, number)
        rows = db.execute("select * from comments where number = ? order by id", (number,)).fetchall()
        return tuple(_comment(store, db, row) for row in rows)


def put_comment(store: Store, actor: Account, number: int, key: str, body: str) -> Comment:
    text = marked(key, body)
    with store.writing() as db:
        _check_number(db, number)
        ours = db.execute(
            "select * from comments where number = ? and author = ? order by id", (number, actor.id)
        ).fetchall()
        found = next((row["id"] for row in ours if unmarked(row["body"])[0] == key), None)
        if found is None:
            found = add_comment(store, db, actor, number, text)
        else:
            db.execute("update comments set body = ? where id = ?", (text, found))
        row = db.execute("select * from comments where id = ?", (found,)).fetchone()
        return _comment(store, db, row)


def add_comment(store: Store, db: sqlite3.Connection, actor: Account, number: int, text: str) -> int:
    _check_number(db, number)
    made = db.execute(
        "insert into comments (number, author, body, at) values (?, ?, ?, ?)",
        (number, actor.id, text, store.stamp()),
    ).lastrowid
    assert made is not None
    return made


def _comment(store: Store, db: sqlite3.Connection, row: sqlite3.Row) -> Comment:
    key, body = unmarked(row["body"])
    url = f"{store.file.parent.as_uri()}/pull/{row['number']}#{row['id']}"
    return Comment(row["id"], who(db, row["author"]), key, body, url, datetime.fromisoformat(row["at"]))


def _check_number(db: sqlite3.Connection, number: int) -> None:
    if db.execute("select 1 from numbers where number = ?", (number,)).fetchone() is None:
        raise MissingError(f"there is no pull request or issue #{number}")
