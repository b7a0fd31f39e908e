"""Options that several verbs share, and what they decide."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

Specs = Annotated[Path, typer.Option("--specs", metavar="DIR", help="The folder of the specs.")]
Databases = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[DATABASE]...", help="`prod/orders`, or `prod` for all of an environment; all by default."
    ),
]

Today = Annotated[
    datetime | None,
    typer.Option(
        "--today",
        metavar="DATE",
        formats=["%Y-%m-%d"],
        help="Judge as on that day: waivers and holds end. Today, in UTC, by default.",
    ),
]

SPECS = Path("specs")


class Format(StrEnum):
    """What most verbs can print."""

    TEXT = "text"
    JSON = "json"


class Color(StrEnum):
    """When to use colours."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


def date_of(said: datetime | None) -> date:
    """The day that a verb judges by. Nothing below a verb reads a clock."""
    return (said or datetime.now(UTC)).date()


def _remember(context: typer.Context, parameter: typer.CallbackParam, value: Any) -> Any:
    """Keeps a common option for `color` and `quiet` below, wherever on the line it stood."""
    context.find_root().ensure_object(dict)[parameter.name] = value
    return value


def common(
    color: Annotated[
        Color, typer.Option("--color", callback=_remember, help="When to use colours.")
    ] = Color.AUTO,
    quiet: Annotated[
        bool, typer.Option("--quiet", callback=_remember, help="Say nothing but results and errors.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", callback=_remember, help="Show the traceback of an error.")
    ] = False,
) -> None:
    """What every verb has; app.py adds these options to each."""


def color(context: typer.Context, stream: TextIO | None = None) -> bool:
    """Whether this call colours what it prints to a stream (stdout by default)."""
    return wants_color(stream or sys.stdout, os.environ, context.find_root().obj["color"])


def quiet(context: typer.Context) -> bool:
    """Whether only results and errors are printed."""
    return bool(context.find_root().obj["quiet"])


def wants_color(stream: TextIO, environ: Mapping[str, str], said: str = Color.AUTO) -> bool:
    """Whether a stream gets colours: what `--color` says, else NO_COLOR, else whether it is a terminal."""
    if said != Color.AUTO:
        return said == Color.ALWAYS
    return not environ.get("NO_COLOR") and environ.get("TERM") != "dumb" and stream.isatty()
