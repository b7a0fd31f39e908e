"""What has to happen to a table before something else may happen to it, where its options have a say in that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from compiler import route
from compiler.effects import Effect, Feasibility, Inputs
from compiler.graph import Resource, Stack
from compiler.kinds.dynamodb.derived import REPLICATED
from compiler.kinds.dynamodb.effects import EFFECTS
from compiler.kinds.dynamodb.modification import NEW_TABLE, STREAMS, STRONG

_TABLE = "aws:dynamodb:Table"
_INDEXES = "global_secondary_indexes"
_CAPACITIES = ("read_capacity", "write_capacity")
_SOURCE = (
    "ProvisionedThroughput of GlobalSecondaryIndexUpdates in the DynamoDB API reference; "
    "internal/service/dynamodb/table.go of terraform-provider-aws"
)
_WEAKER = Effect(
    "that a table is strongly consistent, and where its replicas are, stays as long as it does: they would stay, and "
    "no others could be made",
    STRONG,
    feasibility=Feasibility.REFUSED,
    fix=f"keep consistency: STRONG and its regions; or {NEW_TABLE}",
)
_FOLLOWED = Effect(
    "the last replicas would still follow the stream, since what goes goes last, and AWS refuses to take it from them",
    STREAMS,
    feasibility=Feasibility.TWO_STEPS,
    fix=f"write `streams: {REPLICATED}` with this change, apply that, and then write what the stream is to be, or "
    "take the line out",
)


def steps(base: Stack, head: Stack) -> Iterator[tuple[str, str, Effect]]:
    """Resource, input and effect of each change that has to wait for another."""
    before, after = _table(base), _table(head)
    if before is None or after is None:
        return
    modes = [each.inputs.get("billing_mode") for each in (before, after)]
    if _strong(before) and not _strong(after):
        # The table ignores replicas that are resources of their own, so nothing else would tell.
        yield after.name, "replicas", _WEAKER
    if _replicas(base) and after.inputs.get("stream_view_type") != REPLICATED:
        yield after.name, "stream_enabled", _FOLLOWED
    if modes == ["PAY_PER_REQUEST", "PROVISIONED"] and (scaled := _without_capacity(before, after)):
        yield after.name, "billing_mode", _provisioned(scaled, _strong(after) or _replicas(head))


def _table(stack: Stack) -> Resource | None:
    return next((each for each in stack.resources if each.type == _TABLE), None)


def _without_capacity(before: Resource, after: Resource) -> dict[str, Inputs]:
    """What would have no capacity to begin with, by name, "" for the table: what scales, and was on demand.

    Of what scales the engine sends what it was before, which of indexes is what was at their place in the list. The
    provider helps a table that is there out with 1, an index and a table that is made anew with nothing.
    """
    ignored = {route.parse(each)[:2] for each in after.options.ignore_changes}
    items = _indexes(after)[: len(_indexes(before))]
    found = {str(each["name"]): each for at, each in enumerate(items) if (_INDEXES, at) in ignored}
    if _made_anew(before, after) and ignored & {(each,) for each in _CAPACITIES}:
        return {"": after.inputs, **found}
    return found


def _made_anew(before: Resource, after: Resource) -> bool:
    old, new = before.inputs, after.inputs
    changed = [EFFECTS.get((_TABLE, key)) for key in old.keys() | new.keys() if old.get(key) != new.get(key)]
    return any((each(old, new) if callable(each) else each).replaces for each in changed if each)


def _indexes(table: Resource) -> list[Inputs]:
    items = table.inputs.get(_INDEXES)
    return [each for each in items if isinstance(each, Mapping)] if isinstance(items, list) else []


def _strong(table: Resource) -> bool:
    """Replicas are inputs of a table only where they are strongly consistent."""
    return bool(table.inputs.get("replicas"))


def _replicas(stack: Stack) -> bool:
    return any(each.type == "aws:dynamodb:TableReplica" for each in stack.resources)


def _provisioned(scaled: Mapping[str, Inputs], replicated: bool) -> Effect:
    lines = [f"`{_capacity(scaled[''])}`"] if "" in scaled else []
    if indexes := [f"{name}: {{{_capacity(index)}}}" for name, index in scaled.items() if name]:
        lines.append(f"`indexes: {{{', '.join(indexes)}}}` beside what else is said of it")
    what = ", ".join(name or "the table" for name in scaled)
    says = f"what scales and was on demand has no capacity to begin with ({what}), and AWS refuses that"
    if replicated:
        return Effect(
            f"{says}; with replicas it cannot begin with a fixed number either",
            _SOURCE,
            feasibility=Feasibility.REFUSED,
            fix="keep billing_mode: PAY_PER_REQUEST; or let the replicas go first, with "
            f"`streams: {REPLICATED}`, and add them again when the table scales",
        )
    return Effect(
        says,
        _SOURCE,
        feasibility=Feasibility.TWO_STEPS,
        fix=f"write numbers for it first, {' and '.join(lines)}, apply that, and then write {{min, max}}",
    )


def _capacity(holder: Inputs) -> str:
    read, write = (holder.get(each) for each in _CAPACITIES)
    return f"capacity: {{read: {read}, write: {write}}}"
