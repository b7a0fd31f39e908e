"""How a pull request comes onto its base: by a merge commit, squashed, rebased, or through a queue."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from bot.forge.authors import account_of
from bot.forge.forge import Account, ForgeError, Pull, PullState
from bot.forge.local.pulls import LocalPulls
from bot.forge.local.repository import address

_AUTHOR = "%an%x00%ae%x00%ad"
_WEB = "forge"  # as whom commits are made that a merge makes


class Method(StrEnum):
    MERGE = "merge"
    SQUASH = "squash"
    REBASE = "rebase"


@dataclass(frozen=True, slots=True)
class Merging:
    """What a button does: `actor` of `pulls` presses it."""

    pulls: LocalPulls

    def merge(self, number: int, method: Method) -> str:
        """The commit on the base that merging made, of several the last."""
        with self.pulls.store.writing() as db:
            pull = self._mergeable(number)
            made = self._commit(pull, pull.base_sha, method)
            self._land(db, pull, pull.base_sha, made)
        return made

    def enqueue(self, number: int, method: Method = Method.MERGE) -> str:
        """The merge group's commit, which a branch below gh-readonly-queue/ names: base, those queued before, this."""
        with self.pulls.store.writing() as db:
            pull = self._mergeable(number)
            last = db.execute(
                "select sha from queued where branch = ? order by place desc limit 1", (pull.base_branch,)
            ).fetchone()
            place = db.execute("select coalesce(max(place), 0) + 1 from queued").fetchone()[0]
            return self._queue(db, pull, last["sha"] if last else pull.base_sha, method, place)

    def land(self, number: int) -> str:
        """The group's commit becomes the base, as it is: it must be the first of its queue, its checks passed."""
        with self.pulls.store.writing() as db:
            pull = self._mergeable(number)
            row = db.execute(
                "select * from queued where branch = ? order by place limit 1", (pull.base_branch,)
            ).fetchone()
            if row is None or row["number"] != number:
                raise ForgeError(
                    f"pull request #{number} is not the first of the queue", again=row is not None
                )
            self._land(db, pull, row["base_sha"], row["sha"])
            self._leave(db, pull)
        made: str = row["sha"]
        return made

    def drop(self, number: int) -> None:
        """Takes a pull request whose checks failed out of the queue; groups behind it are made anew without it."""
        with self.pulls.store.writing() as db:
            pull = self._mergeable(number)
            gone = db.execute("select * from queued where number = ?", (number,)).fetchone()
            if gone is None:
                raise ForgeError(f"pull request #{number} is not in the queue")
            self._leave(db, pull)
            rows = db.execute(
                "select * from queued where branch = ? and place > ? order by place",
                (pull.base_branch, gone["place"]),
            ).fetchall()
            onto = gone["base_sha"]
            for row in rows:
                behind = self._mergeable(row["number"])
                self._leave(db, behind)
                # Who conflicts without it leaves the queue too.
                with suppress(ForgeError):
                    onto = self._queue(db, behind, onto, Method(row["method"]), row["place"])

    def _mergeable(self, number: int) -> Pull:
        pull = self.pulls.pull(number)
        if pull.state is not PullState.OPEN or pull.draft:
            raise ForgeError(f"pull request #{number} is {'a draft' if pull.draft else pull.state}")
        return pull

    def _commit(self, pull: Pull, onto: str, method: Method) -> str:
        match method:
            case Method.MERGE:
                message = f"Merge pull request #{pull.number} from {pull.head_branch}\n\n{pull.title}"
                tree = self.pulls.repository.merged_tree(onto, pull.head_sha)
                return self._tree(tree, [onto, pull.head_sha], message, self._me())
            case Method.SQUASH:
                tree = self.pulls.repository.merged_tree(onto, pull.head_sha)
                author = (pull.author.login, address(pull.author), self._date())
                return self._tree(tree, [onto], self._squashed(pull), author)
            case Method.REBASE:
                for sha in self.pulls.repository.between(onto, pull.head_sha, "--no-merges"):
                    onto = self._picked(sha, onto)
                return onto

    def _squashed(self, pull: Pull) -> str:
        others = {
            (each.author.name, each.author.email)
            for each in self.pulls.commits(pull.number)
            if account_of(each.author.email) != pull.author
        }
        trailers = [f"Co-authored-by: {name} <{email}>" for name, email in sorted(others)]
        return "\n\n".join([f"{pull.title} (#{pull.number})", *(["\n".join(trailers)] if trailers else [])])

    def _picked(self, sha: str, onto: str) -> str:
        """The commit's change on top of another commit, by its own author."""
        repository = self.pulls.repository
        # A merge of two children of the commit's parent has just that parent as its base.
        base = self._tree(repository.tree(f"{sha}^"), [], "base", self._me())
        ours = self._tree(repository.tree(onto), [base], "ours", self._me())
        theirs = self._tree(repository.tree(sha), [base], "theirs", self._me())
        name, email, date = repository.fields(sha, _AUTHOR)
        message = repository.fields(sha, "%B")[0].rstrip("\n")
        return self._tree(repository.merged_tree(ours, theirs), [onto], message, (name, email, date))

    def _land(self, db: sqlite3.Connection, pull: Pull, old: str, new: str) -> None:
        """Moves the base, and notes which of its commits this pull request brought."""
        db.execute(
            "update pulls set state = 'merged', head_sha = ?, base_sha = ?, merged_sha = ?, merged_at = ?"
            " where number = ?",
            (pull.head_sha, old, new, self.pulls.store.stamp(), pull.number),
        )
        for sha in self.pulls.repository.between(old, new):
            db.execute("insert or ignore into landed values (?, ?, ?)", (sha, pull.base_branch, pull.number))
        self.pulls.repository.move(f"refs/heads/{pull.base_branch}", new, old)

    def _queue(self, db: sqlite3.Connection, pull: Pull, onto: str, method: Method, place: int) -> str:
        made = self._commit(pull, onto, method)
        db.execute(
            "insert into queued values (?, ?, ?, ?, ?, ?)",
            (pull.number, pull.base_branch, method.value, onto, made, place),
        )
        self.pulls.repository.move(self._group(pull, onto), made, None)
        return made

    def _leave(self, db: sqlite3.Connection, pull: Pull) -> None:
        row = db.execute("select base_sha from queued where number = ?", (pull.number,)).fetchone()
        if row is not None:
            db.execute("delete from queued where number = ?", (pull.number,))
            self.pulls.repository.remove(self._group(pull, row["base_sha"]))

    def _group(self, pull: Pull, onto: str) -> str:
        return f"refs/heads/gh-readonly-queue/{pull.base_branch}/pr-{pull.number}-{onto}"

    def _tree(self, tree: str, parents: list[str], message: str, author: tuple[str, str, str]) -> str:
        committer = (_WEB, f"{_WEB}@users.noreply.localhost", self._date())
        return self.pulls.repository.commit_tree(tree, parents, message, author, committer)

    def _me(self) -> tuple[str, str, str]:
        actor: Account = self.pulls.actor
        return actor.login, address(actor), self._date()

    def _date(self) -> str:
        return f"{int(self.pulls.store.clock().timestamp())} +0000"
