"""Backups of tables on demand, asked of an account over HTTP."""

from __future__ import annotations

import boto3
import pytest

from compiler.account import backups
from compiler.account.aws import AwsAccount
from compiler.diagnostics import Exit, UserError

REGION = "ap-northeast-2"


def _table() -> None:
    boto3.client("dynamodb", region_name=REGION).create_table(
        TableName="sessions",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )


def _names() -> list[str]:
    found = boto3.client("dynamodb", region_name=REGION).list_backups(TableName="sessions")
    return [each["BackupName"] for each in found["BackupSummaries"]]


@pytest.mark.usefixtures("aws")
def test_a_backup_is_there_once_the_call_returns() -> None:
    _table()

    AwsAccount(REGION).backup("aws:dynamodb:Table", "sessions", "sessions-final")

    assert _names() == ["sessions-final"]


@pytest.mark.usefixtures("aws")
def test_a_backup_that_takes_its_time_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    _table()
    answers, asked = iter(["CREATING", "CREATING", "AVAILABLE"]), list[str]()
    monkeypatch.setattr(backups, "status", lambda *_: next(answers))

    AwsAccount(REGION, wait=lambda what: not asked.append(what)).backup(
        "aws:dynamodb:Table", "sessions", "sessions-final"
    )

    assert asked == ["the backup sessions-final of sessions is not there yet"] * 2
    assert _names() == ["sessions-final"]


@pytest.mark.usefixtures("aws")
def test_nobody_goes_on_without_the_backup(monkeypatch: pytest.MonkeyPatch) -> None:
    _table()
    monkeypatch.setattr(backups, "status", lambda *_: "CREATING")

    with pytest.raises(UserError, match="is not there yet") as caught:
        AwsAccount(REGION, wait=lambda _: False).backup("aws:dynamodb:Table", "sessions", "sessions-final")

    assert caught.value.exit_code is Exit.ENGINE


@pytest.mark.usefixtures("aws")
def test_a_table_that_is_not_there_is_one_clear_message() -> None:
    with pytest.raises(UserError, match="taking a backup of sessions"):
        AwsAccount(REGION).backup("aws:dynamodb:Table", "sessions", "sessions-final")
