"""Routes: the way from the top of a value down to a part of it."""

from __future__ import annotations

import re
from typing import TypeAlias

Route: TypeAlias = tuple[str | int, ...]

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")
_STEP = re.compile(r"""\.?([A-Za-z_][A-Za-z0-9_-]*)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]""")


def text(route: Route) -> str:
    """`storage.type`, `subnet_ids[0]`, `tags["dbspec:stack"]`."""
    out = ""
    for step in route:
        if isinstance(step, int):
            out += f"[{step}]"
        elif _PLAIN.match(step):
            out += f".{step}" if out else step
        else:
            escaped = step.replace("\\", "\\\\").replace('"', '\\"')
            out += f'["{escaped}"]'
    return out


def parse(written: str) -> Route:
    """The inverse of `text`, which also reads Pulumi's own property paths.

    Raises ValueError where `written` is not a route.
    """
    steps: list[str | int] = []
    position = 0
    while position < len(written):
        match = _STEP.match(written, position)
        if match is None:
            raise ValueError(f"not a route: {written!r}")
        name, index, quoted = match.groups()
        if name is not None:
            steps.append(name)
        elif index is not None:
            steps.append(int(index))
        else:
            steps.append(re.sub(r"\\(.)", r"\1", quoted))
        position = match.end()
    return tuple(steps)
