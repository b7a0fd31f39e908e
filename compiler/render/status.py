"""How stacks stand, for people."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from compiler import route
from compiler.changes import Known, Side
from compiler.document import visible
from compiler.status import Status


def text(found: Iterable[Status], *, color: bool = False) -> str:
    """Orphans and what is wrong first, then by stack."""
    ordered = sorted(found, key=lambda each: (each.spec is not None, not each.problem, each.stack))
    return "\n".join("".join(f"{line}\n" for line in _status(each, color=color)) for each in ordered)


def _status(status: Status, *, color: bool) -> Iterator[str]:
    title = f"{status.stack}: {_state(status)}"
    yield f"\x1b[1m{title}\x1b[0m" if color else title
    if status.spec is None:
        yield "  no spec has it: put the spec back, or destroy it"
    if status.problem:
        yield f"  {visible(status.problem)}"
    if status.held:
        yield f"  {visible(str(status.held))}"
    applied, attempt = status.applied, status.attempt
    if applied:
        commit = f" from {applied.commit[:12]}" if applied.commit else ""
        yield f"  applied {_moment(applied.at)}{commit} by dbspec {applied.version}"
    if attempt and attempt.outcome not in ("applied", "destroyed"):
        said = f": {attempt.message}" if attempt.message else ""
        yield f"  the last attempt, {_moment(attempt.at)}, {_ended(attempt.outcome)}{visible(said)}"
    for each in status.pending:
        path = route.text(each.property.route)
        yield f"  pending: {each.resource} ({each.type}): {path}: {_value(each.property.after)}"
    for name, side in sorted(status.outputs.items()):
        yield f"  {name}: {_value(side)}"


def _state(status: Status) -> str:
    if status.spec is None:
        return "an orphan"
    if status.applied is None:
        return "never applied"
    return "applied" if status.applied.current else "its spec has changed since it was applied"


def _ended(outcome: str) -> str:
    return "was begun and nobody saw its end" if outcome == "started" else f"was {outcome}"


def _moment(at: object) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _value(side: Side) -> str:
    if side.known is not Known.KNOWN:
        return "(secret)"
    return visible(side.value if isinstance(side.value, str) else json.dumps(side.value, ensure_ascii=False))
