"""Reports for people: the worst first, a line a resource, a line a property that changes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from compiler import route
from compiler.changes import Change, Known, Op, PropertyChange, Side
from compiler.document import visible
from compiler.report import Ending, Phase, Report

SIGNS = {
    Op.DELETE: "-",
    Op.REPLACE: "-/+",
    Op.FORGET: "forget",
    Op.UPDATE: "~",
    Op.IMPORT: "import",
    Op.CREATE: "+",
}
_STYLES = {
    Op.DELETE: "31",
    Op.REPLACE: "35",
    Op.FORGET: "33",
    Op.UPDATE: "33",
    Op.IMPORT: "36",
    Op.CREATE: "32",
}
_WORST = (
    Ending.FAILED,
    Ending.INTERRUPTED,
    Ending.REFUSED,
    Ending.SKIPPED,
    Ending.DESTROYED,
    Ending.CHANGES,
    Ending.APPLIED,
    Ending.UNCHANGED,
)
_WORDS = {
    Ending.FAILED: "failed",
    Ending.INTERRUPTED: "interrupted",
    Ending.REFUSED: "refused",
    Ending.SKIPPED: "not begun",
    Ending.DESTROYED: "destroyed",
    Ending.CHANGES: "would change",
    Ending.APPLIED: "applied",
    Ending.UNCHANGED: "unchanged",
}
_BAD, _BOLD, _DIM = "1;31", "1", "2"
_WIDEST = 160


def text(reports: Iterable[Report], *, color: bool = False) -> str:
    """All reports, and how many ended how."""
    ordered = sorted(reports, key=_badness)
    paint = _Paint(color)
    blocks = ["".join(f"{line}\n" for line in _stack(each, paint)) for each in ordered]
    return "\n".join([*blocks, _totals(ordered) + "\n"]) if len(ordered) > 1 else "".join(blocks)


def summary(changes: Iterable[Change]) -> str:
    """`-/+1 ~2 +3`, the worst first; empty where nothing changes."""
    counts = Counter(each.op for each in changes)
    return " ".join(
        f"{sign} {counts[op]}" if sign.isalpha() else f"{sign}{counts[op]}"
        for op, sign in SIGNS.items()
        if counts[op]
    )


def ending(report: Report) -> str:
    """`prod.orders: applied, ~2 +3` without the details."""
    changed = summary(report.changes)
    return f"{report.stack}: {_WORDS[report.outcome.ending]}" + (f", {changed}" if changed else "")


class _Paint:
    def __init__(self, color: bool) -> None:
        self.color = color

    def __call__(self, words: str, style: str) -> str:
        return f"\x1b[{style}m{words}\x1b[0m" if self.color else words


def _badness(report: Report) -> tuple[int, int, str]:
    worst = min((list(SIGNS).index(each.op) for each in report.changes), default=len(SIGNS))
    return _WORST.index(report.outcome.ending), worst, report.stack


def _stack(report: Report, paint: _Paint) -> Iterator[str]:
    outcome = report.outcome
    bad = outcome.ending in (Ending.FAILED, Ending.INTERRUPTED, Ending.REFUSED, Ending.SKIPPED)
    yield paint(ending(report), _BAD if bad else _BOLD) + _file(report, paint)
    for failure in outcome.failures:
        where = f"{failure.resource} ({failure.type}): " if failure.resource else ""
        yield from _indented(f"{where}{failure.message}", paint, _BAD)
    for refusal in report.refusals:
        yield from _indented(f"refused: {refusal.words}", paint, _BAD)
    if bad and outcome.done:
        yield f"  done before that: {', '.join(outcome.done)}"
    for change in sorted(report.changes, key=lambda each: (list(SIGNS).index(each.op), each.resource)):
        if change.op is not Op.CREATE or change.reverts_drift:
            yield from _change(change, report, paint)
    yield from _created(report, paint)
    for pending in report.pending:
        path, value = route.text(pending.property.route), _value(pending.property.after)
        yield f"  {pending.resource} ({pending.type}): {path} becomes {value} in the next window; nothing to do"
    for note in outcome.notes:
        yield from _indented(note, paint, _DIM)


def _file(report: Report, paint: _Paint) -> str:
    return paint(f"  {visible(report.spec.path)}", _DIM) if report.spec else ""


def _indented(words: str, paint: _Paint, style: str) -> Iterator[str]:
    first, *rest = words.splitlines() or [""]
    yield "  " + paint(visible(first), style)
    for line in rest:
        yield "    " + visible(line)


def _change(change: Change, report: Report, paint: _Paint) -> Iterator[str]:
    drift = "  (puts back what was changed in the account)" if change.reverts_drift else ""
    sign = paint(SIGNS[change.op], _STYLES[change.op])
    yield f"  {sign} {change.resource} ({change.type}){drift}"
    if change.op in (Op.CREATE, Op.DELETE, Op.FORGET) or report.phase is Phase.DESTROY:
        return
    for each in change.properties:
        yield f"      {_property(each, paint)}"


def _created(report: Report, paint: _Paint) -> Iterator[str]:
    """What is new, a line a type: there are many, and none of them was there to be harmed."""
    by_type: dict[str, list[str]] = {}
    for each in report.changes:
        if each.op is Op.CREATE and not each.reverts_drift:
            by_type.setdefault(each.type, []).append(each.resource)
    sign = paint(SIGNS[Op.CREATE], _STYLES[Op.CREATE])
    for type, resources in sorted(by_type.items()):
        yield f"  {sign} {type}: {', '.join(sorted(resources))}"


def _property(change: PropertyChange, paint: _Paint) -> str:
    path = visible(route.text(change.route))
    replaces = paint("  replaces it", _STYLES[Op.REPLACE]) if change.replaces else ""
    return f"{path}: {_value(change.before)} -> {_value(change.after)}{replaces}"


def _value(side: Side) -> str:
    match side.known:
        case Known.SECRET:
            return "(secret)"
        case Known.UNKNOWN:
            return "(known after apply)"
        case Known.ABSENT:
            return "(absent)"
        case Known.KNOWN:
            written = visible(json.dumps(side.value, ensure_ascii=False))
            return written if len(written) <= _WIDEST else written[:_WIDEST] + "…"


def _totals(reports: Sequence[Report]) -> str:
    counts = Counter(each.outcome.ending for each in reports)
    said = ", ".join(f"{counts[each]} {_WORDS[each]}" for each in _WORST if counts[each])
    return f"{len(reports)} stacks: {said}"
