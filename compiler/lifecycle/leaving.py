"""The graph of a database on its last way: nothing refuses to go, and what it holds is kept in a snapshot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from compiler.graph import Resource, Stack, Value

# Inputs by which AWS itself refuses a deletion, and what they must be for it.
_DISARMED: Mapping[str, Value] = {
    "deletion_protection": False,
    "deletion_protection_enabled": False,
}
# What only a backup of our own keeps: AWS takes none when it goes.
BACKED_UP = "aws:dynamodb:Table"


@dataclass(frozen=True, slots=True)
class Leaving:
    """A database that is decommissioned; `whole` is what it was without that, `snapshot` the name of what is kept."""

    reason: str
    snapshot: str | None
    whole: Stack

    def words(self) -> Iterator[str]:
        """What is said of it in reports."""
        yield f"decommissioned: {self.reason}"
        if self.snapshot is None:
            yield "no snapshot is taken of it: its data goes for good"
        else:
            yield f"its data stays in {self.snapshot}, which is taken before it goes"

    def prepared(self, stack: Stack) -> Stack:
        """The stack as it is destroyed: without protection, and with the snapshot's name."""
        return replace(
            stack, resources=tuple(_kept(each, self.snapshot) for each in disarmed(stack).resources)
        )


def disarmed(stack: Stack) -> Stack:
    """The stack without anything that refuses a deletion."""
    return replace(stack, resources=tuple(map(_without_protection, stack.resources)))


def _kept(resource: Resource, snapshot: str | None) -> Resource:
    inputs: dict[str, Value] = {**resource.inputs}
    match resource.type:
        case "aws:rds:Instance" if "replicate_source_db" not in inputs:
            inputs |= {"skip_final_snapshot": snapshot is None, "final_snapshot_identifier": snapshot}
        case "aws:elasticache:ReplicationGroup":
            inputs |= {"final_snapshot_identifier": snapshot}
    return replace(resource, inputs=inputs)


def _without_protection(resource: Resource) -> Resource:
    inputs = {name: _DISARMED.get(name, _unprotected(value)) for name, value in resource.inputs.items()}
    return replace(resource, inputs=inputs, options=replace(resource.options, protect=False))


def _unprotected(value: Value) -> Value:
    """A list of parts, such as a table's replicas, each of which may be protected by itself."""
    if not isinstance(value, list):
        return value
    return [
        {name: _DISARMED.get(name, item) for name, item in each.items()}
        if isinstance(each, Mapping)
        else each
        for each in value
    ]
