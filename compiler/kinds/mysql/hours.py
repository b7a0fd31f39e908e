"""How many hours a month an instance runs that a schedule stops and starts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from compiler.cost import HOURS
from compiler.graph import Resource, Stack

_DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_DAY = 24 * 60
_WEEK = 7 * _DAY


def running(stack: Stack) -> float | None:
    """Hours a month; all of them without a schedule, None where it is not known when a stopped one starts again."""
    moments: list[tuple[int, bool]] = []
    for resource in stack.resources:
        starts = _starts(resource)
        if starts is None:
            continue
        found = list(_moments(str(resource.inputs.get("schedule_expression"))))
        if not found:
            return None
        moments += [(minute, starts) for minute in found]
    stops = [minute for minute, starts in moments if not starts]
    if not stops:
        return HOURS
    if len(stops) == len(moments):
        return None
    return HOURS * (1 - sum(_stopped(sorted(moments))) / _WEEK)


def _starts(resource: Resource) -> bool | None:
    """Whether a schedule starts the instance; False where it stops it, None where it does neither."""
    target = resource.inputs.get("target")
    if resource.type != "aws:scheduler:Schedule" or not isinstance(target, Mapping):
        return None
    call = str(target.get("arn")).rpartition(":")[2]
    return {"startDBInstance": True, "stopDBInstance": False}.get(call)


def _moments(expression: str) -> Iterator[int]:
    """The minutes of the week, from Monday on, of `cron(0 20 ? * MON,TUE *)`; none of any other expression."""
    found = re.fullmatch(r"cron\((\d+) (\d+) \? \* ([A-Z,]+) \*\)", expression)
    for day in found[3].split(",") if found else ():
        if found and day in _DAYS:
            yield _DAYS.index(day) * _DAY + int(found[2]) * 60 + int(found[1])


def _stopped(moments: list[tuple[int, bool]]) -> Iterator[int]:
    """How long it is stopped after each moment, until the next one."""
    running = moments[-1][1]
    if not running:
        yield moments[0][0]
    for index, (minute, starts) in enumerate(moments):
        until = moments[index + 1][0] if index + 1 < len(moments) else _WEEK
        if not starts:
            yield until - minute
