"""Costs as plain data, the same in every document that has them."""

from __future__ import annotations

from typing import Any

from compiler.cost.component import Component
from compiler.cost.reserving import offers
from compiler.cost.totals import Delta, Total


def total(found: Total) -> dict[str, Any]:
    """`monthly` in dollars, and how many components are not in it."""
    return {"monthly": found.dollars, "unknown": found.unknown, "by_usage": found.depends}


def delta(found: Delta) -> dict[str, Any]:
    """What is added a month, with the components that go and those that come."""
    return {
        **total(found.total),
        "gone": [component(each) for each in found.gone],
        "new": [component(each) for each in found.new],
    }


def component(each: Component) -> dict[str, Any]:
    """One component with its price's source; null is what is not known."""
    price, monthly = each.price, each.monthly
    return {
        "resource": each.resource,
        "name": each.name,
        "quantity": each.quantity,
        "unit": each.unit,
        "price": price and price.dollars,
        "monthly": None if monthly is None else round(monthly, 6),
        "usage": each.usage or None,
        "date": price.date.isoformat() if price else None,
        "source": price.source if price else None,
        "sku": price.sku or None if price else None,
        "weak": price.weak if price else False,
        "reserved": [
            {
                "years": offer.years,
                "payment": offer.payment,
                "upfront": round(offer.upfront, 6),
                "monthly": round(offer.monthly, 6),
                "break_even_months": round(offer.break_even, 2),
            }
            for offer in offers(each)
        ],
    }
