"""Makes a stack what its graph says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pulumi.automation.errors import CommandError

from compiler import gates, reviewing
from compiler.changes import Change, Op
from compiler.consequences import consequences
from compiler.diagnostics import Diagnostic
from compiler.engine import drift, rename, surroundings
from compiler.engine.attempt import Attempted
from compiler.engine.destroy import destroy_locked
from compiler.engine.events import Events
from compiler.engine.failure import failures, silent
from compiler.engine.halt import HaltError
from compiler.engine.job import Job
from compiler.engine.leftover import Leftovers, leftovers, through
from compiler.engine.pending import without_pending
from compiler.engine.process import DeadlineError
from compiler.engine.program import program
from compiler.engine.scrub import Scrubber
from compiler.engine.session import Session
from compiler.engine.store import record
from compiler.engine.store.lock import Lock
from compiler.engine.workspace import Workspace
from compiler.lifecycle.naming import renaming
from compiler.report import Ending, Failure, Outcome, Phase, Report

_RECORDED = {
    Ending.UNCHANGED: record.Outcome.APPLIED,
    Ending.APPLIED: record.Outcome.APPLIED,
    Ending.REFUSED: record.Outcome.REFUSED,
    Ending.INTERRUPTED: record.Outcome.INTERRUPTED,
    Ending.FAILED: record.Outcome.FAILED,
}


def apply(session: Session, job: Job, anew: Callable[[Job], Job] = lambda job: job) -> Report:
    """Takes the lock, finishes what an interrupted run left, previews, asks the gates, and does what was previewed.

    What is held is left alone. `anew` gives the job as it is once the lock is held: until then another run may have
    worked on the stack, and what it goes by may have moved. Raises UserError where lock or record are not to be had,
    and whatever `anew` does.
    """
    if job.held:
        return _left_alone(job)
    with session.lock(job.stack.id, job.target, "apply") as held:
        job = anew(job)
        if job.held:
            return _left_alone(job)
        if job.lifecycle.leaving:
            return destroy_locked(session, job, held, Phase.APPLY)
        with session.workspace(job.stack.id, job.target, held) as work:
            former = rename.former(session, job)
            if refused := _unnamed(session, job):
                outcome = Outcome(Ending.REFUSED, notes=_notes(job))
                return Report(job.stack.id, Phase.APPLY, outcome, refusals=refused, spec=job.spec)
            rename.move(session, job)
            return _Apply(session, job, held, work, former).run()


def _left_alone(job: Job) -> Report:
    return Report(job.stack.id, Phase.APPLY, Outcome(Ending.HELD), spec=job.spec, held=job.held)


def _unnamed(session: Session, job: Job) -> tuple[Diagnostic, ...]:
    """What is refused of another name that is still to be given, or to be given as a whole."""
    name = job.lifecycle.formerly
    said = record.read(session.store(job.target), name) if name else None
    if job.reviewed is None or name is None or said is None or said[0].converged is None:
        return ()
    return reviewing.renamed(job.stack, name, job.reviewed, job.spec)


def _notes(job: Job) -> tuple[str, ...]:
    """Why commits of this stack reviewed nothing."""
    return job.reviewed.notes if job.reviewed else ()


class _Apply:
    def __init__(self, session: Session, job: Job, held: Lock, work: Workspace, former: str | None) -> None:
        self.session = session
        self.job = job
        self.held = held
        self.work = work
        self.scrubber = Scrubber()
        self.events = Events()
        self.done: set[str] = set()
        self.notes: tuple[str, ...] = ()
        self.renamed = (f"renamed from {former}",) if former else ()
        self.attempt = Attempted.on(session, job)
        self.report = Report(
            job.stack.id,
            Phase.APPLY,
            Outcome(Ending.UNCHANGED),
            spec=job.spec,
            overridden=job.stack.overridden,
        )

    def run(self) -> Report:
        try:
            outcome = self._steps()
        except (CommandError, DeadlineError, HaltError) as error:
            outcome = self._failed(error)
        if outcome.ending is not Ending.UNCHANGED or not self.attempt.is_said():
            message = "; ".join(each.message for each in outcome.failures)
            self.attempt.ends(_RECORDED[outcome.ending], message)
        return replace(self.report, outcome=outcome)

    def _steps(self) -> Outcome:
        job = self.job
        if self.attempt.gone and (refused := self._begins()):
            self.report = replace(self.report, refusals=refused)
            return Outcome(Ending.REFUSED, notes=_notes(job))
        if not self.attempt.exists and self.job.stack.id not in self.session.stacks(self.job.target):
            self.work.create_stack(self.job.stack.id)
        left = self._leftovers()
        if left.doubts:
            return Outcome(Ending.FAILED, tuple(map(Failure, left.doubts)))
        self._preview(left)
        if self.report.refusals:
            return Outcome(Ending.REFUSED, notes=_notes(job))
        if not self.report.changes and self.attempt.is_converged and not left.pending:
            return Outcome(Ending.UNCHANGED, notes=(*left.notes, *self.notes))
        self.attempt.ends(record.Outcome.STARTED)
        started = self._start()
        self._up(left)
        if left.pending:
            # Not the program's concern, but without one the CLI looks for a language to run it in.
            stack = self.work.selected(program(self.job.stack, self.job.target, self.scrubber))
            through(self.work, self.held, lambda: stack.refresh(clear_pending_creates=True))
        ending = Ending.APPLIED if self.report.changes else Ending.UNCHANGED
        return Outcome(ending, done=tuple(sorted(self.done)), notes=(*self.renamed, *left.notes, *started))

    def _begins(self) -> tuple[Diagnostic, ...]:
        """What is refused of a database that takes the name of one that was destroyed."""
        job = self.job
        refused = gates.empty(job.stack.id, job.target.tier, job.spec, job.lifecycle)
        if job.reviewed is None or job.lifecycle.leaving:
            return refused
        return refused or reviewing.begun(job.stack.id, job.lifecycle, job.reviewed, job.spec)

    def _start(self) -> tuple[str, ...]:
        """AWS changes nothing that is stopped for the night: it is started first, and its schedule stops it again."""
        account = self.session.account(self.job.stack.id, self.job.target)
        ids = self.events.ids
        return tuple(
            f"{each.resource} was stopped, and has been started"
            for each in self.report.changes
            if each.op is Op.UPDATE and each.resource in ids and account.start(each.type, ids[each.resource])
        )

    def _leftovers(self) -> Leftovers:
        """What an earlier run left half done; nothing, without asking, where it ended as it should."""
        if self.held.broke is None and not self.attempt.unfinished:
            return Leftovers()
        return leftovers(
            self.job, self.work.deployment(), self.session.account(self.job.stack.id, self.job.target)
        )

    def _preview(self, left: Leftovers) -> None:
        events = Events()
        self.events = events
        run = self.work.selected(program(self.job.stack, self.job.target, self.scrubber, left.adopted))
        run.preview(
            plan=str(self.work.plan), refresh=True, run_program=True, on_event=events, suppress_progress=True
        )
        stack = self.job.stack
        found, pending = without_pending(events, stack, self.session.account(stack.id, self.job.target))
        changes = drift.marked(found, stack, self.attempt.converged)
        effects = consequences(changes, self.attempt.converged, stack)
        verdict = gates.judge(
            stack.id,
            effects,
            self.job.target.tier,
            self.job.spec,
            self.job.lifecycle,
            self.attempt.spent,
            renaming=renaming(self.attempt.converged, stack),
            changes=changes,
        )
        self.notes = verdict.notes
        self.report = replace(
            self.report,
            changes=changes,
            pending=pending,
            effects=effects,
            refusals=verdict.refusals + self._unreviewed(changes, verdict),
            acknowledged=verdict.acknowledged,
            outputs=events.outputs,
        )

    def _unreviewed(self, changes: tuple[Change, ...], verdict: gates.Verdict) -> tuple[Diagnostic, ...]:
        job = self.job
        if job.reviewed is None:
            return ()
        return reviewing.judge(
            changes,
            job.reviewed,
            self.attempt.converged,
            job.stack,
            job.spec,
            acknowledged=verdict.acknowledged,
            resolved=surroundings.resolutions(job.stack, job.target.shared),
        )

    def _up(self, left: Leftovers) -> None:
        events = Events(lambda step: self.session.tell(lambda it: it.step(self.job.stack.id, step)))
        self.events = events
        self.done = events.done
        stack = self.work.selected(program(self.job.stack, self.job.target, self.scrubber, left.adopted))
        try:
            through(
                self.work,
                self.held,
                lambda: stack.up(
                    plan=str(self.work.plan),
                    refresh=True,
                    run_program=True,
                    on_event=events,
                    suppress_progress=True,
                ),
            )
        except CommandError as error:
            if not silent(error, events) or (events := self._looked_again(left)).changes(self.job.stack.id):
                raise
        self.report = replace(self.report, outputs=events.outputs)

    def _looked_again(self, left: Leftovers) -> Events:
        """What remains to be done, whatever the CLI's exit code said."""
        events = Events()
        stack = self.work.selected(program(self.job.stack, self.job.target, self.scrubber, left.adopted))
        stack.preview(on_event=events, suppress_progress=True)
        return events

    def _failed(self, error: Exception) -> Outcome:
        ending = Ending.INTERRUPTED if self.session.halt.requested or self.held.lost else Ending.FAILED
        notes = ("the lock was lost: another run may have taken it",) if self.held.lost else ()
        found = failures(error, self.events, self.scrubber, self.work)
        return Outcome(ending, found, tuple(sorted(self.done)), notes)
