"""All that there is to say of a stack, folded under one line of GitHub's Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from compiler import route
from compiler.changes import Change, Op
from compiler.consequences import Cause, Consequence
from compiler.cost import Component
from compiler.cost.totals import dollars
from compiler.render import inline, rows, wording
from compiler.render.inline import code, html, words
from compiler.render.report import SIGNS, gravest_first, overridden, value
from compiler.report import Report

_WHOLE = (Op.CREATE, Op.DELETE, Op.FORGET)
_SENTENCE, _VALUE = 1000, 400

Row: TypeAlias = tuple[str, str, str, str, str]


def fold(report: Report, most: int = 50, *, costs: bool = False) -> str:
    """The details of one report, with at most so many rows, and what is billed if that is asked for; empty for none."""
    changed = wording.counted(report.changes)
    blocks = [
        f"<details><summary><code>{html(report.stack)}</code>{f': {changed}' if changed else ''}</summary>",
        "\n".join(f"- {each}" for each in _said(report)),
        *_tables(report, most, costs),
        "</details>",
    ]
    return "\n\n".join(filter(None, blocks)) if any(blocks[1:-1]) else ""


def _tables(report: Report, most: int, costs: bool) -> Iterator[str]:
    found = [row for each in gravest_first(report) for row in _rows(each, report)]
    found += _together(report)
    yield inline.table(
        ("resource", "property", "before", "after", "what it does"), map(inline.row, found[:most])
    )
    if len(found) > most:
        yield f"{len(found) - most} more properties and resources are not shown here."
    if costs and report.cost:
        sides = (("-", report.cost.gone), ("+", report.cost.new))
        billed = (inline.row(_billed(each, sign)) for sign, components in sides for each in components)
        yield inline.table(("billed", "of", "a month", "price of"), billed)


def _said(report: Report) -> Iterator[str]:
    outcome = report.outcome
    for failure in outcome.failures:
        where = f"{code(failure.resource)} {code(failure.type)}: " if failure.resource else ""
        yield f"**failed**: {where}{words(failure.message, _SENTENCE)}"
    if outcome.failures and outcome.done:
        yield f"done before that: {', '.join(map(code, outcome.done))}"
    for refusal in report.refusals:
        yield f"**refused**: {rows.fact(refusal, report.stack, _SENTENCE)}"
        if refusal.fix:
            yield f"the way out: {words(refusal.fix, _SENTENCE)}"
    if report.held:
        yield words(str(report.held), _SENTENCE)
    for each in report.acknowledged:
        yield f"**acknowledged**: {code(str(each.entry))}: {words(each.entry.reason, _SENTENCE)}"
    for pending in report.pending:
        at, becomes = route.text(pending.property.route), value(pending.property.after)
        when = words(pending.when) or "the next window"
        yield f"pending in AWS: {code(pending.resource)} {code(at)} becomes {code(becomes)} in {when}; nothing to do"
    if inputs := overridden(report):
        yield f"overridden: {', '.join(map(code, inputs))}"
    if report.cost:
        yield f"a month: {rows.cost(report.cost)}"
    if report.spec:
        yield f"written in {code(report.spec.path)}"
    yield from (words(each, _SENTENCE) for each in outcome.notes)


def _rows(change: Change, report: Report) -> Iterator[Row]:
    """A row a property; one for what comes or goes, if there is something to be said of it."""
    effects = [each for each in report.effects if (each.resource, each.op) == (change.resource, change.op)]
    resource = f"{code(SIGNS[change.op])} {code(change.resource)} {code(change.type)}"
    if change.reverts_drift:
        resource += "<br>puts back what was changed in the account"
    if change.op in _WHOLE or not change.properties:
        does = "; ".join(filter(None, map(_does, effects)))
        if does or change.reverts_drift or change.op not in _WHOLE:
            yield resource, "", "", "", does
        return
    for each in change.properties:
        override = "<br>override" if report.overrides(change.resource, each.route) else ""
        replaces = "<br>replaces it" if each.replaces else ""
        does = "; ".join(filter(None, (_does(effect) for effect in effects if each.route in effect.routes)))
        yield (
            resource,
            code(route.text(each.route), _VALUE) + override + replaces,
            code(value(each.before), _VALUE),
            code(value(each.after), _VALUE),
            does,
        )
        resource = ""


def _together(report: Report) -> Iterator[Row]:
    """A row for each type of what comes or goes without anything to be said of it."""
    told = {each.resource for each in report.effects if not wording.is_dull(each.effect)}
    by_type: dict[tuple[Op, str], list[str]] = {}
    for each in report.changes:
        if each.op in _WHOLE and each.resource not in told and not each.reverts_drift:
            by_type.setdefault((each.op, each.type), []).append(each.resource)
    for (op, type), resources in sorted(by_type.items()):
        names = ", ".join(map(code, sorted(resources)))
        yield f"{code(SIGNS[op])} {code(type)}: {names}", "", "", "", ""


def _does(consequence: Consequence) -> str:
    """What there is to say of an effect; nothing where nobody will notice."""
    effect = consequence.effect
    if wording.is_dull(effect):
        return ""
    time = wording.time(effect)
    said = words(f"{wording.label(effect)}{', ' + time if time else ''}: {wording.says(effect)}", _SENTENCE)
    causes = ", ".join(map(_cause, (each for each in consequence.causes if each.key)))
    return f"{said}<br>from {causes}" if causes else said


def _cause(cause: Cause) -> str:
    return f"{code(cause.key)} in {code(f'{cause.at.path}:{cause.at.line}')}"


def _billed(component: Component, sign: str) -> tuple[str, str, str, str]:
    monthly = component.monthly
    amount = "unknown" if monthly is None else dollars(monthly)
    how = f"{component.quantity:,g} {component.unit}" if component.quantity is not None else component.unit
    source = (
        f"{component.price.date}: {component.price.source}" if component.price else "no dated price is known"
    )
    return (
        f"{code(sign)} {words(component.name)}",
        words(component.resource),
        f"{code(amount)} for {words(how)}",
        words(source),
    )
