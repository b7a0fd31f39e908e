"""The old collection's variables, answered with what exists now."""

from __future__ import annotations

import re

import pytest

from compiler import kinds, legacy
from compiler.environment.model import EnvironmentSpec
from compiler.fields import follow, keys
from compiler.kinds.dynamodb.spec import DynamoDB
from compiler.kinds.mysql.spec import MySQL
from compiler.kinds.redis.spec import Redis
from compiler.model import Model
from compiler.route import parse
from compiler.suggest import closest

# Every variable that the collection's own document shows.
DOCUMENTED = {
    "mysql": "shared_state_bucket shared_state_key aws_region project_name environment common_tags create_read_replica"
    " monitoring_interval performance_insights_enabled backup_retention_period backup_window",
    "redis": "cluster_mode_enabled num_node_groups",
    "dynamodb": "table_name ttl_enabled ttl_attribute_name enable_global_tables replica_regions"
    " global_secondary_indexes projection_type non_key_attributes read_capacity write_capacity",
}


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind, all_ in DOCUMENTED.items() for name in all_.split()]
)
def test_every_variable_of_the_collection_that_is_gone_says_what_to_write(kind: str, name: str) -> None:
    assert legacy.fix(name, kind)


@pytest.mark.parametrize(
    ("model", "table"),
    [
        (MySQL, legacy.SHARED),
        (MySQL, legacy.FIXES["mysql"]),
        (DynamoDB, legacy.SHARED),
        (DynamoDB, legacy.FIXES["dynamodb"]),
        (Redis, legacy.SHARED),
        (Redis, legacy.FIXES["redis"]),
    ],
)
def test_what_is_answered_is_no_key_today(model: type[Model], table: dict[str, str]) -> None:
    assert not table.keys() & keys((model,)).keys()


@pytest.mark.parametrize(
    ("model", "table"),
    [
        (MySQL, legacy.FIXES["mysql"]),
        (DynamoDB, legacy.FIXES["dynamodb"]),
        (Redis, legacy.FIXES["redis"]),
        (EnvironmentSpec, legacy.ENVIRONMENT),
    ],
)
def test_what_an_answer_tells_to_write_exists(model: type[Model], table: dict[str, str]) -> None:
    for name, answer in table.items():
        for written in re.findall(r"`([a-z_.]+)(?::[^`]*)?`", answer):
            if written != "restore":
                position = follow(model, parse(written))
                assert position.field is not None, f"{name}: {written}"


def test_a_variable_means_what_it_meant_in_the_module_of_its_kind() -> None:
    assert legacy.fix("multi_az_enabled", "mysql") == "write `multi_az`"
    assert "topology" in (legacy.fix("multi_az_enabled", "redis") or "")
    assert legacy.fix("aws_region", "") == "write `region`"


def test_every_kind_that_is_answered_can_be_written_one_day() -> None:
    assert set(kinds.KINDS) <= {*legacy.FIXES}


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("mysq", "mysql"),
        ("MySQL", "mysql"),
        ("storge", "storage"),
        ("multi-az", "multi_az"),
        ("multiAz", "multi_az"),
        ("prot", "port"),
        ("xyz", None),
        ("", None),
        ("x" * 100_000, None),
    ],
)
def test_the_closest_word_is_suggested_and_nothing_that_is_not_close(word: str, meant: str | None) -> None:
    assert closest(word, ["mysql", "redis", "dynamodb", "storage", "multi_az", "port", "project"]) == meant


def test_the_suggestion_does_not_depend_on_the_order_of_candidates() -> None:
    assert closest("gp4", ["gp2", "gp3"]) == closest("gp4", ["gp3", "gp2"])
