"""`dbspec-bot ci conclude`: telling what the jobs of a preview found."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.commands import about
from compiler.commands import options
from compiler.diagnostics import Exit


def conclude(
    results: Annotated[
        Path | None,
        typer.Argument(
            metavar="[DIR]", help="What the jobs left; without it, what was told before is told again."
        ),
    ] = None,
    pull: about.Pull = None,
    head: about.Head = None,
    base: about.Base = None,
    specs: options.Specs = options.SPECS,
    today: options.Today = None,
) -> Exit:
    """Tell what the jobs of a preview found: the comment, the check `dbspec`, and the summary of the run.

    DBSPEC_JOBS may say in JSON what became of the jobs before, as GitHub's `needs` does. Exits with 4 where something
    stands against merging. Example: dbspec-bot ci conclude results
    """
    from bot.forge.connect import connect
    from bot.jobs import annotations, lines
    from bot.jobs import conclude as job
    from bot.jobs.preview import preview
    from bot.jobs.summary import summary
    from compiler.render import annotations as render

    day = options.date_of(today)
    event, compared = about.compared(specs, about.event(os.environ, pull, head, base))
    forge = connect(os.environ)
    if results is not None:
        # Of a change of the compiler only its own code can tell.
        own = None if compared.changes_tool else preview(event, compared, day)
        found = job.gathered(event, results, os.environ.get("DBSPEC_JOBS", ""), own)
    elif (again := job.last(forge, event)) is None:
        sys.stderr.write("nothing to tell again: no preview of this commit has ended\n")
        return Exit.DONE
    else:
        found = again
    found, approval = job.approved(forge, event, compared, found, day)
    if file_ := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(file_).open("a", encoding="utf-8") as file:
            file.write(summary(found))
    changed = lines.changed(compared)
    told = job.tell(forge, event, found, approval, job.attempt(os.environ), changed)
    for each in told.unsaid:
        sys.stderr.write(f"{each}\n")
    if not told.check:
        # The run's own annotations, then: a fork's token can write nothing else.
        sys.stdout.write(render.diagnostics(annotations.placed(found, changed)))
    return Exit.DONE if job.passes(found) else Exit.REFUSED
