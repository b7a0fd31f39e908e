"""What an apply did, for people: on the pull requests that it came with, and in the check of the commit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from bot.jobs.applied import Applied
from compiler.diagnostics import Severity
from compiler.render import inline, rows
from compiler.render.fold import fold
from compiler.render.inline import code, words
from compiler.render.worry import worst_first
from compiler.report import Ending, Report

BUDGET = 60_000
"""Bytes; a forge takes 65,536 characters, and its own marker is among them."""

_MOST_ROWS = 100
_MOST_STEPS = 20
_SENTENCE = 600
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
_AGAIN = (Ending.FAILED, Ending.INTERRUPTED, Ending.SKIPPED)


def title(applied: Applied, stacks: Collection[str] | None = None) -> str:
    """All of it in one line of plain text, the worst first."""
    name = applied.environment
    if applied.diagnostics:
        return f"Nothing is applied to {name}: its files cannot be compiled"
    counts = Counter(each.outcome.ending for each in _reports(applied, stacks))
    said = [f"{counts[each]} {word}" for each, word in _WORDS.items() if counts[each]]
    if applied.failures and not said:
        return f"Nothing could be applied to {name}"
    return f"{name}: {', '.join(said) or 'nothing to apply'}"


def text(applied: Applied, stacks: Collection[str] | None = None) -> str:
    """The whole of it, of these stacks or of all, in fewer bytes than the budget: what has no room is left out whole."""
    reports = worst_first(_reports(applied, stacks))
    blocks = [f"### {words(title(applied, stacks))}"]
    if applied.emergency:
        said = applied.emergency
        blocks.append(f"**Emergency**: applied without a review by {code(said.by)}: {words(said.reason, _SENTENCE)}")
    if steps := list(_steps(applied, reports)):
        blocks.append("\n".join(["**Next**", "", *(f"- {each}" for each in steps[:_MOST_STEPS])]))
    shown = reports[:_MOST_ROWS]
    if shown:
        table = "\n".join(rows.table(map(rows.row, shown)))
        blocks.append(table)
    foot = _foot(applied, len(reports) - len(shown), max(0, len(steps) - _MOST_STEPS))
    room = BUDGET - sum(inline.size(each) + 2 for each in (*blocks, foot))
    for each in shown:
        made = fold(each)
        room -= inline.size(made) + 2
        if room < 0:
            break
        blocks.append(made)
    return "\n\n".join([*blocks, foot]) + "\n"


def _reports(applied: Applied, stacks: Collection[str] | None) -> list[Report]:
    return [each for each in applied.reports if stacks is None or each.stack in stacks]


def _steps(applied: Applied, reports: Sequence[Report]) -> Iterator[str]:
    for each in applied.diagnostics:
        if each.severity is Severity.ERROR:
            where = f"{code(str(each.at))}: " if each.at else ""
            yield f"mend it: {where}{words(each.words, _SENTENCE)}"
    for failure in applied.failures:
        yield words(failure, _SENTENCE)
    for report in reports:
        for refusal in report.refusals:
            yield f"{code(report.stack)} was refused: {words(refusal.words, _SENTENCE)}"
    again = [code(each.stack) for each in reports if each.outcome.ending in _AGAIN]
    if again:
        yield (
            f"{', '.join(again[:10])}{' and others' if len(again) > 10 else ''}: the next run goes on where this one "
            "ended; start the workflow `apply` by hand to have it now"
        )


def _foot(applied: Applied, rows_left: int, steps_left: int) -> str:
    left = [f"{rows_left:,} more stacks"] if rows_left > 0 else []
    left += [f"{steps_left:,} more steps"] if steps_left else []
    where = f" More: [the run]({applied.url})." if applied.url else ""
    missing = f" Not shown here, for want of room: {', '.join(left)}." if left else ""
    return f"<sub>Main at {code(applied.commit[:12])}, {applied.unchanged:,} unchanged.{missing}{where}</sub>"
