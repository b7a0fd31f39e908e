"""`dbspec diff`: what differs between two revisions of the specs, and what that does."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

import typer

from compiler import catalog
from compiler.catalog import Catalog
from compiler.commands import options
from compiler.diagnostics import Diagnostic, Exit, Severity, ordered
from compiler.difference import BASE, HEAD, Difference, difference
from compiler.report import exit_code, to_data
from compiler.source import WorkTree, at_revision


class DiffFormat(StrEnum):
    """How a difference is written."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


def diff(
    context: typer.Context,
    base: Annotated[str, typer.Argument(metavar="BASE", help="The git revision to compare with.")],
    head: Annotated[
        str | None, typer.Argument(metavar="[HEAD]", help="The other revision; the work tree by default.")
    ] = None,
    specs: options.Specs = options.SPECS,
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only", metavar="DATABASE", help="Compare this one (or environment); can be repeated."
        ),
    ] = None,
    detailed: Annotated[
        bool, typer.Option("--detailed-exitcode", help="Exit with 10 where something differs.")
    ] = False,
    format: Annotated[DiffFormat, typer.Option("--format", help="How to print it.")] = DiffFormat.TEXT,
) -> Exit:
    """Show what differs between two revisions: resources, properties, and what that does to data and service.

    Needs git, and nothing else. What is wrong at BASE is said, and all else compared. Example: dbspec diff main
    """
    before = catalog.load(at_revision(specs, base))
    after = catalog.load(at_revision(specs, head) if head else WorkTree(specs))
    found = difference(before, after, only or [])
    wrong = {BASE: _errors(before, found, BASE), HEAD: _errors(after, found, HEAD)}
    _say(context, base, wrong[BASE])
    _say(context, head or "the work tree", wrong[HEAD])
    match format:
        case DiffFormat.JSON:
            sys.stdout.write(json.dumps(_data(base, head, found, wrong), indent=2) + "\n")
        case DiffFormat.MARKDOWN:
            from compiler.render import markdown

            sys.stdout.write(markdown.difference(found))
        case DiffFormat.TEXT:
            from compiler.render import report

            shown = report.text(found.reports, color=options.color(context), unchanged=found.unchanged)
            sys.stdout.write(shown if found.reports else _nothing(context, found))
    return Exit.SPECS if wrong[HEAD] else exit_code(found.reports, detailed=detailed)


def _nothing(context: typer.Context, found: Difference) -> str:
    return "" if options.quiet(context) else f"nothing differs in {found.unchanged} stacks\n"


def _errors(catalog: Catalog, found: Difference, side: str) -> tuple[Diagnostic, ...]:
    """All that kept something of one side from being compared."""
    errors = (each for each in catalog.diagnostics if each.severity is Severity.ERROR)
    return ordered([*errors, *found.wrong[side]])


def _say(context: typer.Context, side: str, errors: tuple[Diagnostic, ...]) -> None:
    """What could not be read on one side, on stderr: it is not what was asked for."""
    if not errors:
        return
    from compiler.render import terminal

    what = "one thing is" if len(errors) == 1 else f"{len(errors)} things are"
    sys.stderr.write(f"{what} wrong at {side}; what could be read is compared\n")
    sys.stderr.write(terminal.diagnostics(errors, color=options.color(context, sys.stderr)))


def _data(
    base: str, head: str | None, found: Difference, wrong: Mapping[str, tuple[Diagnostic, ...]]
) -> dict[str, Any]:
    """What `--format json` prints; `head` is null for the work tree."""
    from compiler.render.json import data

    return {
        **to_data(found.reports),
        "base": base,
        "head": head,
        "unchanged": found.unchanged,
        "problems": {side: [data(each) for each in errors] for side, errors in wrong.items()},
    }
