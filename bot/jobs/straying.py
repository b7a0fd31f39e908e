"""The issue about a database that is not as it was applied."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from compiler import route
from compiler.changes import Op, PropertyChange
from compiler.render import inline
from compiler.render.inline import code, words
from compiler.render.report import value
from compiler.report import Ending, Report

KEY = "drift"
"""The issue's key, with the stack after it: `drift/prod.orders`."""

BUDGET = 60_000
"""Bytes; a forge takes 65,536 characters, and its own marker is among them."""

# The blank lines between all blocks, the table's head, and the sentence that counts what has no room.
_RESERVE = 700
_VALUE, _SENTENCE, _MOST = 300, 500, 20
_GONE = {Op.CREATE: "is gone", Op.DELETE: "is there, and should not be", Op.REPLACE: "is another one"}

Row: TypeAlias = tuple[str, str, str, str, str]


def check_name(environment: str) -> str:
    """The check run that has all that was seen of an environment."""
    return f"dbspec/drift ({environment})"


def title(report: Report) -> str:
    """The issue's title."""
    if report.outcome.ending is Ending.ORPHANED:
        return f"{report.stack} has no spec"
    return f"{report.stack} is not as it was applied"


def drift(report: Report, url: str = "", budget: int = BUDGET) -> str:
    """The issue's text, by what `dbspec drift` found of one stack, in at most so many bytes: no row is ever cut."""
    database = report.stack.replace(".", "/", 1)
    found = [inline.row(each) for each in _rows(report)]
    room = budget - sum(map(inline.size, _around(report, url))) - _RESERVE
    shown: list[str] = []
    for each in found:
        room -= inline.size(each) + 1
        if room < 0:
            break
        shown.append(each)
    facts, *rest = _around(report, url)
    more = f"{len(found) - len(shown):,} more: {code(f'dbspec drift {database}', _VALUE)} tells all."
    table = inline.table(("resource", "property", "applied by the spec", "in the account", ""), shown)
    blocks = [facts, table, more if len(shown) < len(found) else "", *rest]
    return "\n\n".join(filter(None, blocks)) + "\n"


def _around(report: Report, url: str) -> list[str]:
    """What stands above the table, and below it."""
    found = f" Found by [this run]({url})." if inline.is_link(url) else ""
    return [_facts(report), *_lists(report), f"<sub>Closed by itself when it is gone.{found}</sub>"]


def _facts(report: Report) -> str:
    name = code(report.stack, _VALUE)
    if report.outcome.ending is Ending.ORPHANED:
        return f"{name} is there, and no spec has it: nothing touches it until somebody decides."
    where = f", from {code(report.spec.path, _VALUE)}" if report.spec else ""
    return f"The account has something of {name} otherwise than it was applied{where}."


def _rows(report: Report) -> Iterator[Row]:
    """A row a property, those first that the next apply would put back."""
    for change in report.changes:
        resource = f"{code(change.resource, _VALUE)} {code(change.type, _VALUE)}"
        if change.op is not Op.UPDATE or not change.properties:
            yield resource, "", "", _GONE.get(change.op, "is otherwise"), "an apply puts it back"
            continue
        for each in change.properties:
            yield _row(resource, PropertyChange(each.route, each.after, each.before), "an apply puts it back")
    for strayed in sorted(report.strayed, key=lambda each: bool(each.reason)):
        resource = f"{code(strayed.resource, _VALUE)} {code(strayed.type, _VALUE)}"
        why = (
            f"meant to be so: {words(strayed.reason, _SENTENCE)}" if strayed.reason else "no spec decides it"
        )
        yield _row(resource, strayed.property, why)


def _row(resource: str, property: PropertyChange, says: str) -> Row:
    at = code(route.text(property.route), _VALUE)
    return resource, at, code(value(property.before), _VALUE), code(value(property.after), _VALUE), says


def _lists(report: Report) -> Iterator[str]:
    yield "\n".join(["**How to go on**", "", *(f"- {each}" for each in _ways(report))])
    if report.pending:
        waits = [f"{each.resource}.{each.property.route[0]}" for each in report.pending]
        yield f"Pending in AWS, which is no drift: {words(', '.join(waits), _SENTENCE)}."
    said = [*(each.message for each in report.outcome.failures), *report.outcome.notes]
    yield "\n".join(f"- {words(each, _SENTENCE)}" for each in said[:_MOST])


def _ways(report: Report) -> Iterator[str]:
    file = code(report.spec.path, _VALUE) if report.spec else "its file"
    if report.outcome.ending is Ending.ORPHANED:
        yield "To keep it: put its file back."
        yield "To let it go: put its file back with `decommission`, merge that, and then remove the file."
        return
    if report.changes:
        yield f"What the account has is right: write it into {file}, in a pull request."
        yield (
            f"What was applied is right: touch {file} in a pull request, a comment is enough. Its preview shows what "
            "would be put back, and merging it does that."
        )
    if any(not each.reason for each in report.strayed):
        yield (
            f"What no spec decides, no apply puts back: write it into {file}, under `overrides` where there is no key "
            "for it; or change it back where it was changed."
        )
    if report.held:
        yield f"Until then it is left alone: {words(str(report.held), _SENTENCE)}."
