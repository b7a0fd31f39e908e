"""Commits that a local forge makes itself; it signs none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.forge.forge import Account, ForgeError
from bot.forge.local.repository import Repository


@dataclass(frozen=True, slots=True)
class LocalCommits:
    """Commits of a bare repository, by the account `actor`."""

    repository: Repository
    actor: Account
    clock: Callable[[], datetime]

    def commit_files(
        self, branch: str, parent: str, changes: Mapping[str, bytes | None], message: str
    ) -> str:
        ref = f"refs/heads/{branch}"
        tip = self.repository.tip(ref)
        if tip not in (None, parent):
            parents, said = self.repository.fields(tip, "%P%x00%B")
            if (parents, said.strip()) != (parent, message.strip()):
                raise ForgeError(f"the branch {branch} has something else")
            return tip
        sha = self.repository.commit_files(parent, changes, message, self.actor, self.clock())
        self.repository.move(ref, sha, tip)
        return sha
