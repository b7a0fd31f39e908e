"""What docs/migrating.md promises: the collection's examples as specs, and its environments in ours."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from compiler import catalog, compilation, legacy
from compiler.graph import Resource
from compiler.reference.keys import keys
from compiler.source import WorkTree

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "migrating.md").read_text()

# The collection's examples: of each module the spec here, the resource it is about, and what it asked for.
EXAMPLES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "app_database": ("prod/application", "instance", {"db_name": "application", "engine": "mysql"}),
    "mysql_primary": ("prod/orders", "instance", {"db_name": "orders", "multi_az": True}),
    "redis_cache": ("prod/cart-cache", "replication-group", {"num_node_groups": 3}),
    "session_table": (
        "prod/user-sessions",
        "table",
        {"hash_key": "session_id", "ttl": {"enabled": True, "attribute_name": "expires_at"}},
    ),
    "global_users": (
        "prod/users",
        "table",
        {"hash_key": "user_id", "range_key": "created_at", "billing_mode": "PAY_PER_REQUEST"},
    ),
    "modernized_mysql": (
        "prod/modernized",
        "instance",
        {
            "instance_class": "db.r5.large",
            "multi_az": True,
            "monitoring_interval": 15,
            "performance_insights_enabled": True,
            "backup_retention_period": 30,
            "backup_window": "03:00-04:00",
        },
    ),
}
# Its environment strategy: what an input is in each environment.
STRATEGY = {
    ("orders", "instance", "instance_class"): ("db.t3.micro", "db.t3.small", "db.r5.large"),
    ("orders", "instance", "multi_az"): (False, True, True),
    ("orders", "instance", "backup_retention_period"): (7, 14, 30),
    ("cart-cache", "replication-group", "node_type"): ("cache.t3.micro", "cache.t3.small", "cache.r6g.large"),
    ("user-sessions", "table", "billing_mode"): ("PAY_PER_REQUEST",) * 3,
    ("user-sessions", "table", "deletion_protection_enabled"): (False, True, True),
}


@pytest.fixture(scope="module")
def made() -> Mapping[str, Mapping[str, Resource]]:
    """The resources of every shipped stack, by the database's id and their names."""
    found = catalog.load(WorkTree(ROOT / "specs")).checked()
    stacks = compilation.stacks([], found.databases.values())
    return {
        id_: {each.name: each for each in stack.resources}
        for id_, stack in zip(found.databases, stacks, strict=True)
    }


@pytest.mark.parametrize("module", EXAMPLES)
def test_an_example_of_the_collection_is_a_spec_that_asks_for_the_same(
    module: str, made: Mapping[str, Mapping[str, Resource]]
) -> None:
    id_, name, asked = EXAMPLES[module]
    assert f"`{module}` | [specs/{id_}.yaml]" in PAGE
    inputs = made[id_][name].inputs
    assert {key: inputs.get(key) for key in asked} == asked


def test_the_replicas_of_the_examples_are_there(made: Mapping[str, Mapping[str, Resource]]) -> None:
    assert made["prod/orders"]["replica-1"].type == "aws:rds:Instance"
    regions = {
        each.inputs["region"]
        for each in made["prod/users"].values()
        if each.type in ("aws:dynamodb:Table", "aws:dynamodb:TableReplica")
    }
    assert regions == {"ap-northeast-2", "us-east-1", "eu-west-1"}


@pytest.mark.parametrize(("database", "resource", "input"), STRATEGY)
def test_its_environment_strategy_is_in_the_shipped_environments(
    database: str, resource: str, input: str, made: Mapping[str, Mapping[str, Resource]]
) -> None:
    found = tuple(
        made[f"{environment}/{database}"][resource].inputs.get(input)
        for environment in ("dev", "staging", "prod")
    )
    assert found == STRATEGY[database, resource, input]


@pytest.mark.parametrize("kind", legacy.FIXES)
def test_what_a_variable_is_called_now_is_a_key_of_its_kind(kind: str) -> None:
    known = {each.text for each in keys(kind)} | {each.text for each in keys("environment")}
    for name, answer in {**legacy.SHARED, **legacy.FIXES[kind]}.items():
        for key in re.findall(r"`([a-z_][a-z_.0-9]*)", answer):
            assert key in known, (name, key)
