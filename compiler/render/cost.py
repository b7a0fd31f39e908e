"""What things cost, for people and for programs.

    {"version": 1, "currency": "USD", "hours": 730,
     "total": {"monthly": 312.4, "unknown": 2, "by_usage": 1},
     "by": "project", "groups": [{"name": "ecommerce", "monthly": 312.4, "unknown": 2, "by_usage": 1}],
     "prices": {"from": "2026-04-03", "to": "2026-10-02"},
     "stacks": [
        {"stack": "prod.orders", "environment": "prod", "database": "prod/orders", "kind": "mysql",
         "project": "ecommerce", "owner": "checkout", "monthly": 312.4, "unknown": 2, "by_usage": 1,
         "components": [
            {"resource": "instance", "name": "db.r7g.large, Multi-AZ", "quantity": 730, "unit": "hour",
             "price": 0.48, "monthly": 350.4, "usage": null, "date": "2026-10-01", "source": "...", "sku": null,
             "weak": false,
             "reserved": [{"years": 1, "payment": "No Upfront", "upfront": 0, "monthly": 255.5,
                           "break_even_months": 8.75}]}]}]}

`monthly` is in dollars and null where it is not known; then `price` is null where nobody has read one, and `usage`
names the key of the spec's `usage` that is missing. `unknown` and `by_usage` count the components that are not in a
sum. `by` and `groups` are null and empty where no sums were asked for, `prices` is null where none is known. Keys may
be added within a version, never removed.
"""

from __future__ import annotations

import json as json_
import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from compiler.aws.prices import Price
from compiler.cost import HOURS, Component, data, total
from compiler.cost.bills import Bill, By, sums
from compiler.cost.reserving import Offer, offers
from compiler.cost.totals import dollars

VERSION = 1

# Below this a price is told by the million.
_TINY = 0.00005


def text(bills: Sequence[Bill], by: By | None = None) -> str:
    """Every component of every stack, or sums alone where `by` asks for them; the prices' dates at the end."""
    everything = [each for bill in bills for each in bill.components]
    if by:
        rows = [(name, str(found)) for name, found in sums(bills, by).items()]
        blocks = ["".join(_table([*rows, ("total", str(total(everything)))]))]
    else:
        blocks = ["".join(_bill(each)) for each in bills if each.components]
        if len(blocks) > 1:
            blocks.append(f"total  {total(everything)}\n")
    return "\n".join([*blocks, "".join(_footer(everything))])


def json(bills: Sequence[Bill], by: By | None = None) -> str:
    """The document described above."""
    everything = [each for bill in bills for each in bill.components]
    dates = sorted(each.price.date for each in everything if each.price)
    document = {
        "version": VERSION,
        "currency": "USD",
        "hours": HOURS,
        "total": data.total(total(everything)),
        "by": by,
        "groups": [{"name": name, **data.total(each)} for name, each in sums(bills, by).items()]
        if by
        else [],
        "prices": {"from": dates[0].isoformat(), "to": dates[-1].isoformat()} if dates else None,
        "stacks": [_stack(each) for each in bills],
    }
    return json_.dumps(document, indent=2) + "\n"


def _stack(bill: Bill) -> dict[str, Any]:
    return {
        "stack": bill.stack,
        "environment": bill.environment,
        **{name: getattr(bill, name) or None for name in ("database", "kind", "project", "owner")},
        **data.total(total(bill.components)),
        "components": [data.component(each) for each in bill.components],
    }


def _bill(bill: Bill) -> Iterator[str]:
    about = f"  {bill.kind} of {bill.project}, owned by {bill.owner}" if bill.database else ""
    yield f"{bill.name}{about}\n"
    folded = [_folded(same) for same in _alike(bill.components)]
    folded = sorted((each for each in folded if each.monthly != 0), key=_unknown_then_dearest)
    yield from (f"  {line}" for line in _table([(each.name, each.resource, _sum(each)) for each in folded]))
    for each in folded:
        offer = next(offers(each), None)
        if offer:
            yield f"  {_offer(each, offer)}\n"
    yield f"  {total(bill.components)}\n"


def _unknown_then_dearest(each: Component) -> tuple[bool, float]:
    return each.depends, -math.inf if each.monthly is None else -each.monthly


def _alike(components: Iterable[Component]) -> Iterator[list[Component]]:
    """The components that a person would read as one line: the same thing at the same price."""

    def like(each: Component) -> tuple[str, ...]:
        return each.name, each.unit, each.usage, str(each.price), str(each.quantity is None)

    ordered = sorted(components, key=like)
    positions = {id(each): index for index, each in enumerate(components)}
    groups = [list(group) for _, group in groupby(ordered, like)]
    yield from sorted(groups, key=lambda group: min(positions[id(each)] for each in group))


def _folded(same: list[Component]) -> Component:
    first = same[0]
    if len(same) == 1:
        return first
    quantities = [each.quantity for each in same if each.quantity is not None]
    quantity = sum(quantities) if quantities else None
    where = ", ".join(each.resource for each in same) if len(same) == 2 else f"{len(same)} resources"
    return Component(where, first.name, first.unit, quantity, first.price, first.usage)


def _sum(each: Component) -> str:
    """`$18.25 (730 x $0.025 per hour)`, or what is missing."""
    if each.price is None:
        return f"unknown: dbspec has no price {_per(each)}"
    if each.quantity is None:
        return (
            f"depends on usage.{each.usage}: {rate(each.price)}" if each.usage else "unknown: decided later"
        )
    return f"{dollars(each.monthly or 0)} ({each.quantity:,.10g} x {rate(each.price)})"


def _per(each: Component) -> str:
    if each.usage or each.quantity is None or each.quantity == 1:
        return f"per {each.unit}"
    return f"for {each.quantity:,.10g} {each.unit}s"


def rate(price: Price) -> str:
    """`$0.625 per million write request units`; `~` marks a weak source."""
    many = price.dollars < _TINY
    amount = f"{price.dollars * 1_000_000 if many else price.dollars:.8f}".rstrip("0")
    amount += "0" * (2 - len(amount.partition(".")[2]))
    return f"{'~' if price.weak else ''}${amount} per {'million ' if many else ''}{price.unit}{'s' if many else ''}"


def _offer(each: Component, offer: Offer) -> str:
    term = f"{offer.years} year{'s' * (offer.years > 1)}"
    month = math.ceil(offer.break_even)
    return (
        f"{each.name} reserved for {term} ({offer.payment}): {dollars(offer.monthly)} a month instead of "
        f"{dollars(each.monthly or 0)}; pays if it stays {month} months or longer"
    )


def _footer(components: Sequence[Component]) -> Iterator[str]:
    prices = [each.price for each in components if each.price]
    if not prices:
        yield "No price is known here.\n"
        return
    dates = sorted(each.date for each in prices)
    yield (
        f"Dollars a month of {HOURS} hours, by prices of {dates[0]} to {dates[-1]}; "
        "without free allowances of the account, transfer, requests to keys and secrets, taxes and discounts.\n"
    )
    if any(each.weak for each in prices):
        yield "~ neither AWS's list nor a bill stands behind this price.\n"


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)] if rows else []
    for *cells, last in rows:
        yield (
            "  ".join([*(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True)), last]) + "\n"
        )
