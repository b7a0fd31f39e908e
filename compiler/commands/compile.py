"""`dbspec compile`: the graph."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from compiler import catalog, compilation, graph
from compiler.commands import options
from compiler.diagnostics import Exit, fail
from compiler.source import Source, WorkTree, at_revision


class GraphFormat(StrEnum):
    """How the graph is written."""

    JSON = "json"
    PULUMI_YAML = "pulumi-yaml"


def compile(
    databases: options.Databases = None,
    specs: options.Specs = options.SPECS,
    format: Annotated[
        GraphFormat, typer.Option("--format", help="How to print the graph.")
    ] = GraphFormat.JSON,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Where pulumi-yaml puts one program a stack.")
    ] = None,
    revision: Annotated[
        str | None,
        typer.Option("--revision", metavar="REV", help="Compile this git revision, not the work tree."),
    ] = None,
) -> None:
    """Print the graph: every resource of every stack, as JSON or as Pulumi YAML programs.

    Needs nothing but the files. Example: dbspec compile prod/orders
    """
    source: Source = at_revision(specs, revision) if revision else WorkTree(specs)
    found = catalog.load(source).checked()
    stacks = list(compilation.stacks(*found.select(databases or [])))
    if format is GraphFormat.JSON:
        import json

        data = {
            "version": 1,
            "stacks": [graph.to_data(stack) | {"digest": graph.digest(stack)} for stack in stacks],
        }
        sys.stdout.write(json.dumps(data, indent=2, ensure_ascii=False) + "\n")
        return
    from compiler.render import pulumi_yaml

    if out is None:
        raise fail(
            "usage/out",
            "pulumi-yaml writes one file a stack",
            "say where with --out DIR",
            exit_code=Exit.USAGE,
        )
    out.mkdir(parents=True, exist_ok=True)
    for stack in stacks:
        path = out / f"{stack.id}.yaml"
        temporary = path.with_suffix(".yaml.tmp")
        temporary.write_text(pulumi_yaml.program(stack), encoding="utf-8")
        temporary.replace(path)
        typer.echo(path.as_posix())
