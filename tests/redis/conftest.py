"""Redis specs made into stacks, and stacks applied to the simulated account without the engine."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from compiler import catalog, compilation, graph, route
from compiler.catalog import Catalog
from compiler.graph import Resource, Stack
from compiler.sandbox.account import Account
from compiler.sandbox.difference import Difference
from compiler.sandbox.services import TYPES
from compiler.source import File

ENVIRONMENT = """\
tier: {tier}
edition: "2026.11"
region: {region}
target: sandbox
shared_infrastructure:
  literal:
    vpc_id: vpc-0a1b
    private_subnet_ids: [subnet-0a, subnet-0b]
clients: {{checkout-api: {{security_group: sg-0c0ffee0}}}}
"""

Spec = Mapping[str, Any]


@dataclass(frozen=True)
class Specs:
    """A specs folder that is nowhere but in memory."""

    spec: Spec
    tier: str
    region: str
    name: str = "specs"

    def files(self) -> list[File]:
        texts = {
            "people.yaml": "teams: {checkout: {}}",
            "prod/environment.yaml": ENVIRONMENT.format(tier=self.tier, region=self.region),
            "prod/carts.yaml": json.dumps(
                {"kind": "redis", "project": "shop", "owner": "checkout", **self.spec}
            ),
        }
        return [
            File(path, f"specs/{path}", text.encode())  # JSON is YAML
            for path, text in texts.items()
        ]


def load(spec: Spec, tier: str = "production", region: str = "us-east-1") -> Catalog:
    return catalog.load(Specs(spec, tier, region))  # type: ignore[arg-type]


def stack(spec: Spec, tier: str = "production", region: str = "us-east-1") -> Stack:
    (database,) = load(spec, tier, region).checked().databases.values()
    (found,) = compilation.stacks([], [database])
    return found


@dataclass
class Kept:
    """What an engine remembers of a resource."""

    resource: Resource
    id: str
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]


@dataclass
class Life:
    """An engine as small as can be: refresh, then create, update or replace in order, then delete in reverse."""

    account: Account
    state: dict[str, Kept] = field(default_factory=dict)
    watch: Callable[[], None] = lambda: None  # called after every step

    def apply(self, stack: Stack) -> dict[str, str]:
        """What was done to each resource; what stayed the same is left out."""
        done: dict[str, str] = {}
        leaving: list[Kept] = []
        before = [each.resource for each in self.state.values()]
        for resource in graph.ordered(stack):
            inputs = {name: self.value(value) for name, value in resource.inputs.items()}
            assert self.account.check(resource.type, inputs) == []
            kept = self.state.get(resource.name)
            if kept is None:
                done[resource.name] = "create"
                self.create(resource, inputs)
                continue
            kept = self.refresh(kept)
            inputs, found = self.differences(resource, kept, inputs)
            if any(each.replaces for each in found):
                done[resource.name] = "replace"
                if resource.options.delete_before_replace:
                    self.delete(kept)
                else:
                    leaving.append(kept)
                self.create(resource, inputs)
            elif found:
                done[resource.name] = "update"
                made = self.account.update(resource.type, kept.id, inputs, inputs.get("region", ""))
                self.remember(resource, kept.id, inputs, made.outputs)
            else:
                kept.resource = resource
        names = {each.name for each in stack.resources}
        gone = [name for name in self.state if name not in names]
        for name in gone:
            done[name] = "delete"
            leaving.append(self.state.pop(name))
        order = [each.name for each in graph.ordered(Stack(stack.id, tuple(before)))]
        for kept in sorted(leaving, key=lambda each: -order.index(each.resource.name)):
            self.delete(kept)
        return done

    def destroy(self) -> None:
        resources = tuple(each.resource for each in self.state.values())
        for resource in reversed(graph.ordered(Stack("prod.carts", resources))):
            self.delete(self.state.pop(resource.name))

    def differences(
        self, resource: Resource, kept: Kept, inputs: dict[str, Any]
    ) -> tuple[dict[str, Any], list[Difference]]:
        """The inputs as the engine would send them, and what of them is not as it was."""
        ignored = [route.parse(each) for each in resource.options.ignore_changes]
        for (name,) in ignored:
            inputs = {**inputs, name: kept.outputs[name]}
        old = {
            name: kept.outputs.get(name, kept.inputs.get(name)) for name in kept.inputs.keys() | inputs.keys()
        }
        # What waits for its window is no difference to anybody.
        pending = self.account.pending(resource.type, kept.id, str(inputs.get("region", "")))
        found = self.account.diff(resource.type, old, inputs)
        return inputs, [
            each
            for each in found
            if str(each.route[0]) not in pending or pending[str(each.route[0])] != inputs[str(each.route[0])]
        ]

    def refresh(self, kept: Kept) -> Kept:
        if TYPES[kept.resource.type].stateless:
            return kept
        found = self.account.read(kept.resource.type, kept.id, str(kept.inputs.get("region", "")))
        assert found is not None, f"{kept.resource.name} is gone"
        self.remember(kept.resource, kept.id, kept.inputs, found.outputs)
        return self.state[kept.resource.name]

    def create(self, resource: Resource, inputs: Mapping[str, Any]) -> None:
        self.state.pop(resource.name, None)
        made = self.account.create(resource.type, inputs, ("prod.carts", resource.name))
        self.remember(resource, made.id, inputs, made.outputs)

    def remember(
        self, resource: Resource, id: str, inputs: Mapping[str, Any], outputs: Mapping[str, Any]
    ) -> None:
        unread = {name: inputs[name] for name in TYPES[resource.type].unread if name in inputs}
        self.state[resource.name] = Kept(resource, id, inputs, {**outputs, **unread})
        self.watch()

    def delete(self, kept: Kept) -> None:
        if kept.resource.options.retain_on_delete or TYPES[kept.resource.type].stateless:
            return
        self.account.delete(kept.resource.type, kept.id, kept.inputs, str(kept.inputs.get("region", "")))

    def value(self, value: graph.Value) -> Any:
        match value:
            case graph.Ref():
                kept = self.state[value.resource]
                found: Any = {**kept.outputs, "id": kept.id}
                for step in route.parse(value.path):
                    found = found[step]
                return found
            case graph.Concat():
                return "".join(str(self.value(part)) for part in value.parts)
            case graph.Json():
                return json.dumps(self.value(value.value))
            case list():
                return [self.value(each) for each in value]
            case Mapping():
                return {key: self.value(each) for key, each in value.items()}
        return value


def account_at(path: Path, region: str = "us-east-1") -> Account:
    """An account with somebody's network in it, and the environment's topic."""
    account = Account(path)
    topic = f"arn:aws:sns:{region}:000000000000:dbspec-prod-alerts"
    account.prepare(["vpc-0a1b", "subnet-0a", "subnet-0b", "sg-0c0ffee0", topic], region)
    return account


@pytest.fixture
def compiled() -> Callable[..., Stack]:
    """Compiles a spec, given as a mapping without kind, project and owner."""
    return stack


@pytest.fixture
def loaded() -> Callable[..., Catalog]:
    return load


@pytest.fixture
def new_life(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Life]:
    """Makes an account, and an engine for the database's stack in it."""
    return lambda: Life(account_at(tmp_path_factory.mktemp("account") / "sandbox.db"))
