"""What an apply of a stack would change."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from pulumi.automation.errors import CommandError

from compiler import gates, graph
from compiler.comparison import compare
from compiler.consequences import consequences
from compiler.diagnostics import Diagnostic
from compiler.engine import drift, rename, surroundings
from compiler.engine.events import Events
from compiler.engine.failure import failures
from compiler.engine.halt import HaltError
from compiler.engine.job import Job
from compiler.engine.pending import without_pending
from compiler.engine.process import DeadlineError
from compiler.engine.program import program
from compiler.engine.scrub import Scrubber
from compiler.engine.session import Session
from compiler.engine.store import record
from compiler.engine.target import Target
from compiler.engine.workspace import Workspace
from compiler.lifecycle.leaving import Leaving
from compiler.lifecycle.naming import renaming
from compiler.report import Ending, Outcome, Phase, Report
from compiler.unreviewed import shown


def preview(session: Session, job: Job) -> Report:
    """Asks the account and the engine; changes nothing, neither in the account nor in the state."""
    former = rename.former(session, job)
    name = former or job.stack.id
    said = record.read(session.store(job.target), name)
    applied = said[0] if said else None
    if job.lifecycle.leaving:
        return _leaving(session, job, job.lifecycle.leaving, applied)
    # A record that something was applied proves that the stack is there; anything else has to be asked.
    exists = bool(applied and applied.converged) or name in session.stacks(job.target)
    renamed = (f"renamed from {former}",) if former else ()
    scrubber = Scrubber()
    with _work(session, name, job.target, exists=exists) as work:
        events = Events(lambda step: session.tell(lambda it: it.step(job.stack.id, step)))
        try:
            if not exists:
                work.create_stack(name)
            work.selected(program(job.stack, job.target, scrubber)).preview(
                refresh=True, run_program=True, on_event=events, suppress_progress=True, color="never"
            )
        except (CommandError, DeadlineError, HaltError) as error:
            ending = Ending.INTERRUPTED if session.halt.requested else Ending.FAILED
            outcome = Outcome(ending, failures(error, events, scrubber, work))
            return Report(job.stack.id, Phase.PREVIEW, outcome, spec=job.spec, held=job.held)
        found, pending = without_pending(events, job.stack, session.account(job.stack.id, job.target))
    before = rename.converged(applied, job) if applied else None
    changes = drift.marked(found, job.stack, before)
    effects = consequences(changes, before, job.stack)
    spent = applied.converged.acknowledged if applied and applied.converged else frozenset()
    verdict = gates.judge(
        job.stack.id,
        effects,
        job.target.tier,
        job.spec,
        job.lifecycle,
        spent,
        renaming=renaming(before, job.stack),
        changes=changes,
    )
    return Report(
        job.stack.id,
        Phase.PREVIEW,
        Outcome(
            Ending.CHANGES if changes else Ending.UNCHANGED,
            notes=(*renamed, *_unfinished(applied), *verdict.notes),
        ),
        changes,
        pending,
        effects,
        refusals=verdict.refusals + _empty(job, applied),
        acknowledged=verdict.acknowledged,
        held=job.held,
        outputs=events.outputs,
        spec=job.spec,
        overridden=job.stack.overridden,
        shown=shown(changes, before, job.stack, surroundings.resolutions(job.stack, job.target.shared)),
    )


def _empty(job: Job, applied: record.Applied | None) -> tuple[Diagnostic, ...]:
    if applied is None or not applied.gone:
        return ()
    return gates.empty(job.stack.id, job.target.tier, job.spec, job.lifecycle)


def _leaving(session: Session, job: Job, leaving: Leaving, applied: record.Applied | None) -> Report:
    """What goes, as the graph knows it: the engine would only say that some of it is protected still."""
    there = bool(applied and applied.converged) or job.stack.id in session.stacks(job.target)
    before = leaving.prepared(converged(applied) or leaving.whole) if there else None
    changes = compare(before, job.stack)
    return Report(
        job.stack.id,
        Phase.PREVIEW,
        Outcome(Ending.CHANGES if there else Ending.UNCHANGED, notes=tuple(leaving.words()) if there else ()),
        changes,
        effects=consequences(changes, before, job.stack),
        spec=job.spec,
        held=job.held,
    )


def _unfinished(applied: record.Applied | None) -> tuple[str, ...]:
    """What to know of an apply that did not end as it should."""
    match applied and applied.last.outcome:
        case record.Outcome.STARTED | record.Outcome.INTERRUPTED:
            return ("the last apply was interrupted: what it began is looked for and finished by the next",)
        case record.Outcome.FAILED:
            return ("the last apply failed: what it began is looked for and finished by the next",)
    return ()


def converged(applied: record.Applied | None) -> graph.Stack | None:
    """The graph that a stack last converged on."""
    return graph.from_data(applied.converged.graph) if applied and applied.converged else None


@contextmanager
def _work(session: Session, stack: str, target: Target, *, exists: bool) -> Iterator[Workspace]:
    """Where to preview: a stack that does not exist yet gets a backend of its own, for as long as that takes.

    A preview may be allowed only to read the state; and one that is never merged leaves nothing behind.
    """
    if exists:
        with session.workspace(stack, target) as work:
            yield work
        return
    with tempfile.TemporaryDirectory(prefix="dbspec-") as scratch:
        place = Path(scratch)
        passphrase = place / "passphrase"
        passphrase.write_text(secrets.token_hex())
        target = replace(target, backend=place.as_uri(), secrets="passphrase", passphrase_file=passphrase)
        with session.workspace(stack, target) as work:
            yield work
