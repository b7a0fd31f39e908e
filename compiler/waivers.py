"""Waivers: controls that somebody accepts as not met, for a reason and a time."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field

from compiler.model import Day, Model, invalid
from compiler.suggest import closest


class Waiver(Model):
    """A control that is accepted as not met, for a reason and a time."""

    reason: str = Field(
        description="Why; shown in every report.", examples=["clients have 3306 compiled in"], min_length=1
    )
    until: Day = Field(description="The last day on which it counts.")


def _control(value: str) -> str:
    from compiler.controls import CONTROLS  # only those who name one pay for the table

    if value not in CONTROLS:
        near = closest(value, CONTROLS)
        raise invalid(
            "control/unknown",
            f"there is no control {value!r}" + (f"; did you mean {near!r}?" if near else ""),
            "`dbspec explain --controls` lists them",
        )
    return value


def _waivable(value: str) -> str:
    from compiler.controls import CONTROLS

    if CONTROLS[value].final:
        raise invalid(
            "control/never-waived",
            f"{value} is never waived: {CONTROLS[value].title}",
            "take the line out, and change what does not meet it",
        )
    return value


ControlId: TypeAlias = Annotated[str, AfterValidator(_control)]
Waivers: TypeAlias = dict[Annotated[ControlId, AfterValidator(_waivable)], Waiver]
