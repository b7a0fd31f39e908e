"""Whether merged pull requests were approved, each asked for once."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import date

from bot.approval import Approval, of_pull
from bot.forge.forge import Forge, Pull
from bot.jobs.main import Main


@dataclass(frozen=True, slots=True)
class Judging:
    """By the approvals that it needed on the day of its merge. Raises ForgeError."""

    main: Main
    forge: Forge
    today: date
    _guard: threading.RLock = field(default_factory=threading.RLock)
    _known: dict[tuple[int, str, str, tuple[str, ...]], Approval] = field(default_factory=dict)

    def __call__(self, pull: Pull, onto: str, touched: tuple[str, ...] = ()) -> Approval:
        """`onto` is the commit of main just before it; its own last commit has to be in the clone.

        `touched` are ids of what it changes though no file of theirs does.
        """
        key = (pull.number, pull.head_sha, onto, touched)
        with self._guard:
            if key not in self._known:
                self._known[key] = of_pull(
                    self.forge.pulls,
                    pull,
                    self.main.catalog(onto),
                    self.main.catalog(pull.head_sha),
                    pull.merged_at.date() if pull.merged_at else self.today,
                    touched,
                )
            return self._known[key]
