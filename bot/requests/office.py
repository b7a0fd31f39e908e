"""All that carrying requests needs of the world, handed in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from bot.authority import Need, needs
from bot.chat.chat import Chat
from bot.forge.forge import Check, Commits, Forge, ForgeError
from bot.redactor import Redactor
from bot.requests.clone import Clone
from bot.requests.draft import Main
from bot.requests.ledger import Ledger
from compiler import catalog
from compiler.people import People
from compiler.source import File, Revision


@dataclass(slots=True)
class Office:
    """Shared by all threads. `branch` is what is applied, `specs` the folder in the repository.

    `commits` makes commits through the forge, which signs them; without it they are made in the clone, and pushed.
    `writers` are the logins of those whose checks are believed, beside our own: what CI runs as. `apply` starts the
    apply of an environment again.
    """

    forge: Forge
    chat: Chat
    clone: Clone
    ledger: Ledger
    clock: Callable[[], datetime]
    branch: str = "main"
    specs: str = "specs"
    writers: frozenset[str] = frozenset({"github-actions[bot]"})
    apply: Callable[[str], None] | None = None
    commits: Commits | None = None
    redactor: Redactor = field(default_factory=Redactor)
    _wanted: dict[tuple[str, str, date], tuple[tuple[Need, ...], People]] = field(
        default_factory=dict, repr=False
    )
    _read: dict[str, Main] = field(default_factory=dict, repr=False)
    _reading: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def believes(self, check: Check) -> bool:
        """Whether whoever wrote a check is one of us."""
        return check.app in self.writers or check.app == self.forge.pulls.me().login

    def main(self, *, fresh: bool = True) -> Main:
        """The specs as they are on main; raises ForgeError where they cannot be had.

        Without `fresh` as they were when they were last fetched.
        """
        sha = None if fresh else self.clone.tip(self.branch)
        if sha is None:
            self.clone.fetch()
            sha = self.clone.tip(self.branch)
        if sha is None:
            raise ForgeError(f"the repository has no branch {self.branch}")
        return self.at(sha)

    def wanted(self, main: Main, head: str) -> tuple[tuple[Need, ...], People]:
        """The approvals that a step from main to a commit needs, and who is who there.

        Kept, since a pull request is looked at much more often than either side of it changes.
        """
        sides = self.clone.tree(main.sha, self.specs), self.clone.tree(head, self.specs)
        key = (*sides, self.clock().date())
        found = self._wanted.get(key)
        if found is None:
            catalog = self.at(head).catalog
            found = needs(main.catalog, catalog, key[2]), catalog.people
            if len(self._wanted) >= _KEPT_NEEDS:
                self._wanted.clear()
            self._wanted[key] = found
        return found

    def at(self, sha: str) -> Main:
        """The specs of a commit that is in the clone."""
        tree = self.clone.tree(sha, self.specs)
        with self._reading:
            known = self._read.get(tree)
            if known is None:
                files = list(Revision(self.clone.folder, sha, self.specs).files())
                known = Main(sha, self.specs, files, catalog.load(Files(self.specs, files)))
                if len(self._read) >= _KEPT:
                    del self._read[next(iter(self._read))]
                self._read[tree] = known
        return known._replace(sha=sha)


_KEPT_NEEDS = 2000
_KEPT = 4  # catalogs: main as it is, and a few from before


@dataclass(frozen=True, slots=True)
class Files:
    """A specs folder that has been read."""

    name: str
    all: list[File]

    def files(self) -> Iterator[File]:
        return iter(self.all)
