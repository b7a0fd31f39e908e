"""What there is to tell of a preview's result, the worst first, for the comment and for the summary."""

from __future__ import annotations

from collections.abc import Iterator

from bot.jobs import verdict
from bot.jobs.page import Section, Table, Told
from bot.jobs.result import Phase, Result, Tier
from compiler.diagnostics import Severity
from compiler.render import inline, rows, wording
from compiler.render.inline import code, words
from compiler.render.worry import Worry, worry, worst_first
from compiler.report import Report

_ASKED = {
    Tier.SPECS: "the specs were compared, and AWS was not asked",
    Tier.SANDBOX: "it was tried on the simulated account, and AWS was not asked",
    Tier.ACCOUNT: "the account was asked",
}
_KINDS = {
    Worry.UNKNOWN: "not known",
    Worry.LOSES_DATA: "lose data",
    Worry.INTERRUPTS: "interrupted",
    Worry.REFUSED: "refused",
    Worry.CHANGES: "harmless",
    Worry.NOTHING: "as they are",
}
_TABLE = Table(
    rows.HEADER, rows.row, rows.alike, tuple(_KINDS.values()), lambda report: _KINDS[worry(report)]
)
_NAME = 150


def told(result: Result, *, notes: bool = False) -> Told:
    """The result as a page has it; `notes` are what is no warning yet."""
    found = worst_first(result.reports)
    shown = tuple(each for each in found if _is_worth_a_row(each))
    unchanged = result.unchanged + len(found) - len(shown)
    return Told(
        title=words(verdict.title(result)),
        facts=_facts(result, shown, unchanged),
        above=(
            sentences("**Next**", "next steps", verdict.steps(result)),
            sentences("**What the check failed on**", "failures", result.failures),
            sentences("**Approvals**", "approvals", result.approvals),
            problems(result, Severity.ERROR),
            refusals(shown),
        ),
        below=(
            problems(result, Severity.WARNING),
            Section("**On the simulated account**", "rehearsals", lambda most: _rehearsed(result, most)),
            Section(
                "**There without a spec**: nothing destroys these, until somebody decides",
                "stacks without a spec",
                lambda _: (code(each, _NAME) for each in result.orphans),
            ),
            sentences("**Waivers that this writes**", "waivers", result.waivers),
            *([problems(result, Severity.NOTE)] if notes else []),
        ),
        table=_TABLE,
        reports=shown,
        worries=lambda report: worry(report) < Worry.CHANGES,
        where=where(result),
        foot=_foot(result),
    )


def sentences(title: str, what: str, found: tuple[str, ...]) -> Section:
    """A section of sentences that are no Markdown yet."""
    return Section(title, what, lambda most: (words(each, most) for each in found))


def problems(result: Result, severity: Severity) -> Section:
    """What is wrong in the specs."""
    found = [each for each in result.diagnostics if each.severity is severity]
    what = f"{severity}{'' if len(found) == 1 else 's'}"

    def write(most: int) -> Iterator[str]:
        for each in found:
            where = f"{code(str(each.at), _NAME)}: " if each.at else ""
            yield where + words(each.words, most)

    return Section(f"**{len(found):,} {what} in the specs**", what, write)


def refusals(reports: tuple[Report, ...]) -> Section:
    """What is refused, each with the way out."""

    def write(most: int) -> Iterator[str]:
        for report in reports:
            for each in report.refusals:
                fix = f"<br>way out: {words(each.fix, most)}" if each.fix else ""
                yield f"{code(report.stack, _NAME)}: {rows.fact(each, report.stack, most)}{fix}"

    return Section("**Refused, and the way out**", "refusals", write)


def where(result: Result) -> str:
    """Where all of it is."""
    url = result.url
    return f"[the run's summary]({url})" if inline.is_link(url) else "the summary of the job's run"


def _facts(result: Result, shown: tuple[Report, ...], unchanged: int) -> str:
    begun = f"Commit {code(result.head[:12])} is being looked at" if result.phase is Phase.RUNNING else ""
    if begun and not shown:
        return f"{begun}."
    affected = f"{verdict.counted(shown)} affected, " if shown else ""
    facts = [f"{f'{begun}; known so far: ' if begun else ''}{affected}{unchanged:,} unchanged"]
    if changed := wording.counted(change for each in shown for change in each.changes):
        facts.append(f"resources: {changed}")
    if shown:
        facts.append(f"a month: {_cost(shown)}")
    return " · ".join(facts)


def _cost(shown: tuple[Report, ...]) -> str:
    known = [each for each in shown if each.cost is not None]
    if not known:
        return "unknown"
    missing = len(shown) - len(known)
    return rows.cost(rows.together(*known)) + (f" + unknown of {missing:,} more" if missing else "")


def _foot(result: Result) -> str:
    """Which commit this is about, so that what is older than the branch shows."""
    about = f"Of commit {code(result.head[:12])}, to be merged into {code(result.base[:12])}"
    if result.phase is Phase.RUNNING:
        return f"<sub>{about}.</sub>"
    return f"<sub>{about}: {_ASKED[result.tier]}. More: {where(result)}.</sub>"


def _rehearsed(result: Result, most: int) -> Iterator[str]:
    tried = result.rehearsals
    failed = [each for each in tried if each.outcome.failures]
    if tried and not failed:
        yield f"{verdict.counted(tried)} tried, none failed"
    for each in failed:
        yield f"{code(each.stack, _NAME)} failed: {words(each.outcome.failures[0].message, most)}"


def _is_worth_a_row(report: Report) -> bool:
    said = report.pending or report.held or report.outcome.notes or report.acknowledged
    return worry(report) is not Worry.NOTHING or bool(said)
