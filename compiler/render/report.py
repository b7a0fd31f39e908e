"""Reports for people: the worst first, a line a resource, a line a property that changes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from compiler import route
from compiler.changes import Change, Known, Op, PropertyChange, Side
from compiler.consequences import Consequence
from compiler.document import visible
from compiler.effects import Gravity, gravity
from compiler.render import wording
from compiler.report import Ending, Phase, Report, Strayed

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
    Ending.UNCOMPARED,
    Ending.DESTROYED,
    Ending.REMOVED,
    Ending.CHANGES,
    Ending.DRIFTED,
    Ending.ORPHANED,
    Ending.ADDED,
    Ending.HELD,
    Ending.APPLIED,
    Ending.UNCHANGED,
)
# A diff's own: which of them is worst is for their effects to say.
_DIFFERENT = (Ending.REMOVED, Ending.CHANGES, Ending.ADDED)
_WORDS = {
    Ending.FAILED: "failed",
    Ending.INTERRUPTED: "interrupted",
    Ending.REFUSED: "refused",
    Ending.SKIPPED: "not begun",
    Ending.UNCOMPARED: "not compared",
    Ending.DESTROYED: "destroyed",
    Ending.REMOVED: "removed",
    Ending.CHANGES: "would change",
    Ending.DRIFTED: "drifted",
    Ending.ORPHANED: "has no spec",
    Ending.ADDED: "added",
    Ending.HELD: "held",
    Ending.APPLIED: "applied",
    Ending.UNCHANGED: "unchanged",
}
_GRAVE = {
    Gravity.LOSES_DATA: "1;31",
    Gravity.IMPOSSIBLE: "31",
    Gravity.INTERRUPTS: "33",
    Gravity.HARMLESS: "2",
}
_BAD, _BOLD, _DIM = "1;31", "1", "2"
_WIDEST = 160


def text(reports: Iterable[Report], *, color: bool = False, unchanged: int = 0) -> str:
    """All reports, and how many ended how; `unchanged` are stacks without a report."""
    ordered = worst_first(reports)
    paint = _Paint(color)
    blocks = ["".join(f"{line}\n" for line in _stack(each, paint)) for each in ordered]
    several = len(ordered) + unchanged > 1
    return "\n".join([*blocks, totals(ordered, unchanged) + "\n"]) if several else "".join(blocks)


def worst_first(reports: Iterable[Report]) -> list[Report]:
    """The reports in the order in which people should read them."""
    return sorted(reports, key=_badness)


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
    words = "changed" if report.phase is Phase.DIFF else "would change"
    if report.outcome.ending is not Ending.CHANGES:
        words = _WORDS[report.outcome.ending]
    return f"{report.stack}: {words}" + (f", {changed}" if changed else "")


class _Paint:
    def __init__(self, color: bool) -> None:
        self.color = color

    def __call__(self, words: str, style: str) -> str:
        return f"\x1b[{style}m{words}\x1b[0m" if self.color else words


def _badness(report: Report) -> tuple[int, int, int, str]:
    ending = report.outcome.ending
    rank = _WORST.index(Ending.CHANGES if ending in _DIFFERENT else ending)
    gravest = min((gravity(each.effect) for each in report.effects), default=len(Gravity))
    worst = min((list(SIGNS).index(each.op) for each in report.changes), default=len(SIGNS))
    return rank, gravest, worst, report.stack


def _stack(report: Report, paint: _Paint) -> Iterator[str]:
    outcome = report.outcome
    bad = _WORST.index(outcome.ending) <= _WORST.index(Ending.UNCOMPARED)
    yield paint(ending(report), _BAD if bad else _BOLD) + _file(report, paint)
    for failure in outcome.failures:
        where = f"{failure.resource} ({failure.type}): " if failure.resource else ""
        yield from _indented(f"{where}{failure.message}", paint, _BAD)
    for refusal in report.refusals:
        yield from _indented(f"refused: {refusal.words}", paint, _BAD)
    if report.held:
        yield from _indented(str(report.held), paint, _BOLD)
    for each in report.acknowledged:
        yield from _indented(f"acknowledged: {each}", paint, _BOLD)
    if bad and outcome.done:
        yield f"  done before that: {', '.join(outcome.done)}"
    for change in gravest_first(report):
        if change.op is not Op.CREATE or change.reverts_drift:
            yield from _change(change, report, paint)
    yield from _created(report, paint)
    for strayed in report.strayed:
        yield f"  {_strayed(strayed)}"
    for pending in report.pending:
        path, becomes = route.text(pending.property.route), value(pending.property.after)
        window = pending.when or "the next window"
        yield f"  {pending.resource} ({pending.type}): {path} becomes {becomes} in {window}; nothing to do"
    if said := overridden(report):
        yield f"  overridden: {visible(', '.join(said))}"
    if report.cost:
        yield f"  a month: {report.cost}"
    for note in outcome.notes:
        yield from _indented(note, paint, _DIM)


def _strayed(strayed: Strayed) -> str:
    property = strayed.property
    path, was, now = route.text(property.route), value(property.before), value(property.after)
    why = strayed.reason or "no spec decides it, so no apply puts it back"
    return visible(f"{strayed.resource} ({strayed.type}): {path} was {was}, is {now}: {why}")


def overridden(report: Report) -> list[str]:
    """The inputs that overrides decided (`instance.iops`), where anything changes at all."""
    changes = report.changes if report.phase is not Phase.DESTROY else ()
    return [
        f"{name}.{each}" for name, routes in sorted(report.overridden.items()) for each in routes if changes
    ]


def _file(report: Report, paint: _Paint) -> str:
    return paint(f"  {visible(report.spec.path)}", _DIM) if report.spec else ""


def _indented(words: str, paint: _Paint, style: str) -> Iterator[str]:
    first, *rest = words.splitlines() or [""]
    yield "  " + paint(visible(first), style)
    for line in rest:
        yield "    " + visible(line)


def gravest_first(report: Report) -> list[Change]:
    """The changes in the order in which people should read them."""
    found: dict[str, Gravity] = {}
    for each in report.effects:
        found.setdefault(each.resource, gravity(each.effect))
    return sorted(
        report.changes,
        key=lambda each: (found.get(each.resource, len(Gravity)), list(SIGNS).index(each.op), each.resource),
    )


def _change(change: Change, report: Report, paint: _Paint) -> Iterator[str]:
    own = [each for each in report.effects if (each.resource, each.op) == (change.resource, change.op)]
    told = [each for each in own if not wording.is_dull(each.effect)]
    drift = "  (puts back what was changed in the account)" if change.reverts_drift else ""
    if change.reverts_drift and report.phase is Phase.DRIFT:
        drift = "  (is gone)" if change.op is Op.CREATE else ""
    sign = paint(SIGNS[change.op], _STYLES[change.op])
    yield f"  {sign} {change.resource} ({change.type}){drift}" + ("" if told else _from(own, paint))
    if report.phase is Phase.DESTROY:
        return
    shown = () if change.op in (Op.CREATE, Op.DELETE, Op.FORGET) else change.properties
    if report.phase is Phase.DRIFT:
        yield from (f"      {_found(each)}" for each in shown)
        return
    for effect in told:
        having = [each for each in shown if each.route in effect.routes]
        yield from (f"      {_property(change, each, report, paint)}" for each in having)
        yield "        " + _effect(effect, report, paint) + _from([effect], paint)
    explained = {each for effect in told for each in effect.routes}
    rest = [each for each in shown if each.route not in explained]
    yield from (f"      {_property(change, each, report, paint)}" for each in rest)


def _effect(consequence: Consequence, report: Report, paint: _Paint) -> str:
    effect = consequence.effect
    said = wording.label(effect) + (f", {time}" if (time := wording.time(effect)) else "")
    # What was refused has said it all already.
    refused = gravity(effect) <= Gravity.IMPOSSIBLE and report.refusals
    return paint(visible(said if refused else f"{said}: {wording.says(effect)}"), _GRAVE[gravity(effect)])


def _from(consequences: Iterable[Consequence], paint: _Paint) -> str:
    causes = dict.fromkeys(cause for each in consequences for cause in each.causes)
    return paint(visible(f"  <- {said}"), _DIM) if (said := wording.causes(causes)) else ""


def _created(report: Report, paint: _Paint) -> Iterator[str]:
    """What is new, a line a type: there are many, and none of them was there to be harmed."""
    by_type: dict[str, list[str]] = {}
    for each in report.changes:
        if each.op is Op.CREATE and not each.reverts_drift:
            by_type.setdefault(each.type, []).append(each.resource)
    sign = paint(SIGNS[Op.CREATE], _STYLES[Op.CREATE])
    for type, resources in sorted(by_type.items()):
        yield f"  {sign} {type}: {', '.join(sorted(resources))}"


def _property(change: Change, property: PropertyChange, report: Report, paint: _Paint) -> str:
    path = visible(route.text(property.route))
    marks = "  override" if report.overrides(change.resource, property.route) else ""
    marks += paint("  replaces it", _STYLES[Op.REPLACE]) if property.replaces else ""
    return f"{path}: {value(property.before)} -> {value(property.after)}{marks}"


def _found(property: PropertyChange) -> str:
    """`multi_az: true -> false` as one who looks at the account reads it: what was applied, and what is there."""
    return f"{visible(route.text(property.route))}: was {value(property.after)}, is {value(property.before)}"


def value(side: Side) -> str:
    """One side of a property, cut where it is very long."""
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


def totals(reports: Sequence[Report], unchanged: int = 0) -> str:
    """`3 stacks: 1 failed, 2 unchanged`."""
    words = dict(_WORDS)
    if any(each.phase is Phase.DIFF for each in reports):
        words[Ending.CHANGES] = "changed"
    counts = Counter(each.outcome.ending for each in reports)
    counts[Ending.UNCHANGED] += unchanged
    said = ", ".join(f"{counts[each]} {words[each]}" for each in _WORST if counts[each])
    return f"{len(reports) + unchanged} stacks: {said}"
