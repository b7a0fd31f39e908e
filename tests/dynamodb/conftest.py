"""DynamoDB specs as text, compiled, and stacks applied to the simulated account without the engine."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from compiler import catalog, compilation, graph, route
from compiler.catalog import Catalog
from compiler.graph import Ref, Resource, Stack
from compiler.sandbox.account import Account
from compiler.sandbox.difference import Difference
from compiler.sandbox.services import TYPES
from compiler.source import WorkTree

ENVIRONMENT = """\
tier: {tier}
edition: "2026.11"
region: {region}
target: sandbox
windows: {{timezone: Asia/Seoul, days: [sat, sun], from: "03:00", to: "06:00"}}
"""
HEAD = "kind: dynamodb\nproject: ecommerce\nowner: checkout\n"

Load = Callable[..., Catalog]
Compile = Callable[..., Stack]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Loads a spec without its first lines, in an environment of that tier and region."""

    def load(
        text: str, tier: str = "production", region: str = "ap-northeast-2", environment: str = ""
    ) -> Catalog:
        folder = tmp_path / "specs" / "prod"
        folder.mkdir(parents=True, exist_ok=True)
        (folder.parent / "people.yaml").write_text("teams: {checkout: {}}\n")
        said = ENVIRONMENT.format(tier=tier, region=region) + environment
        (folder / "environment.yaml").write_text(said)
        (folder / "orders.yaml").write_text(HEAD + text)
        return catalog.load(WorkTree(folder.parent))

    return load


@pytest.fixture
def compile_spec(load: Load) -> Compile:
    """Compiles such a spec to its stack."""

    def compile_spec(text: str, *said: str, **more: str) -> Stack:
        _, databases = load(text, *said, **more).checked().select([])
        return next(compilation.stacks([], databases))

    return compile_spec


@dataclass
class Kept:
    """What an engine remembers of a resource."""

    resource: Resource
    id: str
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]


