"""Our data about RDS against cfn-lint's, which is AWS's own."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import cfnlint
import pytest

from compiler.aws.rds import MYSQL_VERSIONS, class_names, instance_class

EXTENSIONS = Path(str(cfnlint.__file__)).parent / "data/schemas/extensions/aws_rds_dbinstance"


# Multi-AZ clusters alone have c6gd, which no region lists; serverless is Aurora's.
NOT_OF_INSTANCES = {"c6gd", "serverless"}


@cache
def _regions() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((EXTENSIONS / "dbinstanceclass_enum.json").read_text())
    return found


def _branches(file: str) -> list[dict[str, Any]]:
    rules = json.loads((EXTENSIONS / file).read_text())["allOf"]
    return [
        each for each in rules if each["if"].get("properties", {}).get("Engine", {}).get("const") == "mysql"
    ]


def _made() -> set[str]:
    (known,) = _branches("engine_version.json")
    (deprecated,) = _branches("engine_version_deprecated.json")
    return set(known["then"]["properties"]["EngineVersion"]["enum"]) - set(
        deprecated["if"]["properties"]["EngineVersion"]["enum"]
    )


def test_the_versions_are_those_that_aws_still_makes() -> None:
    theirs = {each for each in _made() if each.startswith("8.")}
    assert theirs == {version for versions in MYSQL_VERSIONS.values() for version in versions}


@pytest.mark.parametrize("major", ["8.0", "8.4"])
def test_the_classes_are_those_that_aws_has_for_mysql(major: str) -> None:
    pattern = f"^({re.escape(major)}\\..+|{re.escape(major)})$"
    (rule,) = [
        each
        for each in _branches("db_instance_class.json")
        if each["if"]["properties"]["EngineVersion"]["pattern"] == pattern
    ]
    theirs = set(rule["then"]["properties"]["DBInstanceClass"]["enum"])
    facts = [instance_class(each) for each in class_names()]
    ours = {each.name for each in facts if each and each.since in ("", major)}
    assert ours == {each for each in theirs if each.split(".")[1] not in NOT_OF_INSTANCES}


@pytest.mark.parametrize("region", json.loads((EXTENSIONS / "dbinstanceclass_enum.json").read_text()))
def test_each_region_has_the_classes_that_aws_says(region: str) -> None:
    rules = _regions()[region]["allOf"]
    theirs = {
        name
        for each in rules
        if each["if"]["properties"].get("Engine", {}).get("const") == "mysql"
        for name in each["then"]["properties"]["DBInstanceClass"]["enum"]
    }
    facts = [instance_class(each) for each in class_names()]
    assert {each.name for each in facts if each and each.offered_in(region)} == theirs & set(class_names())


def test_a_region_that_nothing_is_known_of_is_not_guessed_at() -> None:
    found = instance_class("db.t4g.micro")
    assert found is not None
    assert found.offered_in("xx-nowhere-1") is None


def test_memory_and_vcpus_follow_from_family_and_size() -> None:
    facts = {
        name: instance_class(name)
        for name in ("db.t4g.micro", "db.r7g.large", "db.m5.24xlarge", "db.x2iedn.xlarge")
    }
    assert {name: (each.vcpus, each.memory_gib) for name, each in facts.items() if each} == {
        "db.t4g.micro": (2, 1),
        "db.r7g.large": (2, 16),
        "db.m5.24xlarge": (96, 384),
        "db.x2iedn.xlarge": (4, 128),
    }
