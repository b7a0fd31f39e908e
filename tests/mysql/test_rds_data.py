"""Our data about RDS against cfn-lint's, which is AWS's own."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import cfnlint
import pytest

from compiler.aws.rds import MYSQL_VERSIONS, class_names, instance_class

EXTENSIONS = Path(str(cfnlint.__file__)).parent / "data/schemas/extensions/aws_rds_dbinstance"


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
    theirs = {each for each in _made() if re.fullmatch(r"8\.[04]\.\d+", each)}
    assert theirs == {version for versions in MYSQL_VERSIONS.values() for version in versions}


@pytest.mark.parametrize("major", ["8.0", "8.4"])
def test_the_classes_are_those_that_aws_has_for_mysql(major: str) -> None:
    pattern = f"^({re.escape(major)}\\..+|{re.escape(major)})$"
    (rule,) = [
        each
        for each in _branches("db_instance_class.json")
        if each["if"]["properties"]["EngineVersion"]["pattern"] == pattern
    ]
    theirs = set(rule["then"]["properties"]["DBInstanceClass"]["enum"]) - {"db.serverless"}
    # m8a and r8a came with 8.4: an older version on them is AWS's to refuse.
    ours = {each for each in class_names() if each in theirs or major == "8.4"}
    assert ours == theirs
    assert theirs <= set(class_names())


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
