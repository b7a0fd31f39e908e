"""Diagnostics as annotations of a pull request's lines.

The format: https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from collections.abc import Iterable

from compiler.diagnostics import Diagnostic, Severity
from compiler.document import visible

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def diagnostics(found: Iterable[Diagnostic]) -> str:
    """One workflow command a line."""
    return "".join(_command(each) + "\n" for each in found)


def _command(diagnostic: Diagnostic) -> str:
    properties = {}
    if diagnostic.at:
        path, line, column = diagnostic.at
        properties = {"file": visible(path), "line": str(line), "col": str(column)}
    properties["title"] = diagnostic.rule
    text = [diagnostic.words]
    text += [f"{note.at}: {note.message}" for note in diagnostic.also]
    said = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    message = _data("\n".join(visible(each) for each in text))
    return f"::{_COMMANDS[diagnostic.severity]} {said}::{message}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
