"""What RDS answers about copies of backups, which moto does not simulate: written by hand after its API's model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from compiler.account.aws import AwsAccount

TYPE = "aws:rds:InstanceAutomatedBackupsReplication"
SOURCE = "arn:aws:rds:ap-northeast-2:123456789012:db:orders"
COPIES = "arn:aws:rds:us-west-2:123456789012:auto-backup:ab-orders"


@pytest.fixture
def rds(no_aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    client = boto3.client("rds", region_name="us-west-2", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as stubber:
        monkeypatch.setattr("compiler.account.aws.client", lambda service, **_: client)
        yield stubber


def _backups(source: str, status: str, arn: str) -> dict[str, Any]:
    return {"DBInstanceArn": source, "Status": status, "DBInstanceAutomatedBackupsArn": arn}


@pytest.mark.parametrize(
    ("known", "found"), [((), COPIES), ((COPIES,), None)], ids=["not in the state", "in the state"]
)
def test_the_copies_of_a_source_are_found_among_others(
    rds: Stubber, known: tuple[str, ...], found: str | None
) -> None:
    others = [
        _backups(f"{SOURCE}-2", "replicating", f"{COPIES}-2"),
        _backups(SOURCE, "retained", f"{COPIES}-3"),
    ]
    answer = {"DBInstanceAutomatedBackups": [*others, _backups(SOURCE, "replicating", COPIES)]}
    rds.add_response("describe_db_instance_automated_backups", answer, {})
    inputs = {"source_db_instance_arn": SOURCE, "region": "us-west-2"}
    assert AwsAccount("ap-northeast-2").find(TYPE, "prod.orders", "backup-copies", inputs, known) == found
