"""An approval that a change needs."""

from __future__ import annotations

from dataclasses import dataclass

from bot.permissions import Action, Principal, Subject, allowed, listed, who, who_may
from compiler.diagnostics import Place
from compiler.people import People


@dataclass(frozen=True, slots=True)
class Need:
    """`count` people have to approve who may do this, at base and at head, to one of the subjects.

    `reason` is the fact that asks for it, and `rule` its name; `at` is where it was written.
    """

    rule: str
    action: Action
    subjects: tuple[Subject, ...]
    count: int
    reason: str
    at: Place | None

    def met_by(self, principal: Principal, base: People, head: People) -> bool:
        """Whether somebody's approval counts for it."""
        return any(allowed(principal, self.action, each, base, head).allowed for each in self.subjects)

    def who_may(self, base: People, head: People) -> tuple[str, ...]:
        """The users whose approvals would count, if they have a GitHub account and had no hand in the change."""
        found = (who_may(self.action, each, base, head) for each in self.subjects)
        return tuple(dict.fromkeys(name for names in found for name in names))

    def words(self, base: People, count: int = 0) -> str:
        """What it asks for, or `count` of it: `an approval by somebody who may change in prod: team platform`."""
        asked = count or self.count
        number = "an approval" if asked == 1 else f"{asked} approvals"
        where = listed(list(dict.fromkeys(each.environment for each in self.subjects)))
        groups = dict.fromkeys(who(base, self.action, each) for each in self.subjects)
        return f"{number} by somebody who may `{self.action}` in {where}: {'; '.join(groups)}"
