"""The alarms of tables: each looks at a metric that is there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

SPEC = (
    "attributes: {id: S, email: S}\nhash_key: id\nreplicas: [us-east-1]\n"
    "indexes:\n  by-email: {hash_key: email, projection: ALL}\n"
)

# The dimensions that CloudWatch has each metric under: one with fewer, or with others, never has a value.
# Source: "DynamoDB metrics and dimensions" in the DynamoDB developer guide.
DIMENSIONS = {
    "ReadThrottleEvents": [{"TableName"}, {"TableName", "GlobalSecondaryIndexName"}],
    "WriteThrottleEvents": [{"TableName"}, {"TableName", "GlobalSecondaryIndexName"}],
    "SystemErrors": [{"TableName", "Operation"}],
    "SuccessfulRequestLatency": [{"TableName", "Operation"}],
    "ReplicationLatency": [{"TableName", "ReceivingRegion"}],
}


def test_every_alarm_has_all_dimensions_of_its_metric(compile_spec: Any) -> None:
    seen = set()
    for metric, dimensions in _metrics(compile_spec(SPEC)):
        assert set(dimensions) in DIMENSIONS[metric]
        assert dimensions["TableName"] == "ecommerce-prod-orders"
        seen.add(metric)
    assert seen == DIMENSIONS.keys()


def test_every_index_has_its_own_throttling(compile_spec: Any) -> None:
    of_index = {metric for metric, each in _metrics(compile_spec(SPEC)) if "GlobalSecondaryIndexName" in each}
    assert of_index == {"ReadThrottleEvents", "WriteThrottleEvents"}


def test_errors_are_added_up_over_no_more_metrics_than_an_alarm_may_have(compile_spec: Any) -> None:
    queries = compile_spec(SPEC).resource("table-system-errors").inputs["metric_queries"]
    assert [each["id"] for each in queries if each.get("return_data")] == ["total"]
    assert len([each for each in queries if "metric" in each]) == 10


@pytest.mark.parametrize(
    ("mode", "allowed"),
    [("", 0), ("billing_mode: PROVISIONED\ncapacity: {read: 5, write: 5}\n", 10)],
)
def test_a_provisioned_table_may_be_throttled_a_little(mode: str, allowed: int, compile_spec: Any) -> None:
    stack = compile_spec("attributes: {id: S}\nhash_key: id\n" + mode)
    assert stack.resource("table-read-throttles").inputs["threshold"] == allowed


def test_strong_replicas_have_no_latency_to_watch(compile_spec: Any) -> None:
    stack = compile_spec(
        "attributes: {id: S}\nhash_key: id\nconsistency: STRONG\nreplicas: [ap-northeast-1, ap-northeast-3]\n"
    )
    assert "ReplicationLatency" not in {metric for metric, _ in _metrics(stack)}


def test_a_replica_is_watched_where_the_environment_has_a_topic(compile_spec: Any) -> None:
    spec = SPEC.replace("[us-east-1]", "[us-east-1, eu-west-1]")
    stack = compile_spec(
        spec,
        environment="regions: {us-east-1: {vpc_id: vpc-0b, private_subnet_ids: [subnet-0b1, subnet-0b2]}}\n",
    )
    alarms = [each.inputs for each in stack.resources if each.type == "aws:cloudwatch:MetricAlarm"]
    there = [each for each in alarms if each["region"] == "us-east-1"]
    assert {each["alarm_actions"][0].split(":")[3] for each in there} == {"us-east-1"}
    assert {each["region"] for each in alarms} == {"ap-northeast-2", "us-east-1"}
    names = {each["name"] for each in there}
    assert names == {each["name"] for each in alarms if "ReceivingRegion" not in each.get("dimensions", {})}


def test_the_names_of_alarms_fit_and_differ(compile_spec: Any) -> None:
    stack = compile_spec(
        f"identifier: {'t' * 255}\nattributes: {{id: S, a: S, b: S}}\nhash_key: id\nindexes:\n"
        f"  {'x' * 254}a: {{hash_key: a, projection: ALL}}\n  {'x' * 254}b: {{hash_key: b, projection: ALL}}\n"
    )
    names = [each.inputs["name"] for each in stack.resources if each.type == "aws:cloudwatch:MetricAlarm"]
    assert all(len(name) <= 255 for name in names)
    assert len(set(names)) == len(names)


def _metrics(stack: Any) -> Iterator[tuple[str, dict[str, str]]]:
    for resource in stack.resources:
        if resource.type == "aws:cloudwatch:MetricAlarm":
            holders = [
                each["metric"] for each in resource.inputs.get("metric_queries", ()) if "metric" in each
            ]
            for each in holders or [resource.inputs]:
                yield each["metric_name"], each["dimensions"]
