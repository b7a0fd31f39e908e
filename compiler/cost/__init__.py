"""What things cost a month, in dollars, where a dated price is known."""

from __future__ import annotations

from compiler.cost.component import HOURS, Component, Rate, number, priced
from compiler.cost.totals import Delta, Total, delta, signed, total

__all__ = ["HOURS", "Component", "Delta", "Rate", "Total", "delta", "number", "priced", "signed", "total"]
