"""What is said of changes to a table: every input, and what depends on both sides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from compiler.aws import types
from compiler.effects import Data, Effect, Feasibility, Service
from compiler.kinds.dynamodb.effects import EFFECTS

# Every type has these, and one answer for all: compiler/parts/effects.py and compiler/aws/replacement.py.
EVERYWHERE = {"region", "tags"}


@pytest.mark.parametrize(
    "type",
    [
        "aws:backup:Plan",
        "aws:backup:Selection",
        "aws:dynamodb:ContributorInsights",
        "aws:dynamodb:Table",
        "aws:dynamodb:TableReplica",
    ],
)
def test_every_input_that_an_override_can_set_has_an_entry(type: str) -> None:
    missing = {name for name in types.resource_type(type).inputs if (type, name) not in EFFECTS}
    assert missing <= EVERYWHERE


def _index(name: str = "by-email", **more: Any) -> dict[str, Any]:
    return {"name": name, "hash_key": "email", "projection_type": "ALL", **more}


def _attributes(**types: str) -> list[dict[str, str]]:
    return [{"name": name, "type": type} for name, type in types.items()]


ON = {"enabled": True}
OFF = {"enabled": False}
KEYS = {"hash_key": "id", "attributes": _attributes(id="S")}
EMAIL = {
    "hash_key": "id",
    "attributes": _attributes(id="S", email="S"),
    "global_secondary_indexes": [_index()],
}
NUMBER = {**EMAIL, "attributes": _attributes(id="S", email="N")}
STRONG = [
    {"region_name": name, "consistency_mode": "STRONG"} for name in ("ap-northeast-1", "ap-northeast-3")
]


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("attributes", KEYS, {**KEYS, "attributes": _attributes(id="N")}),
        ("attributes", EMAIL, NUMBER),
        (
            "attributes",
            {**KEYS, "local_secondary_indexes": [{"name": "l", "range_key": "id"}]},
            {**KEYS, "attributes": _attributes(id="B")},
        ),
        (
            "local_secondary_indexes",
            {"local_secondary_indexes": [{"name": "l", "range_key": "at", "projection_type": "ALL"}]},
            {"local_secondary_indexes": [{"name": "l", "range_key": "at", "projection_type": "KEYS_ONLY"}]},
        ),
        ("global_secondary_indexes", EMAIL, {"global_secondary_indexes": [_index(range_key="at")]}),
        (
            "global_secondary_indexes",
            EMAIL,
            {"global_secondary_indexes": [_index(projection_type="KEYS_ONLY")]},
        ),
        ("global_secondary_indexes", EMAIL, {"global_secondary_indexes": [_index(hash_key="mail")]}),
        (
            "global_secondary_indexes",
            {"global_secondary_indexes": [_index(non_key_attributes=["a"])]},
            {"global_secondary_indexes": [_index(non_key_attributes=["a", "b"])]},
        ),
        (
            "global_secondary_indexes",
            {"global_secondary_indexes": [_index(on_demand_throughput={"max_read_request_units": 5})]},
            EMAIL,
        ),
        ("on_demand_throughput", {"on_demand_throughput": {"max_read_request_units": 5}}, {}),
        ("ttl", {"ttl": {**ON, "attribute_name": "a"}}, {"ttl": {**ON, "attribute_name": "b"}}),
        ("replicas", {"replicas": STRONG}, {"replicas": STRONG[:1]}),
        ("replicas", {}, {"replicas": STRONG}),
        ("replicas", {"replicas": STRONG}, {"replicas": [{**each, "kms_key_arn": "k"} for each in STRONG]}),
    ],
)
def test_what_aws_cannot_do_has_a_way_out(name: str, before: Any, after: Any) -> None:
    effect = _effect(name, before, after)
    assert effect.feasibility is not Feasibility.OK
    assert effect.fix


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("attributes", KEYS, EMAIL),
        ("attributes", EMAIL, {**NUMBER, "global_secondary_indexes": [_index("by-number")]}),
        ("global_secondary_indexes", KEYS, EMAIL),
        ("global_secondary_indexes", EMAIL, KEYS),
        (
            "global_secondary_indexes",
            {"global_secondary_indexes": [_index(non_key_attributes=["a", "b"])]},
            {"global_secondary_indexes": [_index(non_key_attributes=["b", "a"], read_capacity=5)]},
        ),
        (
            "on_demand_throughput",
            {"on_demand_throughput": {"max_read_request_units": 5}},
            {"on_demand_throughput": {"max_read_request_units": -1}},
        ),
        ("on_demand_throughput", {"on_demand_throughput": {"max_read_request_units": -1}}, {}),
        (
            "on_demand_throughput",
            {"on_demand_throughput": {"max_read_request_units": 5}},
            {"billing_mode": "PROVISIONED"},
        ),
        ("ttl", {"ttl": OFF}, {"ttl": {**ON, "attribute_name": "a"}}),
        (
            "replicas",
            {"replicas": STRONG},
            {"replicas": [{**each, "point_in_time_recovery": True} for each in STRONG]},
        ),
    ],
)
def test_what_aws_does_is_let_through(name: str, before: Any, after: Any) -> None:
    assert _effect(name, before, after).feasibility is Feasibility.OK


@pytest.mark.parametrize(
    ("name", "before", "after", "service"),
    [
        ("global_secondary_indexes", KEYS, EMAIL, Service.NONE),
        ("global_secondary_indexes", EMAIL, KEYS, Service.OUTAGE),
        (
            "global_secondary_indexes",
            EMAIL,
            {"billing_mode": "PROVISIONED", "global_secondary_indexes": [_index(), _index("by-city")]},
            Service.DEGRADED,
        ),
        ("billing_mode", {}, {"billing_mode": "PROVISIONED"}, Service.DEGRADED),
        ("billing_mode", {}, {"billing_mode": "PAY_PER_REQUEST"}, Service.NONE),
        ("read_capacity", {"read_capacity": 5}, {"read_capacity": 4}, Service.DEGRADED),
        ("read_capacity", {"read_capacity": 5}, {"read_capacity": 6}, Service.NONE),
        ("stream_enabled", {"stream_enabled": True}, {"stream_enabled": False}, Service.OUTAGE),
        ("stream_enabled", {"stream_enabled": False}, {"stream_enabled": True}, Service.NONE),
        ("stream_view_type", {"stream_enabled": True}, {"stream_enabled": True}, Service.OUTAGE),
        (
            "server_side_encryption",
            {"server_side_encryption": OFF},
            {"server_side_encryption": ON},
            Service.NONE,
        ),
    ],
)
def test_what_clients_notice(name: str, before: Any, after: Any, service: Service) -> None:
    assert _effect(name, before, after).service is service


def test_backups_that_go_do_not_come_back() -> None:
    on, shorter = {**ON, "recovery_period_in_days": 35}, {**ON, "recovery_period_in_days": 7}
    for before, after, reversible in (
        (on, OFF, False),
        (on, shorter, False),
        (shorter, on, True),
        (OFF, on, True),
    ):
        effect = _effect(
            "point_in_time_recovery", {"point_in_time_recovery": before}, {"point_in_time_recovery": after}
        )
        assert effect.reversible is reversible
        assert effect.data is Data.KEPT


def test_a_table_that_goes_says_whether_a_backup_is_left() -> None:
    deleted = EFFECTS["aws:dynamodb:Table", "(deletion)"]
    assert not isinstance(deleted, Effect)
    assert "35 days" in deleted({"point_in_time_recovery": ON}, {}).says
    assert "35 days" not in deleted({"point_in_time_recovery": OFF}, {}).says
    assert deleted({}, {}).data is Data.LOST


def _effect(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Effect:
    entry = EFFECTS["aws:dynamodb:Table", name]
    return entry if isinstance(entry, Effect) else entry(before, after)
