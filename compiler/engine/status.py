"""How stacks stand: their record, their outputs, what AWS will still do by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pulumi.automation.errors import CommandError

from compiler import graph
from compiler.changes import UNKNOWN, Known, PropertyChange, Side
from compiler.diagnostics import UserError
from compiler.engine.events import name_of, side, type_name
from compiler.engine.halt import HaltError
from compiler.engine.job import Job
from compiler.engine.process import DeadlineError
from compiler.engine.session import Session
from compiler.engine.store import record
from compiler.engine.target import Target
from compiler.report import Pending
from compiler.status import Applied, Attempt, Status


def statuses(
    session: Session, jobs: Sequence[Job], known: frozenset[str], parallel: int
) -> tuple[Status, ...]:
    """Of these jobs, and of every stack of their environments that has a state or record and is not in `known`."""
    targets = {job.target.environment: job.target for job in jobs}
    records: dict[str, record.Applied] = {}
    for target in targets.values():
        found = record.read_all(session.store(target), target.environment)
        if found.problems:
            raise UserError(*found.problems)
        records |= found.applied
    wanted: list[tuple[str, Target, Job | None]] = [(job.stack.id, job.target, job) for job in jobs]
    for environment, target in targets.items():
        there = session.stacks(target) | {
            stack for stack, each in records.items() if each.last.outcome is not record.Outcome.DESTROYED
        }
        orphans = {each for each in there if each.startswith(f"{environment}.")} - known
        wanted += [(stack, target, None) for stack in sorted(orphans)]
    with ThreadPoolExecutor(parallel) as pool:
        asked = [
            pool.submit(_status, session, stack, target, job, records.get(stack))
            for stack, target, job in wanted
        ]
        return tuple(each.result() for each in asked)


def _status(
    session: Session, stack: str, target: Target, job: Job | None, said: record.Applied | None
) -> Status:
    outputs: Mapping[str, Side] = {}
    pending: tuple[Pending, ...] = ()
    problem = ""
    if stack in session.stacks(target):
        try:
            with session.workspace(stack, target) as work:
                deployment = work.deployment()
            outputs = _outputs(deployment)
            pending = _pending(session, stack, target, deployment)
        except UserError as error:
            problem = "; ".join(map(str, error.diagnostics))
        except CommandError as error:
            problem = str(error).partition("\n stderr: ")[2].strip()
        except (HaltError, DeadlineError):
            problem = "interrupted"
    elif said and said.converged:
        problem = (
            "it was applied, and its backend has no such stack: put its state back, or delete its record"
        )
    return Status(
        stack,
        job.spec.path if job and job.spec else None,
        _applied(said, job),
        _attempt(said),
        outputs,
        pending,
        problem,
        job.held if job else None,
    )


def _applied(said: record.Applied | None, job: Job | None) -> Applied | None:
    if said is None or said.converged is None:
        return None
    found = said.converged
    current = job is not None and graph.digest(job.stack) == found.digest
    return Applied(found.at, found.commit, found.digest, found.version, current)


def _attempt(said: record.Applied | None) -> Attempt | None:
    if said is None:
        return None
    return Attempt(said.last.at, said.last.commit, said.last.outcome, said.last.message)


def _outputs(deployment: Mapping[str, Any]) -> dict[str, Side]:
    for each in deployment.get("resources") or []:
        if each["type"] == "pulumi:pulumi:Stack":
            return {name: side(value) for name, value in (each.get("outputs") or {}).items()}
    return {}


def _pending(
    session: Session, stack: str, target: Target, deployment: Mapping[str, Any]
) -> tuple[Pending, ...]:
    account = session.account(stack, target)
    return tuple(
        Pending(
            name_of(each["urn"]),
            type_name(each["type"]),
            PropertyChange((name,), UNKNOWN, Side(Known.KNOWN, value)),
        )
        for each in deployment.get("resources") or []
        if each.get("id") and each["type"].startswith("aws:")
        for name, value in sorted(account.pending(type_name(each["type"]), each["id"]).items())
    )
