"""`dbspec status`: how stacks stand."""

from __future__ import annotations

import json
import sys

import typer

from compiler import status as statuses
from compiler.commands import online, options
from compiler.diagnostics import Exit
from compiler.online.selection import select
from compiler.online.specs import on_disk
from compiler.render import status as rendered


def status(
    context: typer.Context,
    databases: options.Databases = None,
    specs: options.Specs = options.SPECS,
    sandbox: online.Sandbox = False,
    parallel: online.Parallel = online.PARALLEL,
    deadline: online.Deadline = 300,
    today: options.Today = None,
    format: online.Format = options.Format.TEXT,
) -> Exit:
    """Show what was applied and when, where databases are, what AWS will still do, what is held, and stacks that no
    spec has.

    Example: dbspec status prod
    """
    from compiler.engine.status import statuses as ask
    from compiler.online import stacks

    selection = select(on_disk(specs), databases or [], sandbox=sandbox)
    everything = select(on_disk(specs), [], sandbox=sandbox)
    with online.session(context, format=format, deadline=deadline) as session:
        jobs = stacks.jobs(
            session, selection, applying=False, foundations=False, today=options.date_of(today)
        )
        with session.simulating([job.target for job in jobs]):
            found = ask(session, jobs, everything.stacks, parallel)
    if not selection.environments:  # nobody asked about anything but these databases
        found = tuple(each for each in found if each.spec is not None)
    if format is options.Format.JSON:
        sys.stdout.write(json.dumps(statuses.to_data(found), indent=2) + "\n")
    else:
        sys.stdout.write(rendered.text(found, color=options.color(context)))
    return Exit.ENGINE if any(each.problem for each in found) else Exit.DONE
