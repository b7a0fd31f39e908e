"""Diagnostics for programs.

    {"version": 1,
     "diagnostics": [
        {"rule": "spec/unknown-key", "severity": "error", "message": "...", "fix": "...",
         "path": "specs/prod/orders.yaml", "line": 4, "column": 3,
         "also": [{"message": "...", "path": "...", "line": 1, "column": 1}]}]}

`severity` is error, warning or note. `fix` may be empty; `path`, `line` and `column` are null together, where no text
is to blame. Lines and columns count from 1, columns in characters. Keys may be added within a version, never removed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from compiler.diagnostics import Diagnostic, Place

VERSION = 1


def diagnostics(found: Iterable[Diagnostic]) -> str:
    """The document described above, in ASCII, since what users typed may do harm to a terminal."""
    return json.dumps({"version": VERSION, "diagnostics": [data(each) for each in found]}, indent=2) + "\n"


def data(diagnostic: Diagnostic) -> dict[str, object]:
    """One diagnostic, as above."""
    return {
        "rule": diagnostic.rule,
        "severity": str(diagnostic.severity),
        "message": diagnostic.message,
        "fix": diagnostic.fix,
        **_place(diagnostic.at),
        "also": [{"message": note.message, **_place(note.at)} for note in diagnostic.also],
    }


def _place(at: Place | None) -> dict[str, object]:
    return {"path": at and at.path, "line": at and at.line, "column": at and at.column}
