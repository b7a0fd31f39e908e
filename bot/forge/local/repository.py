"""Commits, merges and branches of a bare repository, each made by plumbing with an index of its own."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from bot.forge.forge import Account, ForgeError
from bot.forge.plumbing import NOTHING, write_tree

if TYPE_CHECKING:
    from git import Git

_QUIET = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ALLOW_PROTOCOL": "file",
}


def address(account: Account) -> str:
    return f"{account.id}+{account.login}@users.noreply.localhost"


@dataclass(frozen=True, slots=True)
class Repository:
    """`folder` is the bare repository."""

    folder: Path

    def create(self, branch: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._run("init", "--bare", "--quiet", f"--initial-branch={branch}")

    def tip(self, ref: str) -> str | None:
        """The commit that a full ref names."""
        return self._run("for-each-ref", "--format=%(objectname)", "--count=1", ref) or None

    def knows(self, sha: str) -> bool:
        from git.exc import GitCommandError

        try:
            self._run("cat-file", "-e", f"{sha}^{{commit}}")
        except GitCommandError:
            return False
        return True

    def move(self, ref: str, sha: str, old: str | None) -> None:
        """Raises ForgeError where the ref is no longer at `old`."""
        from git.exc import GitCommandError

        try:
            self._run("update-ref", ref, sha, old or NOTHING)
        except GitCommandError as error:
            raise ForgeError(f"{ref} moved in the meantime", again=True) from error

    def remove(self, ref: str) -> None:
        self._run("update-ref", "-d", ref)

    def commit_files(
        self,
        parent: str | None,
        changes: Mapping[str, bytes | None],
        message: str,
        author: Account,
        at: datetime,
    ) -> str:
        """A commit that writes files, or removes those that are None."""
        tree = write_tree(self._run, self.folder, parent, changes)
        parents = [parent] if parent else []
        return self.commit_tree(tree, parents, message, _identity(author, at), _identity(author, at))

    def merged_tree(self, ours: str, theirs: str) -> str:
        """The tree of a merge; raises ForgeError where it conflicts."""
        from git.exc import GitCommandError

        try:
            return self._run("merge-tree", "--write-tree", ours, theirs).partition("\n")[0]
        except GitCommandError as error:
            if error.status != 1:
                raise
            raise ForgeError("the branch conflicts with its base") from error

    def commit_tree(
        self,
        tree: str,
        parents: Sequence[str],
        message: str,
        author: tuple[str, str, str],
        committer: tuple[str, str, str],
    ) -> str:
        """Author and committer are name, address and date as git writes it."""
        names = ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_AUTHOR_DATE")
        env = dict(zip(names, author, strict=True))
        env |= {
            name.replace("AUTHOR", "COMMITTER"): value for name, value in zip(names, committer, strict=True)
        }
        given = [part for parent in parents for part in ("-p", parent)]
        return self._run("commit-tree", tree, *given, "-m", message, env=env)

    def tree(self, sha: str) -> str:
        return self._run("rev-parse", f"{sha}^{{tree}}")

    def between(self, base: str, head: str, *options: str) -> list[str]:
        """Commits that head has and base has not, oldest first."""
        return self._run("rev-list", "--reverse", "--topo-order", *options, f"{base}..{head}").split()

    def fields(self, sha: str, form: str) -> list[str]:
        """What a commit says, by a format whose fields are separated by %x00."""
        return self._run("show", "--no-patch", "--no-show-signature", f"--format={form}", sha).split("\0")

    def changed(self, base: str, head: str) -> list[str]:
        """Paths that head changed since it left base; of a renamed file both."""
        found = self._run("diff", "--name-only", "--no-renames", "-z", f"{base}...{head}")
        return sorted(path for path in found.split("\0") if path)

    def _run(
        self, *arguments: str, env: Mapping[str, str] | None = None, given: BinaryIO | None = None
    ) -> str:
        from git import Git

        git: Git = Git(str(self.folder))
        answer: Any = git.execute(
            ["git", "--git-dir=.", *arguments], istream=given, env=_QUIET | dict(env or {})
        )
        return str(answer)


def _identity(account: Account, at: datetime) -> tuple[str, str, str]:
    return account.login, address(account), f"{int(at.timestamp())} +0000"
