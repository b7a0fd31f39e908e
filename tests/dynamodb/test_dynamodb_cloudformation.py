"""The tables that specs compile to, held against cfn-lint's schema of AWS::DynamoDB::Table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import cfnlint
import pytest
from jsonschema import Draft7Validator

from compiler.graph import from_data

SCHEMAS = Path(str(cfnlint.__file__)).parent / "data/schemas"
CASES = sorted((Path(__file__).parents[1] / "compiled/cases").glob("*dynamodb*.json"))


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_a_table_is_one_that_cloudformation_would_make(case: Path) -> None:
    stack = from_data(json.loads(case.read_text()))
    table = _template(stack.resource("table").inputs)
    assert [error.message for error in _validator().iter_errors(table)] == []
    for rule in (SCHEMAS / "extensions/aws_dynamodb_table").glob("*.json"):
        assert [
            error.message for error in Draft7Validator(json.loads(rule.read_text())).iter_errors(table)
        ] == []


def test_the_schema_finds_what_is_wrong() -> None:
    good = {"hash_key": "id", "attributes": [{"name": "id", "type": "S"}]}
    assert not list(_validator().iter_errors(_template(good)))
    for wrong in (
        {"attributes": [{"name": "id", "type": "SS"}]},
        {"global_secondary_indexes": [{"name": "x", "hash_key": "id", "projection_type": "ALL"}]},
        {"point_in_time_recovery": {"enabled": True, "recovery_period_in_days": 36}},
        {"stream_enabled": True, "stream_view_type": "NEW"},
    ):
        assert list(_validator().iter_errors(_template(good | wrong))), wrong


@cache
def _validator() -> Draft7Validator:
    providers = json.loads((SCHEMAS / "providers/us-east-1.json").read_text())
    return Draft7Validator(
        json.loads((SCHEMAS / "resources" / f"{providers['AWS::DynamoDB::Table']}.json").read_text())
    )


def _template(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The properties that CloudFormation would be given for the same table; what only it does otherwise is left out."""
    ttl, recovery = inputs.get("ttl") or {}, inputs.get("point_in_time_recovery") or {}
    said = inputs.get("server_side_encryption") or {}
    properties = {
        "TableName": inputs.get("name"),
        "AttributeDefinitions": [
            {"AttributeName": each["name"], "AttributeType": each["type"]} for each in inputs["attributes"]
        ],
        "KeySchema": _keys(inputs),
        "BillingMode": inputs.get("billing_mode"),
        "GlobalSecondaryIndexes": [_index(each) for each in inputs.get("global_secondary_indexes") or []],
        "LocalSecondaryIndexes": [
            _index({**each, "hash_key": inputs["hash_key"]})
            for each in inputs.get("local_secondary_indexes") or []
        ],
        **_throughput(inputs),
        "TableClass": inputs.get("table_class"),
        "DeletionProtectionEnabled": inputs.get("deletion_protection_enabled"),
        "StreamSpecification": {"StreamViewType": inputs["stream_view_type"]}
        if inputs.get("stream_enabled")
        else None,
        "TimeToLiveSpecification": {"Enabled": ttl["enabled"], "AttributeName": ttl.get("attribute_name")}
        if ttl.get("enabled")
        else None,
        "PointInTimeRecoverySpecification": _given(
            {
                "PointInTimeRecoveryEnabled": recovery.get("enabled", False),
                "RecoveryPeriodInDays": recovery.get("recovery_period_in_days"),
            }
        ),
        "SSESpecification": {"SSEEnabled": said.get("enabled", False)},
        "WarmThroughput": _given(
            {
                "ReadUnitsPerSecond": (inputs.get("warm_throughput") or {}).get("read_units_per_second"),
                "WriteUnitsPerSecond": (inputs.get("warm_throughput") or {}).get("write_units_per_second"),
            }
        ),
        "Tags": [{"Key": key, "Value": value} for key, value in (inputs.get("tags") or {}).items()],
    }
    return _given({name: value for name, value in properties.items() if value not in ([], {})})


def _index(index: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "IndexName": index["name"],
        "KeySchema": _keys(index),
        "Projection": _given(
            {"ProjectionType": index["projection_type"], "NonKeyAttributes": index.get("non_key_attributes")}
        ),
        **_throughput(index),
    }


def _keys(holder: Mapping[str, Any]) -> list[dict[str, str]]:
    return [
        {"AttributeName": holder[key], "KeyType": kind}
        for key, kind in (("hash_key", "HASH"), ("range_key", "RANGE"))
        if holder.get(key)
    ]


def _throughput(holder: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if "read_capacity" in holder:
        found["ProvisionedThroughput"] = {
            "ReadCapacityUnits": holder["read_capacity"],
            "WriteCapacityUnits": holder["write_capacity"],
        }
    if limits := holder.get("on_demand_throughput"):
        # -1 takes a limit away, which a template does by leaving it out.
        names = {
            "max_read_request_units": "MaxReadRequestUnits",
            "max_write_request_units": "MaxWriteRequestUnits",
        }
        found["OnDemandThroughput"] = {names[key]: value for key, value in limits.items() if value != -1}
    return found


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
