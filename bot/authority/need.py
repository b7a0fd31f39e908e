"""An approval that a change needs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from bot.permissions import Action, Principal, Subject, Verdict, allowed, either, who, who_may
from compiler.diagnostics import Place
from compiler.people import People

Scope: TypeAlias = tuple[tuple[Action, ...], tuple[tuple[str, bool, str], ...]]


class Right(NamedTuple):
    """All of these actions on one of these subjects."""

    actions: tuple[Action, ...]
    subjects: tuple[Subject, ...]

    @property
    def scope(self) -> Scope:
        """What decides who has it: the same for every database of an owner in an environment."""
        return self.actions, tuple((each.environment, each.known, each.owner) for each in self.subjects)

    def held_by(self, principal: Principal, base: People, head: People) -> Verdict:
        """Whether somebody has it at base and at head; where not, why not."""
        verdict = Verdict(False, "nobody may do nothing")
        for subject in self.subjects:
            found = [allowed(principal, action, subject, base, head) for action in self.actions]
            verdict = next((each for each in found if not each.allowed), found[0])
            if verdict.allowed:
                break
        return verdict

    def holders(self, base: People, head: People) -> tuple[str, ...]:
        """The users of people.yaml at base who have it, and a GitHub account to approve with."""
        found: dict[str, None] = {}
        for subject in self.subjects:
            of_each = [who_may(action, subject, base, head) for action in self.actions]
            found |= dict.fromkeys(name for name in of_each[0] if all(name in names for names in of_each))
        return tuple(name for name in found if base.users[name].github)

    def words(self, base: People, count: int) -> str:
        """So many approvals by whoever has it: `an approval by somebody who may waive in prod: team platform`."""
        number = "an approval" if count == 1 else f"{count} approvals"
        actions = _all(f"`{each}`" for each in self.actions)
        where = either(dict.fromkeys(each.environment for each in self.subjects))
        groups = [who(base, action, each) for each in self.subjects for action in self.actions]
        return f"{number} by somebody who may {actions} in {where}: {'; '.join(dict.fromkeys(groups))}"


@dataclass(frozen=True, slots=True)
class Need:
    """`count` people who have that right have to approve.

    `reason` is the fact that asks for it, and `rule` its name; `at` is where it was written.
    """

    rule: str
    right: Right
    count: int
    reason: str
    at: Place | None


def _all(names: Iterable[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
