"""Which changes only put back what somebody did to the account behind the specs' back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from compiler import graph
from compiler.changes import Change, Op
from compiler.graph import Ref, Resource, Stack, Value


def marked(changes: Iterable[Change], stack: Stack, converged: Stack | None) -> tuple[Change, ...]:
    """The changes, those marked where the graph says what it said when the stack last converged.

    What follows from another change (an ARN that is new) is drift only where that one is.
    """
    changes = tuple(changes)
    if converged is None:
        return changes
    comparison = _Comparison(_by_name(stack), _by_name(converged), {each.resource: each for each in changes})
    return tuple(replace(each, reverts_drift=comparison.reverts(each)) for each in changes)


def _by_name(stack: Stack) -> dict[str, Resource]:
    return {each.name: each for each in stack.resources}


class _Comparison:
    def __init__(
        self, now: Mapping[str, Resource], before: Mapping[str, Resource], changes: Mapping[str, Change]
    ) -> None:
        self.now = now
        self.before = before
        self.changes = changes

    def reverts(self, change: Change) -> bool:
        now, before = self.now.get(change.resource), self.before.get(change.resource)
        if now is None or before is None or change.op not in (Op.CREATE, Op.UPDATE, Op.REPLACE):
            return False
        if change.op is Op.CREATE or not change.properties:
            # Of a replacement the engine may tell no property: where the values are secret, above all.
            same = now.type == before.type and _digest(now.inputs) == _digest(before.inputs)
            return same and now.options == before.options and self._follows_drift(now.inputs)
        return all(self._property_reverts(str(each.route[0]), now, before) for each in change.properties)

    def _property_reverts(self, name: str, now: Resource, before: Resource) -> bool:
        if name == "options":
            return now.options == before.options
        value = now.inputs.get(name)
        return _digest(value) == _digest(before.inputs.get(name)) and self._follows_drift(value)

    def _follows_drift(self, value: Value) -> bool:
        causes = {each.resource for each in graph.parts(value) if isinstance(each, Ref)} & self.changes.keys()
        return all(self.reverts(self.changes[each]) for each in causes)


def _digest(value: Value) -> str:
    return graph.value_digest(value)
