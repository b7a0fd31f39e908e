"""Reports as a table of GitHub's Markdown: one row a stack, which tells what whoever reviews has to know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from compiler.consequences import Consequence
from compiler.cost import Delta, signed
from compiler.diagnostics import Diagnostic
from compiler.effects import Gravity, When, gravity
from compiler.render import inline, wording
from compiler.render.inline import code, words
from compiler.render.report import overridden
from compiler.report import Ending, Report

HEADER = ("database", "change", "what it does", "when", "a month")

_ENDINGS = {
    Ending.FAILED: "failed",
    Ending.INTERRUPTED: "interrupted",
    Ending.REFUSED: "refused",
    Ending.SKIPPED: "not begun",
    Ending.UNCOMPARED: "not compared",
    Ending.DESTROYED: "destroyed",
    Ending.REMOVED: "removed",
    Ending.CHANGES: "changed",
    Ending.ADDED: "new",
    Ending.DRIFTED: "drifted",
    Ending.ORPHANED: "without a spec",
    Ending.HELD: "held",
    Ending.APPLIED: "applied",
    Ending.UNCHANGED: "unchanged",
}
# Bytes of Markdown for what may be of any length: a row is never so long that none has room.
_NAME, _SENTENCE, _REMARK = 150, 400, 160


def row(report: Report, *others: Report) -> str:
    """One stack: what is done to it, the worst that comes of that, when it takes hold, and what it costs.

    The others are alike.
    """
    name = code(report.stack, _NAME)
    return inline.row(
        (
            f"{name} and {len(others)} more alike" if others else name,
            *alike(report),
            cost(together(report, *others)),
        )
    )


def alike(report: Report) -> tuple[str, str, str]:
    """What the row of a stack says beside its name and its cost."""
    return _change(report), "<br>".join(_does(report)), _when(report)


def together(*reports: Report) -> Delta | None:
    """What they add all together; None where that was not worked out for one of them."""
    deltas = [each.cost for each in reports]
    known = [each for each in deltas if each is not None]
    if len(known) < len(deltas):
        return None
    gone = tuple(part for each in known for part in each.gone)
    return Delta(gone, tuple(part for each in known for part in each.new))


def cost(delta: Delta | None) -> str:
    """What is added a month, as Markdown; what is not known is said to be unknown."""
    if delta is None:
        return "unknown"
    if not delta:
        return "no change"
    added = delta.total
    if added.missing and not any(each.monthly for each in (*delta.gone, *delta.new)):
        return added.missing
    return code(signed(added.dollars)) + (f" + {added.missing}" if added.missing else "")


def fact(diagnostic: Diagnostic, stack: str, most: int = 0) -> str:
    """What is wrong, as Markdown, without the stack's name, which messages of gates begin with."""
    return words(diagnostic.message.removeprefix(f"{stack}: "), most)


def _change(report: Report) -> str:
    ending = report.outcome.ending
    refused = report.refusals and ending in (Ending.CHANGES, Ending.ADDED, Ending.REMOVED)
    word = "**refused**" if refused else _ENDINGS[ending]
    if ending in (Ending.FAILED, Ending.INTERRUPTED, Ending.REFUSED):
        word = f"**{word}**"
    changed = wording.counted(report.changes)
    return f"{word}: {changed}" if changed else word


def _does(report: Report) -> Iterator[str]:
    failures = report.outcome.failures
    grave = [each for each in report.effects if gravity(each.effect) is not Gravity.HARMLESS]
    if failures:
        yield _several(f"**failed**: {words(failures[0].message, _SENTENCE)}", failures)
    if grave:
        yield _several(_effect(grave[0]), grave)
    elif report.refusals:
        said = fact(report.refusals[0], report.stack, _SENTENCE)
        yield _several(said, report.refusals)
    elif not failures:
        yield from _harmless(report)
    yield from (words(each, _REMARK) for each in _remarks(report))


def _effect(consequence: Consequence) -> str:
    said = f"**{wording.label(consequence.effect)}**: {words(wording.says(consequence.effect), _SENTENCE)}"
    cause = next((each for each in consequence.causes if each.key), None)
    return f"{said} ({words(f'`{cause.key}`, {cause.at.path}:{cause.at.line}', _REMARK)})" if cause else said


def _several(first: str, all: Sequence[object]) -> str:
    return f"{first}; and {len(all) - 1} more" if len(all) > 1 else first


def _harmless(report: Report) -> Iterator[str]:
    if report.changes:
        told = [each for each in report.effects if not wording.is_dull(each.effect)]
        label = wording.label(told[0].effect) if told else "no interruption"
        yield f"{label}: {words(wording.says(told[0].effect), _SENTENCE)}" if told else label
    elif report.outcome.notes:
        yield _several(words(report.outcome.notes[0], _SENTENCE), report.outcome.notes)


def _remarks(report: Report) -> Iterator[str]:
    """What makes this one not be as the others."""
    if report.held:
        yield str(report.held)
    if report.acknowledged:
        yield f"acknowledged: {', '.join(map(str, report.acknowledged))}"
    if drifted := [each.resource for each in report.changes if each.reverts_drift]:
        yield f"puts back what was changed in the account: {', '.join(drifted)}"
    if report.pending:
        yield f"pending in AWS: {', '.join(f'{each.resource}.{each.property.route[0]}' for each in report.pending)}"
    if inputs := overridden(report):
        yield f"overridden: {', '.join(inputs)}"


def _when(report: Report) -> str:
    if report.held:
        return f"not before {report.held.until} is over"
    told = [each.effect for each in report.effects if not wording.is_dull(each.effect)]
    times = {each.when: wording.time(each) for each in told if wording.time(each)}
    if not times and report.changes and not report.refusals:
        return "at once"
    return "<br>".join(times[when] for when in When if when in times)
