"""What an apply refuses because nobody reviewed it, and how to go on."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping

from compiler import graph, route
from compiler.changes import Change, Known, Op, PropertyChange, Side
from compiler.diagnostics import Diagnostic, Place
from compiler.effects import OPTIONS
from compiler.entries import (
    ABSENT,
    BEGINS,
    DECOMMISSION,
    DELETE,
    FORGET,
    ID,
    OUTPUTS,
    STACK,
    acknowledgement,
    identity,
    leaves,
    lines,
)
from compiler.graph import Shared, Stack
from compiler.lifecycle.said import Acknowledged, Lifecycle
from compiler.reviewed import Reviewed
from compiler.unreviewed import unreviewed

_SHOWN = 60  # characters of a value
_LISTED = 3  # properties of something new
# Options that steps go by and do not tell.
_SILENT = (("delete_before_replace",), ("ignore_changes",), ("depends_on",))
_VERBS = {
    Op.CREATE: "created",
    Op.IMPORT: "taken over",
    Op.UPDATE: "changed",
    Op.REPLACE: "replaced",
    Op.DELETE: "deleted",
    Op.FORGET: "let go of",
}


def judge(
    changes: Iterable[Change],
    reviewed: Reviewed,
    converged: Stack | None,
    head: Stack,
    spec: Place | None,
    *,
    acknowledged: Collection[Acknowledged] = (),
    resolved: Mapping[str, str] | None = None,
) -> tuple[Diagnostic, ...]:
    """One refusal for each resource of which the engine would do something that nobody reviewed.

    So are outputs and options that are not reviewed, though no step shows them, and the acknowledgements that alone let
    one of the changes through.
    """
    left = unreviewed(changes, reviewed, converged, head, resolved)
    return (
        *(_step(each, head, spec) for each in left),
        *_beside(reviewed, converged, head, spec),
        *_acknowledgements(head.id, acknowledged, reviewed, spec),
    )


def renamed(stack: Stack, former: str, reviewed: Reviewed, spec: Place | None) -> tuple[Diagnostic, ...]:
    """What is refused before the state of a stack gets its new name."""
    if reviewed.values.get((STACK, ID)) == identity(stack):
        return ()
    return (_refusal("review/rename", f"{stack.id}: nobody reviewed that {former} becomes {stack.id}", spec),)


def begun(stack: str, lifecycle: Lifecycle, reviewed: Reviewed, spec: Place | None) -> tuple[Diagnostic, ...]:
    """What is refused where a database of that name was destroyed: what the next begins with has to be reviewed."""
    said = lines(lifecycle).get(BEGINS)
    if said is None or reviewed.values.get((STACK, BEGINS)) == said:
        return ()
    what = f"{stack}: nobody reviewed what it begins with, and a database of that name was destroyed"
    return (_refusal("review/begins", what, spec),)


def decommissioned(
    stack: str, lifecycle: Lifecycle, reviewed: Reviewed, spec: Place | None
) -> tuple[Diagnostic, ...]:
    """What is refused before anything of a stack that is decommissioned goes: all of it does, by that one line."""
    said = lines(lifecycle).get(DECOMMISSION)
    if said is not None and reviewed.values.get((STACK, DECOMMISSION)) == said:
        return ()
    what = f"{stack}: nobody reviewed that it is decommissioned, or what is kept of it"
    return (_refusal("review/decommission", what, spec),)


def removed(
    stack: str, converged: Stack | None, reviewed: Reviewed, spec: Place | None
) -> tuple[Diagnostic, ...]:
    """What is refused before anything of a stack goes whose file was removed: each thing has to be seen to go."""
    gone = {
        name for (name, path), value in reviewed.values.items() if path == "" and value in (DELETE, FORGET)
    }
    if gone and (converged is None or {each.name for each in converged.resources} <= gone):
        return ()
    return (_refusal("review/removed", f"{stack}: nobody reviewed that its file is removed", spec),)


def _step(change: Change, head: Stack, spec: Place | None) -> Diagnostic:
    name = f"{change.resource} ({change.type})"
    does = f"{_VERBS[change.op]}{_properties(change)}"
    if not change.reverts_drift:
        return _refusal("review/unreviewed", f"{change.stack}: nobody reviewed that {name} is {does}", spec)
    others = _others(change, head)
    if others:
        said = f"and what others built ({', '.join(others)}) is not as any review showed it"
    else:
        said = "since the account is not as it was applied, and no review showed that"
    return _refusal("review/drift", f"{change.stack}: {name} would be {does}, {said}", spec)


def _properties(change: Change) -> str:
    if change.op in (Op.CREATE, Op.IMPORT):
        names = list(dict.fromkeys(str(each.route[0]) for each in change.properties))
        more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
        return f" with {', '.join(names[:_LISTED])}{more}" if names else ""
    paths = "; ".join(map(_property, change.properties))
    return f": {paths}" if paths else ""


def _others(change: Change, head: Stack) -> list[str]:
    """What these properties use of what others built."""
    inputs = {each.name: each.inputs for each in head.resources}.get(change.resource, {})
    values = [inputs.get(str(each.route[0])) for each in change.properties]
    return sorted(
        {graph.text(part) for each in values for part in graph.parts(each) if isinstance(part, Shared)}
    )


def _beside(
    reviewed: Reviewed, converged: Stack | None, head: Stack, spec: Place | None
) -> Iterator[Diagnostic]:
    """What no step of the engine shows, of what is there before and after."""
    old, new = leaves(converged), leaves(head)
    there = {STACK, *(name for name, _ in old.keys() & new.keys())} if converged else set()
    for resource, at in sorted(old.keys() | new.keys(), key=lambda each: (each[0], route.text(each[1]))):
        was, becomes = (side[resource, at].value if (resource, at) in side else ABSENT for side in (old, new))
        known = reviewed.values.get((resource, route.text(at))) == becomes
        if (
            resource in there
            and (at[0] == OUTPUTS or (at[0] == OPTIONS and at[1:] in _SILENT))
            and was != becomes
            and not known
        ):
            what = f"the output {route.text(at[1:])}" if at[0] == OUTPUTS else f"{at[1]} of {resource}"
            verb = "goes" if becomes == ABSENT else "changes"
            yield _refusal("review/unreviewed", f"{head.id}: nobody reviewed that {what} {verb}", spec)


def _acknowledgements(
    stack: str, acknowledged: Iterable[Acknowledged], reviewed: Reviewed, spec: Place | None
) -> Iterator[Diagnostic]:
    for each in acknowledged:
        path = acknowledgement(each.entry.resource, each.entry.property)
        if reviewed.values.get((STACK, path)) != graph.value_digest(each.entry.reason):
            what = f"{stack}: nobody reviewed that the loss of data is accepted: {each}"
            yield _refusal("review/acknowledge", what, spec)


def _refusal(rule: str, message: str, spec: Place | None) -> Diagnostic:
    file = spec.path if spec else "its file"
    fix = (
        f"open a pull request that touches {file} (a comment suffices): it shows all that is pending, and whoever "
        "approves it has reviewed that; where it cannot wait: dbspec-bot ci apply ENVIRONMENT --emergency REASON"
    )
    return Diagnostic(rule, message, fix, spec)


def _property(change: PropertyChange) -> str:
    return f"{route.text(change.route)} from {_side(change.before)} to {_side(change.after)}"


def _side(side: Side) -> str:
    match side.known:
        case Known.SECRET:
            return "a secret"
        case Known.UNKNOWN:
            return "what is not known yet"
        case Known.ABSENT:
            return "nothing"
    said = json.dumps(side.value, ensure_ascii=False, default=str)
    return said if len(said) <= _SHOWN else f"{said[: _SHOWN - 3]}..."
