"""Starting what is stopped, in AWS as moto simulates it."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from compiler.account.aws import AwsAccount
from compiler.diagnostics import UserError

REGION = "ap-northeast-2"


@pytest.fixture
def rds(aws: str) -> Any:
    return boto3.client("rds", region_name=REGION)


def _instance(rds: Any, **given: Any) -> str:
    made = rds.create_db_instance(
        DBInstanceIdentifier="orders",
        Engine="mysql",
        DBInstanceClass="db.t4g.micro",
        AllocatedStorage=20,
        MasterUsername="dbadmin",
        MasterUserPassword="not-so-secret",
        **given,
    )["DBInstance"]
    return str(made["DbiResourceId"])


def test_what_runs_is_left_alone(rds: Any) -> None:
    assert AwsAccount(REGION).start("aws:rds:Instance", _instance(rds)) is False


def test_what_is_stopped_is_started_and_waited_for(rds: Any) -> None:
    id = _instance(rds)
    rds.stop_db_instance(DBInstanceIdentifier="orders")
    heard: list[str] = []
    account = AwsAccount(REGION, wait=lambda reason: heard.append(reason) is None)
    assert account.start("aws:rds:Instance", id) is True
    (found,) = rds.describe_db_instances(DBInstanceIdentifier="orders")["DBInstances"]
    assert found["DBInstanceStatus"] == "available"
    assert heard == [f"{id} is stopped, and AWS changes nothing meanwhile"]


def test_without_anybody_who_waits_it_is_said_what_it_is(rds: Any) -> None:
    id = _instance(rds)
    rds.stop_db_instance(DBInstanceIdentifier="orders")
    with pytest.raises(UserError, match="is stopped, and AWS changes nothing meanwhile; run it again"):
        AwsAccount(REGION).start("aws:rds:Instance", id)


def test_what_is_no_instance_or_none_any_more_is_nothing_to_start(rds: Any) -> None:
    assert AwsAccount(REGION).start("aws:kms:Key", "1234abcd") is False
    assert AwsAccount(REGION).start("aws:rds:Instance", "db-NOTHING") is False
