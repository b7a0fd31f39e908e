"""How databases stand to controls, for people and as data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from compiler.controls import Judgement, Verdict, together
from compiler.document import visible


def text(judgements: Iterable[Judgement]) -> str:
    """A line a control: its id, severity, how the database stands to it and what it wants; below it what is to say."""
    rows = [
        ((each.control.id, each.control.severity, _verdict(each)), each.control.title, list(_remarks(each)))
        for each in judgements
    ]
    widths = [max((len(row[0][column]) for row in rows), default=0) for column in range(3)]
    lines = []
    for cells, title, remarks in rows:
        start = "  ".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True))
        lines.append(f"  {start}  {title}")
        lines += (" " * (len(start) + 4) + each for each in remarks)
    return "".join(f"{line}\n" for line in lines)


def to_data(judgements: Iterable[Judgement]) -> list[dict[str, Any]]:
    """What `--format json` says of one database; `verdict` is met, not met, waived or off."""
    return [
        {
            "id": each.control.id,
            "title": each.control.title,
            "severity": each.control.severity,
            "verdict": each.verdict,
            "level": each.level,
            "why": each.why,
            "faults": [
                {"resource": fault.resource.name, "input": fault.input, "says": fault.says}
                for fault in each.faults
            ],
            "waiver": {
                "reason": each.waived.waiver.reason,
                "until": each.waived.waiver.until.isoformat(),
                "path": each.waived.at.path,
                "line": each.waived.at.line,
                "column": each.waived.at.column,
            }
            if each.waived
            else None,
        }
        for each in judgements
    ]


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
