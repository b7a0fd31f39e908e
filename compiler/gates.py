"""What must not happen to a stack without somebody's word for it, and what cannot happen at all."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from compiler import route
from compiler.changes import Change, Op
from compiler.consequences import UNPROTECT, Consequence
from compiler.diagnostics import Diagnostic, Note, Place
from compiler.effects import Data, Feasibility
from compiler.lifecycle import said
from compiler.lifecycle.naming import Renaming
from compiler.lifecycle.said import Acknowledged, Entry, Lifecycle

_VERBS = {Op.DELETE: "deleted", Op.REPLACE: "replaced"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is refused; what only an acknowledgement lets through; and what there is to say of the others."""

    refusals: tuple[Diagnostic, ...] = ()
    acknowledged: tuple[Acknowledged, ...] = ()
    notes: tuple[str, ...] = ()


def judge(
    stack: str,
    consequences: Collection[Consequence],
    tier: str,
    spec: Place | None,
    lifecycle: Lifecycle,
    spent: Collection[Entry] = (),
    *,
    renaming: Renaming | None = None,
    changes: Collection[Change] = (),
) -> Verdict:
    """Refused is what AWS refuses, what takes two steps, and outside development what loses data unacknowledged.

    So is another name that nobody has written: it stands for whatever follows from it. `spent` are the
    acknowledgements that were in the spec when the stack last converged, `changes` what the consequences are of. A
    refusal stands at what
    caused it, or at `spec` where nobody has looked for the cause.
    """
    if lifecycle.leaving:
        return Verdict(notes=tuple(lifecycle.leaving.words()))
    counted = said.counting(lifecycle, spent)
    used = said.using(counted, consequences)
    unsaid = renaming if tier != "development" and not lifecycle.names_itself else None
    rest = [each for each in consequences if not (unsaid and unsaid.explains(each, changes))]
    found = refusals(stack, rest, tier, spec, counted)
    if unsaid:
        found = (_renamed(stack, unsaid, spec), *found)
    notes = tuple(
        f"the acknowledgement of {each.entry} ({each.at}) "
        + ("was for what has been applied" if each not in counted else "lets nothing through")
        + ": it can go"
        for each in lifecycle.acknowledged
        if each not in used
    )
    return Verdict(found, used, notes)


def _renamed(stack: str, renaming: Renaming, spec: Place | None) -> Diagnostic:
    return Diagnostic(
        "gate/name",
        f"{stack}: its name in AWS would change from {renaming.before} to {renaming.after}, since project and file "
        "give the name",
        f"add `identifier: {renaming.before}`, which keeps it",
        spec,
    )


def empty(stack: str, tier: str, spec: Place | None, lifecycle: Lifecycle) -> tuple[Diagnostic, ...]:
    """What is refused where a database of that name was destroyed: an empty one in its place that nobody asked for."""
    if tier == "development" or lifecycle.begins or lifecycle.leaving:
        return ()
    return (
        Diagnostic(
            "gate/empty",
            f"{stack}: the database of that name was destroyed, and this would make an empty one; the tier is {tier}",
            "write `restore:` to have its data back, or `fresh: true` where it begins empty",
            spec,
        ),
    )


def vanished(stack: str, tier: str, spec: Place) -> tuple[Diagnostic, ...]:
    """What is refused where a spec is gone whose database is there."""
    if tier == "development":
        return ()
    return (
        Diagnostic(
            "gate/vanished",
            f"{stack}: its spec is gone and its database is not: nothing destroys that unasked; the tier is {tier}",
            f"put {spec.path} back with `decommission: {{reason: WHY, final_snapshot: NAME}}`, and take it out once "
            "that has been applied",
            spec,
        ),
    )


def refusals(
    stack: str,
    consequences: Iterable[Consequence],
    tier: str,
    spec: Place | None,
    acknowledged: Collection[Acknowledged] = (),
) -> tuple[Diagnostic, ...]:
    """What is refused where these acknowledgements count; what one cause would delete is told together."""
    groups: dict[object, list[tuple[Consequence, bool]]] = {}
    for each in consequences:
        loses = _loses(each, tier) and not any(one.covers(each) for one in acknowledged)
        if loses or each.effect.feasibility is not Feasibility.OK:
            together = each.op is Op.DELETE and loses
            groups.setdefault(each.causes if together else each, []).append((each, loses))
    return tuple(
        _loss(stack, first, tier, spec, [each for each, _ in rest])
        if loses
        else _infeasible(stack, first, spec)
        for (first, loses), *rest in groups.values()
    )


def _loses(consequence: Consequence, tier: str) -> bool:
    return consequence.effect.data is Data.LOST and tier != "development"


def _loss(
    stack: str, consequence: Consequence, tier: str, spec: Place | None, with_it: Sequence[Consequence]
) -> Diagnostic:
    effect = consequence.effect
    ending = f"would be {_VERBS[consequence.op]}" if consequence.op in _VERBS else "would lose data"
    rule = {Op.DELETE: "gate/delete", Op.REPLACE: "gate/replace"}.get(consequence.op, "gate/data-loss")
    more = f", and {', '.join(each.resource for each in with_it)} too" if with_it else ""
    keep = "put it back into the spec" if consequence.op is Op.DELETE else "take that change back"
    fix = effect.fix if effect.fix and effect.fix != UNPROTECT else keep
    return _refusal(
        rule,
        f"{_what(stack, consequence)} {ending}{_because(consequence)}: {effect.says}{more}; the tier is {tier}",
        f"{fix}; where the data may go, write `acknowledge: [{_entries((consequence, *with_it))}]`",
        consequence,
        spec,
    )


def _entries(consequences: Iterable[Consequence]) -> str:
    """The acknowledgements that would let these through, as they are written."""
    return ", ".join(
        f"{{resource: {each.resource}{f', property: {at}' if at else ''}, data_loss: WHY}}"
        for each in consequences
        for at in map(route.text, each.routes or ((),))
    )


def _infeasible(stack: str, consequence: Consequence, spec: Place | None) -> Diagnostic:
    effect = consequence.effect
    rule = "gate/refused" if effect.feasibility is Feasibility.REFUSED else "gate/two-steps"
    verb = _VERBS.get(consequence.op, "changed")
    if effect.data is Data.LOST and effect.feasibility is Feasibility.TWO_STEPS:
        # Somebody said that the data may go: what is left in the way is its protection.
        message = f"{_what(stack, consequence)} cannot be {verb} while it is protected{_because(consequence)}"
        return _refusal(rule, message, UNPROTECT, consequence, spec)
    message = f"{_what(stack, consequence)} cannot be {verb} like that{_because(consequence)}: {effect.says}"
    return _refusal(rule, message, effect.fix, consequence, spec)


def _refusal(rule: str, message: str, fix: str, consequence: Consequence, spec: Place | None) -> Diagnostic:
    first, *others = consequence.causes or (None,)
    also = tuple(Note(f"`{each.key}` has its part in it", each.at) for each in others if each)
    return Diagnostic(rule, message, fix, first.at if first else spec, also)


def _what(stack: str, consequence: Consequence) -> str:
    return f"{stack}: {consequence.resource} ({consequence.type})"


def _because(consequence: Consequence) -> str:
    causes = [route.text(each) for each in consequence.routes]
    if not causes:
        return ""
    return f", because {' and '.join(causes)} {'changes' if len(causes) == 1 else 'change'}"
