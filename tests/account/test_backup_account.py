"""Selections of AWS Backup, which moto does not simulate, held against answers written by hand."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest
from botocore.stub import Stubber

from compiler.account.aws import AwsAccount
from compiler.diagnostics import UserError

REGION = "ap-northeast-2"
PLAN = {"BackupPlanId": "plan-1"}
ARN = f"arn:aws:backup:{REGION}:123456789012:backup-plan:plan-1"
INPUTS = {"plan_id": "plan-1", "name": "orders"}


@pytest.fixture
def asked(no_aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    """What AWS is asked, and answers: every question must be one that was expected."""
    client = boto3.client("backup", region_name=REGION, aws_access_key_id="x", aws_secret_access_key="x")
    monkeypatch.setattr(AwsAccount, "_client", lambda self, service, region: client)
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def find(**more: str) -> str | None:
    return AwsAccount(REGION).find(
        "aws:backup:Selection", "prod.orders", "backup-selection", {**INPUTS, **more}
    )


def _selections(asked: Stubber, *names: str) -> None:
    found = [{"SelectionId": f"id-of-{name}", "SelectionName": name} for name in names]
    asked.add_response("list_backup_selections", {"BackupSelectionsList": found}, PLAN)


def test_a_selection_is_whose_its_plan_is(asked: Stubber) -> None:
    _selections(asked, "other", "orders")
    asked.add_response("get_backup_plan", {"BackupPlanArn": ARN}, PLAN)
    tags = {"dbspec:stack": "prod.orders", "dbspec:resource": "backup-plan"}
    asked.add_response("list_tags", {"Tags": tags}, {"ResourceArn": ARN})
    assert find() == "plan-1|id-of-orders"


def test_a_selection_of_somebody_elses_plan_is_theirs(asked: Stubber) -> None:
    _selections(asked, "orders")
    asked.add_response("get_backup_plan", {"BackupPlanArn": ARN}, PLAN)
    asked.add_response("list_tags", {"Tags": {"Owner": "dba"}}, {"ResourceArn": ARN})
    with pytest.raises(UserError, match="exists and is not ours"):
        find()


def test_a_selection_of_another_name_is_none(asked: Stubber) -> None:
    _selections(asked, "other")
    assert find() is None
