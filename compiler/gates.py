"""What must not happen to a stack without somebody's word for it, and what cannot happen at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from compiler import route
from compiler.changes import Op
from compiler.consequences import UNPROTECT, Consequence
from compiler.diagnostics import Diagnostic, Note, Place
from compiler.effects import Data, Feasibility

_VERBS = {Op.DELETE: "deleted", Op.REPLACE: "replaced"}


def refusals(
    stack: str, consequences: Iterable[Consequence], tier: str, spec: Place | None
) -> tuple[Diagnostic, ...]:
    """What AWS refuses, what takes two steps, and outside development what loses data.

    Each stands at what caused it, or at `spec` where nobody has looked for the cause; what one cause would
    delete is told together.
    """
    groups: dict[object, list[Consequence]] = {}
    for each in consequences:
        if _refused(each, tier):
            together = each.op is Op.DELETE and _loses(each, tier)
            groups.setdefault(each.causes if together else each, []).append(each)
    return tuple(_refusal(stack, first, tier, spec, rest) for first, *rest in groups.values())


def _refused(consequence: Consequence, tier: str) -> bool:
    return _loses(consequence, tier) or consequence.effect.feasibility is not Feasibility.OK


def _loses(consequence: Consequence, tier: str) -> bool:
    return consequence.effect.data is Data.LOST and tier != "development"


def _refusal(
    stack: str, consequence: Consequence, tier: str, spec: Place | None, with_it: Sequence[Consequence]
) -> Diagnostic:
    effect = consequence.effect
    what = f"{stack}: {consequence.resource} ({consequence.type})"
    because = _because(consequence)
    if _loses(consequence, tier):
        ending = f"would be {_VERBS[consequence.op]}" if consequence.op in _VERBS else "would lose data"
        rule = {Op.DELETE: "gate/delete", Op.REPLACE: "gate/replace"}.get(consequence.op, "gate/data-loss")
        more = f", and {', '.join(each.resource for each in with_it)} too" if with_it else ""
        message = f"{what} {ending}{because}: {effect.says}{more}; the tier is {tier}"
        keep = "put it back into the spec" if consequence.op is Op.DELETE else "take that change back"
        fix = effect.fix if effect.fix and effect.fix != UNPROTECT else keep
    else:
        rule = "gate/refused" if effect.feasibility is Feasibility.REFUSED else "gate/two-steps"
        verb = _VERBS.get(consequence.op, "changed")
        message = f"{what} cannot be {verb} like that{because}: {effect.says}"
        fix = effect.fix
    first, *others = consequence.causes or (None,)
    also = tuple(Note(f"`{each.key}` has its part in it", each.at) for each in others if each)
    return Diagnostic(rule, message, fix, first.at if first else spec, also)


def _because(consequence: Consequence) -> str:
    causes = [route.text(each) for each in consequence.routes]
    if not causes:
        return ""
    return f", because {' and '.join(causes)} {'changes' if len(causes) == 1 else 'change'}"
