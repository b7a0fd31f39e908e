"""What a comparison says is replaced, held against what the simulated provider, encoded on its own, replaces."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from compiler import graph
from compiler.changes import Op
from compiler.comparison import compare
from compiler.graph import Json, Ref, Resource, Stack, Value
from compiler.sandbox.declaration import UNKNOWN
from compiler.sandbox.difference import differences
from compiler.sandbox.services import TYPES

CASES = Path(__file__).parents[1] / "compiled" / "cases"


def _kinds() -> dict[str, list[Stack]]:
    """The golden graphs of each kind; their one stack has been in many shapes."""
    found: dict[str, list[Stack]] = {}
    for path in sorted(CASES.glob("*.json")):
        stack = graph.from_data(json.loads(path.read_text()))
        types = {each.type for each in stack.resources}
        kind = next(
            each
            for each in ("aws:dynamodb:Table", "aws:elasticache:ReplicationGroup", "aws:rds:Instance")
            if each in types
        )
        found.setdefault(kind, []).append(stack)
    return found


@pytest.mark.parametrize("kind", sorted(_kinds()))
def test_between_any_two_specs_the_same_is_replaced(kind: str) -> None:
    tried = 0
    for base, head in permutations(_kinds()[kind], 2):
        changes = {each.resource: each for each in compare(base, head) if each.op in (Op.UPDATE, Op.REPLACE)}
        made = {each.resource for each in compare(base, head) if each.op in (Op.CREATE, Op.REPLACE)}
        for before, after in _in_both(base, head):
            change = changes.get(after.name)
            ignored = {each.split(".")[0] for each in after.options.ignore_changes}
            old, new = _Given(base, set()).inputs(before, ignored), _Given(head, made).inputs(after, ignored)
            replaced = any(each.replaces for each in differences(TYPES[after.type], old, new))
            assert (change is not None and change.op is Op.REPLACE) == replaced, (
                base.id,
                after.name,
                old,
                new,
            )
            tried += replaced
    assert tried > 0


def _in_both(base: Stack, head: Stack) -> Iterator[tuple[Resource, Resource]]:
    there = {each.name: each for each in base.resources}
    for after in head.resources:
        before = there.get(after.name)
        if before is not None and before.type == after.type and after.type in TYPES:
            yield before, after


class _Given:
    """The inputs as a provider is given them: what comes of a resource that is made anew is not known yet."""

    def __init__(self, stack: Stack, made: set[str]) -> None:
        self.resources = {each.name: each for each in stack.resources}
        self.made = made

    def inputs(self, resource: Resource, ignored: set[str]) -> dict[str, Any]:
        return {name: self.value(value) for name, value in resource.inputs.items() if name not in ignored}

    def value(self, value: Value) -> Any:
        if any(isinstance(each, Ref) and each.resource in self.made for each in graph.parts(value)):
            if isinstance(value, dict):
                return {key: self.value(item) for key, item in value.items()}
            return UNKNOWN
        if isinstance(value, Ref) and value.path in self.resources[value.resource].inputs:
            return self.value(self.resources[value.resource].inputs[value.path])
        if isinstance(value, Json):
            return json.dumps(graph.value_to_data(value.value), sort_keys=True)
        if isinstance(value, list):
            return [self.value(each) for each in value]
        if isinstance(value, dict):
            return {key: self.value(each) for key, each in value.items()}
        return value if isinstance(value, str | int | float | bool | None) else graph.text(value)
