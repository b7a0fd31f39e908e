"""The stacks of a selection as the engine takes them, those that no spec has any more among them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from compiler import compilation, graph
from compiler.catalog import Environment
from compiler.diagnostics import Exit, Place, UserError, fail
from compiler.engine import readiness
from compiler.engine.job import Job
from compiler.engine.session import Session
from compiler.engine.store import record
from compiler.engine.target import Target
from compiler.graph import Stack
from compiler.lifecycle import said as lifecycle
from compiler.lifecycle.said import Lifecycle, Written
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
    targets = _targets(session, selection, applying=applying)
    stacks = list(compilation.stacks(environments, selection.databases))
    selection = _with_orphans(session, selection, targets)
    stacks += [
        _applied(session, stack, targets[environment.name]) for environment, stack in selection.orphans
    ]
    targets = _with_shared(session, selection, targets, stacks)
    written = {_whose(each)[1]: each for each in _written(environments, selection)}
    files = {stack: Place(each.path) for stack, each in written.items()}
    said = {stack: lifecycle.of(each) for stack, each in written.items()}
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


def standing(session: Session, selection: Selection, *, today: date | None = None) -> list[Job]:
    """The same stacks as they were last applied, and as they are in the specs where they never were.

    One that is to be renamed still has its old name. Raises UserError as `jobs` does, and where a record is unreadable.
    """
    targets = _targets(session, selection, applying=False)
    records: dict[str, record.Applied] = {}
    for name, target in targets.items():
        found = record.read_all(session.store(target), name)
        if found.problems:
            raise UserError(*found.problems)
        records |= found.applied
    selection = _with_orphans(session, selection, targets)
    wanted: dict[str, Job] = {}
    for each in _written(selection.environments, selection):
        environment, stack = _whose(each)
        said = lifecycle.of(each)
        known = records.get(stack)
        if said.formerly in records and (known is None or known.converged is None):
            stack = said.formerly
        graph_ = _converged(records.get(stack)) or Stack(stack, ())
        held = said.held(today) if today else None
        wanted[stack] = Job(graph_, targets[environment], Place(each.path), None, said, held)
    for owner, stack in selection.orphans:
        if stack not in wanted:
            wanted[stack] = Job(_converged(records.get(stack)) or Stack(stack, ()), targets[owner.name], None)
    targets = _with_shared(session, selection, targets, [each.stack for each in wanted.values()])
    return [replace(each, target=targets[each.target.environment]) for each in wanted.values()]


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


def _targets(session: Session, selection: Selection, *, applying: bool) -> dict[str, Target]:
    targets = {
        each.name: base(
            each, selection.specs, session.environ, rehearsing=selection.sandbox, applying=applying
        )
        for each in selection.all_environments
    }
    readiness.check(session, targets.values())
    return targets


def _with_shared(
    session: Session, selection: Selection, targets: Mapping[str, Target], stacks: Sequence[Stack]
) -> dict[str, Target]:
    return {
        each.name: with_shared(
            session,
            targets[each.name],
            each,
            [stack for stack in stacks if stack.id.startswith(f"{each.name}.")],
            selection.specs,
            rehearsing=selection.sandbox,
        )
        for each in selection.all_environments
    }


def _written(environments: Sequence[Environment], selection: Selection) -> Iterator[Written]:
    yield from environments
    yield from selection.databases


def _whose(written: Written) -> tuple[str, str]:
    """The environment's name, and the id of the stack."""
    if isinstance(written, Environment):
        return written.name, names.environment_stack_id(written)
    return written.environment.name, names.stack_id(written)


def _converged(applied: record.Applied | None) -> Stack | None:
    return graph.from_data(applied.converged.graph) if applied and applied.converged else None


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
    return _converged(said[0]) or Stack(stack, ())
