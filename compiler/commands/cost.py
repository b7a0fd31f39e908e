"""`dbspec cost`: dollars a month."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from compiler import catalog
from compiler.commands import options
from compiler.cost.bills import By, bills
from compiler.render import cost as render
from compiler.source import WorkTree


def cost(
    databases: options.Databases = None,
    specs: options.Specs = options.SPECS,
    by: Annotated[By | None, typer.Option("--by", help="Print sums only, by this.")] = None,
    format: Annotated[
        options.Format, typer.Option("--format", help="How to print it.")
    ] = options.Format.TEXT,
) -> None:
    """Say what everything costs a month, as far as a dated price is known.

    Needs nothing but the files. Example: dbspec cost prod --by project
    """
    found = list(bills(*catalog.load(WorkTree(specs)).checked().select(databases or [])))
    sys.stdout.write(render.json(found, by) if format is options.Format.JSON else render.text(found, by))
