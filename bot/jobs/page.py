"""A result as GitHub's Markdown, in as much detail as there is room for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bot.jobs import verdict
from bot.jobs.result import Phase, Result, Tier
from compiler.diagnostics import Diagnostic, Severity
from compiler.render import inline, rows, wording
from compiler.render.fold import fold
from compiler.render.inline import code, words
from compiler.render.worry import Worry, worry, worst_first
from compiler.report import Report

MINIMUM = 12_000
"""Bytes in which any result can be told."""

_LINK = re.compile(r"https?://[\w.:/?&=%~+-]+")
_ASKED = {
    Tier.SPECS: "the specs were compared, and AWS was not asked",
    Tier.SANDBOX: "it was tried on the simulated account, and AWS was not asked",
    Tier.ACCOUNT: "the account was asked",
}
# What is kept for the sentence that says what was left out.
_RESERVE = 500
_MOST_ROWS = 50
_MOST_ENVIRONMENTS = 10


@dataclass(frozen=True, slots=True)
class Detail:
    """How much is told at most: items of a list, bytes of a sentence, rows of a fold; and what is billed."""

    items: int
    sentence: int
    properties: int = 0
    costs: bool = False


def page(result: Result, budget: int, details: Sequence[Detail]) -> str:
    """The document, in at most so many bytes; raises ValueError where the budget is below the minimum.

    It has the first detail in full: every row, and every fold. Where there is no room for that, it has the next one
    with every row and the folds of what worries, the worst first, as far as there is room; with the next one, every
    row and no folds; with the last one, rows for all that are alike, the worst first, and counts. Nothing is ever cut,
    and what is left out is said, with where it is.
    """
    if budget < MINIMUM:
        raise ValueError(f"{budget} bytes are less than {MINIMUM}")
    written = _Page(result)
    full, dangerous, plain, least = details
    return (
        written.full(full, budget)
        or written.folding(dangerous, budget)
        or written.plain(plain, budget)
        or written.counts(least, budget)
    )


class _Page:
    def __init__(self, result: Result) -> None:
        self.result = result
        found = worst_first(result.reports)
        self.shown = [each for each in found if _is_worth_a_row(each)]
        self.unchanged = result.unchanged + len(found) - len(self.shown)
        self.rows = [rows.row(each) for each in self.shown]

    def full(self, detail: Detail, budget: int) -> str:
        around = self.around(detail)
        folds = [fold(each, detail.properties, costs=detail.costs) for each in self.shown]
        blocks = [*around.above, self.table(), *around.below, *folds, self.note(around.left), self.foot()]
        return _within(budget, blocks)

    def folding(self, detail: Detail, budget: int) -> str:
        around = self.around(detail)
        blocks = [*around.above, self.table(), *around.below]
        room = budget - _size([*blocks, self.foot()]) - _RESERVE
        folds: list[str] = []
        for each in self.shown:
            if worry(each) >= Worry.CHANGES:
                break
            made = fold(each, detail.properties, costs=detail.costs)
            room -= inline.size(made) + 2
            if room < 0:
                break
            folds.append(made)
        if not folds:
            return ""
        without = len(self.shown) - len(folds)
        left = [*_properties(without), *around.left]
        return _within(budget, [*blocks, *folds, self.note(left), self.foot()])

    def plain(self, detail: Detail, budget: int) -> str:
        around = self.around(detail)
        left = [*_properties(len(self.shown)), *around.left]
        return _within(budget, [*around.above, self.table(), *around.below, self.note(left), self.foot()])

    def counts(self, detail: Detail, budget: int) -> str:
        around = self.around(detail)
        blocks = [*around.above, "\n".join(_environments(self.shown))]
        room = budget - _size([*blocks, *around.below, self.foot()]) - _RESERVE
        alike: dict[tuple[object, ...], list[Report]] = {}
        for each in self.shown:
            alike.setdefault((worry(each), *rows.alike(each)), []).append(each)
        made: list[str] = []
        missing = len(self.shown)
        for group in list(alike.values())[:_MOST_ROWS]:
            row = rows.row(*group)
            # The header comes before the first.
            room -= inline.size(row) + 1 + (0 if made else 120)
            if room < 0:
                break
            made.append(row)
            missing -= len(group)
        left = [*_properties(len(self.shown)), *([f"{missing:,} rows"] if missing else []), *around.left]
        blocks += ["\n".join(rows.table(made)), *around.below, self.note(left), self.foot()]
        return _joined(blocks)

    def table(self) -> str:
        return "\n".join(rows.table(self.rows))

    def around(self, detail: Detail) -> _Around:
        result = self.result
        above = [
            _List("**Next**", [words(each, detail.sentence) for each in verdict.steps(result)], "next steps"),
            _List(
                "**What the check failed on**",
                [words(each, detail.sentence) for each in result.failures],
                "failures",
            ),
            _List("**Approvals**", [words(each, detail.sentence) for each in result.approvals], "approvals"),
            self._problems(Severity.ERROR, detail),
            _List("**Refused, and the way out**", list(self._refusals(detail)), "refusals"),
        ]
        below = [
            self._problems(Severity.WARNING, detail),
            _List("**On the simulated account**", list(self._rehearsed(detail)), "rehearsals"),
            _List(
                "**There without a spec**: nothing destroys these, until somebody decides",
                [code(each, 150) for each in result.orphans],
                "stacks without a spec",
            ),
            _List("**Waived**", [words(each, detail.sentence) for each in result.waivers], "waivers"),
        ]
        return _Around(
            [
                f"### {words(verdict.title(result))}",
                self._facts(),
                *(each.text(detail.items) for each in above),
            ],
            [each.text(detail.items) for each in below],
            [left for each in (*above, *below) for left in each.left(detail.items)],
        )

    def note(self, left: Sequence[str]) -> str:
        if not left:
            return ""
        return f"Not shown here, for want of room: {', '.join(left)}. All of it is in {self._where()}."

    def foot(self) -> str:
        """Which commit this is about, so that what is older than the branch shows."""
        result = self.result
        into = f", to be merged into {code(result.base[:12])}"
        if result.phase is Phase.RUNNING:
            return f"<sub>Of commit {code(result.head[:12])}{into}.</sub>"
        return f"<sub>Of commit {code(result.head[:12])}{into}: {_ASKED[result.tier]}. More: {self._where()}.</sub>"

    def _where(self) -> str:
        url = self.result.url
        return f"[the run's summary]({url})" if _LINK.fullmatch(url) else "the summary of the check's run"

    def _facts(self) -> str:
        if self.result.phase is Phase.RUNNING and not self.shown:
            return f"Commit {code(self.result.head[:12])} is being looked at."
        affected = f"{verdict.counted(self.shown)} affected, " if self.shown else ""
        facts = [f"{affected}{self.unchanged:,} unchanged"]
        if changed := wording.counted(change for each in self.shown for change in each.changes):
            facts.append(f"resources: {changed}")
        if self.shown:
            facts.append(f"a month: {self._cost()}")
        return " · ".join(facts)

    def _cost(self) -> str:
        known = [each for each in self.shown if each.cost is not None]
        missing = len(self.shown) - len(known)
        if not known:
            return "unknown"
        shown = rows.cost(rows.together(*known))
        return f"{shown} + unknown of {missing:,} more" if missing else shown

    def _refusals(self, detail: Detail) -> Iterator[str]:
        for report in self.shown:
            for each in report.refusals:
                name = code(report.stack, 150)
                fix = f"<br>way out: {words(each.fix, detail.sentence)}" if each.fix else ""
                yield f"{name}: {rows.fact(each, report.stack, detail.sentence)}{fix}"

    def _problems(self, severity: Severity, detail: Detail) -> _List:
        found = [each for each in self.result.diagnostics if each.severity is severity]
        what = f"{len(found):,} {severity}{'' if len(found) == 1 else 's'}"
        return _List(f"**{what} in the specs**", [_problem(each, detail) for each in found], f"{severity}s")

    def _rehearsed(self, detail: Detail) -> Iterator[str]:
        tried = self.result.rehearsals
        failed = [each for each in tried if each.outcome.failures]
        if tried and not failed:
            yield f"{verdict.counted(tried)} tried, none failed"
        for each in failed:
            first = words(each.outcome.failures[0].message, detail.sentence)
            yield f"{code(each.stack, 150)} failed: {first}"


class _Around(NamedTuple):
    """What stands above the table and below it, and what of it there was no room for."""

    above: list[str]
    below: list[str]
    left: list[str]


@dataclass(frozen=True, slots=True)
class _List:
    title: str
    items: list[str]
    what: str

    def text(self, most: int) -> str:
        if not self.items:
            return ""
        shown = [f"- {each}" for each in self.items[:most]]
        if len(self.items) > most:
            shown.append(f"- and {len(self.items) - most:,} more")
        return "\n".join([self.title, "", *shown])

    def left(self, most: int) -> list[str]:
        return [f"{len(self.items) - most:,} {self.what}"] if len(self.items) > most else []


def _is_worth_a_row(report: Report) -> bool:
    said = report.pending or report.held or report.outcome.notes or report.acknowledged
    return worry(report) is not Worry.NOTHING or bool(said)


def _problem(diagnostic: Diagnostic, detail: Detail) -> str:
    where = f"{code(str(diagnostic.at), 160)}: " if diagnostic.at else ""
    return where + words(diagnostic.words, detail.sentence)


def _properties(count: int) -> list[str]:
    return [f"the properties of {count:,} database{'' if count == 1 else 's'}"] if count else []


def _environments(reports: Sequence[Report]) -> list[str]:
    """A table of how many of each environment there are, of each kind."""
    by_name: dict[str, Counter[Worry]] = {}
    for each in reports:
        by_name.setdefault(each.stack.partition(".")[0], Counter())[worry(each)] += 1
    titles = {
        Worry.UNKNOWN: "not known",
        Worry.LOSES_DATA: "lose data",
        Worry.INTERRUPTS: "interrupted",
        Worry.REFUSED: "refused",
        Worry.CHANGES: "harmless",
    }
    named = sorted(by_name.items())
    rest: Counter[Worry] = Counter()
    for _, counts in named[_MOST_ENVIRONMENTS:]:
        rest += counts
    lines = [inline.row(("environment", *titles.values())), "|---" * (len(titles) + 1) + "|"]
    for name, counts in named[:_MOST_ENVIRONMENTS]:
        lines.append(inline.row((code(name, 100), *(f"{counts[each]:,}" for each in titles))))
    if rest:
        lines.append(inline.row(("all others", *(f"{rest[each]:,}" for each in titles))))
    return lines if named else []


def _within(budget: int, blocks: Iterable[str]) -> str:
    text = _joined(blocks)
    return text if inline.size(text) <= budget else ""


def _size(blocks: Iterable[str]) -> int:
    return inline.size(_joined(blocks))


def _joined(blocks: Iterable[str]) -> str:
    return "\n\n".join(filter(None, blocks)) + "\n"
