"""DynamoDB specs as text, compiled."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from compiler import catalog, compilation
from compiler.catalog import Catalog
from compiler.graph import Stack
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

    def load(text: str, tier: str = "production", region: str = "ap-northeast-2") -> Catalog:
        folder = tmp_path / "specs" / "prod"
        folder.mkdir(parents=True, exist_ok=True)
        (folder.parent / "people.yaml").write_text("teams: {checkout: {}}\n")
        (folder / "environment.yaml").write_text(ENVIRONMENT.format(tier=tier, region=region))
        (folder / "orders.yaml").write_text(HEAD + text)
        return catalog.load(WorkTree(folder.parent))

    return load


@pytest.fixture
def compile_spec(load: Load) -> Compile:
    """Compiles such a spec to its stack."""

    def compile_spec(text: str, tier: str = "production", region: str = "ap-northeast-2") -> Stack:
        _, databases = load(text, tier, region).checked().select([])
        return next(compilation.stacks([], databases))

    return compile_spec
