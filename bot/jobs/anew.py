"""A stack's job as it is once its lock is held: by main as it is now, and by what was reviewed of it."""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date

from bot.forge.forge import Forge, ForgeError
from bot.jobs.due import judged, problems
from bot.jobs.judging import Judging
from bot.jobs.main import Main
from bot.reviews.window import reviewed
from compiler.catalog import Database, Environment
from compiler.diagnostics import Exit, UserError, fail
from compiler.engine.job import Job
from compiler.engine.session import Session
from compiler.engine.store import record
from compiler.engine.store.record import Applied
from compiler.kinds.kind import DatabaseSpec
from compiler.online import stacks
from compiler.online.selection import Selection
from compiler.parts import names


class MovedError(Exception):
    """Main has no spec of the stack any more, or has one again: its job is another now, and the next run does it."""


@dataclass(frozen=True, slots=True)
class Anew:
    """Asked for every stack of a run, by many threads. In `emergencies` nobody has to have reviewed anything."""

    main: Main
    forge: Forge
    session: Session
    today: date
    judging: Judging
    emergencies: Collection[str] = ()
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, job: Job) -> Job:
        """Raises MovedError, and UserError where the stack cannot be compiled now or nobody can be asked."""
        sha = self.main.fetch()
        if sha != job.commit:
            job = self._moved(sha, job)
        applied = self._record(job)
        job = judged(self.main, sha, job, applied)
        if job.target.environment in self.emergencies:
            return job
        try:
            with self._guard:  # a forge's client is no matter of many threads
                found = reviewed(
                    self.main.history(sha), self.forge, job.stack.id, applied, self.judging, self.main.branch
                )
        except ForgeError as error:
            raise fail(
                "review/unknown",
                f"what was reviewed of {job.stack.id} cannot be found out: {error}",
                "nothing was begun; the next run tries again",
                exit_code=Exit.ENGINE,
            ) from error
        return replace(job, reviewed=found)

    def _moved(self, sha: str, job: Job) -> Job:
        """The same stack at a later commit of main."""
        assert job.commit is not None
        found = self.main.catalog(sha)
        if found is self.main.catalog(job.commit):
            return replace(job, commit=sha)
        name = job.target.environment
        wrong = self.main.broken(sha, name)
        if not wrong and name in found.environments:
            wrong = problems(self.main, sha, name, self.today).get(job.stack.id, ())
        if wrong:
            raise UserError(*wrong)
        before, now = self._environment(job.commit, name), self._environment(sha, name)
        if (
            now is None
            or before is None
            or (before.spec.target, before.spec.state) != (now.spec.target, now.spec.state)
        ):
            raise MovedError(f"{name} lives elsewhere since {sha[:12]}")
        database = self._database(sha, job.stack.id)
        own = job.stack.id == names.environment_stack_id(now)
        if (job.spec is None) != (database is None and not own):
            raise MovedError(f"{job.stack.id} is another since {sha[:12]}")
        if job.spec is None:
            return replace(job, commit=sha)
        selection = Selection([now] if own else [], [database] if database else [], self.main.specs(sha))
        (moved,) = stacks.jobs(self.session, selection, applying=True, foundations=False, today=self.today)
        return moved

    def _record(self, job: Job) -> Applied | None:
        store = self.session.store(job.target)
        own = record.read(store, job.stack.id)
        former = job.lifecycle.formerly
        if former and (own is None or own[0].converged is None):
            own = record.read(store, former) or own
        return own[0] if own else None

    def _environment(self, sha: str, name: str) -> Environment | None:
        return self.main.catalog(sha).environments.get(name)

    def _database(self, sha: str, stack: str) -> Database[DatabaseSpec] | None:
        return self.main.catalog(sha).databases.get(stack.replace(".", "/", 1))


def _place(environment: Environment) -> tuple[object, object]:
    return environment.spec.target, environment.spec.state
