"""What is wrong with what a spec says of how its database may change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from compiler import document, route
from compiler.aws import types
from compiler.catalog import Database, Environment
from compiler.diagnostics import Diagnostic, Severity
from compiler.graph import Resource, Stack
from compiler.suggest import closest


def problems(database: Database[Any], stack: Stack) -> Iterator[Diagnostic]:
    """What only the stack shows: acknowledgements of what it does not have."""
    if database.spec.decommission and database.spec.fresh:
        yield database.problem(
            "decommission/fresh",
            ("fresh",),
            "it goes, and `fresh` would let an empty one take its place unasked",
            "take `fresh` out",
            {"it goes": ("decommission",)},
        )
    if database.spec.decommission and database.spec.formerly:
        yield database.problem(
            "decommission/formerly",
            ("formerly",),
            "it goes, and cannot have another name first",
            "take `formerly` out, once that has been applied",
            {"it goes": ("decommission",)},
        )
    if database.spec.decommission:
        return
    resources = {each.name: each for each in stack.resources}
    for index, each in enumerate(database.spec.acknowledge):
        known = resources.get(each.resource)
        if known is None:
            yield _unknown_resource(database, index, resources)
        elif each.property is not None and (said := _unknown_property(known, each.property)):
            yield database.problem("acknowledge/property", ("acknowledge", index, "property"), *said)


def over(written: Database[Any] | Environment, today: date) -> Iterator[Diagnostic]:
    """A hold that holds no more."""
    hold = written.spec.hold
    if hold and hold.until < today:
        yield Diagnostic(
            "hold/over",
            f"this held until {hold.until}, and applies go on since",
            "take `hold` out, or write a later date",
            document.locate(written.node, ("hold", "until")),
            severity=Severity.WARNING,
        )


def _unknown_resource(database: Database[Any], index: int, known: dict[str, Resource]) -> Diagnostic:
    written = database.spec.acknowledge[index]
    at = ("acknowledge", index, "resource")
    near = closest(written.resource, known)
    message = f"the database has no resource {written.resource!r}"
    if near:
        return database.problem(
            "acknowledge/resource",
            at,
            f"{message}; did you mean {near!r}?",
            "`dbspec explain` lists its resources",
            severity=Severity.WARNING if written.property is None else Severity.ERROR,
        )
    if written.property is None:
        # Right while the resource is on its way out: what it was is no longer in the specs.
        fix = "take the entry out once that has been applied"
        return database.problem("acknowledge/gone", at, message, fix, severity=Severity.WARNING)
    return database.problem("acknowledge/resource", at, message, "`dbspec explain` lists its resources")


def _unknown_property(resource: Resource, written: str) -> tuple[str, str] | None:
    try:
        at = route.parse(written)
    except ValueError:
        return f"{written!r} is no property", "write an input as reports show it, such as db_name"
    if types.input_at(resource.type, at) is not None:
        return None
    near = closest(str(at[0]), types.resource_type(resource.type).inputs)
    meant = f"; did you mean {near!r}?" if near and len(at) == 1 else ""
    return (
        f"{resource.name} ({resource.type}) has no input {written!r}{meant}",
        "write an input by its pulumi_aws name, as reports show it",
    )
