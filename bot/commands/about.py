"""Which pull request a job is about: what the command line says, else the event that started it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from bot.jobs import event as events
from bot.jobs.event import Event
from bot.jobs.revisions import Revisions, revisions
from compiler.diagnostics import Exit, fail

Pull = Annotated[int | None, typer.Option("--pull", metavar="N", min=1, help="The pull request's number.")]
Head = Annotated[str | None, typer.Option("--head", metavar="REV", help="The commit that it is about.")]
Base = Annotated[str | None, typer.Option("--base", metavar="REV", help="What that is to be merged into.")]
Graphs = Annotated[
    Path | None,
    typer.Option(
        "--graphs",
        metavar="FILE",
        help="What head's own code compiles (`compile` writes it), where this is the code of main. It counts where "
        "the pull request changes that code.",
    ),
]
Parallel = Annotated[
    int, typer.Option("--parallel", min=1, max=64, metavar="N", help="How many stacks to work on at once.")
]
Deadline = Annotated[
    float,
    typer.Option("--deadline", min=1, metavar="SECONDS", help="How long the engine may take for a stack."),
]
Shard = Annotated[str, typer.Option("--shard", metavar="I/N", help="Only this part of the stacks.")]


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


def compared(specs: Path, event: Event) -> tuple[Event, Revisions]:
    """The event with full shas, and both sides; a commit that the clone lacks is fetched, as a fork's always is.

    Raises UserError where one is not to be had.
    """
    from bot.jobs.main import clone_of, credentials
    from bot.reviews.history import History

    # For git alone, wherever it reads the repository.
    os.environ.update(credentials(os.environ))
    clone = clone_of(specs, "main")
    history = History(clone.top, clone.folder, event.base)
    history.bring(event.base, event.base)
    history.bring(event.head, f"refs/pull/{event.number}/head")
    found = revisions(specs, event.base, event.head)
    return found.named(event), found


def shard(said: str) -> tuple[int, int]:
    """`I/N` as numbers; raises UserError (usage) where it is none."""
    index, _, of = said.partition("/")
    if index.isdecimal() and of.isdecimal() and 1 <= int(index) <= int(of):
        return int(index), int(of)
    raise fail("usage/shard", f"{said} is no part", "write it as I/N, 1/3 to 3/3", exit_code=Exit.USAGE)
