"""Many stacks at once, each after those it needs."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from compiler.diagnostics import UserError
from compiler.engine.job import Job
from compiler.engine.program import touch
from compiler.engine.session import Session
from compiler.report import Ending, Failure, Outcome, Phase, Report

Work = Callable[[Session, Job], Report]

_BAD = (Ending.FAILED, Ending.INTERRUPTED, Ending.SKIPPED, Ending.REFUSED)


def run(
    session: Session,
    phase: Phase,
    jobs: Sequence[Job],
    work: Work,
    parallel: int,
    *,
    needs: Callable[[Job, str], bool] = lambda *_: False,
) -> tuple[Report, ...]:
    """A report for every job, by stack. What one raises is its own report and stops no other.

    With `after` in a stack, a job waits for those jobs; the other way round where stacks are destroyed. Where one
    of them went wrong, `needs(job, stack)` says whether this one cannot do without it; then it is skipped. Once
    the run is to end, nothing new begins.
    """
    touch(job.stack for job in jobs)
    return _Run(session, phase, jobs, work, needs).run(parallel)


class _Run:
    def __init__(
        self,
        session: Session,
        phase: Phase,
        jobs: Sequence[Job],
        work: Work,
        needs: Callable[[Job, str], bool],
    ) -> None:
        self.session = session
        self.phase = phase
        self.work = work
        self.needs = needs
        self.waiting = {each.stack.id: each for each in sorted(jobs, key=lambda each: each.stack.id)}
        self.after = {each.stack.id: set(each.stack.after) & self.waiting.keys() for each in jobs}
        if phase is Phase.DESTROY:
            self.after = {
                stack: {other for other in self.after if stack in self.after[other]} for stack in self.after
            }
        self.reports: dict[str, Report] = {}

    def run(self, parallel: int) -> tuple[Report, ...]:
        running: dict[Future[Report], str] = {}
        with ThreadPoolExecutor(parallel, thread_name_prefix="stack") as pool:
            while self.waiting or running:
                for job in self._ready(parallel - len(running)):
                    running[pool.submit(self._one, job)] = job.stack.id
                # The main thread has to come back to Python now and then, or it would never handle a signal.
                done, _ = wait(running, timeout=0.2, return_when=FIRST_COMPLETED)
                for future in done:
                    self.reports[running.pop(future)] = future.result()
        return tuple(self.reports[stack] for stack in sorted(self.reports))

    def _ready(self, free: int) -> list[Job]:
        """Up to so many jobs that may begin; those that never will get their report here."""
        ready: list[Job] = []
        for stack, job in list(self.waiting.items()):
            if not self.after[stack] <= self.reports.keys():
                continue
            if reason := self._reason_to_skip(job):
                del self.waiting[stack]
                outcome = Outcome(Ending.SKIPPED, (Failure(reason),))
                self.reports[stack] = self._told(Report(stack, self.phase, outcome, spec=job.spec))
            elif len(ready) < free:
                ready.append(job)
                del self.waiting[stack]
        return ready

    def _reason_to_skip(self, job: Job) -> str:
        if self.session.halt.requested:
            return "not begun: the run was interrupted"
        for other in sorted(self.after[job.stack.id]):
            if self.reports[other].outcome.ending in _BAD and self.needs(job, other):
                return f"not begun: it needs {other}, which was not applied"
        return ""

    def _one(self, job: Job) -> Report:
        self.session.tell(lambda it: it.begun(job.stack.id, self.phase))
        try:
            return self._told(self.work(self.session, job))
        except UserError as error:
            return self._told(self._failed(job, *map(str, error.diagnostics)))
        except Exception as error:  # one stack's failure stops no other, whatever it is
            logging.getLogger(__name__).debug("%s failed", job.stack.id, exc_info=True)
            return self._told(self._failed(job, f"dbspec itself failed: {type(error).__name__}: {error}"))

    def _told(self, report: Report) -> Report:
        self.session.tell(lambda it: it.ended(report))
        return report

    def _failed(self, job: Job, *messages: str) -> Report:
        interrupted = self.session.halt.requested
        ending = Ending.INTERRUPTED if interrupted else Ending.FAILED
        return Report(job.stack.id, self.phase, Outcome(ending, tuple(map(Failure, messages))), spec=job.spec)
