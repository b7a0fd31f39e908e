"""Whether merged pull requests had been approved."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from bot.approval import Approval, of_pull
from bot.forge.forge import Pull, Pulls
from compiler import catalog
from compiler.catalog import Catalog
from compiler.source import Revision


def judge(pulls: Pulls, top: Path, folder: str) -> Callable[[Pull, str], Approval]:
    """What says of a merged pull request whether it was approved, `onto` being the commit of main just before it.

    `folder` is that of the specs in the repository at `top`, whose clone has both commits. Approvals are asked for by
    the day of the merge. Raises ForgeError; ValueError where it is not merged.
    """

    @lru_cache(maxsize=8)
    def at(commit: str) -> Catalog:
        return catalog.load(Revision(top, commit, folder))

    def judged(pull: Pull, onto: str) -> Approval:
        if pull.merged_sha is None or pull.merged_at is None:
            raise ValueError(f"pull request #{pull.number} is not merged")
        return of_pull(pulls, pull, at(onto), at(pull.merged_sha), pull.merged_at.date())

    return judged
