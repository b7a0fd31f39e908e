"""What the shipped specs compile to is something that the account accepts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from compiler import catalog, compilation, graph, route
from compiler.sandbox.account import Account
from compiler.sandbox.services import TYPES
from compiler.source import WorkTree

REGION = "ap-northeast-2"
# What has no tags and belongs to nothing: to be made again does no harm.
WRITTEN_OVER = {"aws:cloudwatch:Dashboard", "aws:secretsmanager:SecretRotation"}
SHARED = {"vpc_id": "vpc-0a1b", "private_subnet_ids": ["subnet-0a", "subnet-0b"]}


def test_all_of_every_simulated_stack_is_made_in_its_order(account: Account) -> None:
    stacks = list(_simulated())
    assert len(stacks) > 3
    for stack in stacks:
        made: dict[str, Mapping[str, Any]] = {}
        for resource in graph.ordered(stack):
            inputs = {name: _value(value, made) for name, value in resource.inputs.items()}
            groups = [inputs.get("referenced_security_group_id")]
            account.prepare([each for each in groups if each], REGION)
            assert account.check(resource.type, inputs) == []
            result = account.create(resource.type, inputs, (stack.id, resource.name))
            made[resource.name] = {**result.outputs, "id": result.id}
            if not resource.type.startswith("random:"):
                found = account.find(resource.type, stack.id, resource.name, inputs)
                assert found == (None if resource.type in WRITTEN_OVER else result.id)


def _simulated() -> Iterator[graph.Stack]:
    found = catalog.load(WorkTree(Path(__file__).parents[2] / "specs")).checked()
    for stack in compilation.stacks(*found.select([])):
        if all(resource.type in TYPES for resource in stack.resources):
            yield stack


def _value(value: graph.Value, made: Mapping[str, Mapping[str, Any]]) -> Any:
    match value:
        case graph.Ref():
            found: Any = made[value.resource]
            for step in route.parse(value.path):
                found = found[step]
            return found
        case graph.Shared():
            return SHARED[value.name]
        case graph.Concat():
            return "".join(str(_value(part, made)) for part in value.parts)
        case graph.Json():
            return json.dumps(_value(value.value, made))
        case list():
            return [_value(each, made) for each in value]
        case Mapping():
            return {key: _value(each, made) for key, each in value.items()}
    return value
