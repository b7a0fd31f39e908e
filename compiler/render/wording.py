"""What an effect is called, in every format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from compiler.changes import Change, Op
from compiler.consequences import Cause
from compiler.effects import Data, Effect, Feasibility, Gravity, Service, When, gravity

_SERVICES = {
    Service.OUTAGE: "outage",
    Service.UNKNOWN: "may interrupt",
    Service.FAILOVER: "failover",
    Service.DEGRADED: "slower meanwhile",
    Service.NONE: "no interruption",
}
_TIMES = {
    When.NOW: "at once",
    When.WINDOW: "in the maintenance window",
    When.REBOOT: "at the next reboot",
}
# The worst first.
_DONE = {
    Op.DELETE: "deleted",
    Op.REPLACE: "replaced",
    Op.FORGET: "left in the account",
    Op.UPDATE: "updated",
    Op.IMPORT: "imported",
    Op.CREATE: "created",
}


def counted(changes: Iterable[Change]) -> str:
    """`1 replaced, 2 updated`, the worst first; empty where nothing changes."""
    counts = Counter(each.op for each in changes)
    return ", ".join(f"{counts[op]} {done}" for op, done in _DONE.items() if counts[op])


def label(effect: Effect) -> str:
    """The worst of it, in a word or two."""
    if effect.data is Data.LOST:
        return "loses data"
    if effect.feasibility is Feasibility.REFUSED:
        return "refused by AWS"
    if effect.feasibility is Feasibility.TWO_STEPS:
        return "takes two steps"
    return _SERVICES[effect.service]


def time(effect: Effect) -> str:
    """When it takes hold; nothing where it never does."""
    return "" if effect.feasibility is Feasibility.REFUSED else _TIMES[effect.when]


def says(effect: Effect) -> str:
    """What it is, for how long, and whether there is a way back."""
    said = f"{effect.says} ({effect.duration})" if effect.duration else effect.says
    return said if effect.reversible else f"{said}; there is no way back"


def is_dull(effect: Effect) -> bool:
    """Whether nobody notices: it happens at once, interrupts nothing, and can be taken back."""
    return (
        gravity(effect) is Gravity.HARMLESS
        and effect.service is Service.NONE
        and effect.when is When.NOW
        and effect.reversible
    )


def causes(found: Iterable[Cause]) -> str:
    """`instance_class (specs/prod/orders.yaml:6:17)`; empty where whole files are the cause, or nobody looked."""
    return ", ".join(f"{each.key} ({each.at})" for each in found if each.key)
