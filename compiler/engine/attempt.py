"""One attempt to change a stack, and what the applied record says of it."""

from __future__ import annotations

from dataclasses import dataclass

from compiler import graph
from compiler.engine.job import Job
from compiler.engine.session import Session
from compiler.engine.store import record
from compiler.engine.store.record import Applied, Attempt, Converged, Outcome
from compiler.lifecycle.said import Entry


@dataclass(slots=True)
class Attempted:
    """The record of a stack while its lock is held. `before` is what it said at first, None if there was none."""

    session: Session
    job: Job
    before: Applied | None = None
    _converged: Converged | None = None
    _version: str | None = None
    _digest: str = ""
    _gone: bool = False

    @classmethod
    def on(cls, session: Session, job: Job) -> Attempted:
        """Reads the record."""
        found = record.read(session.store(job.target), job.stack.id)
        applied, version = found or (None, None)
        converged = applied.converged if applied else None
        gone = applied.gone if applied else False
        return cls(session, job, applied, converged, version, graph.digest(job.stack), gone)

    @property
    def exists(self) -> bool:
        """Whether the record proves that the backend has the stack; where it does not, the backend has to be asked."""
        return self._converged is not None

    @property
    def unfinished(self) -> bool:
        """Whether the last attempt may have left something half done."""
        # One that a gate refused may have come after one that was killed.
        finished = (Outcome.APPLIED, Outcome.DESTROYED)
        return self.before is not None and self.before.last.outcome not in finished

    @property
    def converged(self) -> graph.Stack | None:
        """The graph that the stack last converged on."""
        return graph.from_data(self._converged.graph) if self._converged else None

    @property
    def is_converged(self) -> bool:
        """Whether that is the graph of this job."""
        return self._converged is not None and self._converged.digest == self._digest

    @property
    def spent(self) -> frozenset[Entry]:
        """The acknowledgements whose change has been applied."""
        return self._converged.acknowledged if self._converged else frozenset()

    @property
    def gone(self) -> bool:
        """Whether a database of that name was destroyed, and none has been made since."""
        return self._gone

    def ends(self, outcome: Outcome, message: str = "") -> None:
        """Writes how it ended, or that it began; `message` holds no secret."""
        now = self.session.now()
        last = Attempt(self.job.commit, self._digest, outcome, now, message)
        if outcome is Outcome.APPLIED:
            self._converged = Converged(
                self.job.commit,
                self._digest,
                graph.to_data(self.job.stack),
                self.session.version,
                now,
                self.job.lifecycle.entries,
            )
        elif outcome is Outcome.DESTROYED:
            self._converged = None
        if outcome in (Outcome.APPLIED, Outcome.DESTROYED):
            self._gone = outcome is Outcome.DESTROYED
        applied = Applied(self.job.stack.id, self._converged, last, self._gone)
        self._version = record.write(self.session.store(self.job.target), applied, self._version)

    def is_said(self) -> bool:
        """Whether the record says already that this very commit and graph were applied."""
        before = self.before
        return (
            self.is_converged
            and before is not None
            and before.last.outcome is Outcome.APPLIED
            and before.last.commit == self.job.commit
            and before.last.digest == self._digest
            and self.spent == self.job.lifecycle.entries
        )
