"""Options that several verbs share, and what they decide."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TextIO

import typer

# Every verb has these; app.py adds them.
COMMON = {
    "color": "When to use colours.",
    "quiet": "Say nothing but results and errors.",
    "debug": "Show the traceback of an error.",
}

Specs = Annotated[Path, typer.Option("--specs", metavar="DIR", help="The folder of the specs.")]
Databases = Annotated[
    list[str] | None,
    typer.Argument(metavar="[DATABASE]...", help="`prod/orders`, or `prod` for all of an environment; all by default."),
]

SPECS = Path("specs")


class Format(StrEnum):
    """What most verbs can print."""

    TEXT = "text"
    JSON = "json"


def wants_color(stream: TextIO, environ: Mapping[str, str], said: str = "auto") -> bool:
    """Whether a stream gets colours: what `--color` says, else NO_COLOR, else whether it is a terminal."""
    if said != "auto":
        return said == "always"
    return not environ.get("NO_COLOR") and environ.get("TERM") != "dumb" and stream.isatty()


def color(context: typer.Context, stream: TextIO | None = None) -> bool:
    """Whether this call colours what it prints to a stream (stdout by default)."""
    import os

    said = (context.find_root().obj or {}).get("color", (context.obj or {}).get("color", "auto"))
    if said not in {"auto", "always", "never"}:
        raise typer.BadParameter(f"{said!r} is not auto, always or never", param_hint="--color")
    return wants_color(stream or sys.stdout, os.environ, said)


def quiet(context: typer.Context) -> bool:
    """Whether only results and errors are printed."""
    return bool((context.obj or {}).get("quiet"))
