"""How a database stands to each control: met, not met, waived or of no concern."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from compiler import document, edition, overrides, route
from compiler.controls import waiving
from compiler.controls.control import Control, Fault, Level, Scene
from compiler.controls.table import CONTROLS
from compiler.controls.waiving import Waived
from compiler.diagnostics import Diagnostic, Note, Place, Severity
from compiler.graph import Stack

if TYPE_CHECKING:
    from compiler.catalog import Database, Environment
    from compiler.kinds.kind import DatabaseSpec


class Verdict(StrEnum):
    """How it stands; `off` is not met and of no concern in this tier."""

    MET = "met"
    UNMET = "not met"
    WAIVED = "waived"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Judgement:
    """One control and one database. `why` is the tier's reason for its level, `waived` the waiver, ended or not."""

    control: Control
    verdict: Verdict
    level: Level
    why: str
    faults: tuple[Fault, ...] = ()
    waived: Waived | None = None


def judge(database: Database[DatabaseSpec], stack: Stack, today: date) -> tuple[Judgement, ...]:
    """How a database stands to every control that has something to look at in its stack."""
    scene = Scene(stack)
    waivers = waiving.waivers(database, today)
    tier = database.environment.spec.tier
    found = []
    for control in CONTROLS.values():
        resources = scene.of(*control.on)
        if resources:
            faults = tuple(fault for each in resources for fault in control.judge(each, scene))
            found.append(_judgement(control, faults, tier, waivers.get(control.id), today))
    return tuple(found)


def _judgement(
    control: Control, faults: tuple[Fault, ...], tier: str, waived: Waived | None, today: date
) -> Judgement:
    level, why = control.level(tier)
    if not faults:
        return Judgement(control, Verdict.MET, level, why, (), waived)
    if waived and waived.waiver.until >= today:
        return Judgement(control, Verdict.WAIVED, level, why, faults, waived)
    verdict = Verdict.OFF if level is Level.OFF else Verdict.UNMET
    return Judgement(control, verdict, level, why, faults, waived)


def problems(
    database: Database[DatabaseSpec], judgements: Iterable[Judgement], today: date
) -> Iterator[Diagnostic]:
    """What is not met, and what is to be said of waivers."""
    needless = set(database.spec.waive)
    for each in judgements:
        if each.faults:
            needless.discard(each.control.id)
        if each.verdict is Verdict.UNMET:
            yield from _unmet(database, each)
        elif each.verdict is Verdict.WAIVED and each.waived:
            yield from waiving.ending(each.waived, today)
    yield from waiving.unneeded(database, needless, own=True)


def unneeded(environment: Environment, judgements: Iterable[Judgement]) -> Iterator[Diagnostic]:
    """Waivers of an environment that no database needs, by the judgements of all its databases.

    One of a control that has nothing to look at yet may stay.
    """
    judgements = list(judgements)
    failed = {each.control.id for each in judgements if each.faults}
    met = {each.control.id for each in judgements} - failed
    return waiving.unneeded(environment, met, own=False)


def _unmet(database: Database[DatabaseSpec], judgement: Judgement) -> Iterator[Diagnostic]:
    """A diagnostic for each place that is to blame, with everything that it has done."""
    control, waived = judgement.control, judgement.waived
    also = (Note(f"its waiver ended on {waived.waiver.until}", waived.at),) if waived else ()
    severity = Severity.ERROR if judgement.level is Level.ERROR else Severity.WARNING
    by_cause: dict[tuple[Place, str, str], list[str]] = {}
    for fault in judgement.faults:
        at, way = _cause(database, control, fault)
        by_cause.setdefault((at, way, fault.says), []).append(fault.resource.name)
    for (at, way, says), (first, *others) in by_cause.items():
        # What an environment is to blame for is said once for all its databases, whatever else each of them has.
        shown = ", ".join(others) if at.path == database.path else ""
        waive = "" if control.final else f", or waive {control.id} with a reason and an end"
        message = f"{first}{f' (and {shown})' if shown else ''} {says}"
        yield Diagnostic(f"control/{control.id}", message, way + waive, at, also, severity)


def _cause(database: Database[DatabaseSpec], control: Control, fault: Fault) -> tuple[Place, str]:
    """Where somebody wrote what does not meet a control, and the way to meet it.

    What only the defaults of a tier decide stands at the line that chose the tier.
    """
    overridden = overrides.place(database, fault.resource, fault.input)
    if overridden:
        return overridden, "take the override out"
    kind = database.spec.kind
    cure = control.cures.get(kind, "")
    if not cure:
        return database.own.at, control.fix
    place = document.locate(database.node, route.parse(cure.partition(":")[0]))
    if not edition.holds(place):
        return place, f"write `{cure}`"
    tier = document.locate(database.environment.node, ("tier",))
    return tier, f"write `{cure}` below `defaults: {kind}:`"
