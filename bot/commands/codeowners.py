"""`dbspec-bot codeowners`: whom GitHub asks for reviews."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from compiler.commands import options
from compiler.diagnostics import Exit, Place, fail


def codeowners(
    context: typer.Context,
    file: Annotated[Path, typer.Option("--file", metavar="FILE", help="Where GitHub looks for it.")] = Path(
        ".github/CODEOWNERS"
    ),
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing, and fail where something would change.")
    ] = False,
    specs: options.Specs = options.SPECS,
) -> Exit:
    """Write CODEOWNERS from people.yaml and the specs; what people wrote around that part stays.

    It makes GitHub ask the right people. Whose approval counts is for the required check alone. Run it at the top of
    the repository. Example: dbspec-bot codeowners --check
    """
    from bot.codeowners import codeowners
    from compiler import catalog
    from compiler.render import terminal
    from compiler.source import WorkTree

    made = codeowners(catalog.load(WorkTree(specs)).checked(), specs.as_posix())
    if not options.quiet(context):
        sys.stderr.write(terminal.diagnostics(made.problems, color=options.color(context, sys.stderr)))
    old = file.read_text(encoding="utf-8") if file.exists() else ""
    new = made.put_into(old)
    if old == new:
        return Exit.DONE
    if check:
        raise fail(
            "codeowners/stale",
            f"{file} is not what people.yaml and the specs make of it",
            "run dbspec-bot codeowners",
            Place(str(file)),
        )
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(new, encoding="utf-8")
    sys.stdout.write(f"wrote {file}\n")
    return Exit.DONE
