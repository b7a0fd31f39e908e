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
    from bot.jobs import annotations
    from bot.jobs import conclude as job
    from bot.jobs.revisions import revisions
    from bot.jobs.summary import summary
    from compiler.render import annotations as render

    event = about.event(os.environ, pull, head, base)
    compared = revisions(specs, event.base, event.head)
    event = compared.named(event)
    forge = connect(os.environ)
    if results is not None:
        found = job.gathered(event, results, os.environ.get("DBSPEC_JOBS", ""))
    elif (again := job.last(forge, event)) is None:
        sys.stderr.write("nothing to tell again: no preview of this commit has ended\n")
        return Exit.DONE
    else:
        found = again
    found, approval = job.approved(forge, event, compared, found, options.date_of(today))
    if file_ := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(file_).open("a", encoding="utf-8") as file:
            file.write(summary(found))
    told = job.tell(forge, event, found, approval, job.attempt(os.environ))
    for each in told.unsaid:
        sys.stderr.write(f"{each}\n")
    if not told.check:
        # The run's own annotations, then: a fork's token can write nothing else.
        sys.stdout.write(render.diagnostics(annotations.placed(found)))
    return Exit.DONE if job.passes(found) else Exit.REFUSED
