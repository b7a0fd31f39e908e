"""What things cost a month, in dollars, where a dated price is known."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Component:
    """One thing that AWS bills: `quantity` a month of `unit`; `price` dollars for one of them, None where unknown.

    `usage` where the quantity is traffic, which only the spec's `usage` can say: then `quantity` may be None too.
    `sku` is AWS's, or empty where the source is a public bill or page; `resource` is the name in the graph.
    """

    resource: str
    name: str
    unit: str
    quantity: float | None
    price: float | None
    sku: str = ""
    usage: bool = False

    @property
    def monthly(self) -> float | None:
        """Dollars a month; None where the price or the quantity is unknown."""
        if self.price is None or self.quantity is None:
            return None
        return self.price * self.quantity
