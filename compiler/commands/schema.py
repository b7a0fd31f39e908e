"""`dbspec schema`: what a kind's spec can say, as JSON Schema."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import typer

from compiler import document, edition, kinds
from compiler.diagnostics import Exit, fail
from compiler.suggest import closest


def schema(
    kind: Annotated[str, typer.Argument(metavar="KIND", help=f"One of {', '.join(kinds.KINDS)}.")],
) -> None:
    """Print the JSON Schema of a kind, for editors.

    Example: dbspec schema mysql > mysql.schema.json
    """
    if kind not in kinds.KINDS:
        near = closest(kind, kinds.KINDS)
        raise fail(
            "usage/kind",
            f"there is no kind {kind!r}" + (f"; did you mean {near!r}?" if near else ""),
            f"write one of {', '.join(kinds.KINDS)}",
            exit_code=Exit.USAGE,
        )
    sys.stdout.write(json.dumps(document_schema(kind), indent=2) + "\n")


def document_schema(kind: str) -> dict[str, Any]:
    """The schema of a spec file as people write it: only `kind` and what no default gives is required."""
    found = kinds.named(kind)
    data: dict[str, Any] = found.spec.model_json_schema()
    known: dict[str, Any] = {}
    for tier in edition.TIERS:
        known |= document.plain(edition.defaults(found.package, edition.EDITIONS[-1], tier))
    data["required"] = [name for name in data.get("required", []) if name not in known]
    for definition in data.get("$defs", {}).values():
        # Sections merge over the defaults, so none of their keys has to be written.
        definition.pop("required", None)
    data["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return data
