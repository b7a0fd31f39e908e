"""What libyaml says about broken YAML, said so that its writer can mend it."""

from __future__ import annotations

import re
from typing import Any

from compiler.diagnostics import Diagnostic, Note, Place

_INDENT = re.compile(r"[ \t]*")
_OPENERS = {"flow sequence": ("[", "]"), "flow mapping": ("{", "}")}


def explain(path: str, lines: list[str], error: Any) -> Diagnostic:
    """The diagnostic for a YAMLError; `lines` is the text it is about."""
    problem: str = error.problem or "it cannot be read"
    context: str = error.context or ""
    mark = error.problem_mark or error.context_mark
    at = Place(path, mark.line + 1, mark.column + 1) if mark else Place(path)
    line = lines[mark.line] if mark and mark.line < len(lines) else ""
    message, fix = f"this is not YAML: {problem} {context}".rstrip(), "mend it here or on the line before"
    return Diagnostic("document/syntax", message, fix, at)
