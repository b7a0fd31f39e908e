"""What kinds and environments share: alarms, keys, dashboards, trails, and everything that is free."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from compiler.aws import types
from compiler.cost import Component, total
from compiler.environment import cost as environment_cost
from compiler.graph import Resource, Stack, Value
from compiler.parts import cost
from tests.cost.conftest import Row, row

US = "us-east-1"

# Types with a cost that a kind, or the environment, knows; `parts.cost` prices all others or knows them to be free.
ELSEWHERE = {
    "aws:cloudtrail:Trail": "compiler.environment.cost",
    "aws:dynamodb:ContributorInsights": "compiler.kinds.dynamodb.cost",
    "aws:dynamodb:Table": "compiler.kinds.dynamodb.cost",
    "aws:dynamodb:TableReplica": "compiler.kinds.dynamodb.cost",
    "aws:elasticache:ReplicationGroup": "compiler.kinds.redis.cost",
    "aws:rds:Instance": "compiler.kinds.mysql.cost",
    "aws:rds:InstanceAutomatedBackupsReplication": "compiler.kinds.mysql.cost",
    "aws:s3:Bucket": "compiler.environment.cost",
}


def resource(type: str, **inputs: Value) -> Resource:
    """A resource in us-east-1."""
    return Resource("it", type, {"region": US, **inputs}, "")


def only(type: str, **inputs: Value) -> Component:
    """The one component of such a resource."""
    (found,) = cost.components(resource(type, **inputs))
    return found


@pytest.fixture(autouse=True)
def known(price: Callable[[str, list[Row]], None]) -> None:
    price(
        "cloudwatch",
        [
            row(US, "CW:AlarmMonitorUsage", "alarm metric-month", 0.10),
            row(US, "CW:HighResAlarmMonitorUsage", "alarm metric-month", 0.30),
            row("*", "DashboardsUsageHour", "dashboard-month", 3.00),
        ],
    )
    price("kms", [row(US, "KMS-Keys", "key-month", 1.00)])
    price("cloudtrail", [row(US, "DataEventsRecorded", "event", 1e-6)])
    price("s3", [row(US, "TimedStorage-ByteHrs", "GiB-month", 0.02)])


@pytest.mark.parametrize("type", types.known())
def test_every_type_has_a_price_or_is_known_to_be_free(type: str) -> None:
    unknown = [each for each in cost.components(resource(type)) if each.name == type]
    assert bool(unknown) is (type in ELSEWHERE)


def test_a_type_that_nobody_has_priced_is_not_free() -> None:
    found = only("aws:quantum:Ledger")
    assert found.monthly is None
    assert total([found]).unknown == 1


@pytest.mark.parametrize(
    ("period", "monthly"), [(60, 0.10), (300, 0.10), (59, 0.30), (30, 0.30), (10, 0.30), (None, 0.10)]
)
def test_an_alarm_that_looks_more_than_once_a_minute_costs_more(period: int | None, monthly: float) -> None:
    assert only("aws:cloudwatch:MetricAlarm", period=period).monthly == pytest.approx(monthly)


def test_an_alarm_on_an_expression_costs_as_many_as_it_looks_at() -> None:
    metric: Value = {"metric_name": "Reads", "namespace": "AWS/DynamoDB", "period": 300, "stat": "Sum"}
    queries: Value = [
        {"id": "sum", "expression": "a+b", "return_data": True},
        {"id": "a", "metric": metric},
        {"id": "b", "metric": metric},
    ]
    assert only("aws:cloudwatch:MetricAlarm", metric_queries=queries).monthly == pytest.approx(0.20)


def test_a_key_and_a_dashboard_cost_the_same_every_month() -> None:
    assert only("aws:kms:Key").monthly == 1
    assert only("aws:cloudwatch:Dashboard").monthly == 3


def environment(**usage: float) -> Any:
    """An environment that says no more than its usage."""
    said = {"data_events_per_month": None, "audit_gib": None} | usage
    return SimpleNamespace(spec=SimpleNamespace(usage=SimpleNamespace(model_dump=lambda: said)))


def trail(*categories: str) -> Resource:
    """A trail with these categories of events."""
    selectors: Value = [
        {"name": each, "field_selectors": [{"field": "eventCategory", "equals": [each]}]}
        for each in categories
    ]
    return resource("aws:cloudtrail:Trail", advanced_event_selectors=selectors)


def test_the_first_trail_of_api_calls_is_free() -> None:
    assert (
        list(environment_cost.components(environment(), Stack("prod.environment", (trail("Management"),))))
        == []
    )


def test_every_read_and_write_that_a_trail_writes_down_is_paid_for() -> None:
    stack = Stack("prod.environment", (trail("Management", "Data"), resource("aws:s3:Bucket")))
    events, kept = environment_cost.components(environment(), stack)
    assert events.depends
    assert kept.depends
    said = environment(data_events_per_month=2_600_000_000, audit_gib=100)
    events, kept = environment_cost.components(said, stack)
    assert events.monthly == pytest.approx(2600)
    assert kept.monthly == pytest.approx(2)
