"""A document in as much detail as there is room for: what is said of each stack, and what stands around that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from compiler.render import inline
from compiler.render.fold import fold
from compiler.render.inline import code
from compiler.report import Report

MINIMUM = 12_000
"""Bytes in which anything can be told."""

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


Written: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A list under a title; `write` makes its items, of sentences with at most so many bytes, `what` names them."""

    title: str
    what: str
    write: Callable[[int], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Table:
    """A table with one row a stack: `row` writes that of a stack, and of others that are alike by `alike`.

    `counts` are the titles of what is counted by environment, `kind` says which of them a stack is.
    """

    header: Written
    row: Callable[..., str]
    alike: Callable[[Report], Written]
    counts: Written
    kind: Callable[[Report], str]


@dataclass(frozen=True, slots=True)
class Told:
    """What there is to tell, the worst of `reports` first; `worries` says whose details go last.

    `where` says as Markdown where all of it is, `foot` is the last line.
    """

    title: str
    facts: str
    above: tuple[Section, ...]
    below: tuple[Section, ...]
    table: Table
    reports: tuple[Report, ...]
    worries: Callable[[Report], bool]
    where: str
    foot: str


def page(told: Told, budget: int, details: Sequence[Detail]) -> str:
    """The document, in at most so many bytes; raises ValueError where the budget is below the minimum.

    It has the first detail in full: every row, and every fold. Where there is no room for that, it has the next one
    with every row and the folds of what worries, the worst first, as far as there is room; with the next one, every
    row and no folds; with the last one, counts, and rows for all that are alike, the worst first. Nothing is ever cut,
    and what is left out is said, with where it is.
    """
    if budget < MINIMUM:
        raise ValueError(f"{budget} bytes are less than {MINIMUM}")
    full, folding, plain, least = details
    made = _Page(told, budget)
    return made.full(full) or made.folding(folding) or made.plain(plain) or made.counted(least)


class _Page:
    def __init__(self, told: Told, budget: int) -> None:
        self.told = told
        self.budget = budget
        self.table = inline.table(told.table.header, map(told.table.row, told.reports))

    def full(self, detail: Detail) -> str:
        folds = [fold(each, detail.properties, costs=detail.costs) for each in self.told.reports]
        return self._within(self._document(detail, [self.table], folds))

    def folding(self, detail: Detail) -> str:
        room = self.budget - inline.size(self._document(detail, [self.table])) - _RESERVE
        folds: list[str] = []
        for each in filter(self.told.worries, self.told.reports):
            made = fold(each, detail.properties, costs=detail.costs)
            if not made:
                continue
            room -= inline.size(made) + 2
            if room < 0:
                break
            folds.append(made)
        left = _properties(len(self.told.reports) - len(folds))
        return self._within(self._document(detail, [self.table], folds, left)) if folds else ""

    def plain(self, detail: Detail) -> str:
        return self._within(self._document(detail, [self.table], left=_properties(len(self.told.reports))))

    def counted(self, detail: Detail) -> str:
        told = self.told
        counts = _environments(told)
        room = (
            self.budget
            - inline.size(self._document(detail, [counts, inline.table(told.table.header, [""])]))
            - _RESERVE
        )
        groups: dict[Written, list[Report]] = {}
        for each in told.reports:
            groups.setdefault((told.table.kind(each), *told.table.alike(each)), []).append(each)
        rows: list[str] = []
        missing = len(told.reports)
        for group in list(groups.values())[:_MOST_ROWS]:
            row = told.table.row(*group)
            room -= inline.size(row) + 1
            if room < 0:
                break
            rows.append(row)
            missing -= len(group)
        left = [*_properties(len(told.reports)), *([f"{missing:,} rows"] if missing else [])]
        return self._document(detail, [counts, inline.table(told.table.header, rows)], left=left)

    def _document(
        self, detail: Detail, tables: Sequence[str], folds: Sequence[str] = (), left: Sequence[str] = ()
    ) -> str:
        told = self.told
        left = list(left)
        above, below = (
            [_section(each, detail, left) for each in sections] for sections in (told.above, told.below)
        )
        note = (
            f"Not shown here, for want of room: {', '.join(left)}. All of it is in {told.where}."
            if left
            else ""
        )
        blocks = [f"### {told.title}", told.facts, *above, *tables, *below, *folds, note, told.foot]
        return "\n\n".join(filter(None, blocks)) + "\n"

    def _within(self, text: str) -> str:
        return text if inline.size(text) <= self.budget else ""


def _section(section: Section, detail: Detail, left: list[str]) -> str:
    """The section, or nothing where it is empty; what of it there is no room for is added to `left`."""
    items = list(section.write(detail.sentence))
    if not items:
        return ""
    lines = [section.title, "", *(f"- {each}" for each in items[: detail.items])]
    if (more := len(items) - detail.items) > 0:
        lines.append(f"- and {more:,} more")
        left.append(f"{more:,} {section.what}")
    return "\n".join(lines)


def _properties(count: int) -> list[str]:
    return [f"the properties of {count:,} database{'' if count == 1 else 's'}"] if count else []


def _environments(told: Told) -> str:
    """How many of each environment there are, by what they are."""
    titles = told.table.counts
    found: dict[str, Counter[str]] = {}
    for each in told.reports:
        found.setdefault(each.stack.partition(".")[0], Counter())[told.table.kind(each)] += 1
    named = sorted(found.items())
    rows = [
        inline.row((code(name, 100), *(f"{counts[each]:,}" for each in titles)))
        for name, counts in named[:_MOST_ENVIRONMENTS]
    ]
    if others := [counts for _, counts in named[_MOST_ENVIRONMENTS:]]:
        rows.append(
            inline.row(("all others", *(f"{sum(counts[each] for counts in others):,}" for each in titles)))
        )
    return inline.table(("environment", *titles), rows)
