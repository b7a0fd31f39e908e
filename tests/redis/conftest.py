"""Redis specs made into stacks, and stacks applied to the simulated account without the engine."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from compiler import catalog, compilation
from compiler.catalog import Catalog
from compiler.graph import Stack
from compiler.sandbox.account import Account
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
def new_life(
    tmp_path_factory: pytest.TempPathFactory, little_engine: Callable[[Account], Any]
) -> Callable[[], Any]:
    """Makes an account, and an engine for the database's stack in it."""
    return lambda: little_engine(account_at(tmp_path_factory.mktemp("account") / "sandbox.db"))
