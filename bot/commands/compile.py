"""`dbspec-bot ci compile`: the graphs of a commit as data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from compiler.commands import options


def compile(
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to write them.")],
    revision: Annotated[
        str, typer.Option("--revision", metavar="REV", help="The commit whose specs are compiled.")
    ] = "HEAD",
    specs: options.Specs = options.SPECS,
) -> None:
    """Write what the specs of a commit compile to, for jobs that must not run the code of that commit.

    What is wrong is left out, and named. Example: dbspec-bot ci compile --out graphs.json
    """
    from bot.jobs import graphs
    from compiler import catalog
    from compiler.source import at_revision

    source = at_revision(specs, revision)
    graphs.write(graphs.compiled(catalog.load(source), revision), out)
