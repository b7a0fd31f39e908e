"""`dbspec doctor`: whether everything is there that dbspec needs, and how to get what is not."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

import typer

from compiler import catalog
from compiler.catalog import Database, Environment
from compiler.commands import options
from compiler.diagnostics import Exit
from compiler.doctor.finding import Area, Finding, exit_code
from compiler.online.specs import Specs, on_disk


def doctor(
    context: typer.Context,
    environments: Annotated[
        list[str] | None, typer.Argument(metavar="[ENVIRONMENT]...", help="All by default.")
    ] = None,
    specs: options.Specs = options.SPECS,
    format: Annotated[
        options.Format, typer.Option("--format", help="How to print it.")
    ] = options.Format.TEXT,
) -> Exit:
    """Say whether everything is there that dbspec needs, and how to get what is not.

    It changes nothing. Example: dbspec doctor prod
    """
    from compiler.render import doctor as render

    areas = _look(on_disk(specs), environments or [])
    if format is options.Format.JSON:
        sys.stdout.write(json.dumps(render.to_data(areas), indent=2) + "\n")
    else:
        sys.stdout.write(render.text(areas, color=options.color(context)))
    return exit_code(areas)


def _look(specs: Specs, names: Sequence[str]) -> list[Area]:
    from compiler.doctor.environment import environment
    from compiler.doctor.machine import machine

    found = catalog.load(specs.source).checked()
    environments, databases = found.select(names)
    chosen = {each.environment.name: each.environment for each in databases}
    chosen |= {each.name: each for each in environments}
    areas = [machine(os.environ, accounts=any(not each.spec.simulated for each in chosen.values()))]
    for name, each in sorted(chosen.items()):
        own = [one for one in found.databases.values() if one.environment.name == name]
        areas.append(
            environment(each, os.environ, datetime.now(UTC), own, partial(_shared, each, own, specs))
        )
    return areas


def _shared(environment: Environment, databases: Sequence[Database[Any]], specs: Specs) -> Iterator[Finding]:
    from compiler.doctor.surroundings import shared
    from compiler.online.run import session

    with session(os.environ, quiet=True) as running:
        yield from shared(running, environment, databases, specs, os.environ)
