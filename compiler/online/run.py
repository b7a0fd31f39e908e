"""One run of the engine: who watches it, and how it ends before its time."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from compiler import __version__
from compiler.diagnostics import Exit, fail

if TYPE_CHECKING:
    from compiler.engine.session import Session


@contextmanager
def session(
    environ: Mapping[str, str],
    *,
    quiet: bool = False,
    live: bool = False,
    debug: bool = False,
    deadline: float | None = None,
    wait: float = 0,
) -> Iterator[Session]:
    """A run of the engine: signals end it politely, and stderr tells how it goes, `live` where lines can be drawn anew.

    `deadline` and `wait` are in seconds: of one stack's CLI, and for a stack's lock. Raises UserError where there is no
    CLI, or the run was interrupted before anything began.
    """
    from compiler.engine import cli
    from compiler.engine.halt import Halt, HaltError
    from compiler.engine.session import Session
    from compiler.render.progress import progress

    if debug:
        # Only our own: what libraries log holds credentials.
        logger = logging.getLogger("compiler")
        logger.setLevel(logging.DEBUG)
        logger.addHandler(logging.StreamHandler())
    halt = Halt()
    found = cli.find(environ)
    with progress(sys.stderr, quiet=quiet, live=live) as watching, halt.on_signals(_said):
        try:
            yield Session(
                found,
                dict(environ),
                halt,
                watching,
                lambda: datetime.now(UTC),
                __version__,
                seconds=deadline,
                wait=wait,
            )
        except HaltError:
            raise fail(
                "engine/interrupted", "interrupted before anything was begun", exit_code=Exit.ENGINE
            ) from None


def _said(times: int) -> None:
    """Told in a signal handler, so it writes without any lock."""
    if times == 1:
        words = "\nending: the running steps finish and the state is saved; nothing new is begun\n"
    else:
        words = "\nstill ending: the running steps have to finish, or what they make would be lost\n"
    os.write(2, words.encode())
