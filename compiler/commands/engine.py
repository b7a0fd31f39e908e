"""`dbspec engine`: which Pulumi CLI is used and why, and how to get one."""

from __future__ import annotations

import json
import os
from enum import StrEnum
from typing import Annotated

import typer

from compiler.engine import cli

app = typer.Typer(
    help="Which Pulumi CLI is used, and why.\n\n"
    "Looked for in this order: the setting DBSPEC_PULUMI, PATH, the user's cache. "
    "Example: dbspec engine --format json"
)


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"


@app.callback(invoke_without_command=True)
def engine(
    context: typer.Context,
    format: Annotated[Format, typer.Option("--format", help="How to print it.")] = Format.TEXT,
) -> None:
    if context.invoked_subcommand:
        return
    found = cli.find(os.environ)
    typer.echo(_json(found) if format is Format.JSON else _text(found))


@app.command()
def install() -> None:
    """Get the Pulumi CLI, if there is none yet: its release, else a build with Go (minutes).

    It goes into the user's cache. Example: dbspec engine install
    """
    found = cli.install(os.environ, lambda line: typer.echo(line, err=True))
    typer.echo(_text(found))


def _text(found: cli.Found) -> str:
    lines = [f"Pulumi {found.version}: {found.path}", f"  {found.why}"]
    lines += [f"  before it, {each}" for each in found.passed_over]
    return "\n".join(lines)


def _json(found: cli.Found) -> str:
    return json.dumps(
        {
            "path": str(found.path),
            "version": found.version,
            "source": found.source,
            "why": found.why,
            "passed_over": found.passed_over,
        },
        indent=2,
        ensure_ascii=False,
    )
