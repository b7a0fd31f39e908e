"""A database keeps its name in AWS, unless somebody writes another."""

from __future__ import annotations

import pytest

from compiler import gates
from compiler.comparison import compare
from compiler.consequences import consequences
from compiler.diagnostics import Place
from compiler.graph import Resource, Stack, Value
from compiler.lifecycle.naming import renaming
from compiler.lifecycle.said import Lifecycle

SPEC = Place("specs/prod/orders.yaml")
NAMES = {
    "aws:rds:Instance": "identifier",
    "aws:elasticache:ReplicationGroup": "replication_group_id",
    "aws:dynamodb:Table": "name",
}


def _stack(type: str, name: str, group: str, **inputs: Value) -> Stack:
    return Stack(
        "prod.orders",
        (
            Resource("it", type, {NAMES[type]: name, **inputs}, ""),
            Resource("log", "aws:cloudwatch:LogGroup", {"name": f"/logs/{group}"}, ""),
        ),
    )


def _rules(before: Stack, after: Stack, lifecycle: Lifecycle, tier: str = "production") -> list[str]:
    changes = compare(before, after)
    found = consequences(changes, before, after)
    verdict = gates.judge(
        "prod.orders", found, tier, SPEC, lifecycle, renaming=renaming(before, after), changes=changes
    )
    return [each.rule for each in verdict.refusals]


UNSAID, SAID = Lifecycle(names_itself=False), Lifecycle(names_itself=True)


@pytest.mark.parametrize("type", NAMES)
def test_another_name_is_refused_once_for_all_that_follows_from_it(type: str) -> None:
    before, after = _stack(type, "shop-orders", "shop-orders"), _stack(type, "web-orders", "web-orders")

    assert _rules(before, after, UNSAID) == ["gate/name"]
    assert _rules(before, after, UNSAID, "development") == []
    assert "gate/name" not in _rules(before, after, SAID)


def test_what_does_not_follow_from_the_name_is_refused_beside_it() -> None:
    type = "aws:rds:Instance"
    before = _stack(type, "shop-orders", "own", allocated_storage=100)
    after = _stack(type, "web-orders", "another", allocated_storage=50)

    assert sorted(_rules(before, after, UNSAID)) == ["gate/name", "gate/refused", "gate/replace"]


def test_a_replica_is_called_after_its_primary_and_is_no_renaming() -> None:
    replica = {"replicate_source_db": "shop-orders"}
    before = _stack("aws:rds:Instance", "shop-orders-1", "shop", **replica)
    after = _stack("aws:rds:Instance", "shop-orders-2", "shop", **replica)

    assert renaming(before, after) is None


def test_what_comes_or_goes_is_no_renaming() -> None:
    there = _stack("aws:rds:Instance", "shop-orders", "shop")

    assert renaming(None, there) is None
    assert renaming(there, None) is None
    assert renaming(there, there) is None
