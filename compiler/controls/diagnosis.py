"""What is to be said of controls that are not met and of waivers, and where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING

from compiler import document, edition, overrides, route
from compiler.catalog import Database
from compiler.controls import waiving
from compiler.controls.control import Control, Fault, Level
from compiler.controls.verdict import Judgement, Verdict
from compiler.diagnostics import Diagnostic, Note, Place, Severity

if TYPE_CHECKING:
    from compiler.catalog import Environment
    from compiler.kinds.kind import DatabaseSpec


def problems(
    written: Database[DatabaseSpec] | Environment, judgements: Iterable[Judgement], today: date
) -> Iterator[Diagnostic]:
    """What is not met, and what is to be said of waivers."""
    needless = set(written.spec.waive) if isinstance(written, Database) else set()
    for each in judgements:
        if each.faults:
            needless.discard(each.control.id)
        if each.verdict is Verdict.UNMET:
            yield from _unmet(written, each)
        elif each.verdict is Verdict.WAIVED and each.waived:
            yield from waiving.ending(each.waived, today)
    yield from waiving.unneeded(written, needless, own=True)


def unneeded(environment: Environment, judgements: Iterable[Judgement]) -> Iterator[Diagnostic]:
    """Waivers of an environment that nothing in it needs, by the judgements of all its databases and its own.

    One of a control that has nothing to look at yet may stay.
    """
    judgements = list(judgements)
    failed = {each.control.id for each in judgements if each.faults}
    met = {each.control.id for each in judgements} - failed
    return waiving.unneeded(environment, met, own=False)


def _unmet(written: Database[DatabaseSpec] | Environment, judgement: Judgement) -> Iterator[Diagnostic]:
    """A diagnostic for each place that is to blame, with everything that it has done."""
    control, waived = judgement.control, judgement.waived
    also: tuple[Note, ...] = (
        (Note(f"its waiver ended on {waived.waiver.until}", waived.at),) if waived else ()
    )
    environment = written.environment if isinstance(written, Database) else written
    if control.id in environment.spec.require:
        at = document.locate(environment.node, ("require", environment.spec.require.index(control.id)))
        also += (Note("the environment requires it", at),)
    severity = Severity.ERROR if judgement.level is Level.ERROR else Severity.WARNING
    by_cause: dict[tuple[Place, str, str], list[str]] = {}
    for fault in judgement.faults:
        at, way = (
            _cause(written, control, fault)
            if isinstance(written, Database)
            else _environment_cause(written, control, fault)
        )
        by_cause.setdefault((at, way, fault.says), []).append(fault.resource.name)
    for (at, way, says), (first, *others) in by_cause.items():
        # What an environment is to blame for is said once for all its databases, whatever else each of them has.
        shown = ", ".join(others) if at.path == written.path else ""
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
    cure = fault.cure or control.cures.get(kind, "")
    if not cure:
        return database.own.at, control.fix
    place = document.locate(database.node, route.parse(cure.partition(":")[0]))
    if not edition.holds(place):
        return place, f"write `{cure}`"
    tier = document.locate(database.environment.node, ("tier",))
    return tier, f"write `{cure}` below `defaults: {kind}:`"


def _environment_cause(environment: Environment, control: Control, fault: Fault) -> tuple[Place, str]:
    place = document.locate(environment.node, (fault.input,))
    return (Place(environment.path) if edition.holds(place) else place), control.fix
