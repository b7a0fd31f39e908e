"""What was written of how a stack may change, as the gates and the engine take it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple, TypeAlias

from compiler import compilation, document, route
from compiler.catalog import Database, Environment
from compiler.consequences import Consequence
from compiler.diagnostics import Place
from compiler.effects import Data
from compiler.lifecycle.leaving import Leaving


class Entry(NamedTuple):
    """What tells one acknowledgement from another: `property` is empty where the resource goes."""

    resource: str
    property: str
    reason: str

    def __str__(self) -> str:
        return f"{self.resource}.{self.property}" if self.property else self.resource


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A loss of data that somebody lets through."""

    entry: Entry
    at: Place

    def covers(self, consequence: Consequence) -> bool:
        """Whether that loss is the one, or is part of it."""
        if consequence.effect.data is not Data.LOST or consequence.resource != self.entry.resource:
            return False
        if not self.entry.property:
            return not consequence.routes
        at = route.parse(self.entry.property)
        return bool(consequence.routes) and all(each[: len(at)] == at for each in consequence.routes)

    def __str__(self) -> str:
        return f"{self.entry}: {self.entry.reason}"


@dataclass(frozen=True, slots=True)
class Held:
    """A stack that applies leave alone; `until` is the last day of that."""

    reason: str
    until: date

    def __str__(self) -> str:
        return f"held until the end of {self.until}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """What a spec says of how its database may change, and its environment with it.

    `begins` is whether it says what one begins with that takes the name of one that is gone: nothing, or a backup;
    `names_itself` whether it says what the database is called in AWS, instead of leaving that to project and file;
    `formerly` is the id of the stack that it was before.
    """

    acknowledged: tuple[Acknowledged, ...] = ()
    holds: tuple[Held, ...] = ()
    leaving: Leaving | None = None
    begins: bool = False
    names_itself: bool = True
    formerly: str | None = None

    @property
    def entries(self) -> frozenset[Entry]:
        """What the acknowledgements are told apart by."""
        return frozenset(each.entry for each in self.acknowledged)

    def held(self, today: date) -> Held | None:
        """The longest of the holds that count on that day."""
        counting = [each for each in self.holds if today <= each.until]
        return max(counting, key=lambda each: each.until, default=None)


Written: TypeAlias = Database[Any] | Environment


def of(written: Written) -> Lifecycle:
    """What was written of it."""
    if isinstance(written, Environment):
        return Lifecycle(holds=tuple(_holds(written)))
    return Lifecycle(
        acknowledged=tuple(
            Acknowledged(
                Entry(each.resource, each.property or "", each.data_loss),
                document.locate(written.node, ("acknowledge", index)),
            )
            for index, each in enumerate(written.spec.acknowledge)
        ),
        holds=(*_holds(written), *_holds(written.environment)),
        leaving=_leaving(written),
        formerly=written.spec.formerly and written.spec.formerly.replace("/", "."),
        names_itself=written.spec.identifier is not None,
        begins=written.spec.fresh or getattr(written.spec, "restore", None) is not None,
    )


def _leaving(database: Database[Any]) -> Leaving | None:
    said = database.spec.decommission
    if said is None:
        return None
    snapshot = said.final_snapshot if isinstance(said.final_snapshot, str) else None
    return Leaving(said.reason, snapshot, compilation.whole(database)[0])


def _holds(written: Written) -> Iterator[Held]:
    if hold := written.spec.hold:
        yield Held(hold.reason, hold.until)


def counting(said: Lifecycle, spent: Collection[Entry]) -> tuple[Acknowledged, ...]:
    """The acknowledgements that are for a change to come: what stood there at the last apply was for that one."""
    return tuple(each for each in said.acknowledged if each.entry not in spent)


def using(counted: Iterable[Acknowledged], consequences: Collection[Consequence]) -> tuple[Acknowledged, ...]:
    """Those that let one of these consequences through."""
    return tuple(each for each in counted if any(map(each.covers, consequences)))
