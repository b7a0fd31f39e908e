"""A difference as GitHub's Markdown: the worst first, one row a stack, all the rest folded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias

from compiler import route
from compiler.changes import Change, Op
from compiler.consequences import Consequence
from compiler.difference import Difference
from compiler.document import visible
from compiler.effects import Gravity, gravity
from compiler.render import wording
from compiler.render.report import (
    SIGNS,
    ending,
    gravest_first,
    overridden,
    summary,
    totals,
    value,
    worst_first,
)
from compiler.report import Ending, Report

_ENDINGS = {
    Ending.ADDED: "added",
    Ending.REMOVED: "removed",
    Ending.CHANGES: "changed",
    Ending.UNCOMPARED: "not compared",
}
_WHOLE = (Op.CREATE, Op.DELETE, Op.FORGET)
_MARKS = {Gravity.LOSES_DATA: "**", Gravity.IMPOSSIBLE: "**"}

# What could format, link, mention, or end a cell; an empty comment keeps GitHub from seeing a mention or a link.
_SPECIAL = re.compile(r"([\\`*_\[\]<>|~&!])")
_ACTIVE = re.compile(r"(@|#|:)(?=\S)|(?<=www)\.")

Row: TypeAlias = tuple[str, str, str, str, str]


def difference(found: Difference) -> str:
    """The document. Whatever users wrote in it stays text."""
    reports = worst_first(found.reports)
    lines = [
        f"### {totals(reports, found.unchanged)}"
        if reports
        else f"### Nothing differs in {found.unchanged} stacks"
    ]
    if reports:
        lines += ["", "| stack | change | what it does | when | from |", "|---|---|---|---|---|"]
        lines += [_row(each) for each in reports]
    for each in reports:
        lines += ["", *_folded(each)]
    return "\n".join(lines) + "\n"


def _row(report: Report) -> str:
    words = _ENDINGS[report.outcome.ending]
    changed = summary(report.changes)
    what = f"{words}, {_code(changed)}" if changed else words
    if report.cost:
        what += f"<br>a month: {_words(str(report.cost))}"
    worst = report.effects[0] if report.effects else None
    if worst is None or gravity(worst.effect) is Gravity.HARMLESS:
        does = "; ".join(each.message for each in report.outcome.failures) or "no interruption"
    else:
        does = f"{wording.label(worst.effect)}: {wording.says(worst.effect)}"
    mark = _MARKS.get(gravity(worst.effect), "") if worst else ""
    cells = (
        _code(report.stack),
        what,
        f"{mark}{_words(does)}{mark}",
        wording.time(worst.effect) if worst and not wording.is_dull(worst.effect) else "",
        _from(worst, report),
    )
    return f"| {' | '.join(cells)} |"


def _from(worst: Consequence | None, report: Report) -> str:
    causes = [each for each in worst.causes if each.key] if worst else []
    if causes:
        return ", ".join(f"{_code(each.key)} in {_code(f'{each.at.path}:{each.at.line}')}" for each in causes)
    return _code(report.spec.path) if report.spec else ""


def _folded(report: Report) -> Iterator[str]:
    yield f"<details><summary>{_words(ending(report))}</summary>"
    yield ""
    said = [f"**refused**: {_words(each.words)}" for each in report.refusals]
    said += [f"**acknowledged**: {_words(str(each))}" for each in report.acknowledged]
    said += map(_words, (*(each.message for each in report.outcome.failures), *report.outcome.notes))
    if overrides := overridden(report):
        said.append(f"overridden: {', '.join(map(_code, overrides))}")
    yield from (f"- {each}" for each in said)
    if said:
        yield ""
    rows = [row for each in gravest_first(report) for row in _rows(each, report)]
    rows += _together(report)
    if rows:
        yield "| resource | property | before | after | what it does |"
        yield "|---|---|---|---|---|"
        yield from (f"| {' | '.join(row)} |" for row in rows)
        yield ""
    yield "</details>"


def _rows(change: Change, report: Report) -> Iterator[Row]:
    """A row a property; one for what comes or goes, if there is something to be said of it."""
    effects = [each for each in report.effects if (each.resource, each.op) == (change.resource, change.op)]
    resource = f"{_code(SIGNS[change.op])} {_code(change.resource)} {_code(change.type)}"
    if change.op in _WHOLE:
        if does := "; ".join(filter(None, map(_does, effects))):
            yield resource, "", "", "", does
        return
    for each in change.properties:
        override = " (override)" if report.overrides(change.resource, each.route) else ""
        does = "; ".join(_does(effect) for effect in effects if each.route in effect.routes)
        yield (
            resource,
            _code(route.text(each.route)) + override,
            _code(value(each.before)),
            _code(value(each.after)),
            does,
        )
        resource = ""


def _together(report: Report) -> Iterator[Row]:
    """A row for each type of what comes or goes without anything to be said of it."""
    told = {each.resource for each in report.effects if not wording.is_dull(each.effect)}
    by_type: dict[tuple[Op, str], list[str]] = {}
    for each in report.changes:
        if each.op in _WHOLE and each.resource not in told:
            by_type.setdefault((each.op, each.type), []).append(each.resource)
    for (op, type), resources in sorted(by_type.items()):
        names = ", ".join(map(_code, sorted(resources)))
        yield f"{_code(SIGNS[op])} {_code(type)}: {names}", "", "", "", ""


def _does(consequence: Consequence) -> str:
    """What there is to say of an effect; nothing where nobody will notice."""
    effect = consequence.effect
    if wording.is_dull(effect):
        return ""
    time = wording.time(effect)
    return _words(f"{wording.label(effect)}{', ' + time if time else ''}: {wording.says(effect)}")


def _code(text: str) -> str:
    """The text as code, in which nothing but the end of the cell has a meaning."""
    shown = visible(text).replace("|", "\\|")
    ticks = "`" * (max(map(len, re.findall("`+", shown)), default=0) + 1)
    space = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{ticks}{space}{shown or ' '}{space}{ticks}"


def _words(text: str) -> str:
    """The text as prose, in which nothing has a meaning."""
    return _ACTIVE.sub(lambda match: f"{match[0]}<!-- -->", _SPECIAL.sub(r"\\\1", visible(text)))
