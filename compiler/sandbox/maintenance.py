"""What the passing of time does: maintenance windows open, scheduled deletions come due."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta

from compiler.sandbox import life, power
from compiler.sandbox.world import REBOOT, Thing, World

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def advance(world: World, duration: timedelta) -> list[str]:
    """Lets time pass; a sentence for everything that happened: by schedules, then in the order of the things."""
    before = world.now
    world.now = before + duration
    happened = list(power.scheduled(world, before))
    for thing in world.things():
        if thing.gone_at and datetime.fromisoformat(thing.gone_at) <= world.now:
            life.end(world, thing)
            happened.append(f"{thing.type} {thing.id} was deleted for good")
        elif waiting := _waiting(thing):
            window = str(thing.attributes.get("maintenance_window") or "")
            if next_window(window, before) <= world.now:
                _apply(world, thing)
                happened.append(
                    f"{thing.type} {thing.id}: {', '.join(waiting)} took hold in the window {window}"
                )
    return happened


def next_window(window: str, after: datetime) -> datetime:
    """When a weekly window (`sun:19:30-sun:20:30`, UTC) next opens, strictly after a moment."""
    match = re.match(r"(\w{3}):(\d\d):(\d\d)-", window.lower())
    if match is None:
        return after
    day, hour, minute = match.groups()
    opening = after.replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)
    opening += timedelta(days=(_DAYS.index(day) - after.weekday()) % 7)
    return opening if opening > after else opening + timedelta(days=7)


def _waiting(thing: Thing) -> list[str]:
    return [name for name, value in thing.pending.items() if value != REBOOT]


def _apply(world: World, thing: Thing) -> None:
    """Applies what waits; the restart that most of it means also takes up parameters that waited for one."""
    applied = {name: thing.pending[name] for name in _waiting(thing)}
    life.settle(world, replace(thing, inputs={**thing.inputs, **applied}, pending={}), thing)
