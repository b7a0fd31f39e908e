"""`dbspec preview`: what an apply would change."""

from __future__ import annotations

from typing import Annotated

import typer

from compiler.commands import online, options
from compiler.diagnostics import Exit
from compiler.online.selection import select
from compiler.online.specs import on_disk
from compiler.report import Phase


def preview(
    context: typer.Context,
    databases: options.Databases = None,
    specs: options.Specs = options.SPECS,
    sandbox: online.Sandbox = False,
    parallel: online.Parallel = online.PARALLEL,
    deadline: online.Deadline = 900,
    detailed: Annotated[
        bool, typer.Option("--detailed-exitcode", help="Exit with 10 where something would change.")
    ] = False,
    today: options.Today = None,
    format: online.Format = options.Format.TEXT,
) -> Exit:
    """Show what an apply would change, and what of it would be refused. Changes nothing.

    Example: dbspec preview prod/orders
    """
    from compiler.engine import schedule
    from compiler.engine.preview import preview as work
    from compiler.online import stacks

    judged = options.date_of(today)
    selection = select(on_disk(specs), databases or [], sandbox=sandbox, judged=judged)
    with online.session(context, format=format, deadline=deadline) as session:
        jobs = stacks.jobs(session, selection, applying=False, today=judged)
        with session.simulating([job.target for job in jobs]):
            reports = schedule.run(session, Phase.PREVIEW, jobs, work, parallel)
    return online.show(context, reports, format, detailed=detailed)
