"""Reports as cases write them: only what is not empty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compiler import readback
from compiler.report import Ending, Outcome, Phase, Report, to_data


def lay(onto: dict[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Mappings go deep, all else is replaced."""
    for key, value in over.items():
        if isinstance(value, Mapping) and isinstance(onto.get(key), dict):
            lay(onto[key], value)
        else:
            onto[key] = value
    return onto


def report(stack: str, phase: Phase, over: Mapping[str, Any]) -> Report:
    """The report, of JSON laid over one that says nothing; changes and so on may leave out what is usual."""
    (empty,) = to_data([Report(stack, phase, Outcome(Ending.UNCHANGED))])["reports"]
    data = lay(empty, over)
    for each in data["changes"]:
        each.setdefault("reverts_drift", phase is Phase.DRIFT)
        each["properties"] = [_property(one) for one in each.get("properties", [])]
    for each in (*data["pending"], *data["strayed"]):
        each["property"] = _property(each["property"])
    return readback.report(data)


def _property(written: Mapping[str, Any]) -> dict[str, Any]:
    sides = {
        name: {"known": "absent"} if written.get(name) is None else {"known": "known", "value": written[name]}
        for name in ("before", "after")
    }
    return {"path": written["path"], "replaces": written.get("replaces", False), **sides}
