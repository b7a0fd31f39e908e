"""`dbspec destroy`: removing databases where nobody depends on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from compiler.commands import online, options
from compiler.diagnostics import Diagnostic, Exit, Place, UserError
from compiler.online.selection import Selection, select
from compiler.online.specs import on_disk
from compiler.report import Phase

if TYPE_CHECKING:
    from compiler.engine.job import Job


def destroy(
    context: typer.Context,
    databases: options.Databases = None,
    specs: options.Specs = options.SPECS,
    every: online.All = False,
    sandbox: online.Sandbox = False,
    parallel: online.Parallel = online.PARALLEL,
    wait: online.Wait = 0,
    deadline: online.Deadline = 4 * 3600,
    format: online.Format = options.Format.TEXT,
) -> Exit:
    """Remove databases of a development tier or the sandbox with all they hold, what is protected included.

    Keys that encrypt data stay. Without a question, so look twice. Example: dbspec destroy dev/orders
    """
    from compiler.engine import schedule
    from compiler.engine.destroy import destroy as work
    from compiler.online import stacks

    selection = select(on_disk(specs), databases or [], sandbox=sandbox, every=every, orphans=True)
    _only_where_nobody_depends_on_it(selection)
    with online.session(context, format=format, deadline=deadline, wait=wait) as session:
        jobs = stacks.jobs(session, selection, applying=True, foundations=False)
        with session.simulating([job.target for job in jobs]):
            reports = schedule.run(session, Phase.DESTROY, jobs, work, parallel, needs=_always)
    return online.show(context, reports, format)


def _always(job: Job, other: str) -> bool:
    """An environment's own stack stays while a database that uses it does."""
    del job, other
    return True


def _only_where_nobody_depends_on_it(selection: Selection) -> None:
    refused = [
        Diagnostic(
            "destroy/tier",
            f"{each.name} is a {each.spec.tier} environment in a real account: nothing in it is destroyed by hand",
            "remove databases there with `decommission`, in a pull request",
            Place(each.path),
        )
        for each in selection.all_environments
        if not each.spec.simulated and each.spec.tier != "development"
    ]
    if refused:
        raise UserError(*refused, exit_code=Exit.REFUSED)
