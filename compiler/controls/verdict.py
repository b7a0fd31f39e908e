"""How databases and environments stand to each control: met, not met, waived or of no concern."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from compiler.controls import events, waiving
from compiler.controls.control import Control, Fault, Level, Scene
from compiler.controls.table import CONTROLS
from compiler.controls.waiving import Waived
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
    """One control and one database or environment.

    `why` is the tier's reason for its level, `waived` the waiver, ended or not.
    """

    control: Control
    verdict: Verdict
    level: Level
    why: str
    faults: tuple[Fault, ...] = ()
    waived: Waived | None = None


def judge(database: Database[DatabaseSpec], stack: Stack, today: date) -> tuple[Judgement, ...]:
    """How a database stands to every control that has something to look at in its stack."""
    return tuple(_judgements(Scene(stack), database.environment, waiving.waivers(database, today), today))


def judge_environment(
    environment: Environment,
    stack: Stack,
    speaker: Stack | None,
    databases: Iterable[Judgement],
    today: date,
) -> tuple[Judgement, ...]:
    """How an environment stands to the controls of its own stack.

    `speaker` is the stack of the environment that speaks for its account and region; `databases` are the judgements
    of its databases, without one of which on RDS nobody needs to be told of RDS.
    """
    rds = any(each.control.on == ("aws:rds:Instance",) for each in databases)
    waivers = waiving.of_environment(environment)
    scene = events.scene(environment, stack, speaker)
    found = _judgements(scene, environment, waivers, today)
    return tuple(each for each in found if rds or each.control not in events.EVENTS)


def _judgements(
    scene: Scene, environment: Environment, waivers: Mapping[str, Waived], today: date
) -> Iterator[Judgement]:
    for control in CONTROLS.values():
        resources = scene.of(*control.on)
        if resources:
            faults = tuple(fault for each in resources for fault in control.judge(each, scene))
            yield _judgement(control, faults, _level(control, environment), waivers.get(control.id), today)


def _level(control: Control, environment: Environment) -> tuple[Level, str]:
    """How much a control matters there, and why not more."""
    required = control.id in environment.spec.require
    return (Level.ERROR, "") if required else control.level(environment.spec.tier)


def _judgement(
    control: Control,
    faults: tuple[Fault, ...],
    matters: tuple[Level, str],
    waived: Waived | None,
    today: date,
) -> Judgement:
    level, why = matters
    if not faults:
        return Judgement(control, Verdict.MET, level, why, (), waived)
    if waived and waived.waiver.until >= today:
        return Judgement(control, Verdict.WAIVED, level, why, faults, waived)
    verdict = Verdict.OFF if level is Level.OFF else Verdict.UNMET
    return Judgement(control, verdict, level, why, faults, waived)
