"""`dbspec-bot ci preview`: what a pull request would do."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from bot.commands import about
from compiler.commands import options
from compiler.diagnostics import Exit


def preview(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where to leave the result, as data.")],
    pull: about.Pull = None,
    head: about.Head = None,
    base: about.Base = None,
    specs: options.Specs = options.SPECS,
    today: options.Today = None,
) -> Exit:
    """Say what a pull request would do, as data; `conclude` tells it.

    Everything is read from git objects, which have to be fetched. Example: dbspec-bot ci preview --out results
    """
    from bot.jobs import files
    from bot.jobs import preview as job
    from bot.jobs.revisions import revisions

    event = about.event(os.environ, pull, head, base)
    found = revisions(specs, event.base, event.head)
    result = job.preview(event, found, options.date_of(today))
    files.write(result, out, "specs")
    return Exit.DONE
