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
from compiler.diagnostics import Exit, Severity, UserError, fail
from compiler.engine import schedule
from compiler.engine.apply import apply as apply_stack
from compiler.engine.destroy import destroy
from compiler.engine.job import Job
from compiler.engine.session import Session
from compiler.online import stacks
from compiler.report import Ending, Failure, Outcome, Phase, Report


@dataclass(frozen=True, slots=True)
class Done:
    """What came of an environment, and what had been due there; None where nothing could be begun."""

    applied: Applied
    due: Due | None


Ended = Callable[[Job, Report, Due], None]


def apply(
    main: Main,
    forge: Forge,
    session: Session,
    sha: str,
    names: Sequence[str],
    today: date,
    emergencies: Mapping[str, Emergency],
    parallel: int,
    begun: Callable[[str, Due], None],
    ended: Ended,
) -> tuple[Done, ...]:
    """Applies whatever is due in these environments, by main at this commit or later; one that fails stops no other.

    `begun` hears of each environment in which anything is to be done, `ended` of each stack as soon as it is done,
    before anything else can go wrong; neither may raise. In an emergency nobody asks for reviews.
    """
    found: dict[str, Due] = {}
    failed: dict[str, Applied] = {}
    for name in names:
        try:
            found[name] = due(main, session, sha, name, today)
        except UserError as error:
            failed[name] = _not_begun(Applied(name, sha, emergency=emergencies.get(name)), error)
        else:
            if found[name].jobs or found[name].vanished:
                begun(name, found[name])
    work = _Work(
        found, ended, Anew(main, forge, session, today, Judging(main, forge, today), emergencies.keys())
    )
    jobs = [job for each in found.values() for job in (*each.jobs, *each.vanished)]
    with session.simulating([job.target for job in jobs]):
        reports = schedule.run(session, Phase.APPLY, jobs, work, parallel, needs=work.needs)
    done = [Done(each, None) for each in failed.values()]
    for name, each in found.items():
        own = [report for report in reports if report.stack.startswith(f"{name}.")]
        told = tuple(sorted((*own, *each.told), key=lambda report: report.stack))
        done.append(Done(Applied(name, sha, told, each.unchanged, emergency=emergencies.get(name)), each))
    return tuple(sorted(done, key=lambda each: each.applied.environment))


def environments(main: Main, sha: str, asked: Sequence[str]) -> list[str]:
    """The names of all environments of a commit, those among them that cannot be read, or of those that are asked for.

    Raises UserError (usage) for one that there is not.
    """
    found = main.catalog(sha)
    known = sorted({*found.environments, *(each for each in found.unread if "/" not in each)})
    if strange := sorted(set(asked) - set(known)):
        raise fail(
            "usage/selection",
            f"there is no environment {strange[0]!r} on {main.branch}",
            f"name one of {', '.join(known)}" if known else "add one",
            exit_code=Exit.USAGE,
        )
    return sorted(set(asked)) or known


def _not_begun(applied: Applied, error: UserError) -> Applied:
    if error.exit_code is Exit.SPECS:
        return replace(applied, diagnostics=error.diagnostics)
    return replace(applied, failures=tuple(each.words for each in error.diagnostics))


@dataclass(frozen=True, slots=True)
class _Work:
    """What is done to each stack."""

    found: Mapping[str, Due]
    ended: Ended
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
        return not stacks.was_applied(self.anew.session, other, job.target)


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
