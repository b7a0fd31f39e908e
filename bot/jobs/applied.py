"""What an apply did in one environment, as data: for the check, the comments, and whoever asks later."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from bot.jobs import result as results
from bot.jobs.result import Phase, Result, Tier
from compiler.diagnostics import Diagnostic, Exit
from compiler.report import Ending, Report, exit_code

NAME = "dbspec/apply"


@dataclass(frozen=True, slots=True)
class Emergency:
    """Somebody who applies what nobody reviewed, and why."""

    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Applied:
    """One environment at a commit of main.

    `reports` are those of the stacks there is anything to tell of, `unchanged` how many there are besides. With
    `diagnostics` its files cannot be compiled, with `failures` nothing could be begun, or not be told.
    """

    environment: str
    commit: str
    reports: tuple[Report, ...] = ()
    unchanged: int = 0
    diagnostics: tuple[Diagnostic, ...] = ()
    failures: tuple[str, ...] = ()
    emergency: Emergency | None = None
    url: str = ""

    @property
    def exit(self) -> Exit:
        """3 where anything failed, else 1 where the specs are wrong, else 4 where something was refused."""
        found = exit_code(self.reports)
        if self.failures or found is Exit.ENGINE:
            return Exit.ENGINE
        return Exit.SPECS if self.diagnostics else found

    @property
    def _next(self) -> tuple[str, ...]:
        if self.emergency is None:
            return ()
        return (
            f"Whoever looks after {self.environment}: look at what {self.emergency.by} applied without a review "
            f"({self.emergency.reason}), and close its issue.",
        )

    def result(self, number: int, commit: str, stacks: Collection[str] | None = None) -> Result:
        """What there is to tell of some stacks, or all: to a pull request (0 where there is none) of that commit."""
        reports = tuple(each for each in self.reports if stacks is None or each.stack in stacks)
        return Result(
            number,
            commit,
            self.commit,
            Phase.FAILED if self.failures else Phase.DONE,
            Tier.ACCOUNT,
            reports=reports,
            unchanged=self.unchanged,
            diagnostics=self.diagnostics,
            failures=self.failures,
            next=self._next,
            orphans=tuple(each.stack for each in reports if each.outcome.ending is Ending.ORPHANED),
            url=self.url,
        )


_WORDS = {
    Ending.FAILED: "failed",
    Ending.INTERRUPTED: "interrupted",
    Ending.SKIPPED: "not begun",
    Ending.REFUSED: "refused",
    Ending.DESTROYED: "destroyed",
    Ending.ORPHANED: "without a spec",
    Ending.HELD: "held",
    Ending.APPLIED: "applied",
    Ending.UNCHANGED: "unchanged",
}


def title(applied: Applied) -> str:
    """All of it in one line of plain text, the worst first."""
    name = applied.environment
    if applied.diagnostics:
        return f"{name}: nothing is applied, its files cannot be compiled"
    counts = Counter(each.outcome.ending for each in applied.reports)
    said = [f"{counts[each]} {word}" for each, word in _WORDS.items() if counts[each]]
    if applied.failures and not said:
        return f"{name}: nothing could be applied"
    return f"{name}: {', '.join(said) or 'nothing to apply'}"


def worst(found: Iterable[Applied]) -> Exit:
    """The exit code of all environments together."""
    codes = {each.exit for each in found}
    return next((each for each in (Exit.ENGINE, Exit.SPECS, Exit.REFUSED) if each in codes), Exit.DONE)


def check_name(environment: str) -> str:
    """The check run that has an environment's results: each its own, since they are written at the same time."""
    return f"{NAME} ({environment})"


def check_data(applied: Applied, commit: str) -> dict[str, Any]:
    """What the check run of a commit carries: a Result, and the emergency if there was one."""
    data = results.to_data(applied.result(0, commit))
    said = applied.emergency
    return data | {"emergency": said and {"by": said.by, "reason": said.reason}}
