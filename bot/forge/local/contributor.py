"""Somebody who works with a local forge: commits, opens, reviews, comments and merges."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.forge.forge import Account, ForgeError, MissingError, Pull, ReviewState
from bot.forge.local.comments import add_comment
from bot.forge.local.merging import Merging, Method
from bot.forge.local.pulls import LocalPulls
from bot.forge.local.repository import Repository, address
from bot.forge.local.store import Store


@dataclass(frozen=True, slots=True)
class Contributor:
    """A person with an account; `forge.contributor(login)` makes one."""

    store: Store
    repository: Repository
    account: Account

    @property
    def address(self) -> str:
        """For git's user.email, so that the forge knows whose commits they are."""
        return address(self.account)

    def commit(
        self,
        branch: str,
        changes: Mapping[str, str | bytes | None],
        message: str,
        *,
        onto: str = "main",
        co_authors: Sequence[Contributor] = (),
    ) -> str:
        """Pushes a commit that writes these files (None removes one) to a branch, begun at `onto` where it is new."""
        ref = f"refs/heads/{branch}"
        old = self.repository.tip(ref)
        new = self._made(old or self.repository.tip(f"refs/heads/{onto}"), changes, message, co_authors)
        self.repository.move(ref, new, old)
        return new

    def force(
        self, branch: str, changes: Mapping[str, str | bytes | None], message: str, *, onto: str = "main"
    ) -> str:
        """Pushes a commit on top of `onto` over whatever the branch was."""
        ref = f"refs/heads/{branch}"
        new = self._made(self.repository.tip(f"refs/heads/{onto}"), changes, message, ())
        self.repository.move(ref, new, self.repository.tip(ref))
        return new

    def delete_branch(self, branch: str) -> None:
        self.repository.remove(f"refs/heads/{branch}")

    def open(
        self, branch: str, title: str, body: str = "", *, base: str = "main", draft: bool = False
    ) -> Pull:
        return self._pulls.open_pull(branch, base, title, body, draft=draft)

    def open_from_fork(
        self,
        branch: str,
        changes: Mapping[str, str | bytes | None],
        title: str,
        body: str = "",
        *,
        base: str = "main",
    ) -> Pull:
        """A pull request of a fork's branch: here its commits are reached by refs/pull/<number>/head only."""
        onto = self.repository.tip(f"refs/heads/{base}")
        if onto is None:
            raise MissingError(f"there is no branch {base}")
        head = self._made(onto, changes, title, ())
        with self.store.writing() as db:
            number = self._pulls.insert(db, "", head, base, onto, draft=False, fork=branch)
            self.repository.move(f"refs/pull/{number}/head", head, None)
        return self._pulls.update_pull(number, title=title, body=body)

    def review(self, number: int, state: ReviewState = ReviewState.APPROVED) -> None:
        """Reviews the head as it is now. Raises ForgeError for one's own, as GitHub does."""
        pull = self._pulls.pull(number)
        if pull.author == self.account and state is not ReviewState.COMMENTED:
            raise ForgeError("nobody can approve or refuse their own pull request")
        with self.store.writing() as db:
            db.execute(
                "insert into reviews (number, author, state, sha, at) values (?, ?, ?, ?, ?)",
                (number, self.account.id, state.value, pull.head_sha, self.store.stamp()),
            )
            still = [each for each in pull.reviewers if each != self.account.login]
            db.execute("update pulls set reviewers = ? where number = ?", (json.dumps(still), number))

    def dismiss(self, number: int, author: Account) -> None:
        """Dismisses what somebody approved or refused."""
        with self.store.writing() as db:
            db.execute(
                "update reviews set state = 'dismissed' where number = ? and author = ?"
                " and state in ('approved', 'changes_requested')",
                (number, author.id),
            )

    def merge(self, number: int, method: Method = Method.MERGE) -> str:
        """The commit on the base that it made. Raises ForgeError where it conflicts, is a draft or is not open."""
        return self.merging.merge(number, method)

    @property
    def merging(self) -> Merging:
        """The merge queue, beside the plain button."""
        return Merging(self._pulls)

    def close(self, number: int) -> None:
        self._pulls.update_pull(number, closed=True)

    def comment(self, number: int, text: str) -> int:
        """Writes a text as it is; the comment's id."""
        with self.store.writing() as db:
            return add_comment(self.store, db, self.account, number, text)

    def edit_comment(self, comment: int, text: str) -> None:
        """Anybody's: maintainers may."""
        with self.store.writing() as db:
            db.execute("update comments set body = ? where id = ?", (text, comment))

    def delete_comment(self, comment: int) -> None:
        with self.store.writing() as db:
            db.execute("delete from comments where id = ?", (comment,))

    @property
    def _pulls(self) -> LocalPulls:
        return LocalPulls(self.store, self.repository, self.account)

    def _made(
        self,
        parent: str | None,
        changes: Mapping[str, str | bytes | None],
        message: str,
        co_authors: Sequence[Contributor],
    ) -> str:
        trailers = "\n".join(f"Co-authored-by: {each.account.login} <{each.address}>" for each in co_authors)
        data = {path: text.encode() if isinstance(text, str) else text for path, text in changes.items()}
        full = f"{message}\n\n{trailers}" if trailers else message
        return self.repository.commit_files(parent, data, full, self.account, self.store.clock())
