"""What a change does to data and to service: tables by type and input, each entry with its source."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import TypeAlias

from compiler.graph import Value


class Data(StrEnum):
    """What becomes of the data that a resource holds."""

    KEPT = "kept"
    LOST = "lost"


class Service(StrEnum):
    """What clients notice, from nothing to the worst."""

    NONE = "none"
    DEGRADED = "degraded"  # slower, or some requests fail and are retried
    FAILOVER = "failover"  # connections drop, and come back within about a minute
    OUTAGE = "outage"  # nobody can connect for minutes
    UNKNOWN = "unknown"  # nothing is known of it


class When(StrEnum):
    """When it takes hold."""

    NOW = "now"
    WINDOW = "window"  # in the next maintenance window, unless changes are applied immediately
    REBOOT = "reboot"  # after a reboot, which nothing does by itself


class Feasibility(StrEnum):
    """Whether AWS does it at all."""

    OK = "ok"
    TWO_STEPS = "two_steps"  # only by way of another spec first; `fix` is that spec
    REFUSED = "refused"  # never on a database that exists; `fix` is the way out


@dataclass(frozen=True, slots=True)
class Effect:
    """What one change of one input does: independent answers.

    `says` is a sentence for whoever reviews, `duration` words ("seconds", "minutes", "hours: the volume is copied"),
    `fix` the way out where it is not feasible in one step, `source` where the facts are from.
    """

    says: str
    source: str
    replaces: bool = False
    data: Data = Data.KEPT
    service: Service = Service.NONE
    when: When = When.NOW
    duration: str = ""
    reversible: bool = True
    feasibility: Feasibility = Feasibility.OK
    fix: str = ""


Inputs: TypeAlias = Mapping[str, Value]


class Gravity(IntEnum):
    """How much an effect should worry a reviewer, the worst first."""

    LOSES_DATA = 0
    IMPOSSIBLE = 1
    INTERRUPTS = 2
    HARMLESS = 3


def gravity(effect: Effect) -> Gravity:
    """The worst that can be said of it."""
    if effect.data is Data.LOST:
        return Gravity.LOSES_DATA
    if effect.feasibility is not Feasibility.OK:
        return Gravity.IMPOSSIBLE
    harmless = (Service.NONE, Service.DEGRADED)
    return Gravity.HARMLESS if effect.service in harmless else Gravity.INTERRUPTS


# What an input's change does often depends on both sides, and on the resource's other inputs: then an entry is a
# function of the inputs before and after.
Entry: TypeAlias = Effect | Callable[[Inputs, Inputs], Effect]
Table: TypeAlias = Mapping[tuple[str, str], Entry]

# Keys of a table beside the inputs: the resource's own coming and going, and its options.
CREATION = "(creation)"
DELETION = "(deletion)"
OPTIONS = "options"
# The type of entries that hold for every type that has the input.
ANY = "*"
