"""`dbspec drift`: what differs in the account from what was applied."""

from __future__ import annotations

from typing import Annotated

import typer

from compiler.commands import online, options
from compiler.diagnostics import Exit
from compiler.online.selection import select
from compiler.online.specs import on_disk
from compiler.report import Phase


def drift(
    context: typer.Context,
    databases: options.Databases = None,
    specs: options.Specs = options.SPECS,
    sandbox: online.Sandbox = False,
    parallel: online.Parallel = online.PARALLEL,
    deadline: online.Deadline = 900,
    detailed: Annotated[
        bool,
        typer.Option("--detailed-exitcode", help="Exit with 10 where something differs, or has no spec."),
    ] = False,
    today: options.Today = None,
    format: online.Format = options.Format.TEXT,
) -> Exit:
    """Show what somebody changed in the account, and stacks that no spec has. Changes nothing, puts nothing back.

    Example: dbspec drift prod
    """
    from compiler.engine import schedule
    from compiler.engine.inspection import inspect
    from compiler.online import stacks

    selection = select(on_disk(specs), databases or [], sandbox=sandbox, orphans=True)
    with online.session(context, format=format, deadline=deadline) as session:
        jobs = stacks.standing(session, selection, today=options.date_of(today))
        with session.simulating([job.target for job in jobs]):
            reports = schedule.run(session, Phase.DRIFT, jobs, inspect, parallel)
    return online.show(context, reports, format, detailed=detailed)
