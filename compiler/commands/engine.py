"""`dbspec engine`: which Pulumi CLI is used and why, and how to get one."""

from __future__ import annotations

import json
import os
from typing import Annotated

import typer

from compiler.commands import options
from compiler.engine import cli

app = typer.Typer(
    add_completion=False,
    help="Say which Pulumi CLI is used and why, or get one.\n\n"
    "Looked for in this order: the setting DBSPEC_PULUMI, PATH, the user's cache.\n\n"
    "Example: dbspec engine --format json",
)


@app.callback(invoke_without_command=True)
def engine(
    context: typer.Context,
    format: Annotated[
        options.Format, typer.Option("--format", help="How to print it.")
    ] = options.Format.TEXT,
) -> None:
    if context.invoked_subcommand:
        return
    found = cli.find(os.environ)
    typer.echo(_json(found) if format is options.Format.JSON else _text(found))


@app.command()
def install(context: typer.Context) -> None:
    """Get a Pulumi CLI where there is none: its release, else a build with Go, which takes minutes.

    It goes into the user's cache.

    Example: dbspec engine install
    """
    quiet = options.quiet(context)

    def say(line: str) -> None:
        if not quiet:
            typer.echo(line, err=True)

    typer.echo(_text(cli.install(os.environ, say)))


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
