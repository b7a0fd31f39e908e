"""Removes a stack and all that it made, save what was made to outlive it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from pulumi.automation.errors import CommandError
from pulumi.automation.events import OpType

from compiler import reviewing
from compiler.aws import types
from compiler.consequences import consequences
from compiler.diagnostics import Diagnostic
from compiler.engine.attempt import Attempted
from compiler.engine.events import Events, name_of, type_name
from compiler.engine.failure import failures
from compiler.engine.halt import HaltError
from compiler.engine.job import Job
from compiler.engine.leftover import leftovers, through
from compiler.engine.process import DeadlineError
from compiler.engine.program import program
from compiler.engine.scrub import Scrubber
from compiler.engine.session import Session
from compiler.engine.store import record
from compiler.engine.store.lock import Lock
from compiler.engine.workspace import Workspace
from compiler.graph import Resource
from compiler.lifecycle.leaving import BACKED_UP, disarmed
from compiler.report import Ending, Failure, Outcome, Phase, Report


def destroy(
    session: Session, job: Job, phase: Phase = Phase.DESTROY, anew: Callable[[Job], Job] = lambda job: job
) -> Report:
    """Destroys what the record says was applied, or the job's own stack where it says nothing.

    What is decommissioned goes into its final snapshot. `anew` gives the job as it is once the lock is held.

    Raises UserError where lock or record are not to be had, and whatever `anew` does.
    """
    with session.lock(job.stack.id, job.target, "destroy") as held:
        return destroy_locked(session, anew(job), held, phase)


def destroy_locked(session: Session, job: Job, held: Lock, phase: Phase) -> Report:
    """The same by whoever holds the stack's lock."""
    with session.workspace(job.stack.id, job.target, held) as work:
        return _Destroy(session, job, held, work, phase).run()


class _Destroy:
    def __init__(self, session: Session, job: Job, held: Lock, work: Workspace, phase: Phase) -> None:
        self.attempt = Attempted.on(session, job)
        self.session = session
        self.leaving = job.lifecycle.leaving
        stack = self.attempt.converged or (self.leaving.whole if self.leaving else job.stack)
        self.job = replace(job, stack=stack)
        self.phase = phase
        self.prepared = self.leaving.prepared(stack) if self.leaving else disarmed(stack)
        self.held = held
        self.work = work
        self.scrubber = Scrubber()
        self.events = Events()

    def run(self) -> Report:
        stack = self.job.stack.id
        if stack not in self.session.stacks(self.job.target):
            if self.attempt.exists:  # one that died after the last of it was gone
                self.attempt.ends(record.Outcome.DESTROYED)
            return self._report(Outcome(Ending.UNCHANGED, notes=("it does not exist",)))
        if refused := self._unreviewed():
            self.attempt.ends(record.Outcome.REFUSED)
            notes = self.job.reviewed.notes if self.job.reviewed else ()
            return replace(self._report(Outcome(Ending.REFUSED, notes=notes)), refusals=refused)
        try:
            outcome = self._steps()
        except (CommandError, DeadlineError, HaltError) as error:
            found = failures(error, self.events, self.scrubber, self.work)
            interrupted = self.session.halt.requested or self.held.lost
            ending = Ending.INTERRUPTED if interrupted else Ending.FAILED
            outcome = Outcome(ending, found, tuple(sorted(self.events.done)))
            said = record.Outcome.INTERRUPTED if interrupted else record.Outcome.FAILED
            self.attempt.ends(said, "; ".join(each.message for each in found))
        return self._report(outcome)

    def _unreviewed(self) -> tuple[Diagnostic, ...]:
        """What nobody reviewed of a stack that goes: decommissioned it goes as a whole, so that one line decides."""
        job = self.job
        if job.reviewed is None:
            return ()
        if self.leaving is None:
            return reviewing.removed(job.stack.id, self.attempt.converged, job.reviewed, job.spec)
        return reviewing.decommissioned(job.stack.id, job.lifecycle, job.reviewed, job.spec)

    def _report(self, outcome: Outcome) -> Report:
        changes = self.events.changes(self.job.stack.id)
        effects = consequences(changes, self.prepared, None) if self.leaving else ()
        return Report(self.job.stack.id, self.phase, outcome, changes, effects=effects, spec=self.job.spec)

    def _steps(self) -> Outcome:
        deployment = self.work.deployment()
        left = leftovers(self.job, deployment, self.session.account(self.job.stack.id, self.job.target))
        if left.doubts:
            return Outcome(Ending.FAILED, tuple(map(Failure, left.doubts)))
        self.attempt.ends(record.Outcome.STARTED)
        self._disarm(deployment, left.adopted)
        if left.pending:
            # Not the program's concern, but without one the CLI looks for a language to run it in.
            stack = self.work.selected(program(self.job.stack, self.job.target, self.scrubber))
            through(self.work, self.held, lambda: stack.refresh(clear_pending_creates=True))
        self._back_up(deployment)
        self._destroy()
        kept = _kept(self.events)
        self.work.remove_stack(self.job.stack.id)
        self.attempt.ends(record.Outcome.DESTROYED)
        said = self.leaving.words() if self.leaving else ()
        return Outcome(
            Ending.DESTROYED, done=tuple(sorted(self.events.done)), notes=(*left.notes, *said, *kept)
        )

    def _disarm(self, deployment: Mapping[str, Any], adopted: Mapping[str, str]) -> None:
        """Takes away AWS's own protection, and adopts what has to go with the rest."""
        resources = deployment.get("resources") or []
        stack = self.prepared
        armed = {
            each.name for each in stack.resources if each not in self.job.stack.resources
        } | adopted.keys()
        stack_urn = next((each["urn"] for each in resources if each["type"] == "pulumi:pulumi:Stack"), "")
        there = {name_of(each["urn"]) for each in resources} | adopted.keys()
        if not armed & there:
            return
        self.events = Events()
        run = self.work.selected(program(stack, self.job.target, self.scrubber, adopted))
        through(
            self.work,
            self.held,
            lambda: run.up(
                target=[_urn(stack_urn, each) for each in stack.resources if each.name in armed & there],
                on_event=self.events,
                suppress_progress=True,
            ),
        )

    def _back_up(self, deployment: Mapping[str, Any]) -> None:
        """Takes what AWS does not keep by itself; only then anything is destroyed."""
        if self.leaving is None or self.leaving.snapshot is None:
            return
        account = self.session.account(self.job.stack.id, self.job.target)
        for each in deployment.get("resources") or []:
            if type_name(each["type"]) == BACKED_UP and each.get("id") and not each.get("external"):
                account.backup(BACKED_UP, each["id"], self.leaving.snapshot)

    def _destroy(self) -> None:
        stack = self.job.stack.id
        events = Events(lambda step: self.session.tell(lambda it: it.step(stack, step)))
        self.events = events
        through(
            self.work,
            self.held,
            lambda: self.work.selected().destroy(refresh=True, on_event=events, suppress_progress=True),
        )


def _urn(stack_urn: str, resource: Resource) -> str:
    """The engine's name of a resource, which begins as that of its stack does."""
    start = stack_urn.rpartition("::pulumi:pulumi:Stack::")[0]
    return f"{start}::{types.resource_type(resource.type).token}::{resource.name}"


def _kept(events: Events) -> tuple[str, ...]:
    """What stays in the account, for people."""
    return tuple(
        sorted(
            f"{name_of(each.urn)} ({type_name(each.type)}) stays in the account: {each.old.id}"
            for each in events.steps
            if each.op is OpType.DELETE and each.old and each.old.retain_on_delete
        )
    )
