"""Checks, deployments and issues on a local forge."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from bot.forge.forge import (
    Account,
    Annotation,
    Check,
    CheckState,
    Conclusion,
    Deployment,
    DeploymentState,
    Issue,
    Level,
    MissingError,
    NewCheck,
)
from bot.forge.local.comments import put_comment
from bot.forge.local.repository import Repository
from bot.forge.local.store import Store, next_number, who
from bot.forge.marker import marked, unmarked

_LONGEST = 140


@dataclass(frozen=True, slots=True)
class LocalChecks:
    """Checks of a bare repository, for the account `actor`."""

    store: Store
    repository: Repository
    actor: Account

    def checks(self, sha: str, name: str = "") -> tuple[Check, ...]:
        with self.store.reading() as db:
            rows = db.execute(
                "select * from checks where id in"
                " (select max(id) from checks where sha = :sha and :name in ('', name) group by name, app)",
                {"sha": sha, "name": name},
            ).fetchall()
            found = [self._check(db, row) for row in rows]
        return tuple(sorted(found, key=lambda each: (each.name, each.app)))

    def put_check(self, check: NewCheck) -> Check:
        if not self.repository.knows(check.sha):
            raise MissingError(f"there is no commit {check.sha}")
        same = (self.actor.id, check.sha, check.name, check.key)
        told = {
            "state": check.state.value,
            "conclusion": check.conclusion.value if check.conclusion else None,
            "title": check.title,
            "summary": check.summary,
            "data": json.dumps(dict(check.data)),
            "url": check.url,
        }
        with self.store.writing() as db:
            row = db.execute(
                "select id, conclusion from checks where app = ? and sha = ? and name = ? and key = ?"
                " order by id desc limit 1",
                same,
            ).fetchone()
            if row is None or (row["conclusion"] and row["conclusion"] != told["conclusion"]):
                made = db.execute(
                    "insert into checks (app, sha, name, key, state, title, summary, data, url)"
                    " values (?, ?, ?, ?, '', '', '', '{}', '')",
                    same,
                ).lastrowid
            else:
                made = row["id"]
            changes = ", ".join(f"{column} = :{column}" for column in told)
            db.execute(f"update checks set {changes} where id = :id", told | {"id": made})  # noqa: S608
            for each in check.annotations:
                db.execute(
                    "insert or ignore into annotations values (?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        made,
                        each.path,
                        each.line,
                        each.title,
                        each.message,
                        each.level.value,
                        each.column,
                        each.end,
                    ),
                )
            return self._check(db, db.execute("select * from checks where id = ?", (made,)).fetchone())

    def annotations(self, check: int) -> tuple[Annotation, ...]:
        """Those of a check by its id, in the order in which they were written; people see them beside the files."""
        with self.store.reading() as db:
            rows = db.execute(
                "select * from annotations where check_id = ? order by rowid", (check,)
            ).fetchall()
        return tuple(
            Annotation(
                each["path"],
                each["line"],
                each["title"],
                each["message"],
                Level(each["level"]),
                each["column"],
                each["end"],
            )
            for each in rows
        )

    def deployment(self, sha: str, environment: str, by: Collection[str] = ()) -> Deployment | None:
        with self.store.reading() as db:
            found = [self._deployment(db, sha, environment, each) for each in self._writers(db, by)]
        return max((each for each in found if each), key=lambda each: each.id, default=None)

    def put_deployment(
        self, sha: str, environment: str, state: DeploymentState, description: str = "", url: str = ""
    ) -> Deployment:
        if not self.repository.knows(sha):
            raise MissingError(f"there is no commit {sha}")
        description = description if len(description) <= _LONGEST else description[: _LONGEST - 1] + "…"
        with self.store.writing() as db:
            db.execute(
                "insert into deployments (creator, sha, environment, state, description, url)"
                " values (?, ?, ?, ?, ?, ?) on conflict (creator, sha, environment) do update"
                " set state = excluded.state, description = excluded.description, url = excluded.url",
                (self.actor.id, sha, environment, state.value, description, url),
            )
            made = self._deployment(db, sha, environment, self.actor.id)
        assert made is not None
        return made

    def issues(self, prefix: str, by: Collection[str] = ()) -> tuple[Issue, ...]:
        with self.store.reading() as db:
            written = [each for writer in self._writers(db, by) for each in self._by(db, writer)]
        found = [each for each in written if each.open and each.key.startswith(prefix)]
        return tuple(sorted(found, key=lambda each: (each.key, each.number)))

    def put_issue(self, key: str, title: str, body: str, labels: Sequence[str] = ()) -> Issue:
        text = marked(key, body)
        with self.store.writing() as db:
            found = next((each for each in self._ours(db) if each.key == key), None)
            number = found.number if found else next_number(db, "issue")
            together = list(dict.fromkeys([*(found.labels if found else ()), *labels]))
            db.execute(
                "insert or replace into issues values (?, ?, ?, ?, 1, ?)",
                (number, self.actor.id, title, text, json.dumps(together)),
            )
            return next(each for each in self._ours(db) if each.number == number)

    def close_issue(self, key: str, comment: str) -> None:
        for each in self.issues(key):
            if each.key == key:
                put_comment(self.store, self.actor, each.number, f"{key}:closed", comment)
                with self.store.writing() as db:
                    db.execute("update issues set open = 0 where number = ?", (each.number,))

    def _check(self, db: sqlite3.Connection, row: sqlite3.Row) -> Check:
        data: dict[str, Any] = json.loads(row["data"])
        return Check(
            id=row["id"],
            sha=row["sha"],
            name=row["name"],
            key=row["key"],
            state=CheckState(row["state"]),
            conclusion=Conclusion(row["conclusion"]) if row["conclusion"] else None,
            title=row["title"],
            summary=row["summary"],
            data=data,
            url=row["url"] or f"{self.store.file.parent.as_uri()}/checks/{row['id']}",
            app=who(db, row["app"]).login,
        )

    def _writers(self, db: sqlite3.Connection, by: Collection[str]) -> list[int]:
        """The ids of ourselves, and of these logins."""
        marks = ", ".join("?" * len(by))
        rows = db.execute(f"select id from accounts where login in ({marks})", tuple(by))  # noqa: S608
        return list(dict.fromkeys((self.actor.id, *(number for (number,) in rows.fetchall()))))

    def _deployment(
        self, db: sqlite3.Connection, sha: str, environment: str, creator: int
    ) -> Deployment | None:
        row = db.execute(
            "select * from deployments where creator = ? and sha = ? and environment = ?",
            (creator, sha, environment),
        ).fetchone()
        if row is None:
            return None
        return Deployment(
            row["id"], sha, environment, DeploymentState(row["state"]), row["description"], row["url"]
        )

    def _ours(self, db: sqlite3.Connection) -> list[Issue]:
        return self._by(db, self.actor.id)

    def _by(self, db: sqlite3.Connection, author: int) -> list[Issue]:
        rows = db.execute("select * from issues where author = ? order by number", (author,)).fetchall()
        return [self._issue(row) for row in rows]

    def _issue(self, row: sqlite3.Row) -> Issue:
        key, body = unmarked(row["body"])
        return Issue(
            number=row["number"],
            key=key,
            title=row["title"],
            body=body,
            open=bool(row["open"]),
            labels=tuple(json.loads(row["labels"])),
            url=f"{self.store.file.parent.as_uri()}/issues/{row['number']}",
        )
