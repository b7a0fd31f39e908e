"""`dbspec schema`: what a file of the specs folder can say, as JSON Schema."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from compiler import schemas
from compiler.diagnostics import Exit, fail
from compiler.suggest import closest


def schema(
    kind: Annotated[str, typer.Argument(metavar="KIND", help=f"One of {', '.join(schemas.names())}.")],
) -> None:
    """Print the JSON Schema of a kind, of environment.yaml or of people.yaml, for editors.

    Example: dbspec schema mysql > mysql.schema.json
    """
    if kind not in schemas.names():
        near = closest(kind, schemas.names())
        raise fail(
            "usage/kind",
            f"there is no kind {kind!r}" + (f"; did you mean {near!r}?" if near else ""),
            f"write one of {', '.join(schemas.names())}",
            exit_code=Exit.USAGE,
        )
    sys.stdout.write(schemas.text(kind))
