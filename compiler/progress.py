"""How a run over many stacks goes, for whoever watches."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from compiler.report import Phase, Report


class Stage(StrEnum):
    """How far a step is."""

    STARTED = "started"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that the engine does to a resource; `op` is its own word (`create-replacement`)."""

    resource: str
    type: str
    op: str
    stage: Stage


class Progress(Protocol):
    """Hears how a run goes, from many threads at once; what it raises is ignored."""

    def begun(self, stack: str, phase: Phase) -> None:
        """A stack is being worked on."""

    def step(self, stack: str, step: Step) -> None:
        """The account is being changed."""

    def waiting(self, stack: str, reason: str) -> None:
        """Nothing goes on until what the reason names is over."""

    def ended(self, report: Report) -> None:
        """A stack is done with."""
