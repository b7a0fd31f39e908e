"""What all tests share: golden files, AWS as moto simulates it, and an engine for the simulated account."""

from __future__ import annotations

import json
import os
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from compiler import graph, route
from compiler.aws import prices
from compiler.graph import Resource, Stack
from compiler.sandbox.account import Account
from compiler.sandbox.difference import Difference
from compiler.sandbox.services import TYPES


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rewrite", action="store_true", help="write golden files anew, to be reviewed as a diff"
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Compares a text with the file that holds what it should be, or writes that file under --rewrite."""

    def check(path: Path, actual: str) -> None:
        if request.config.getoption("--rewrite"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(actual, encoding="utf-8")
            return
        assert path.exists(), f"{path.name} is missing: run pytest --rewrite and review what it writes"
        assert actual == path.read_text(encoding="utf-8")

    return check


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    """The address of a simulated AWS that speaks HTTP; use `aws`, which also empties it."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def aws(moto: str, no_aws: None, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of an empty simulated AWS, which boto3 and child processes take for the real one."""
    urllib.request.urlopen(urllib.request.Request(f"{moto}/moto-api/reset", method="POST")).close()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-northeast-2")
    return moto


@pytest.fixture
def no_aws(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Nobody's credentials and nobody's settings."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    empty = tmp_path_factory.mktemp("aws")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(empty / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(empty / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@dataclass
class Kept:
    """What an engine remembers of a resource."""

    resource: Resource
    id: str
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]


@dataclass
class LittleEngine:
    """An engine as small as can be: refresh, then create, update or replace in order, then delete in reverse."""

    account: Account
    state: dict[str, Kept] = field(default_factory=dict)
    watch: Callable[[], None] = lambda: None  # called after every step

    def apply(self, stack: Stack) -> dict[str, str]:
        """What was done to each resource; what stayed the same is left out."""
        done: dict[str, str] = {}
        leaving: list[Kept] = []
        before = tuple(each.resource for each in self.state.values())
        for resource in graph.ordered(stack):
            inputs, found = self.differences(resource)
            kept = self.state.get(resource.name)
            if kept is None:
                done[resource.name] = "create"
                self._create(stack, resource, inputs)
            elif any(each.replaces for each in found):
                done[resource.name] = "replace"
                if resource.options.delete_before_replace:
                    self._delete_with_users(kept)
                else:
                    leaving.append(kept)
                self._create(stack, resource, inputs)
            elif found:
                done[resource.name] = "update"
                made = self.account.update(resource.type, kept.id, inputs, str(inputs.get("region", "")))
                self._remember(resource, kept.id, inputs, made.outputs)
            else:
                kept.resource = resource
        names = {each.name for each in stack.resources}
        for name in [name for name in self.state if name not in names]:
            done[name] = "delete"
            leaving.append(self.state.pop(name))
        order = [each.name for each in graph.ordered(Stack(stack.id, before))]
        for kept in sorted(leaving, key=lambda each: -order.index(each.resource.name)):
            self._delete(kept)
        return done

    def destroy(self) -> None:
        resources = tuple(each.resource for each in self.state.values())
        for resource in reversed(graph.ordered(Stack("", resources))):
            self._delete(self.state.pop(resource.name))

    def differences(self, resource: Resource) -> tuple[dict[str, Any], list[Difference]]:
        """The inputs as an engine would send them, and what of them is not as it is in the account."""
        inputs = {name: self.value(value) for name, value in resource.inputs.items()}
        assert self.account.check(resource.type, inputs) == [], resource.name
        if resource.name not in self.state:
            return inputs, []
        was = self._refresh(self.state[resource.name])
        kept = self.state[resource.name]
        inputs = json.loads(json.dumps(inputs))
        for each in resource.options.ignore_changes:
            _reset(inputs, was, route.parse(each))
        old = {
            name: kept.outputs.get(name, kept.inputs.get(name)) for name in kept.inputs.keys() | inputs.keys()
        }
        # What waits for its window is no difference to anybody.
        pending = self.account.pending(resource.type, kept.id, str(inputs.get("region", "")))
        found = self.account.diff(resource.type, old, inputs)
        waits = {name for name, value in pending.items() if inputs.get(name) == value}
        return inputs, [each for each in found if each.route[0] not in waits]

    def value(self, value: graph.Value) -> Any:
        """A value as a provider is given it."""
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

    def _create(self, stack: Stack, resource: Resource, inputs: Mapping[str, Any]) -> None:
        self.state.pop(resource.name, None)
        made = self.account.create(resource.type, inputs, (stack.id, resource.name))
        self._remember(resource, made.id, inputs, made.outputs)

    def _refresh(self, kept: Kept) -> Mapping[str, Any]:
        """Remembers what there is now, and returns the inputs that would have led there."""
        if TYPES[kept.resource.type].stateless:
            return kept.inputs
        found = self.account.read(kept.resource.type, kept.id, str(kept.inputs.get("region", "")))
        assert found is not None, f"{kept.resource.name} is gone"
        self._remember(kept.resource, kept.id, kept.inputs, found.outputs)
        return {**kept.inputs, **found.inputs}

    def _remember(
        self, resource: Resource, id: str, inputs: Mapping[str, Any], outputs: Mapping[str, Any]
    ) -> None:
        unread = {name: inputs[name] for name in TYPES[resource.type].unread if name in inputs}
        self.state[resource.name] = Kept(resource, id, inputs, {**outputs, **unread})
        self.watch()

    def _delete_with_users(self, kept: Kept) -> None:
        """What depends on it goes first, and is made again when its turn comes."""
        order = graph.ordered(Stack("", tuple(each.resource for each in self.state.values())))
        needy = {kept.resource.name}
        for resource in order:
            refs = [each for value in resource.inputs.values() for each in graph.parts(value)]
            needed = {
                *resource.options.depends_on,
                *(each.resource for each in refs if isinstance(each, graph.Ref)),
            }
            if needy & needed:
                needy.add(resource.name)
        for resource in reversed(order):
            if resource.name in needy:
                self._delete(self.state.pop(resource.name))

    def _delete(self, kept: Kept) -> None:
        if kept.resource.options.retain_on_delete or TYPES[kept.resource.type].stateless:
            return
        self.account.delete(kept.resource.type, kept.id, kept.inputs, str(kept.inputs.get("region", "")))


