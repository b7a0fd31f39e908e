"""What the verbs that need the engine have in common: their options, who watches, and what they print."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from compiler.commands import options
from compiler.diagnostics import Exit
from compiler.online import run
from compiler.render import report
from compiler.report import Report, exit_code, to_data

if TYPE_CHECKING:
    from compiler.engine.session import Session

Parallel = Annotated[
    int, typer.Option("--parallel", min=1, max=64, metavar="N", help="How many stacks to work on at once.")
]
Sandbox = Annotated[
    bool, typer.Option("--sandbox", help="Rehearse in a simulated account, with a state of its own.")
]
Wait = Annotated[
    float, typer.Option("--wait", min=0, metavar="SECONDS", help="How long to wait for a stack's lock.")
]
Deadline = Annotated[
    float | None,
    typer.Option(
        "--deadline",
        min=1,
        metavar="SECONDS",
        help="How long the engine may take for a stack; what runs then still finishes.",
    ),
]
Format = Annotated[options.Format, typer.Option("--format", help="How to print it.")]
All = Annotated[bool, typer.Option("--all", help="All environments and databases.")]

PARALLEL = min(4, os.cpu_count() or 1)


@contextmanager
def session(
    context: typer.Context,
    *,
    format: options.Format,
    deadline: float | None = None,
    wait: float = 0,
) -> Iterator[Session]:
    """A run of the engine: signals end it politely, and stderr tells how it goes."""
    quiet = options.quiet(context)
    with run.session(
        os.environ,
        quiet=quiet,
        live=sys.stderr.isatty() and format is options.Format.TEXT and not quiet,
        debug=context.find_root().obj["debug"],
        deadline=deadline,
        wait=wait,
    ) as found:
        yield found


def show(
    context: typer.Context, reports: Sequence[Report], format: options.Format, *, detailed: bool = False
) -> Exit:
    """Prints the reports; the exit code that follows from them."""
    if format is options.Format.JSON:
        sys.stdout.write(json.dumps(to_data(reports), indent=2, ensure_ascii=True) + "\n")
    else:
        sys.stdout.write(report.text(reports, color=options.color(context)))
    return exit_code(reports, detailed=detailed)
