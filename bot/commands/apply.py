"""`dbspec-bot ci apply`: bringing what was merged to the accounts."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.commands import about
from compiler.commands import options
from compiler.diagnostics import Exit, fail

Environments = Annotated[
    list[str] | None, typer.Argument(metavar="[ENVIRONMENT]...", help="All that main has by default.")
]
Branch = Annotated[str, typer.Option("--branch", metavar="NAME", help="The branch that is applied.")]


def apply(
    environments: Environments = None,
    emergency: Annotated[
        str | None,
        typer.Option(
            "--emergency",
            metavar="REASON",
            help="Apply to these environments what nobody reviewed; it is recorded, and opens an issue.",
        ),
    ] = None,
    branch: Branch = "main",
    parallel: about.Parallel = 4,
    wait: Annotated[
        float, typer.Option("--wait", min=0, metavar="SECONDS", help="How long to wait for a stack's lock.")
    ] = 900,
    deadline: about.Deadline = 4 * 3600,
    specs: options.Specs = options.SPECS,
    today: options.Today = None,
) -> Exit:
    """Apply what was merged and reviewed: each environment for itself, each stack from what was applied there last.

    It goes by the branch as the forge has it now, whatever is checked out. Ctrl-C lets the running steps finish; the
    next run goes on. Example: dbspec-bot ci apply prod
    """
    from bot.forge.connect import connect
    from bot.jobs import outcome
    from bot.jobs.applied import title, worst
    from bot.jobs.conclude import attempt
    from bot.jobs.main import clone_of, credentials
    from bot.jobs.run import Order, run
    from compiler.online.run import session

    if emergency is not None and not environments:
        raise fail(
            "usage/emergency",
            "an emergency is one of environments that are named",
            "name them: dbspec-bot ci apply ENVIRONMENT --emergency REASON",
            exit_code=Exit.USAGE,
        )
    # For git alone, wherever it reads the repository.
    os.environ.update(credentials(os.environ))
    forge = connect(os.environ)
    order = Order(options.date_of(today), environments or (), emergency, parallel, attempt(os.environ))
    with session(os.environ, deadline=deadline, wait=wait) as running:
        found = run(
            clone_of(specs, branch),
            forge,
            running,
            order,
            os.environ,
            _say,
        )
    for each in found:
        sys.stdout.write(f"{title(each)}\n")
        for failure in each.failures:
            sys.stderr.write(f"{failure}\n")
    if file := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(file).open("a", encoding="utf-8") as summary:
            summary.writelines(outcome.applied(each.result(0, each.commit)) for each in found)
    return worst(found)


def _say(words: str) -> None:
    sys.stderr.write(f"{words}\n")
