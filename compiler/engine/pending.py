"""Changes that AWS has accepted and makes by itself, in a window: neither drift nor a step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from compiler.changes import Change, Known, Op, PropertyChange
from compiler.report import Pending

if TYPE_CHECKING:
    from compiler.account import Account


def without_pending(
    changes: Iterable[Change], ids: Mapping[str, str], account: Account
) -> tuple[tuple[Change, ...], tuple[Pending, ...]]:
    """The changes that are left to make, and those that wait already; `ids` are by resource."""
    left: list[Change] = []
    waiting: list[Pending] = []
    for change in changes:
        accepted: Mapping[str, Any] = {}
        if change.op is Op.UPDATE and change.resource in ids:
            accepted = account.pending(change.type, ids[change.resource])
        now = tuple(each for each in change.properties if not _waits(each, accepted))
        waiting += [
            Pending(change.resource, change.type, each) for each in change.properties if each not in now
        ]
        if now or len(now) == len(change.properties):
            left.append(replace(change, properties=now))
    return tuple(left), tuple(waiting)


def _waits(change: PropertyChange, accepted: Mapping[str, Any]) -> bool:
    name = str(change.route[0])
    return (
        len(change.route) == 1
        and name in accepted
        and change.after.known is Known.KNOWN
        and accepted[name] == change.after.value
    )
