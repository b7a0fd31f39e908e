"""One thing that AWS bills."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from compiler.aws.prices import Price, price
from compiler.graph import Resource, Value

# AWS's own month: a year's hours by twelve.
HOURS = 730


class Rate(NamedTuple):
    """What AWS calls it: `service` and `usage` are those of `compiler.aws.prices`."""

    service: str
    usage: str
    engine: str = ""


@dataclass(frozen=True, slots=True)
class Component:
    """So much a month of `unit`, for `price` each, which is None where nobody has read one.

    `resource` is the name in the graph, empty for what the stack costs as a whole; `name` says what it is. Where the
    quantity is traffic, `usage` is the key of the spec's `usage` that says it, and the quantity None as long as it
    does not. A quantity is None too where the graph only has a reference.
    """

    resource: str
    name: str
    unit: str
    quantity: float | None
    price: Price | None
    usage: str = ""

    @property
    def monthly(self) -> float | None:
        """Dollars a month; None where the price or the quantity is unknown. Nothing at all costs nothing."""
        if self.quantity == 0:
            return 0.0
        if self.price is None or self.quantity is None:
            return None
        return self.price.dollars * self.quantity

    @property
    def depends(self) -> bool:
        """Whether only the traffic is missing: the price is known."""
        return bool(self.usage) and self.quantity is None and self.price is not None


def priced(
    resource: Resource,
    name: str,
    quantity: float | None,
    unit: str,
    rate: Rate,
    *,
    usage: str = "",
) -> Component:
    """A component at the price that holds in the resource's region.

    A price for another unit than the one that is counted here is no price.
    """
    region = resource.inputs.get("region")
    found = price(rate.service, region, rate.usage, rate.engine) if isinstance(region, str) else None
    return Component(
        resource.name, name, unit, quantity, found if found and found.unit == unit else None, usage
    )


def number(value: Value) -> float | None:
    """An input as a number; None where it is absent, or only known later."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
