"""Our data about DynamoDB against botocore's and cfn-lint's, which are AWS's own."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import cfnlint
import pytest
from boto3.session import Session
from botocore.loaders import Loader

from compiler.aws import dynamodb

SCHEMAS = Path(str(cfnlint.__file__)).parent / "data/schemas"


@cache
def _shapes() -> dict[str, Any]:
    shapes: dict[str, Any] = Loader().load_service_model("dynamodb", "service-2")["shapes"]
    return shapes


@pytest.mark.parametrize("partition", dynamodb.REGIONS)
def test_the_regions_are_those_that_have_dynamodb(partition: str) -> None:
    assert dynamodb.REGIONS[partition] == set(Session().get_available_regions("dynamodb", partition))


def test_the_regions_are_those_of_cfn_lint_but_for_one() -> None:
    with_tables = {
        path.stem
        for path in (SCHEMAS / "providers").glob("*.json")
        if "AWS::DynamoDB::Table" in json.loads(path.read_text())
    }
    ours = set().union(*dynamodb.REGIONS.values())
    theirs = {name for name in with_tables if "-iso" not in name and not name.startswith("eusc-")}
    assert ours - theirs == {"me-south-1"}
    assert theirs <= ours


PLACES = {
    "ap-northeast-1": "Tokyo",
    "ap-northeast-2": "Seoul",
    "ap-northeast-3": "Osaka",
    "eu-central-1": "Frankfurt",
    "eu-west-1": "Ireland",
    "eu-west-2": "London",
    "eu-west-3": "Paris",
    "us-east-1": "N. Virginia",
    "us-east-2": "Ohio",
    "us-west-2": "Oregon",
}


def test_the_sets_of_strong_consistency_are_those_of_the_api() -> None:
    said = re.findall(r"[A-Z]{2} Region set: ((?:[A-Za-z ]+ \([A-Za-z. ]+\),? ?)+)", json.dumps(_shapes()))
    theirs = {frozenset(re.findall(r"\(([^)]+)\)", each)) for each in said}
    assert {frozenset(PLACES[region] for region in each) for each in dynamodb.STRONG_SETS} == theirs


def test_the_limits_are_those_of_the_api() -> None:
    shapes = _shapes()
    for shape in ("TableName", "IndexName"):
        said = shapes[shape]
        assert f"{said['pattern'].removesuffix('+')}{{{said['min']},{said['max']}}}" == dynamodb.NAME
    assert shapes["KeySchemaAttributeName"]["max"] == dynamodb.LONGEST_KEY
    assert shapes["NonKeyAttributeNameList"]["max"] == dynamodb.MOST_PROJECTED
    members = {name: each["documentation"] for name, each in shapes["CreateTableInput"]["members"].items()}
    assert f"(the maximum is {dynamodb.MOST_INDEXES})" in members["GlobalSecondaryIndexes"]
    assert f"(the maximum is {dynamodb.MOST_LOCAL_INDEXES})" in members["LocalSecondaryIndexes"]
    projected = shapes["Projection"]["members"]["NonKeyAttributes"]["documentation"]
    assert f"must not exceed {dynamodb.MOST_PROJECTED_IN_ALL}." in projected


def test_the_names_are_those_of_cfn_lint() -> None:
    index = _table_schema()["definitions"]["GlobalSecondaryIndex"]["properties"]["IndexName"]
    assert f"{index['pattern'][1:-2]}{{{index['minLength']},{index['maxLength']}}}" == dynamodb.NAME


@cache
def _table_schema() -> dict[str, Any]:
    providers = json.loads((SCHEMAS / "providers/us-east-1.json").read_text())
    path = SCHEMAS / "resources" / f"{providers['AWS::DynamoDB::Table']}.json"
    schema: dict[str, Any] = json.loads(path.read_text())
    return schema
