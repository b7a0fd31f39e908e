"""`dbspec validate`: every problem in every file."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer

from compiler import catalog, compilation
from compiler.commands import options
from compiler.diagnostics import Diagnostic, Exit, any_error
from compiler.source import WorkTree


class ReportFormat(StrEnum):
    """How diagnostics are written."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"


def validate(
    context: typer.Context,
    specs: options.Specs = options.SPECS,
    format: Annotated[
        ReportFormat, typer.Option("--format", help="How to print the problems.")
    ] = ReportFormat.TEXT,
    today: options.Today = None,
) -> Exit:
    """Find every problem in every file, as path:line:column.

    Needs nothing but the files. Example: dbspec validate --format github
    """
    found = catalog.load(WorkTree(specs))
    diagnostics = compilation.diagnostics(found, options.date_of(today))
    sys.stdout.write(_rendered(diagnostics, found, format, color=options.color(context)))
    if format is ReportFormat.TEXT and not diagnostics and not options.quiet(context):
        sys.stdout.write(_summary(found))
    return Exit.SPECS if any_error(diagnostics) else Exit.DONE


def _rendered(
    diagnostics: tuple[Diagnostic, ...], found: catalog.Catalog, how: ReportFormat, *, color: bool
) -> str:
    match how:
        case ReportFormat.JSON:
            from compiler.render import json

            return json.diagnostics(diagnostics)
        case ReportFormat.GITHUB:
            from compiler.render import annotations

            return annotations.diagnostics(diagnostics)
        case ReportFormat.SARIF:
            from compiler.render import sarif

            return sarif.diagnostics(diagnostics)
        case ReportFormat.TEXT:
            from compiler.render import terminal

            # Whoever reads a pipe wants one line a problem; people want to see the line it is about.
            source = found.texts.get if sys.stdout.isatty() else None
            return terminal.diagnostics(diagnostics, source, color=color)


def _summary(found: catalog.Catalog) -> str:
    databases, environments = len(found.databases), len(found.environments)
    return f"{_count(databases, 'database')} in {_count(environments, 'environment')}: no problems\n"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"
