"""What differs in the account from what was last applied to it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from pulumi.automation.errors import CommandError

from compiler import benign, mirrored
from compiler.aws import types
from compiler.benign import INSTALLED
from compiler.changes import ABSENT, Change, Known, Op, PropertyChange, Side
from compiler.engine import drift
from compiler.engine.events import Events, Reread, side
from compiler.engine.failure import failures
from compiler.engine.halt import HaltError
from compiler.engine.job import Job
from compiler.engine.pending import without_pending
from compiler.engine.process import DeadlineError
from compiler.engine.program import program
from compiler.engine.scrub import Scrubber
from compiler.engine.session import Session
from compiler.engine.store import record
from compiler.graph import Stack
from compiler.report import Ending, Outcome, Pending, Phase, Report, Strayed
from compiler.route import Route


def inspect(session: Session, job: Job) -> Report:
    """Compares the account with the job's stack, which is the one that was last applied; changes nothing.

    What the next apply would put back are changes. What it would not, since no spec decides it or a rule lets it be so,
    has strayed. What AWS will still do by itself is pending, and neither.
    """
    stack = job.stack.id
    said = record.read(session.store(job.target), stack)
    applied = said[0] if said else None
    if applied is None or applied.converged is None:
        words = () if job.spec else ("no spec has it, and what was begun of it was never finished",)
        ending = Ending.UNCHANGED if job.spec else Ending.ORPHANED
        notes = words or ("it was never applied: there is nothing to compare with",)
        return Report(stack, Phase.DRIFT, Outcome(ending, notes=notes), spec=job.spec, held=job.held)
    scrubber = Scrubber()
    events = Events(lambda step: session.tell(lambda it: it.step(stack, step)))
    with session.workspace(stack, job.target) as work:
        try:
            work.selected(program(job.stack, job.target, scrubber)).preview(
                refresh=True, run_program=True, on_event=events, suppress_progress=True, color="never"
            )
        except (CommandError, DeadlineError, HaltError) as error:
            ending = Ending.INTERRUPTED if session.halt.requested else Ending.FAILED
            outcome = Outcome(ending, failures(error, events, scrubber, work))
            return Report(stack, Phase.DRIFT, outcome, spec=job.spec, held=job.held)
        found, pending = without_pending(events, job.stack, session.account(stack, job.target))
    changes = drift.marked(found, job.stack, job.stack)
    strayed = tuple(_strayed(tuple(events.reread()), job.stack, changes, pending))
    return Report(
        stack,
        Phase.DRIFT,
        Outcome(_ending(job, changes, strayed), notes=tuple(_notes(job, applied))),
        changes,
        pending,
        spec=job.spec,
        held=job.held,
        strayed=strayed,
    )


def _ending(job: Job, changes: Collection[Change], strayed: Collection[Strayed]) -> Ending:
    if changes or any(not each.reason for each in strayed):
        return Ending.DRIFTED
    return Ending.UNCHANGED if job.spec else Ending.ORPHANED


def _notes(job: Job, applied: record.Applied) -> Iterator[str]:
    if job.spec is None:
        yield "no spec has it any more: it stays as it is until somebody decides"
    if applied.last.outcome not in (record.Outcome.APPLIED, record.Outcome.REFUSED):
        yield f"the last apply {_ENDED[applied.last.outcome]}: what it did shows here too"


_ENDED = {
    record.Outcome.STARTED: "was interrupted, or still runs",
    record.Outcome.INTERRUPTED: "was interrupted",
    record.Outcome.FAILED: "failed",
    record.Outcome.DESTROYED: "destroyed it",
}


def _strayed(
    reread: Sequence[Reread], stack: Stack, changes: Collection[Change], pending: Collection[Pending]
) -> Iterator[Strayed]:
    """What the account has otherwise, where no change puts it back and nothing waits for its window."""
    resources = {each.name: each for each in stack.resources}
    told = {(change.resource, each.route[0]) for change in changes for each in change.properties}
    told |= {(each.resource, each.property.route[0]) for each in pending}
    made = {each.resource for each in changes if each.op is not Op.UPDATE}
    others = [(each.type, each.after) for each in reread]
    for each in sorted(reread, key=lambda each: each.resource):
        resource = resources.get(each.resource)
        if resource is None or each.resource in made or each.type not in types.known():
            continue
        for name in sorted({*types.resource_type(each.type).inputs, INSTALLED}):
            if name in _DERIVED or (each.resource, name) in told:
                continue
            if name not in resource.inputs and mirrored.mirrors(each.type, name):
                found = _differences((name,), None, mirrored.foreign(each.type, name, each.after, others))
            else:
                found = _differences((name,), each.before.get(name), each.after.get(name))
            for route, before, after in found:
                reason = benign.reason(resource, route, before, after)
                yield Strayed(each.resource, each.type, PropertyChange(route, before, after), reason)


# AWS's own view of all tags, beside the ones that were given.
_DERIVED = ("tags_all",)


def _differences(at: Route, before: Any, after: Any) -> Iterator[tuple[Route, Side, Side]]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted(before.keys() | after.keys()):
            yield from _differences((*at, key), before.get(key), after.get(key))
        return
    was, now = _side(before), _side(after)
    if was != now and not _reordered(was, now):
        yield at, was, now


def _side(value: Any) -> Side:
    # A refresh tells an empty list or text where nothing had been said, and the other way round.
    return ABSENT if value in ([], {}, "") else side(value)


def _reordered(was: Side, now: Side) -> bool:
    """Whether both are the same set: a provider may tell one in another order."""
    if was.known is not Known.KNOWN or not isinstance(was.value, list) or not isinstance(now.value, list):
        return False
    return sorted(map(repr, was.value)) == sorted(map(repr, now.value))