def _reset(new: Any, old: Any, path: route.Route) -> None:
    """Gives the value at a path back what it was, where both sides have what it is in."""
    for step in path[:-1]:
        try:
            new, old = new[step], old[step]
        except (KeyError, IndexError):
            return
    if old.get(path[-1]) is not None:
        new[path[-1]] = old[path[-1]]
    else:
        new.pop(path[-1], None)


@pytest.fixture
def little_engine() -> Callable[[Account], LittleEngine]:
    """Makes an engine for one stack in an account."""
    return LittleEngine


# What costs are worked out by in tests, whatever AWS asks for today; what is not here is unknown.
PRICES = {
    "cloudwatch": [("CW:AlarmMonitorUsage", "alarm metric-month", 0.10)],
    "kms": [("KMS-Keys", "key-month", 1.00)],
    "rds": [
        ("InstanceUsage:db.t4g.medium", "hour", 0.10),
        ("Multi-AZUsage:db.r7g.large", "hour", 0.60),
        ("Multi-AZUsage:db.r7g.xlarge", "hour", 1.20),
        ("RDS:GP3-Storage", "GiB-month", 0.13),
        ("RDS:Multi-AZ-GP3-Storage", "GiB-month", 0.26),
    ],
    "secretsmanager": [("AWSSecretsManager-Secrets", "secret-month", 0.40)],
}


@pytest.fixture(scope="session")
def price_lists(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prices")
    for service, rows in PRICES.items():
        given = [
            {"region": "ap-northeast-2", "usage": usage, "unit": unit, "dollars": dollars, "source": "test"}
            for usage, unit, dollars in rows
        ]
        prices.write(service, {"test": {"date": "2026-10-01", "says": "these tests"}}, given, folder)
    return folder


@pytest.fixture
def known_prices(price_lists: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(prices, "FOLDER", price_lists)
    prices._prices.cache_clear()
    yield
    prices._prices.cache_clear()
