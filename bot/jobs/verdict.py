"""What to say first of a result: whether it may be merged, and who must act."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.jobs.result import Phase, Result
from compiler.diagnostics import Severity
from compiler.effects import Gravity, gravity
from compiler.render.worry import Worry, worry
from compiler.report import Ending, Report

_FAILED = (Ending.FAILED, Ending.INTERRUPTED, Ending.SKIPPED)


def passes(result: Result) -> bool:
    """Whether nothing stands against merging but that somebody has to want it."""
    return result.phase is Phase.DONE and not result.failures and not list(_against(result))


def title(result: Result) -> str:
    """The verdict in one line of plain text."""
    if result.phase is Phase.RUNNING:
        return "Looking at what this does"
    against = list(_against(result))
    if result.phase is Phase.FAILED or result.failures:
        known = f"; known so far: {', '.join(against)}" if against else ""
        return f"The check failed, and not all that this does is known{known}"
    worries = list(_worries(result.reports))
    if against:
        return f"Not to be merged as it is: {', '.join([*against, *worries])}"
    changing = [each for each in result.reports if worry(each) < Worry.NOTHING]
    if worries:
        return f"Look closely: {', '.join(worries)}"
    if changing:
        verb = "changes" if len(changing) == 1 else "change"
        return f"{counted(changing)} {verb}: no data is lost, and nothing is interrupted"
    return "Nothing changes"


def steps(result: Result) -> tuple[str, ...]:
    """Who must act next and how, a sentence each."""
    return (*_steps(result), *result.next)


def counted(reports: Sequence[Report]) -> str:
    """`1 environment and 3 databases`."""
    environments = sum(each.stack.endswith(".environment") for each in reports)
    databases = len(reports) - environments
    parts = [_number(environments, "environment")] if environments else []
    parts += [_number(databases, "database")] if databases or not environments else []
    return " and ".join(parts)


def _against(result: Result) -> Iterator[str]:
    """What keeps it from being merged."""
    errors = sum(each.severity is Severity.ERROR for each in result.diagnostics)
    if errors:
        yield f"{_number(errors, 'error')} in the specs"
    if unknown := [each for each in result.reports if each.outcome.ending in _FAILED]:
        yield f"{counted(unknown)} that could not be looked at"
    if refused := [each for each in result.reports if each.refusals]:
        yield f"{counted(refused)} refused"
    failed = [each for each in result.rehearsals if each.outcome.failures]
    if failed:
        yield f"{counted(failed)} failed on the simulated account"


def _worries(reports: Sequence[Report]) -> Iterator[str]:
    # What is wrong at head is an error already; what was wrong at base must not keep anybody from mending it.
    if unknown := [each for each in reports if each.outcome.ending is Ending.UNCOMPARED]:
        yield f"nobody knows what becomes of {counted(unknown)}"
    losing = [each for each in reports if _has(each, Gravity.LOSES_DATA)]
    if losing:
        yield f"{counted(losing)} {'loses' if len(losing) == 1 else 'lose'} data"
    interrupted = [each for each in reports if _has(each, Gravity.INTERRUPTS)]
    if interrupted:
        yield f"{counted(interrupted)} {'is' if len(interrupted) == 1 else 'are'} interrupted"


def _steps(result: Result) -> Iterator[str]:
    if result.phase is Phase.RUNNING:
        yield "Nobody yet: this is brought up to date when the check is done."
        return
    if result.phase is Phase.FAILED or result.failures:
        yield "Whoever looks after the check: mend what it failed on, and run it again."
    if any(each.severity is Severity.ERROR for each in result.diagnostics):
        yield "The author: mend the errors in the specs; each is annotated at its line."
    if any(each.refusals for each in result.reports):
        yield "The author: take the way out that stands beside each refusal."
    if any(each.outcome.ending in _FAILED for each in result.reports):
        yield "The author: read what the account answered; where it is not the specs' fault, run the check again."
    if any(each.outcome.failures for each in result.rehearsals):
        yield "The author: mend what the simulated account does not take."
    if passes(result) and not result.next:
        if any(worry(each) < Worry.NOTHING for each in result.reports):
            yield "A reviewer: approve if this is what is meant; merging applies just this."
        else:
            yield "Nobody: merging this changes nothing in any account."


def _has(report: Report, wanted: Gravity) -> bool:
    return any(gravity(each.effect) is wanted for each in report.effects)


def _number(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
