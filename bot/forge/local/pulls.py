"""Pull requests on a local forge."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.forge.authors import account_of, co_authors
from bot.forge.forge import (
    MAX_BODY,
    Account,
    Comment,
    Commit,
    ForgeError,
    MissingError,
    Person,
    Pull,
    PullState,
    Review,
    ReviewState,
)
from bot.forge.local.comments import comments, put_comment
from bot.forge.local.repository import Repository
from bot.forge.local.store import Store, next_number, who

_FIELDS = "%H%x00%P%x00%an%x00%ae%x00%cn%x00%ce%x00%cI%x00%B"


@dataclass(frozen=True, slots=True)
class LocalPulls:
    """Pulls of a bare repository, for the account `actor`."""

    store: Store
    repository: Repository
    actor: Account

    def me(self) -> Account:
        return self.actor

    def pull(self, number: int) -> Pull:
        with self.store.reading() as db:
            return self._pull(db, _row(db, number))

    def open_pulls(self, base: str) -> tuple[Pull, ...]:
        return self._list("state = 'open' and base_branch = ?", base)

    def pulls_from(self, branch: str) -> tuple[Pull, ...]:
        return self._list("not from_fork and head_branch = ?", branch)

    def pull_of(self, sha: str, base: str) -> Pull | None:
        if not self.repository.knows(sha):
            raise MissingError(f"there is no commit {sha}")
        found = self._list("number = (select number from landed where sha = ? and branch = ?)", sha, base)
        return found[0] if found else None

    def open_pull(
        self,
        branch: str,
        base: str,
        title: str,
        body: str,
        *,
        draft: bool = False,
        labels: Sequence[str] = (),
        reviewers: Sequence[str] = (),
    ) -> Pull:
        _check_length(body)
        ref = f"refs/heads/{branch}"
        head, onto = self.repository.tip(ref), self.repository.tip(f"refs/heads/{base}")
        if head is None or onto is None:
            raise ForgeError(f"there is no branch {base if onto is None else branch}")
        if not self.repository.between(onto, head):
            raise ForgeError(f"there are no commits between {base} and {branch}")
        with self.store.writing() as db:
            found = db.execute(
                "select * from pulls where state = 'open' and head_ref = ? and base_branch = ?", (ref, base)
            ).fetchone()
            number = found["number"] if found else self.insert(db, ref, head, base, onto, draft=draft)
            self._bring(db, number, title, body, labels, reviewers)
        return self.pull(number)

    def insert(
        self,
        db: sqlite3.Connection,
        ref: str,
        head: str,
        base: str,
        onto: str,
        *,
        draft: bool,
        fork: str = "",
    ) -> int:
        """A new pull request; `fork` is the branch's name in a fork, and `ref` the empty text then."""
        number = next_number(db, "pull")
        db.execute(
            "insert into pulls values (?, ?, '', '', 'open', ?, ?, ?, ?, ?, ?, ?, null, null, '[]', '[]')",
            (
                number,
                self.actor.id,
                draft,
                fork or ref.removeprefix("refs/heads/"),
                ref or f"refs/pull/{number}/head",
                head,
                bool(fork),
                base,
                onto,
            ),
        )
        return number

    def update_pull(
        self, number: int, *, title: str | None = None, body: str | None = None, closed: bool | None = None
    ) -> Pull:
        _check_length(body or "")
        with self.store.writing() as db:
            row = _row(db, number)
            if closed is not None and row["state"] == PullState.MERGED:
                raise ForgeError(f"pull request #{number} is merged")
            state = row["state"] if closed is None else PullState.CLOSED if closed else PullState.OPEN
            db.execute(
                "update pulls set title = coalesce(?, title), body = coalesce(?, body), state = ?, head_sha = ?"
                " where number = ?",
                (title, body, str(state), self._head(row), number),
            )
        return self.pull(number)

    def commits(self, number: int) -> tuple[Commit, ...]:
        pull = self.pull(number)
        return tuple(self._commit(sha) for sha in self.repository.between(pull.base_sha, pull.head_sha))

    def reviews(self, number: int) -> tuple[Review, ...]:
        with self.store.reading() as db:
            _row(db, number)
            rows = db.execute("select * from reviews where number = ? order by id", (number,)).fetchall()
            return tuple(
                Review(
                    who(db, each["author"]),
                    ReviewState(each["state"]),
                    each["sha"],
                    datetime.fromisoformat(each["at"]),
                )
                for each in rows
            )

    def changed_paths(self, number: int) -> tuple[str, ...]:
        pull = self.pull(number)
        return tuple(self.repository.changed(pull.base_sha, pull.head_sha))

    def comments(self, number: int) -> tuple[Comment, ...]:
        return comments(self.store, number)

    def put_comment(self, number: int, key: str, body: str) -> Comment:
        return put_comment(self.store, self.actor, number, key, body)

    def _bring(
        self,
        db: sqlite3.Connection,
        number: int,
        title: str,
        body: str,
        labels: Sequence[str],
        reviewers: Sequence[str],
    ) -> None:
        row = _row(db, number)
        answered = {
            who(db, author).login
            for (author,) in db.execute("select author from reviews where number = ?", (number,)).fetchall()
        }
        wanted = [each for each in reviewers if each not in {*answered, who(db, row["author"]).login}]
        db.execute(
            "update pulls set title = ?, body = ?, labels = ?, reviewers = ? where number = ?",
            (
                title,
                body,
                json.dumps(list(dict.fromkeys([*json.loads(row["labels"]), *labels]))),
                json.dumps(list(dict.fromkeys([*json.loads(row["reviewers"]), *wanted]))),
                number,
            ),
        )

    def _list(self, where: str, *values: Any) -> tuple[Pull, ...]:
        with self.store.reading() as db:
            rows = db.execute(f"select * from pulls where {where} order by number desc", values)  # noqa: S608
            return tuple(self._pull(db, row) for row in rows.fetchall())

    def _pull(self, db: sqlite3.Connection, row: sqlite3.Row) -> Pull:
        is_open = row["state"] == PullState.OPEN
        base = f"refs/heads/{row['base_branch']}"
        return Pull(
            number=row["number"],
            title=row["title"],
            body=row["body"],
            url=f"{self.store.file.parent.as_uri()}/pull/{row['number']}",
            author=who(db, row["author"]),
            state=PullState(row["state"]),
            draft=bool(row["draft"]),
            head_sha=self._head(row),
            head_branch=row["head_branch"],
            from_fork=bool(row["from_fork"]),
            base_branch=row["base_branch"],
            base_sha=(self.repository.tip(base) if is_open else None) or row["base_sha"],
            merged_sha=row["merged_sha"],
            merged_at=datetime.fromisoformat(row["merged_at"]) if row["merged_at"] else None,
            labels=tuple(json.loads(row["labels"])),
            reviewers=tuple(json.loads(row["reviewers"])),
        )

    def _head(self, row: sqlite3.Row) -> str:
        """Where the branch is while the pull request is open: people push without telling the store."""
        head = self.repository.tip(row["head_ref"]) if row["state"] == PullState.OPEN else None
        return str(head or row["head_sha"])

    def _commit(self, sha: str) -> Commit:
        name, parents, author, author_email, committer, committer_email, at, message = self.repository.fields(
            sha, _FIELDS
        )
        return Commit(
            sha=name,
            parents=tuple(parents.split()),
            author=Person(author, author_email, account_of(author_email)),
            committer=Person(committer, committer_email, account_of(committer_email)),
            co_authors=co_authors(message),
            message=message.rstrip("\n"),
            at=datetime.fromisoformat(at),
        )


def _row(db: sqlite3.Connection, number: int) -> sqlite3.Row:
    row = db.execute("select * from pulls where number = ?", (number,)).fetchone()
    if row is None:
        raise MissingError(f"there is no pull request #{number}")
    found: sqlite3.Row = row
    return found


def _check_length(body: str) -> None:
    if len(body) > MAX_BODY:
        raise ValueError(f"a pull request's body of {len(body)} characters is over {MAX_BODY}")
