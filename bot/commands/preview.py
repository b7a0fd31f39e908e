"""`dbspec-bot ci preview`: what a pull request would do."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from bot.commands import about
from bot.jobs.result import Result, Tier
from compiler.commands import options
from compiler.diagnostics import Exit, fail


def preview(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where to leave the result, as data.")],
    tier: Annotated[
        Tier, typer.Option("--tier", help="Who is asked: the specs, the simulated account, or the account.")
    ] = Tier.SPECS,
    environment: Annotated[
        str, typer.Option("--environment", metavar="NAME", help="The environment whose account is asked.")
    ] = "",
    shard: about.Shard = "1/1",
    graphs: about.Graphs = None,
    pull: about.Pull = None,
    head: about.Head = None,
    base: about.Base = None,
    parallel: about.Parallel = 2,
    deadline: about.Deadline = 900,
    specs: options.Specs = options.SPECS,
    today: options.Today = None,
) -> Exit:
    """Say what a pull request would do, as data that `conclude` tells. Changes nothing outside the sandbox.

    Everything is read from git objects, which have to be fetched. Example: dbspec-bot ci preview --out results
    """
    from bot.jobs import asking, files
    from bot.jobs import graphs as data
    from bot.jobs import preview as job
    from bot.jobs.affected import Shard, affected

    if (tier is Tier.ACCOUNT) != bool(environment):
        raise fail(
            "usage/environment",
            "an account is that of one environment",
            "name it with --environment, for --tier account only",
            exit_code=Exit.USAGE,
        )
    day = options.date_of(today)
    event, found = about.compared(specs, about.event(os.environ, pull, head, base))
    if tier is Tier.SPECS:
        files.write(job.preview(event, found, day), out, "specs")
        return Exit.DONE
    sides = job.sides(found, own_code=graphs is None)
    given = data.read(graphs) if graphs and found.changes_tool else None
    own = Shard(environment, *about.shard(shard))
    stacks = own.part(affected(sides, given))
    result: Result
    if tier is Tier.SANDBOX:
        result = asking.rehearse(event, found, sides, stacks, parallel, deadline)
    else:
        result = asking.ask(event, found, sides, stacks, parallel, deadline, day, given)
    files.write(result, out, own.name)
    return Exit.DONE
