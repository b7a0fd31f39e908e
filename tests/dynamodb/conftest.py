"""DynamoDB specs as text, compiled, and stacks applied to the simulated account without the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from compiler import catalog, compilation
from compiler.catalog import Catalog
from compiler.graph import Stack
from compiler.sandbox.account import Account
from compiler.source import WorkTree
from tests.conftest import LittleEngine

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


class Life(LittleEngine):
    """The engine of one table's stack, which takes the protection of each off before it destroys it."""

    def destroy(self) -> None:
        for kept in self.state.values():
            if kept.inputs.get("deletion_protection_enabled"):
                bare = {**kept.inputs, "deletion_protection_enabled": False, **_unprotected(kept.inputs)}
                self.account.update(kept.resource.type, kept.id, bare, str(kept.inputs.get("region") or ""))
        super().destroy()


def _unprotected(inputs: Mapping[str, Any]) -> dict[str, Any]:
    replicas = [{**each, "deletion_protection_enabled": False} for each in inputs.get("replicas") or []]
    return {"replicas": replicas} if replicas else {}


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
