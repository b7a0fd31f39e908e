"""Sums that say what is not in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from compiler.cost.component import Component

# Beyond these, sums are what adding floats left behind.
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Total:
    """Dollars a month, and how many components are not among them.

    `unknown` are those that have no price, or whose quantity nobody can know; `depends` those that only need the
    spec to say its `usage`.
    """

    dollars: float = 0.0
    unknown: int = 0
    depends: int = 0

    @property
    def missing(self) -> str:
        """`unknown: 2 components, by usage: 1 component`; empty where nothing is missing."""
        parts = [f"unknown: {_count(self.unknown)}" if self.unknown else ""]
        parts.append(f"by usage: {_count(self.depends)}" if self.depends else "")
        return ", ".join(filter(None, parts))

    def __str__(self) -> str:
        """`$312.40 + unknown: 2 components`."""
        return dollars(self.dollars) + (f" + {self.missing}" if self.missing else "")


@dataclass(frozen=True, slots=True)
class Delta:
    """How a stack's cost changes: components that are there in one of two graphs only, and their sum."""

    gone: tuple[Component, ...] = ()
    new: tuple[Component, ...] = ()

    @property
    def total(self) -> Total:
        """What is added, and how many of the changed components are not in it."""
        gone, new = total(self.gone), total(self.new)
        added = round(new.dollars - gone.dollars, _DIGITS)
        return Total(added, gone.unknown + new.unknown, gone.depends + new.depends)

    def __bool__(self) -> bool:
        """Whether anything differs."""
        return bool(self.gone or self.new)

    def __str__(self) -> str:
        """`+$12.40 + unknown: 1 component`."""
        added = self.total
        return signed(added.dollars) + (f" + {added.missing}" if added.missing else "")


def total(components: Iterable[Component]) -> Total:
    """The sum of the components whose cost is known, and the number of the others."""
    components = list(components)
    missing = [each for each in components if each.monthly is None]
    depends = sum(each.depends for each in missing)
    known = sum((each.monthly for each in components if each.monthly is not None), 0.0)
    return Total(round(known, _DIGITS), len(missing) - depends, depends)


def delta(base: Iterable[Component], head: Iterable[Component]) -> Delta:
    """What changes from one stack's components to another's.

    What is in both is in neither side of the result, known or not: an unknown price that stays adds nothing unknown.
    """
    before, after = Counter(base), Counter(head)
    return Delta(tuple((before - after).elements()), tuple((after - before).elements()))


def dollars(amount: float) -> str:
    """`$1,234.50`; an amount below a cent says so."""
    if 0 < abs(amount) < 0.005:
        return "less than $0.01"
    return f"${amount:,.2f}"


def signed(amount: float) -> str:
    """`+$12.40`."""
    return f"{'-' if amount < 0 else '+'}{dollars(abs(amount))}"


def _count(number: int) -> str:
    return f"{number} component{'s' * (number != 1)}"
