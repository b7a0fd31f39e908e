"""What a run that died left half done: Pulumi's lock, and operations whose end nobody saw."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from pulumi.automation.errors import ConcurrentUpdateError

from compiler.account import Account
from compiler.aws import types
from compiler.diagnostics import UserError
from compiler.engine.events import name_of, type_name
from compiler.engine.failure import holders
from compiler.engine.job import Job
from compiler.engine.store.lock import Lock
from compiler.engine.workspace import Workspace

T = TypeVar("T")

_MAKING = ("creating", "importing")


@dataclass(slots=True)
class Leftovers:
    """`adopted` are ids, by resource, of what was made and is not in the state; `doubts` what cannot be told.

    `pending` says whether the state still has entries to clear, once everything else is done: cleared before, they
    would be forgotten by a run that dies in between, and made twice by the next.
    """

    pending: bool = False
    adopted: dict[str, str] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def leftovers(job: Job, deployment: Mapping[str, Any], account: Account) -> Leftovers:
    """What the state says was begun, and what the account says came of it.

    What was being changed or deleted needs no answer: every run refreshes first and sees how far that came.
    """
    operations = deployment.get("pending_operations") or []
    left = Leftovers(pending=bool(operations))
    known = {each["id"] for each in deployment.get("resources") or [] if each.get("id")}
    for operation in operations:
        if operation["type"] in _MAKING:
            _resolve(left, job, operation["resource"], known, account)
    return left


def _resolve(
    left: Leftovers, job: Job, resource: Mapping[str, Any], known: set[str], account: Account
) -> None:
    name, type = name_of(resource["urn"]), type_name(resource["type"])
    if type.startswith("random:"):
        return  # nothing outside the state
    inputs = types.from_wire(type, resource.get("inputs") or {}) if type in types.known() else {}
    try:
        found = account.find(type, job.stack.id, name, inputs, known)
    except UserError as error:
        reasons = "; ".join(map(str, error.diagnostics))
        left.doubts += (
            f"an interrupted run was making {name} ({type}), and whether it exists cannot be told: {reasons}",
        )
        return
    if found is None:
        return
    if name in {each.name for each in job.stack.resources}:
        left.adopted[name] = found
        left.notes += (f"{name} ({type}): adopted {found}, which an interrupted run made",)
    else:
        left.doubts += (
            f"an interrupted run made {name} ({type}, {found}), which the spec does not have any more; "
            "delete it, or apply once with what made it",
        )


def through(work: Workspace, held: Lock, run: Callable[[], T]) -> T:
    """Runs it; where Pulumi's own lock is in the way and its holder is dead, that lock is removed first."""
    try:
        return run()
    except ConcurrentUpdateError as error:
        found = holders(error)
        if not found or not all(_is_dead(host, process, at, held) for host, process, at in found):
            raise
        work.selected().cancel()
        return run()


def _is_dead(host: str, process: int, at: str, held: Lock) -> bool:
    if host == socket.gethostname() and not _runs(process):
        return True
    # Whoever held our lock is proven dead, and what it started with it.
    broke = held.broke
    return (
        broke is not None
        and broke.host == host
        and datetime.fromisoformat(at) >= broke.since.replace(microsecond=0)
    )


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
