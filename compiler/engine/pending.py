"""Changes that AWS has accepted and makes by itself, in a window: neither drift nor a step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from compiler.account import Account
from compiler.changes import Change, Known, Op, PropertyChange
from compiler.engine.events import Events
from compiler.graph import Stack
from compiler.report import Pending


def without_pending(
    events: Events, stack: Stack, account: Account
) -> tuple[tuple[Change, ...], tuple[Pending, ...]]:
    """The changes that are left to make, and those that wait already."""
    ids = events.ids
    left: list[Change] = []
    waiting: list[Pending] = []
    for change in events.changes(stack.id):
        accepted: Mapping[str, Any] = {}
        if change.op is Op.UPDATE and change.resource in ids:
            accepted = account.pending(change.type, ids[change.resource])
        now = tuple(each for each in change.properties if not _waits(each, accepted))
        waiting += [
            Pending(change.resource, change.type, each, _window(stack, change.resource))
            for each in change.properties
            if each not in now
        ]
        if now or len(now) == len(change.properties):
            left.append(replace(change, properties=now))
    return tuple(left), tuple(waiting)


def _window(stack: Stack, resource: str) -> str:
    """When AWS may make it, as the graph says (`sun:19:30-sun:20:30`, UTC)."""
    window = stack.resource(resource).inputs.get("maintenance_window")
    return f"{window} UTC" if isinstance(window, str) else ""


def _waits(change: PropertyChange, accepted: Mapping[str, Any]) -> bool:
    name = str(change.route[0])
    return (
        len(change.route) == 1
        and name in accepted
        and change.after.known is Known.KNOWN
        and accepted[name] == change.after.value
    )
