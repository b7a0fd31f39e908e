"""When it pays to reserve what runs by the hour."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from compiler.cost.component import HOURS, Component


@dataclass(frozen=True, slots=True)
class Offer:
    """One way to reserve all of a component.

    `monthly` is what it comes to a month, all that is paid at once spread over the years. What is reserved is paid
    for to the end: it pays for what stays `break_even` months or longer.
    """

    years: int
    payment: str
    upfront: float
    monthly: float
    break_even: float


def offers(component: Component) -> Iterator[Offer]:
    """The ways to reserve it that cost less than not to, the cheapest first; none where no reserved price is known."""
    price, each_month = component.price, component.monthly
    if price is None or not each_month or component.unit != "hour" or component.quantity is None:
        return
    count = component.quantity / HOURS
    found = []
    for each in price.reserved:
        months = each.years * 12
        upfront = each.upfront * count
        whole = upfront + each.hourly * component.quantity * months
        if whole < each_month * months:
            found.append(Offer(each.years, each.payment, upfront, whole / months, whole / each_month))
    yield from sorted(found, key=lambda each: (each.monthly, each.years, each.payment))
