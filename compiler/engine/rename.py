"""A stack that goes on under another name: its state and its record with it."""

from __future__ import annotations

from dataclasses import replace

from compiler import graph
from compiler.diagnostics import Exit, fail
from compiler.engine.job import Job
from compiler.engine.session import Session
from compiler.engine.store import record
from compiler.engine.store.record import Applied, Outcome


def former(session: Session, job: Job) -> str | None:
    """The name that the stack still has; None where it has its own, or never had another."""
    name = job.lifecycle.formerly
    if name is None or _converged(session, job, job.stack.id):
        return None
    return name if _converged(session, job, name) else None


def converged(said: Applied, job: Job) -> graph.Stack | None:
    """The graph that the stack converged on, under the name it is to have."""
    return replace(graph.from_data(said.converged.graph), id=job.stack.id) if said.converged else None


def move(session: Session, job: Job) -> None:
    """Gives the stack its new name, whose lock is held; begun before and not finished, it goes on.

    Raises UserError where another run works on it under the old one, or has left something half done there.
    """
    name, store = job.lifecycle.formerly, session.store(job.target)
    if name is None or record.read(store, name) is None:
        return
    with (
        session.lock(name, job.target, "rename", shown=job.stack.id) as held,
        session.workspace(name, job.target, held) as work,
    ):
        found = record.read(store, name)
        if found is None or found[0].converged is None:
            return
        said, version = found
        there = work.stacks()
        if name in there and job.stack.id in there:
            raise fail(
                "rename/both",
                f"{name} cannot become {job.stack.id}: both have a state",
                "take `formerly` out, or destroy one of them",
                exit_code=Exit.ENGINE,
            )
        if name in there:
            if said.last.outcome not in (Outcome.APPLIED, Outcome.REFUSED):
                raise fail(
                    "rename/unfinished",
                    f"{name} cannot become {job.stack.id}: its last apply did not end well ({said.last.outcome})",
                    "give it its old name back, apply that, and rename it then",
                    exit_code=Exit.ENGINE,
                )
            work.rename(job.stack.id)
        if not _converged(session, job, job.stack.id):
            own = record.read(store, job.stack.id)
            record.write(store, _renamed(said, job), own[1] if own else None)
        record.delete(store, name, version)


def _renamed(said: Applied, job: Job) -> Applied:
    stack = converged(said, job)
    assert stack is not None
    assert said.converged is not None
    known = replace(said.converged, graph=graph.to_data(stack), digest=graph.digest(stack))
    return Applied(job.stack.id, known, said.last)


def _converged(session: Session, job: Job, stack: str) -> bool:
    found = record.read(session.store(job.target), stack)
    return found is not None and found[0].converged is not None
