"""Which stacks of an environment have to be applied: those that their records do not say are as main has them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.authority import strictly
from bot.jobs.main import Main
from compiler import compilation, graph
from compiler.catalog import Catalog, Database, Environment
from compiler.diagnostics import Diagnostic, Place, Severity, UserError
from compiler.edition import TIERS
from compiler.engine.job import Job
from compiler.engine.session import Session
from compiler.engine.store import Store, record
from compiler.engine.store.record import Applied
from compiler.graph import Stack
from compiler.lifecycle import said as lifecycle
from compiler.lifecycle.said import Written
from compiler.online import stacks
from compiler.online.selection import Selection
from compiler.parts import names
from compiler.people import People
from compiler.report import Ending, Outcome, Phase, Report


@dataclass(frozen=True, slots=True)
class Due:
    """`jobs` are to be applied, `vanished` to be destroyed; `told` are reports of what neither can be done to.

    `unchanged` is how many stacks are as main has them. `records` is what was known of all when that was found out, and
    `store` where that is kept.
    """

    store: Store
    jobs: tuple[Job, ...]
    vanished: tuple[Job, ...]
    told: tuple[Report, ...]
    unchanged: int
    records: Mapping[str, Applied]

    def starts(self) -> dict[str, str | None]:
        """The commit that each stack had converged on of which there is anything to tell."""
        found = {each.stack.id: since(each, self.records) for each in (*self.jobs, *self.vanished)}
        return found | {each.stack: _commit(self.records.get(each.stack)) for each in self.told}

    def standing(self) -> dict[str, Report]:
        """Reports of stacks that are as they were applied before, with when that was."""
        busy = {each.stack.id for each in (*self.jobs, *self.vanished)} | {each.stack for each in self.told}
        # What is renamed is told under its new name.
        busy |= {each.lifecycle.formerly for each in self.jobs if each.lifecycle.formerly}
        return {
            stack: _standing(stack, each.converged)
            for stack, each in self.records.items()
            if each.converged and stack not in busy
        }


def due(main: Main, session: Session, sha: str, name: str, today: date) -> Due:
    """What of an environment has to be done at a commit of main, whatever runs were skipped or died before.

    Raises UserError where its files cannot be compiled, or where anything is missing before anything can start.
    """
    if found := main.broken(sha, name):
        raise UserError(*found)
    known = main.catalog(sha)
    environment = known.environments[name]
    wrong = problems(main, sha, name, today)
    databases = [
        each
        for each in known.databases.values()
        if each.environment.name == name and names.stack_id(each) not in wrong
    ]
    jobs = stacks.jobs(
        session, Selection([environment], databases, main.specs(sha)), applying=True, today=today
    )
    target = jobs[0].target
    records = record.read_all(session.store(target), name).applied
    touched = _Touched(main, sha)
    waiting = [each for each in jobs if each.stack.id not in wrong and _is_due(each, records, touched)]
    vanished: list[Job] = []
    told = [_refused(stack, each) for stack, each in wrong.items()]
    held = lifecycle.of(environment).held(today)
    for stack in _without_a_spec(known, environment, records):
        job = Job(Stack(stack, ()), target, None, sha, held=held)
        # Where nobody depends on it, removing its file is enough.
        if judged(main, sha, job, records[stack]).target.tier == TIERS[0]:
            vanished.append(job)
        else:
            told.append(orphaned(job))
    unchanged = len([each for each in jobs if each.stack.id not in wrong]) - len(waiting)
    return Due(session.store(target), tuple(waiting), tuple(vanished), tuple(told), unchanged, records)


def problems(main: Main, sha: str, name: str, today: date) -> dict[str, tuple[Diagnostic, ...]]:
    """What of an environment cannot be applied on that day, by stack: controls and limits it fails, wrong overrides.

    What stands in none of its databases' files is its own stack's.
    """
    known = main.catalog(sha)
    environment = known.environments[name]
    databases = [each for each in known.databases.values() if each.environment.name == name]
    by_path = {each.path: names.stack_id(each) for each in databases}
    found: dict[str, tuple[Diagnostic, ...]] = {}
    for each in compilation.problems([environment], databases, today, known.environments.values()):
        if each.severity is Severity.ERROR:
            stack = by_path.get(each.at.path if each.at else "", names.environment_stack_id(environment))
            found[stack] = (*found.get(stack, ()), each)
    return found


def judged(main: Main, sha: str, job: Job, applied: Applied | None) -> Job:
    """The job by the stricter tier of what was applied last and what main has."""
    commit = _commit(applied)
    if commit is None:
        base = _EMPTY
    elif main.knows(commit):
        base = main.catalog(commit)
    else:
        # Nobody knows any more what was asked of it then.
        base = Catalog({}, {}, People(), (), {}, frozenset({job.target.environment}))
    return strictly(job, base, main.catalog(sha))


_EMPTY = Catalog({}, {}, People(), (), {})


def applied_of(job: Job, records: Mapping[str, Applied]) -> Applied | None:
    """The record of a stack, of one that is to be renamed that under its former name."""
    own = records.get(job.stack.id)
    former = job.lifecycle.formerly
    if former and (own is None or own.converged is None):
        return records.get(former, own)
    return own


def since(job: Job, records: Mapping[str, Applied]) -> str | None:
    """The commit that a stack had converged on."""
    return _commit(applied_of(job, records))


def _commit(applied: Applied | None) -> str | None:
    return applied.converged.commit if applied and applied.converged else None


def orphaned(job: Job) -> Report:
    """That nobody touches a stack which no spec has."""
    note = (
        f"it has no spec on main any more, and stays as it is: put its file back, and add `decommission` to it if "
        f"{job.stack.id.replace('.', '/', 1)} is to go"
    )
    return Report(job.stack.id, Phase.APPLY, Outcome(Ending.ORPHANED, notes=(note,)))


def _standing(stack: str, converged: record.Converged) -> Report:
    commit = f" with {converged.commit[:12]}" if converged.commit else ""
    note = f"it is as main has it since {converged.at:%Y-%m-%d %H:%M} UTC{commit}"
    return Report(stack, Phase.APPLY, Outcome(Ending.UNCHANGED, notes=(note,)))


def _is_due(job: Job, records: Mapping[str, Applied], touched: _Touched) -> bool:
    applied = applied_of(job, records)
    if applied is None:
        return job.lifecycle.leaving is None
    if job.lifecycle.leaving:
        return applied.last.outcome is not record.Outcome.DESTROYED
    converged = applied.converged
    return (
        converged is None
        or applied.stack != job.stack.id
        or applied.last.outcome is not record.Outcome.APPLIED
        or converged.digest != graph.digest(job.stack)
        or converged.acknowledged != job.lifecycle.entries
        or touched.since(job, converged.commit)
    )


class _Touched:
    """Whether files were changed since: that may be somebody who reviewed what differs in the account."""

    def __init__(self, main: Main, sha: str) -> None:
        self.main = main
        self.sha = sha
        self.history = main.history(sha)
        self.last: dict[str, int] = {}
        for commit, paths in self.history.changes.items():
            place = self.history.places[commit]
            for path in paths:
                self.last[path] = max(place, self.last.get(path, -1))

    def since(self, job: Job, commit: str | None) -> bool:
        if job.spec is None or commit == self.sha:
            return False
        path = (
            job.spec.path if self.main.folder == "." else job.spec.path.removeprefix(f"{self.main.folder}/")
        )
        return self.last.get(path, -1) > self._place(commit)

    def _place(self, commit: str | None) -> int:
        if commit is None:
            return -1
        known = commit in self.history.places or self.main.knows(commit)
        return self.history.place(commit) if known else -1


def _refused(stack: str, found: tuple[Diagnostic, ...]) -> Report:
    at = found[0].at
    spec = Place(at.path) if at else None
    return Report(stack, Phase.APPLY, Outcome(Ending.REFUSED), refusals=found, spec=spec)


def _without_a_spec(
    known: Catalog, environment: Environment, records: Mapping[str, Applied]
) -> Iterator[str]:
    """The stacks that were applied and that no file describes, nor names as what it was before."""
    written: list[Written] = [environment, *known.databases.values()]
    named: Collection[str | None] = {
        stack for each in written for stack in (_stack(each), lifecycle.of(each).formerly)
    }
    for stack, each in sorted(records.items()):
        if stack not in named and each.last.outcome is not record.Outcome.DESTROYED:
            yield stack


def _stack(written: Environment | Database[Any]) -> str:
    if isinstance(written, Environment):
        return names.environment_stack_id(written)
    return names.stack_id(written)
