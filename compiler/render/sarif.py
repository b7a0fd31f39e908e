"""Diagnostics for code scanning: SARIF 2.1.0.

The format: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from urllib.parse import quote

from compiler import __version__
from compiler.diagnostics import Diagnostic, Place

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"


def diagnostics(found: Iterable[Diagnostic]) -> str:
    """One run with a result for each diagnostic; its rules are those that occur, by their stable ids."""
    found = tuple(found)
    rules = sorted({each.rule for each in found})
    index = {rule: number for number, rule in enumerate(rules)}
    run = {
        "tool": {
            "driver": {"name": "dbspec", "version": __version__, "rules": [_rule(each) for each in rules]}
        },
        "columnKind": "unicodeCodePoints",
        "results": [_result(each, index[each.rule]) for each in found],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(rule: str) -> dict[str, object]:
    area, _, name = rule.partition("/")
    return {"id": rule, "shortDescription": {"text": f"{area.capitalize()}: {name.replace('-', ' ')}."}}


def _result(diagnostic: Diagnostic, index: int) -> dict[str, object]:
    result: dict[str, object] = {
        "ruleId": diagnostic.rule,
        "ruleIndex": index,
        "level": str(diagnostic.severity),
        "message": {"text": _words(diagnostic.words)},
        "locations": [{"physicalLocation": _location(diagnostic.at)}] if diagnostic.at else [],
    }
    if diagnostic.also:
        result["relatedLocations"] = [
            {"id": number, "message": {"text": _words(note.message)}, "physicalLocation": _location(note.at)}
            for number, note in enumerate(diagnostic.also, start=1)
        ]
    return result


def _words(text: str) -> str:
    """A text in which nothing is taken for a placeholder, `{0}`, or a link, `[text](1)`: sections 3.11.5, 3.11.6."""
    return text.replace("{", "{{").replace("}", "}}").replace("](", "] (")


def _location(at: Place) -> dict[str, object]:
    return {
        "artifactLocation": {"uri": _uri(at.path)},
        "region": {"startLine": at.line, "startColumn": at.column},
    }


def _uri(path: str) -> str:
    encoded = quote(os.fsencode(path))
    return f"file://{encoded}" if path.startswith("/") else encoded
