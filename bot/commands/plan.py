"""`dbspec-bot ci plan`: how the stacks of a pull request are shared out among jobs."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.commands import about
from bot.jobs.result import Tier
from compiler.commands import options


def plan(
    tier: Annotated[Tier, typer.Option("--tier", help="Who is to be asked: sandbox or account.")],
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Where to leave what results are to come.")
    ],
    graphs: about.Graphs = None,
    pull: about.Pull = None,
    head: about.Head = None,
    base: about.Base = None,
    specs: options.Specs = options.SPECS,
    most: Annotated[
        int, typer.Option("--most", min=1, metavar="N", help="About how many stacks one job asks about.")
    ] = 10,
) -> None:
    """Print the matrix of jobs that ask about the stacks of a pull request, also as `jobs` of GITHUB_OUTPUT.

    Example: dbspec-bot ci plan --tier account --out results
    """
    from bot.jobs import affected, files
    from bot.jobs import graphs as data
    from bot.jobs import preview as job
    from bot.jobs.result import Result

    event, compared = about.compared(specs, about.event(os.environ, pull, head, base))
    found = job.sides(compared, own_code=graphs is None)
    given = data.read(graphs) if graphs and compared.changes_tool else None
    stacks = affected.affected(found, given)
    shards = (
        affected.previews(found, stacks, most) if tier is Tier.ACCOUNT else affected.rehearsals(stacks, most)
    )
    notes = tuple(affected.unasked(found, stacks)) if tier is Tier.ACCOUNT else ()
    files.expect([each.name for each in shards], out, tier)
    files.write(
        Result(event.number, event.head, event.base, tier=tier, diagnostics=notes), out, f"plan-{tier}"
    )
    matrix = json.dumps([each.data(found.head.environments) for each in shards])
    sys.stdout.write(matrix + "\n")
    if told := os.environ.get("GITHUB_OUTPUT"):
        with Path(told).open("a", encoding="utf-8") as file:
            file.write(f"jobs={matrix}\n")
