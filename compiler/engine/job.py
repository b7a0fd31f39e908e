"""One stack to work on, and where it lives."""

from __future__ import annotations

from dataclasses import dataclass, field

from compiler.diagnostics import Place
from compiler.engine.target import Target
from compiler.graph import Stack
from compiler.lifecycle.said import Held, Lifecycle
from compiler.reviewed import Reviewed


@dataclass(frozen=True, slots=True)
class Job:
    """`spec` is the file that the stack comes from; `commit` the revision it was read at, None for a work tree.

    `lifecycle` is what that file says of how the stack may change, `held` that it is to be left alone today.
    Nothing is done that was not `reviewed`; None is where nobody asks: by hand in the sandbox and in development, and
    in an emergency.
    """

    stack: Stack
    target: Target
    spec: Place | None = None
    commit: str | None = None
    lifecycle: Lifecycle = field(default=Lifecycle())
    held: Held | None = None
    reviewed: Reviewed | None = None
