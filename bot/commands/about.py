"""Which pull request a job is about: what the command line says, else the event that started it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from bot.jobs import event as events
from bot.jobs.event import Event
from compiler.diagnostics import Exit, fail

Pull = Annotated[int | None, typer.Option("--pull", metavar="N", min=1, help="The pull request's number.")]
Head = Annotated[str | None, typer.Option("--head", metavar="REV", help="The commit that it is about.")]
Base = Annotated[str | None, typer.Option("--base", metavar="REV", help="What that is to be merged into.")]


def event(environ: Mapping[str, str], pull: int | None, head: str | None, base: str | None) -> Event:
    """Raises UserError (usage) where neither says it, or the command line says half of it."""
    said = [pull, head, base]
    if all(each is None for each in said):
        return events.event(environ)
    if pull is None or head is None or base is None:
        raise fail(
            "usage/event",
            "--pull, --head and --base belong together",
            "give all three, or none in a job of a pull request",
            exit_code=Exit.USAGE,
        )
    return Event(pull, head, base)
