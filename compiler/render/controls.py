"""How databases stand to controls, for people and as data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from compiler.catalog import Database
from compiler.compilation import Judged
from compiler.controls import Judgement, Verdict, together
from compiler.document import visible


def text(judged: Judged) -> str:
    """A line a control: its id, severity, how things stand to it and what it wants; below it what is to be said."""
    rows = [
        ((each.control.id, each.control.severity, _verdict(each)), each.control.title, list(_remarks(each)))
        for each in judged.judgements
    ]
    widths = [max((len(row[0][column]) for row in rows), default=0) for column in range(3)]
    lines = ["  ".join(_title(judged)), ""]
    for cells, title, remarks in rows:
        start = "  ".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True))
        lines.append(f"  {start}  {title}")
        lines += (" " * (len(start) + 4) + each for each in remarks)
    return "".join(f"{line}\n" for line in lines)


def to_data(judged: Judged) -> dict[str, Any]:
    """What `--format json` says of one database or environment; `verdict` is met, not met, waived or off."""
    id, kind, path = _title(judged)
    return {"id": id, "kind": kind, "path": path, "controls": [_data(each) for each in judged.judgements]}


def _title(judged: Judged) -> tuple[str, str, str]:
    written = judged.written
    if isinstance(written, Database):
        return written.id, written.spec.kind, written.path
    return written.name, "environment", written.path


def _data(judgement: Judgement) -> dict[str, Any]:
    control, waived = judgement.control, judgement.waived
    return {
        "id": control.id,
        "title": control.title,
        "severity": control.severity,
        "verdict": judgement.verdict,
        "level": judgement.level,
        "why": judgement.why,
        "faults": [
            {"resource": each.resource.name, "input": each.input, "says": each.says}
            for each in judgement.faults
        ],
        "waiver": {
            "reason": waived.waiver.reason,
            "until": waived.waiver.until.isoformat(),
            "path": waived.at.path,
            "line": waived.at.line,
            "column": waived.at.column,
        }
        if waived
        else None,
    }


def _verdict(judgement: Judgement) -> str:
    return judgement.level if judgement.verdict is Verdict.UNMET else judgement.verdict


def _remarks(judgement: Judgement) -> Iterator[str]:
    for says, names in together(judgement.faults).items():
        yield f"{', '.join(names)} {says}"
    waived = judgement.waived
    if judgement.verdict is Verdict.OFF:
        yield f"off in this tier: {judgement.why}"
    elif judgement.faults and waived:
        ended = judgement.verdict is Verdict.UNMET
        until = f"{'its waiver ended on' if ended else 'waived until'} {waived.waiver.until}"
        yield f"{until}, {waived.at.path}:{waived.at.line}: {visible(waived.waiver.reason)}"
