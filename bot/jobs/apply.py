"""Bringing what was merged to the accounts: each environment for itself, each stack from its own record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from bot.forge.forge import Forge
from bot.jobs.anew import Anew, MovedError
from bot.jobs.applied import Applied, Emergency
from bot.jobs.due import Due, due
from bot.jobs.judging import Judging
from bot.jobs.main import Main
from compiler.diagnostics import Exit, Severity, UserError
from compiler.engine import schedule
from compiler.engine.apply import apply as apply_stack
from compiler.engine.destroy import destroy
from compiler.engine.job import Job
from compiler.engine.session import Session
from compiler.online import stacks
from compiler.report import Ending, Failure, Outcome, Phase, Report


@dataclass(frozen=True, slots=True)
class Order:
    """What a run was asked for. `environments` are names, all that main has where there are none."""

    today: date
    environments: Sequence[str] = ()
    emergency: Emergency | None = None
    parallel: int = 2
    url: str = ""


def apply(
    main: Main, forge: Forge, session: Session, order: Order, ended: Callable[[Job, Report, Due], None]
) -> tuple[Applied, ...]:
    """Applies whatever is due, and says of every environment what came of it; one that fails stops no other.

    `ended` hears of each stack as soon as it is done, before anything else can go wrong. Raises UserError only where
    main itself is not to be had.
    """
    sha = main.fetch()
    found: dict[str, Due] = {}
    failed: dict[str, Applied] = {}
    for name in order.environments or environments(main, sha):
        try:
            found[name] = due(main, session, sha, name, order.today)
        except UserError as error:
            failed[name] = _not_begun(Applied(name, sha, emergency=order.emergency, url=order.url), error)
    anew = Anew(
        main, forge, session, order.today, Judging(main, forge, order.today), order.emergency is not None
    )
    work = _Work(session, found, ended, anew)
    jobs = [job for each in found.values() for job in (*each.jobs, *each.vanished)]
    with session.simulating([job.target for job in jobs]):
        reports = schedule.run(session, Phase.APPLY, jobs, work, order.parallel, needs=work.needs)
    return tuple(
        failed[name]
        if name in failed
        else Applied(
            name,
            sha,
            tuple(sorted((*_of(reports, name), *found[name].told), key=lambda each: each.stack)),
            found[name].unchanged,
            emergency=order.emergency,
            url=order.url,
        )
        for name in sorted({*found, *failed})
    )


def environments(main: Main, sha: str) -> list[str]:
    """The names of all environments of a commit, those among them that cannot be read."""
    known = main.catalog(sha)
    return sorted({*known.environments, *(each for each in known.unread if "/" not in each)})


def _not_begun(applied: Applied, error: UserError) -> Applied:
    if error.exit_code is Exit.SPECS:
        return replace(applied, diagnostics=error.diagnostics)
    return replace(applied, failures=tuple(each.words for each in error.diagnostics))


def _of(reports: Sequence[Report], environment: str) -> list[Report]:
    return [each for each in reports if each.stack.startswith(f"{environment}.")]


@dataclass(frozen=True, slots=True)
class _Work:
    """What is done to each stack."""

    session: Session
    found: Mapping[str, Due]
    ended: Callable[[Job, Report, Due], None]
    anew: Anew

    def __call__(self, session: Session, job: Job) -> Report:
        known = self.found[job.target.environment]
        try:
            report = self._done(session, job, vanished=job in known.vanished)
        except MovedError as error:
            report = _left(job, str(error))
        except UserError as error:
            report = _refused(job, error) if error.exit_code is Exit.SPECS else _failed(session, job, error)
        self.ended(job, report, known)
        return report

    def _done(self, session: Session, job: Job, *, vanished: bool) -> Report:
        if not vanished:
            return apply_stack(session, job, self.anew)
        if job.held:
            return Report(job.stack.id, Phase.APPLY, Outcome(Ending.HELD), held=job.held)
        return destroy(session, job, Phase.APPLY, self.anew)

    def needs(self, job: Job, other: str) -> bool:
        """What another stack offered before still stands."""
        return not stacks.was_applied(self.session, other, job.target)


def _refused(job: Job, error: UserError) -> Report:
    refusals = tuple(each for each in error.diagnostics if each.severity is Severity.ERROR)
    return Report(job.stack.id, Phase.APPLY, Outcome(Ending.REFUSED), refusals=refusals, spec=job.spec)


def _failed(session: Session, job: Job, error: UserError) -> Report:
    ending = Ending.INTERRUPTED if session.halt.requested else Ending.FAILED
    said = tuple(Failure(str(each)) for each in error.diagnostics)
    return Report(job.stack.id, Phase.APPLY, Outcome(ending, said), spec=job.spec)


def _left(job: Job, why: str) -> Report:
    note = f"{why}: the run for that commit sees to it"
    return Report(job.stack.id, Phase.APPLY, Outcome(Ending.UNCHANGED, notes=(note,)), spec=job.spec)
