"""What must not happen to a stack without somebody's word for it."""

from __future__ import annotations

from collections.abc import Iterable

from compiler import route
from compiler.aws.replacement import HOLDING, holds_data
from compiler.changes import Change, Op
from compiler.diagnostics import Diagnostic, Place


def refusals(changes: Iterable[Change], tier: str, spec: Place | None) -> tuple[Diagnostic, ...]:
    """Every change that would lose data, outside development; `spec` is the file to blame."""
    if tier == "development":
        return ()
    return tuple(
        _refusal(each, tier, spec)
        for each in changes
        if each.op in (Op.REPLACE, Op.DELETE) and holds_data(each.type)
    )


def _refusal(change: Change, tier: str, spec: Place | None) -> Diagnostic:
    what = f"{change.stack}: {change.resource} ({change.type})"
    lost = f"and with it go {HOLDING.get(change.type, 'whatever it holds')}; the tier is {tier}"
    if change.op is Op.DELETE:
        return Diagnostic(
            "gate/delete", f"{what} would be deleted, {lost}", "put it back into the spec", spec
        )
    causes = [route.text(each.route) for each in change.properties if each.replaces]
    because = (
        f", because {' and '.join(causes)} {'changes' if len(causes) == 1 else 'change'}" if causes else ""
    )
    return Diagnostic(
        "gate/replace", f"{what} would be replaced{because}, {lost}", "take that change back", spec
    )
