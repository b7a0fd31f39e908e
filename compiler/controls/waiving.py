"""Waivers as they stand in the files: which holds for a database, which ends soon, which nobody needs."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from compiler import document
from compiler.diagnostics import Diagnostic, Place, Severity
from compiler.waivers import Waiver

if TYPE_CHECKING:
    from compiler.catalog import Database, Environment
    from compiler.kinds.kind import DatabaseSpec

# How many days before its end a waiver is worth a word.
_SOON = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Waived:
    """A waiver of a control and where it was written; `own` where that is the database's spec."""

    control: str
    waiver: Waiver
    at: Place
    own: bool


def waivers(database: Database[DatabaseSpec], today: date) -> dict[str, Waived]:
    """The waivers that hold for a database: its own over its environment's, unless its own has ended."""
    found = of_environment(database.environment)
    for each in _written(database, own=True):
        if each.waiver.until >= today or each.control not in found:
            found[each.control] = each
    return found


def of_environment(environment: Environment) -> dict[str, Waived]:
    """The waivers that environment.yaml has."""
    return {each.control: each for each in _written(environment, own=False)}


def _written(where: Database[DatabaseSpec] | Environment, *, own: bool) -> Iterator[Waived]:
    for control, waiver in where.spec.waive.items():
        place = document.locate(where.node, ("waive", control), key=True)
        yield Waived(control, waiver, place, own)


def ending(waived: Waived, today: date) -> Iterator[Diagnostic]:
    """A word about a waiver that still counts and soon will not."""
    if waived.waiver.until - today <= _SOON:
        yield Diagnostic(
            "control/waiver-ends",
            f"the waiver of {waived.control} ends on {waived.waiver.until}",
            "meet the control by then, or give the waiver another end",
            waived.at,
            severity=Severity.NOTE,
        )


def unneeded(
    where: Database[DatabaseSpec] | Environment, controls: Collection[str], *, own: bool
) -> Iterator[Diagnostic]:
    """A warning for each waiver written there of one of these controls, which nothing fails."""
    for each in _written(where, own=own):
        if each.control in controls:
            yield Diagnostic(
                "control/waiver-unneeded",
                f"nothing here fails {each.control}: there is nothing to waive",
                "take the waiver out",
                each.at,
                severity=Severity.WARNING,
            )