class Life:
    """An engine as small as can be: refresh, then create, update or replace in order, then delete in reverse."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.state: dict[str, Kept] = {}

    def apply(self, stack: Stack) -> dict[str, str]:
        """What was done to each resource; what stayed the same is left out."""
        done: dict[str, str] = {}
        before = self._order()
        replaced: list[Kept] = []
        for resource in graph.ordered(stack):
            inputs, found = self.differences(resource)
            kept = self.state.get(resource.name)
            if kept is None:
                done[resource.name] = "create"
                self._create(resource, inputs)
            elif any(each.replaces for each in found):
                done[resource.name] = "replace"
                if resource.options.delete_before_replace:
                    self._delete_with_users(kept)
                else:
                    replaced.append(kept)
                self._create(resource, inputs)
            elif found:
                done[resource.name] = "update"
                region = str(inputs.get("region") or "")
                self._remember(resource, self.account.update(resource.type, kept.id, inputs, region), inputs)
            else:
                kept.resource = resource
        for kept in replaced:
            self._delete(kept)
        names = {each.name for each in stack.resources}
        for name in [each for each in reversed(before) if each in self.state and each not in names]:
            done[name] = "delete"
            self._delete(self.state.pop(name))
        return done

    def destroy(self) -> None:
        """Deletes everything, the protection of each taken off first."""
        for name in reversed(self._order()):
            kept = self.state.pop(name)
            if kept.inputs.get("deletion_protection_enabled"):
                bare = {**kept.inputs, "deletion_protection_enabled": False, **_unprotected(kept.inputs)}
                self.account.update(kept.resource.type, kept.id, bare, str(kept.inputs.get("region") or ""))
            self._delete(kept)

    def differences(self, resource: Resource) -> tuple[dict[str, Any], list[Difference]]:
        """The inputs as the engine would send them, and what of them is not as it is in the account."""
        inputs = {name: self._value(value) for name, value in resource.inputs.items()}
        assert self.account.check(resource.type, inputs) == []
        kept = self.state.get(resource.name)
        if kept is None:
            return inputs, []
        found = self.account.read(resource.type, kept.id, str(kept.inputs.get("region") or ""))
        assert found is not None, f"{resource.name} is gone"
        kept.outputs = {**found.outputs, **_unread(resource.type, kept.inputs)}
        ignored = [route.parse(each) for each in resource.options.ignore_changes]
        inputs = json.loads(json.dumps(inputs))
        for each in ignored:
            _reset(inputs, found.inputs, each)
        old = {name: kept.outputs.get(name) for name in kept.inputs.keys() | inputs.keys()}
        differences = self.account.diff(resource.type, old, inputs)
        return inputs, [
            each for each in differences if not any(each.route[: len(path)] == path for path in ignored)
        ]

    def _order(self) -> list[str]:
        resources = tuple(each.resource for each in self.state.values())
        return [each.name for each in graph.ordered(Stack("prod.orders", resources))]

    def _create(self, resource: Resource, inputs: Mapping[str, Any]) -> None:
        self._remember(
            resource, self.account.create(resource.type, inputs, ("prod.orders", resource.name)), inputs
        )

    def _remember(self, resource: Resource, made: Any, inputs: Mapping[str, Any]) -> None:
        outputs = {**made.outputs, **_unread(resource.type, inputs)}
        self.state[resource.name] = Kept(resource, made.id, inputs, outputs)

    def _delete_with_users(self, kept: Kept) -> None:
        """What depends on it goes first, as the engine does it."""
        order = self._order()
        needy = {kept.resource.name}
        for name in order:
            resource = self.state[name].resource
            refs = [each for value in resource.inputs.values() for each in graph.parts(value)]
            if needy & {
                *resource.options.depends_on,
                *(each.resource for each in refs if isinstance(each, Ref)),
            }:
                needy.add(name)
        for name in reversed(order):
            if name in needy:
                self._delete(self.state.pop(name))

    def _delete(self, kept: Kept) -> None:
        if not kept.resource.options.retain_on_delete:
            self.account.delete(
                kept.resource.type, kept.id, kept.inputs, str(kept.inputs.get("region") or "")
            )

    def _value(self, value: graph.Value) -> Any:
        match value:
            case Ref():
                kept = self.state[value.resource]
                found: Any = {**kept.outputs, "id": kept.id}
                for step in route.parse(value.path):
                    found = found[step]
                return found
            case graph.Concat():
                return "".join(str(self._value(part)) for part in value.parts)
            case list():
                return [self._value(each) for each in value]
            case Mapping():
                return {key: self._value(each) for key, each in value.items()}
        return value


def _unread(type: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What AWS never tells again, and an engine remembers."""
    return {name: inputs[name] for name in TYPES[type].unread if name in inputs}


def _unprotected(inputs: Mapping[str, Any]) -> dict[str, Any]:
    replicas = [{**each, "deletion_protection_enabled": False} for each in inputs.get("replicas") or []]
    return {"replicas": replicas} if replicas else {}


def _reset(new: Any, old: Any, path: route.Route) -> None:
    """Gives the value at a path back what it was, where both sides have it."""
    for step in path[:-1]:
        try:
            new, old = new[step], old[step]
        except (KeyError, IndexError):
            return
    if path[-1] in old:
        new[path[-1]] = old[path[-1]]
    elif path[-1] in new:
        del new[path[-1]]


@pytest.fixture
def new_life(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Life]:
    """Makes an account with what the environment's stack has in it, and an engine for the table's stack."""

    def new_life() -> Life:
        account = Account(tmp_path_factory.mktemp("account") / "sandbox.db")
        home = "ap-northeast-2:000000000000"
        keys = [f"arn:aws:kms:{region}:000000000000:key/named" for region in ("ap-northeast-2", "us-east-1")]
        vault, role = f"arn:aws:backup:{home}:backup-vault:dbspec-prod", "arn:aws:iam::000000000000:role/"
        account.prepare([*keys, vault, f"{role}dbspec-prod-ap-northeast-2-backup"], "ap-northeast-2")
        return Life(account)

    return new_life
