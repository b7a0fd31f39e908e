"""How much a report should worry whoever reads it."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from compiler.effects import Gravity, gravity
from compiler.render.report import SIGNS
from compiler.report import Ending, Report


class Worry(IntEnum):
    """The worst first; what one does that failed, nobody knows."""

    UNKNOWN = 0
    LOSES_DATA = 1
    INTERRUPTS = 2
    REFUSED = 3
    CHANGES = 4
    NOTHING = 5


_UNKNOWN = {Ending.FAILED, Ending.INTERRUPTED, Ending.SKIPPED, Ending.UNCOMPARED}
_BY_GRAVITY = {
    Gravity.LOSES_DATA: Worry.LOSES_DATA,
    Gravity.INTERRUPTS: Worry.INTERRUPTS,
    Gravity.IMPOSSIBLE: Worry.REFUSED,
    Gravity.HARMLESS: Worry.CHANGES,
}
_OPS = list(SIGNS)


def worry(report: Report) -> Worry:
    """The worst that is to be said of it."""
    ending = report.outcome.ending
    if ending in _UNKNOWN:
        return Worry.UNKNOWN
    found = [_BY_GRAVITY[gravity(each.effect)] for each in report.effects]
    if report.refusals or ending is Ending.REFUSED:
        found.append(Worry.REFUSED)
    if report.changes or ending is not Ending.UNCHANGED:
        found.append(Worry.CHANGES)
    return min(found, default=Worry.NOTHING)


def worst_first(reports: Iterable[Report]) -> list[Report]:
    """The reports in the order in which a reviewer should read them."""
    return sorted(reports, key=_order)


def _order(report: Report) -> tuple[int, bool, int, str]:
    worst = min((_OPS.index(each.op) for each in report.changes), default=len(_OPS))
    return worry(report), not report.refusals, worst, report.stack
