"""What was looked at and how it stands, for people and for machines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from compiler.doctor.finding import Area, Finding, State
from compiler.document import visible

_COLORS = {State.OK: "32", State.MISSING: "31", State.UNKNOWN: "33"}


def text(areas: Sequence[Area], *, color: bool = False) -> str:
    """Each area with a line for each finding, and below it the way out."""
    return "".join(f"{line}\n" for area in areas for line in _area(area, color=color))


def to_data(areas: Sequence[Area]) -> dict[str, Any]:
    """As `--format json` prints it."""
    return {
        "version": 1,
        "areas": [{"name": area.name, "findings": [_data(each) for each in area.findings]} for area in areas],
    }


def _area(area: Area, *, color: bool) -> Iterator[str]:
    yield f"\x1b[1m{area.name}\x1b[0m" if color else area.name
    for each in area.findings:
        state = f"\x1b[{_COLORS[each.state]}m{each.state:<7}\x1b[0m" if color else f"{each.state:<7}"
        yield f"  {state}  {each.about}: {visible(each.said)}"
        if each.fix:
            yield f"           {visible(each.fix)}"


def _data(each: Finding) -> dict[str, str]:
    return {"about": each.about, "state": each.state, "said": each.said, "fix": each.fix}
