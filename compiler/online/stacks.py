"""The stacks of a selection as the engine takes them, those that no spec has any more among them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from compiler import compilation, graph
from compiler.diagnostics import Exit, Place, fail
from compiler.engine import readiness
from compiler.engine.job import Job
from compiler.engine.session import Session
from compiler.engine.store import record
from compiler.engine.target import Target
from compiler.graph import Stack
from compiler.lifecycle import said as lifecycle
from compiler.lifecycle.said import Lifecycle
from compiler.online.selection import Selection
from compiler.online.targets import base, with_shared
from compiler.parts import names


def jobs(
    session: Session,
    selection: Selection,
    *,
    applying: bool,
    foundations: bool = True,
    today: date | None = None,
) -> list[Job]:
    """The stacks of a selection and where they live.

    With `foundations` also an environment's own, where it was never applied. `today` decides what is held; without it
    nothing is. Raises UserError with whatever is missing before anything can start.
    """
    environments = selection.all_environments
    targets = {
        each.name: base(
            each, selection.specs, session.environ, rehearsing=selection.sandbox, applying=applying
        )
        for each in environments
    }
    readiness.check(session, targets.values())
    stacks = list(compilation.stacks(environments, selection.databases))
    selection = _with_orphans(session, selection, targets)
    stacks += [
        _applied(session, stack, targets[environment.name]) for environment, stack in selection.orphans
    ]
    for each in environments:
        own = [stack for stack in stacks if stack.id.startswith(f"{each.name}.")]
        targets[each.name] = with_shared(
            session, targets[each.name], each, own, selection.specs, rehearsing=selection.sandbox
        )
    files = {names.environment_stack_id(each): Place(each.path) for each in environments}
    files |= {names.stack_id(each): Place(each.path) for each in selection.databases}
    said = {names.environment_stack_id(each): lifecycle.of(each) for each in environments}
    said |= {names.stack_id(each): lifecycle.of(each) for each in selection.databases}
    found = [
        Job(
            stack,
            targets[stack.id.partition(".")[0]],
            files.get(stack.id),
            selection.specs.commit,
            lifecycle=said.get(stack.id, Lifecycle()),
            held=said[stack.id].held(today) if today and stack.id in said else None,
        )
        for stack in stacks
    ]
    return [
        each
        for each in found
        if selection.names(each.stack.id)
        or (foundations and not was_applied(session, each.stack.id, each.target))
    ]


def orphans(session: Session, environment: str, target: Target, known: frozenset[str]) -> list[str]:
    """The stacks of an environment that were applied and that are not in `known`, by id."""
    records = record.read_all(session.store(target), environment)
    there = {
        stack for stack, each in records.applied.items() if each.last.outcome is not record.Outcome.DESTROYED
    }
    return sorted(there - known)


def was_applied(session: Session, stack: str, target: Target) -> bool:
    """Whether the stack has ever converged."""
    said = record.read(session.store(target), stack)
    return said is not None and said[0].converged is not None


def _with_orphans(session: Session, selection: Selection, targets: Mapping[str, Target]) -> Selection:
    found = list(selection.orphans)
    for environment in selection.environments if selection.with_orphans else ():
        there = orphans(session, environment.name, targets[environment.name], selection.stacks)
        found += [(environment, stack) for stack in there]
    return replace(selection, orphans=found)


def _applied(session: Session, stack: str, target: Target) -> Stack:
    """The graph that a stack without a spec last converged on; an empty one where it never got there."""
    said = record.read(session.store(target), stack)
    if said is None or said[0].last.outcome is record.Outcome.DESTROYED:
        raise fail(
            "usage/selection",
            f"there is no database {stack.replace('.', '/', 1)!r}, and nothing was ever applied under that name",
            "see what there is with dbspec status",
            exit_code=Exit.USAGE,
        )
    converged = said[0].converged
    return graph.from_data(converged.graph) if converged else Stack(stack, ())
