"""`dbspec apply`: making the account what the specs say."""

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


def apply(
    context: typer.Context,
    databases: options.Databases = None,
    specs: options.Specs = options.SPECS,
    every: online.All = False,
    sandbox: online.Sandbox = False,
    parallel: online.Parallel = online.PARALLEL,
    wait: online.Wait = 0,
    deadline: online.Deadline = 4 * 3600,
    today: options.Today = None,
    format: online.Format = options.Format.TEXT,
) -> Exit:
    """Change the account to what the specs say: preview, gates, apply. Finishes what an interrupted run left.

    By hand only in the sandbox and in development: elsewhere a merge applies. Ctrl-C lets the running steps finish.
    Example: dbspec apply dev/orders
    """
    from compiler.engine import schedule
    from compiler.engine.apply import apply as work
    from compiler.online import stacks

    judged = options.date_of(today)
    selection = select(on_disk(specs), databases or [], sandbox=sandbox, every=every, judged=judged)
    _only_by_hand(selection)
    with online.session(context, format=format, deadline=deadline, wait=wait) as session:
        jobs = stacks.jobs(session, selection, applying=True, today=judged)
        targets = {job.stack.id: job.target for job in jobs}

        def needs(job: Job, other: str) -> bool:
            # What it offered before still stands.
            del job
            return not stacks.was_applied(session, other, targets[other])

        with session.simulating(list(targets.values())):
            reports = schedule.run(session, Phase.APPLY, jobs, work, parallel, needs=needs)
    return online.show(context, reports, format)


def _only_by_hand(selection: Selection) -> None:
    refused = [
        Diagnostic(
            "apply/by-hand",
            f"{each.name} is a {each.spec.tier} environment in a real account, and is not applied by hand",
            "open a pull request: merging it applies it; or rehearse it with --sandbox",
            Place(each.path),
        )
        for each in selection.all_environments
        if not each.spec.simulated and each.spec.tier != "development"
    ]
    if refused:
        raise UserError(*refused, exit_code=Exit.REFUSED)
