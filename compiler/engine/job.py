"""One stack to work on, and where it lives."""

from __future__ import annotations

from dataclasses import dataclass

from compiler.diagnostics import Place
from compiler.engine.target import Target
from compiler.graph import Stack


@dataclass(frozen=True, slots=True)
class Job:
    """`spec` is the file that the stack comes from; `commit` the revision it was read at, None for a work tree."""

    stack: Stack
    target: Target
    spec: Place | None = None
    commit: str | None = None
