"""What a run that died left half done: Pulumi's lock, and things in the account that its state does not know."""

from __future__ import annotations

import os
import socket
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from pulumi.automation.errors import ConcurrentUpdateError

from compiler import graph, route
from compiler.account import Account
from compiler.aws import types
from compiler.diagnostics import UserError
from compiler.engine.events import name_of, type_name
from compiler.engine.failure import holders
from compiler.engine.job import Job
from compiler.engine.store.lock import Lock
from compiler.engine.workspace import Workspace
from compiler.graph import Json, Ref, Resource, Value

T = TypeVar("T")

_MAKING = ("creating", "importing")


@dataclass(slots=True)
class Leftovers:
    """`adopted` are ids, by resource, of what was made and is not in the state; `doubts` what cannot be told.

    `pending` says whether the state still has entries to clear, once everything else is done: cleared before,
    they would be forgotten by a run that dies in between, and made twice by the next.
    """

    pending: bool = False
    adopted: dict[str, str] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def leftovers(job: Job, deployment: Mapping[str, Any], account: Account) -> Leftovers:
    """What the state says was begun, what it may not have been told of, and what the account says came of both.

    An engine that dies leaves an entry for what it was making; one that only lost its provider takes that for a
    failure and leaves none. So whatever could have been begun is asked for. What was being changed or deleted
    needs no answer: every run refreshes first and sees how far that came.
    """
    operations = deployment.get("pending_operations") or []
    left = Leftovers(pending=bool(operations))
    # By type: a subnet group may have the very name of an instance.
    known: dict[str, set[str]] = defaultdict(set)
    for each in deployment.get("resources") or []:
        if each.get("id"):
            known[type_name(each["type"])].add(each["id"])
    for type, name, inputs in _candidates(job, deployment, operations):
        _resolve(left, job, type, name, inputs, known[type], account)
    return left


def _candidates(
    job: Job, deployment: Mapping[str, Any], operations: list[Any]
) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Type, name and what is known of the inputs of everything that may exist behind the state's back."""
    pending = {
        name_of(each["resource"]["urn"]): each["resource"] for each in operations if each["type"] in _MAKING
    }
    for name, resource in pending.items():
        yield type_name(resource["type"]), name, _ours(resource["type"], resource.get("inputs") or {})
    there = {
        name_of(each["urn"]): _ours(each["type"], each.get("outputs") or {}) | {"id": each.get("id")}
        for each in deployment.get("resources") or []
        if not each["type"].startswith("pulumi:") and not each.get("delete")
    }
    for each in job.stack.resources:
        # What it refers to is made first: without that, it was not begun.
        if each.name not in there.keys() | pending.keys() and _needs(each) <= there.keys():
            inputs = {name: _known(value, there) for name, value in each.inputs.items()}
            yield each.type, each.name, {name: value for name, value in inputs.items() if value is not None}


def _resolve(
    left: Leftovers,
    job: Job,
    type: str,
    name: str,
    inputs: Mapping[str, Any],
    known: set[str],
    account: Account,
) -> None:
    if type.startswith("random:"):
        return  # nothing outside the state
    try:
        found = account.find(type, job.stack.id, name, inputs, known)
    except UserError as error:
        reasons = "; ".join(map(str, error.diagnostics))
        left.doubts += (
            f"whether an interrupted run made {name} ({type}) cannot be told, so nothing is made: {reasons}",
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


def _ours(token: str, values: Mapping[str, Any]) -> dict[str, Any]:
    type = type_name(token)
    return types.from_wire(type, values) if type in types.known() else {}


def _needs(resource: Resource) -> set[str]:
    values = resource.inputs.values()
    refs = {ref.resource for value in values for ref in graph.parts(value) if isinstance(ref, Ref)}
    return refs | set(resource.options.depends_on)


def _known(value: Value, there: Mapping[str, Mapping[str, Any]]) -> Any:
    """The value as far as it names a thing: texts, numbers, and the outputs of others; None for anything else."""
    match value:
        case Ref():
            found: Any = there[value.resource]
            for step in route.parse(value.path):
                try:
                    found = found[step]
                except (KeyError, IndexError, TypeError):
                    return None
            return found
        case graph.Concat():
            parts = [_known(part, there) for part in value.parts]
            return "".join(map(str, parts)) if all(isinstance(part, str) for part in parts) else None
        case graph.Shared() | Json():
            return None
        case list():
            return [_known(item, there) for item in value]
        case Mapping():
            return {key: _known(item, there) for key, item in value.items()}
    return value


def through(work: Workspace, held: Lock, run: Callable[[], T]) -> T:
    """Runs it; where Pulumi's own lock is in the way and its holder is dead, that lock is removed first."""
    try:
        return run()
    except ConcurrentUpdateError as error:
        found = holders(error)
        if not found or not all(_is_dead(host, process, at, held) for host, process, at in found):
            raise
        work.unlock()
        return run()


def _is_dead(host: str, process: int, at: str, held: Lock) -> bool:
    if host == socket.gethostname() and not _runs(process):
        return True
    # Whoever held our lock is proven dead, and with it what it started.
    if held.broke is None or held.broke.host != host:
        return False
    return datetime.fromisoformat(at) >= held.broke.since.replace(microsecond=0)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
