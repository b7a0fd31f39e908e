"""Which capacity goes with which billing mode."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from compiler.diagnostics import Diagnostic
from compiler.route import Route

if TYPE_CHECKING:
    from compiler.catalog import Database
    from compiler.kinds.dynamodb.spec import Capacity, DynamoDB, Limits

_MODE: dict[str, Route] = {"the billing mode": ("billing_mode",)}


def check(database: Database[DynamoDB]) -> Iterator[Diagnostic]:
    """What is wrong with the capacity of the table and its indexes."""
    for at, what, capacity, limits in _places(database.spec):
        if database.spec.billing_mode == "PROVISIONED":
            yield from _provisioned(database, at, what, capacity, limits)
        else:
            yield from _on_demand(database, at, what, capacity, limits)
        for key in ("read", "write") if capacity else ():
            units = getattr(capacity, key)
            if units.max < units.min:
                yield database.problem(
                    "dynamodb/capacity-range",
                    (*at, "capacity", key, "max"),
                    f"the most, {units.max}, is less than the fewest, {units.min}",
                    f"write {units.min} or more, or swap them",
                    {"the fewest": (*at, "capacity", key, "min")},
                )


def _places(spec: DynamoDB) -> Iterator[tuple[Route, str, Capacity | None, Limits | None]]:
    """The table and each index: its route, what messages call it, its capacity and its limits."""
    yield (), "the table", spec.capacity, spec.on_demand
    for name, index in spec.indexes.items():
        yield ("indexes", name), f"the index {name}", index.capacity, index.on_demand


def _provisioned(
    database: Database[DynamoDB], at: Route, what: str, capacity: Capacity | None, limits: Limits | None
) -> Iterator[Diagnostic]:
    if capacity is None:
        yield database.problem(
            "dynamodb/capacity-missing",
            at or ("billing_mode",),
            f"with PROVISIONED {what} needs a capacity",
            "add `capacity: {read: 5, write: 5}`, or {min, max} for one that follows traffic",
            _MODE if at else None,
        )
    if limits is not None:
        yield database.problem(
            "dynamodb/limits-provisioned",
            (*at, "on_demand"),
            f"{what} cannot be limited with PROVISIONED: its capacity is its limit",
            "take the lines out, or write billing_mode: PAY_PER_REQUEST",
            _MODE,
        )


def _on_demand(
    database: Database[DynamoDB], at: Route, what: str, capacity: Capacity | None, limits: Limits | None
) -> Iterator[Diagnostic]:
    if capacity is not None:
        yield database.problem(
            "dynamodb/capacity-on-demand",
            (*at, "capacity"),
            f"with PAY_PER_REQUEST {what} has no capacity to set, and AWS refuses one",
            "take the lines out, or write billing_mode: PROVISIONED and a capacity for the table and every index",
            _MODE,
        )
    if limits is not None and limits.read is None and limits.write is None:
        yield database.problem(
            "dynamodb/limits-empty",
            (*at, "on_demand"),
            f"on_demand says no limit of {what}",
            "add read, write or both, or take the line out",
        )
