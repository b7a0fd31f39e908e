"""The tiers that ask the engine: a rehearsal on a sandbox that is thrown away, and the accounts themselves."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from bot import authority
from bot.jobs.event import Event
from bot.jobs.graphs import Graphs
from bot.jobs.preview import Sides
from bot.jobs.result import Phase as Progress
from bot.jobs.result import Result, Tier
from bot.jobs.revisions import Revisions
from compiler import causes
from compiler.catalog import Catalog
from compiler.diagnostics import Diagnostic, Severity, UserError
from compiler.online import run
from compiler.online.selection import Selection, rehearsed
from compiler.online.specs import Specs
from compiler.parts import names
from compiler.report import Ending, Phase, Report

if TYPE_CHECKING:
    from compiler.engine.job import Job
    from compiler.engine.session import Session

_WELL = (Ending.APPLIED, Ending.UNCHANGED, Ending.DESTROYED)


def rehearse(
    event: Event, revisions: Revisions, found: Sides, stacks: Collection[str], parallel: int, seconds: float
) -> Result:
    """Applies these stacks on a simulated account as they are at base, and then as they are at head.

    A report is that of the second; where the first did not work, it says so. `seconds` is the deadline of a stack.
    """
    result = Result(event.number, event.head, event.base, tier=Tier.SANDBOX)
    former = {
        names.stack_id(each): each.spec.formerly.replace("/", ".")
        for each in found.head.databases.values()
        if each.spec.formerly
    }
    with tempfile.TemporaryDirectory(prefix="dbspec-") as folder, _failing() as failures:
        place = Path(folder) / "specs"
        before = Specs(revisions.before, place, revisions.top, revisions.base)
        after = Specs(revisions.after, place, revisions.top, revisions.merged)
        was = _selection(found.base, {*stacks, *(former[each] for each in former if each in stacks)}, before)
        will = _selection(found.head, stacks, after)
        with run.session(os.environ, deadline=seconds) as session:
            first = _applied(session, rehearsed(was), parallel)
            second = _applied(session, rehearsed(will), parallel)
        wrong = {each.stack: each for each in first if each.outcome.ending not in _WELL}
        reports = tuple(
            _after(wrong[former.get(each.stack, each.stack)], each)
            if former.get(each.stack, each.stack) in wrong
            else each
            for each in second
            if each.stack in stacks
        )
        result = replace(result, reports=reports)
    return _ended(result, failures)


def ask(
    event: Event,
    revisions: Revisions,
    found: Sides,
    stacks: Collection[str],
    parallel: int,
    seconds: float,
    today: date,
    graphs: Graphs | None = None,
) -> Result:
    """Asks the account of each of these stacks what an apply would do; changes nothing.

    `graphs` are what head's own code compiles, where it is another than this: data, of which only these stacks count.
    """
    result = Result(event.number, event.head, event.base, tier=Tier.ACCOUNT)
    with _failing() as failures:
        specs = Specs(revisions.after, revisions.top / revisions.folder, revisions.top, revisions.merged)
        selection = _selection(found.head, stacks, specs)
        with run.session(os.environ, deadline=seconds) as session:
            reports = _previewed(session, selection, found, parallel, today, graphs)
            gone = _gone(session, selection, found.head)
        unread = sorted(set(stacks) - {each.stack for each in reports})
        result = replace(result, reports=reports, orphans=gone, diagnostics=tuple(map(_unread, unread)))
    return _ended(result, failures)


def _selection(found: Catalog, stacks: Collection[str], specs: Specs) -> Selection:
    """What of these stacks this side has and this code can compile."""
    return Selection(
        [each for each in found.environments.values() if names.environment_stack_id(each) in stacks],
        [
            each
            for each in found.databases.values()
            if names.stack_id(each) in stacks and not causes.compiled(each)[1]
        ],
        specs,
    )


def _applied(session: Session, selection: Selection, parallel: int) -> tuple[Report, ...]:
    """All of it, and what it stands on, on the simulated account."""
    from compiler.engine import schedule
    from compiler.engine.apply import apply
    from compiler.online import stacks

    if not selection.stacks:
        return ()
    jobs = stacks.jobs(session, selection, applying=True)
    targets = {job.stack.id: job.target for job in jobs}
    with session.simulating(list(targets.values())):
        return schedule.run(
            session,
            Phase.APPLY,
            jobs,
            apply,
            parallel,
            needs=lambda _, other: not stacks.was_applied(session, other, targets[other]),
        )


def _previewed(
    session: Session, selection: Selection, found: Sides, parallel: int, today: date, graphs: Graphs | None
) -> tuple[Report, ...]:
    from compiler.engine import schedule
    from compiler.engine.preview import preview
    from compiler.online import stacks

    if not selection.stacks:
        return ()
    jobs: Sequence[Job] = stacks.jobs(session, selection, applying=False, foundations=False, today=today)
    if graphs is not None:
        jobs = [replace(job, stack=graphs.stacks[job.stack.id]) for job in jobs]
    jobs = [authority.strictly(job, found.base, found.head) for job in jobs]
    with session.simulating([job.target for job in jobs]):
        return schedule.run(session, Phase.PREVIEW, jobs, preview, parallel)


def _gone(session: Session, selection: Selection, head: Catalog) -> tuple[str, ...]:
    """What was applied in these environments and has no spec any more, readable or not."""
    from compiler.online import stacks
    from compiler.online.targets import base

    known = {names.stack_id(each) for each in head.databases.values()}
    known |= {names.environment_stack_id(each) for each in head.environments.values()}
    known |= {each.replace("/", ".") if "/" in each else f"{each}.environment" for each in head.unread}
    known |= {each.spec.formerly.replace("/", ".") for each in head.databases.values() if each.spec.formerly}
    return tuple(
        stack
        for each in selection.all_environments
        for stack in stacks.orphans(
            session,
            each.name,
            base(each, selection.specs, session.environ, rehearsing=selection.sandbox, applying=False),
            frozenset(known),
        )
    )


def _after(before: Report, report: Report) -> Report:
    """That as it is at base could not be made: what comes of head then proves little."""
    words = [each.message for each in before.outcome.failures] + [each.words for each in before.refusals]
    note = (
        f"as it is at base it could not be made on the sandbox: {'; '.join(words) or before.outcome.ending}"
    )
    return replace(report, outcome=replace(report.outcome, notes=(*report.outcome.notes, note)))


def _unread(stack: str) -> Diagnostic:
    why = "dbspec as it is on main cannot read its spec, so its account is asked only once this is merged"
    return Diagnostic("preview/unread", f"{stack}: {why}", severity=Severity.NOTE)


@contextmanager
def _failing() -> Iterator[list[str]]:
    """What keeps the whole from being asked, in words."""
    found: list[str] = []
    try:
        yield found
    except UserError as error:
        found += [str(each) for each in error.diagnostics]


def _ended(result: Result, failures: list[str]) -> Result:
    return replace(result, phase=Progress.FAILED, failures=tuple(failures)) if failures else result
