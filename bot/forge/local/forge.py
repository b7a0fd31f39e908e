"""A local forge as a folder: repository.git, and forge.sqlite3 beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.forge.forge import Forge
from bot.forge.local.checks import LocalChecks
from bot.forge.local.commits import LocalCommits
from bot.forge.local.contributor import Contributor
from bot.forge.local.pulls import LocalPulls
from bot.forge.local.repository import Repository
from bot.forge.local.store import Store, now
from compiler.diagnostics import Exit, fail


@dataclass(frozen=True, slots=True)
class LocalForge:
    """One repository on this machine, which git clones from `url` and pushes to."""

    root: Path
    clock: Callable[[], datetime] = now

    @classmethod
    def create(cls, root: Path, branch: str = "main", clock: Callable[[], datetime] = now) -> LocalForge:
        """A new one, or the one that is there."""
        forge = cls(root.absolute(), clock)
        forge.repository.create(branch)
        forge.store.create()
        return forge

    @classmethod
    def at(cls, root: Path, clock: Callable[[], datetime] = now) -> LocalForge:
        """Raises UserError (usage) where there is none."""
        forge = cls(root.absolute(), clock)
        if not forge.store.file.is_file():
            raise fail(
                "forge/no-local",
                f"there is no forge in {root}",
                "name the folder of one",
                exit_code=Exit.USAGE,
            )
        return forge

    @property
    def url(self) -> str:
        return str(self.repository.folder)

    @property
    def repository(self) -> Repository:
        return Repository(self.root / "repository.git")

    @property
    def store(self) -> Store:
        return Store(self.root / "forge.sqlite3", self.clock)

    def connect(self, login: str) -> Forge:
        """As jobs take it, acting as this account."""
        account = self.store.account(login)
        return Forge(
            LocalPulls(self.store, self.repository, account),
            LocalChecks(self.store, self.repository, account),
        )

    def commits(self, login: str) -> LocalCommits:
        """Commits that the forge makes itself, acting as this account."""
        return LocalCommits(self.repository, self.store.account(login), self.clock)

    def contributor(self, login: str) -> Contributor:
        """A person of this name."""
        return Contributor(self.store, self.repository, self.store.account(login))
