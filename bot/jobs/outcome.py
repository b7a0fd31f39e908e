"""What came of an apply, told on each pull request that was merged into it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from bot.jobs import findings
from bot.jobs.page import Detail, Section, Table, Told, page
from bot.jobs.result import Phase, Result
from compiler.changes import Known
from compiler.diagnostics import Severity
from compiler.render import inline, report, rows, wording
from compiler.render.inline import code, words
from compiler.render.report import value
from compiler.report import Ending, Report

BUDGET = 60_000
"""Bytes; a forge takes 65,536 characters, and its own marker is among them."""

_DETAILS = (Detail(50, 1000, 50), Detail(25, 500, 30), Detail(10, 300), Detail(3, 200))
_ENDINGS = {
    Ending.FAILED: "failed",
    Ending.INTERRUPTED: "interrupted",
    Ending.SKIPPED: "not begun",
    Ending.REFUSED: "refused",
    Ending.HELD: "held",
    Ending.ORPHANED: "without a spec",
    Ending.DESTROYED: "destroyed",
    Ending.APPLIED: "applied",
    Ending.UNCHANGED: "as it was",
}
_FAILED = (Ending.FAILED, Ending.INTERRUPTED, Ending.SKIPPED)
_NAME, _SENTENCE, _SHORT = 150, 400, 160
_MOST = 4


def applied(result: Result, budget: int = BUDGET) -> str:
    """The text, in at most so many bytes (see `page`).

    The result's `head` is the commit that the pull request was merged as, `base` main's commit that was applied.
    """
    return page(_told(result), budget, _DETAILS)


def title(result: Result) -> str:
    """How it went, in one line of plain text."""
    if result.phase is Phase.FAILED or result.failures:
        return "The apply failed, and not all was tried"
    if any(each.severity is Severity.ERROR for each in result.diagnostics):
        return "Nothing was applied: the specs on main are wrong"
    counts = Counter(map(_ending, result.reports))
    said = ", ".join(f"{counts[each]:,} {each}" for each in _ENDINGS.values() if counts[each])
    if not said:
        return "Nothing was to be done"
    return f"{'All' if _is_done(result) else 'Not all'} is applied: {said}"


def _told(result: Result) -> Told:
    reports = tuple(report.worst_first(result.reports))
    changed = wording.counted(change for each in reports for change in each.changes)
    return Told(
        title=words(title(result)),
        facts=f"resources: {changed}" if changed else "",
        above=(
            findings.sentences("**Next**", "next steps", (*_steps(result), *result.next)),
            findings.sentences("**What the job failed on**", "failures", result.failures),
            findings.problems(result, Severity.ERROR),
            findings.refusals(reports),
        ),
        below=(Section("**Pending in AWS**", "pending modifications", lambda most: _pending(reports, most)),),
        table=Table(
            ("database", "what happened", "where it is"), _row, _alike, tuple(_ENDINGS.values()), _ending
        ),
        reports=reports,
        worries=lambda each: each.outcome.ending is not Ending.UNCHANGED,
        where=findings.where(result),
        foot=(
            f"<sub>Merged as commit {code(result.head[:12])}, applied with main at {code(result.base[:12])}. "
            f"More: {findings.where(result)}.</sub>"
        ),
    )


def _ending(each: Report) -> str:
    return _ENDINGS.get(each.outcome.ending, "as it was")


def _steps(result: Result) -> Iterator[str]:
    """Who must act next and how, and what is tried again by itself."""
    endings = {each.outcome.ending for each in result.reports}
    errors = any(each.severity is Severity.ERROR for each in result.diagnostics)
    if result.failures or result.phase is Phase.FAILED:
        yield "Whoever looks after the job: mend what it failed on, and run it again."
    if errors:
        yield "The author: mend the specs in a new pull request. The next run applies all of it."
    if endings & set(_FAILED):
        yield (
            "Whoever owns what failed: mend what AWS says of it. The next run takes up what is left, and only that: "
            "with the next merge, or by hand, when the apply workflow is run again."
        )
    if Ending.REFUSED in endings:
        yield (
            "Whoever owns what was refused: take the way out beside it, in a new pull request. Until then it stays "
            "as it is."
        )
    if Ending.HELD in endings:
        yield "Nobody, for what is held: the first run after its hold is over applies it."
    if Ending.ORPHANED in endings:
        yield "Whoever removed a spec: decide what becomes of its database. Nothing touches it until then."
    if not errors and not result.failures and _is_done(result):
        yield "Nobody: this is done."


def _is_done(result: Result) -> bool:
    done = (Ending.APPLIED, Ending.UNCHANGED, Ending.DESTROYED)
    return all(each.outcome.ending in done for each in result.reports)


def _row(first: Report, *others: Report) -> str:
    name = code(first.stack, _NAME)
    name = f"{name} and {len(others)} more alike" if others else name
    return inline.row((name, _happened(first), "" if others else _place(first)))


def _alike(each: Report) -> tuple[str, ...]:
    return (_happened(each),)


def _happened(each: Report) -> str:
    outcome = each.outcome
    bad = outcome.ending in (*_FAILED, Ending.REFUSED)
    lines = [f"**{_ending(each)}**" if bad else _ending(each)]
    if outcome.ending is Ending.APPLIED and (changed := wording.counted(each.changes)):
        lines[0] += f": {changed}"
    for failure in outcome.failures[:_MOST]:
        where = f"{code(failure.resource, _SHORT)}: " if failure.resource else ""
        lines.append(where + words(failure.message, _SENTENCE))
    if (more := len(outcome.failures) - _MOST) > 0:
        lines.append(f"and {more} more")
    if each.refusals:
        lines.append(rows.fact(each.refusals[0], each.stack, _SENTENCE))
    if outcome.done and outcome.ending in _FAILED:
        lines.append(f"done before that: {words(', '.join(outcome.done), _SHORT)}")
    if each.held:
        lines.append(words(str(each.held), _SHORT))
    if each.pending:
        lines.append(f"pending in AWS: {len(each.pending)}")
    lines += [words(note, _SHORT) for note in outcome.notes[:_MOST]]
    return "<br>".join(lines)


def _place(each: Report) -> str:
    """Where clients find it."""
    known = {
        name: side.value
        for name, side in sorted(each.outputs.items())
        if side.known is Known.KNOWN and side.value
    }
    port = f":{known['port']}" if "port" in known else ""
    found = []
    for name, text in known.items():
        if name.endswith("endpoint"):
            at = code(f"{text}{port}", _SHORT)
            found.append(at if name == "endpoint" else f"{words(name, _SHORT)}: {at}")
        elif name in ("table_name", "secret_arn"):
            found.append(f"{name}: {code(str(text), _SHORT)}")
    return "<br>".join(found[:_MOST])


def _pending(reports: tuple[Report, ...], most: int) -> Iterator[str]:
    for each in reports:
        for one in each.pending:
            name = f"{one.resource}.{one.property.route[0]}"
            when = words(one.when, most) or "its next window"
            becomes = code(value(one.property.after), most)
            yield f"{code(each.stack, _NAME)}: {code(name, _SHORT)} becomes {becomes} in {when}, by itself"
