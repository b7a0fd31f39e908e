"""Tables restored on the simulated account: what they are like, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from compiler.sandbox.account import Account
from compiler.sandbox.refusal import AwsError

REGION = "ap-northeast-2"
TYPE = "aws:dynamodb:Table"
USERS: dict[str, Any] = {
    "region": REGION,
    "name": "users",
    "attributes": [{"name": "user_id", "type": "S"}],
    "hash_key": "user_id",
    "billing_mode": "PAY_PER_REQUEST",
    "point_in_time_recovery": {"enabled": True},
}
AGAIN = {**USERS, "name": "again"}


@pytest.fixture
def account(tmp_path: Any) -> Account:
    made = Account(tmp_path / "sandbox.db")
    made.create(TYPE, USERS)
    return made


@pytest.mark.parametrize(
    "source",
    [
        {"restore_source_name": "users", "restore_to_latest_time": True},
        {"restore_source_name": "users", "restore_date_time": "2026-11-22T23:00:00Z"},
        {
            "restore_source_table_arn": f"arn:aws:dynamodb:{REGION}:000000000000:table/users",
            "restore_to_latest_time": True,
        },
    ],
)
def test_a_table_is_made_from_a_moment_of_another(account: Account, source: dict[str, Any]) -> None:
    account.create(TYPE, {**AGAIN, **source})
    assert account.read(TYPE, "again") is not None


def test_a_table_is_made_from_a_backup_of_one_that_is_gone(account: Account) -> None:
    account.backup(TYPE, "users", "last")
    account.delete(TYPE, "users")
    (backup,) = [each for each in account.show()["things"] if each["type"] == "aws:dynamodb:Backup"]
    account.create(TYPE, {**USERS, "restore_backup_arn": backup["attributes"]["arn"]})
    with pytest.raises(AwsError, match="Backup not found"):
        account.create(TYPE, {**AGAIN, "restore_backup_arn": f"{backup['attributes']['arn']}0"})


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"restore_source_name": "nobody"}, "Source table not found: nobody"),
        ({"restore_to_latest_time": None}, "is to be specified"),
        ({"restore_date_time": "2026-11-22T23:00:00Z"}, "is to be specified"),
        (
            {"restore_to_latest_time": None, "restore_date_time": "2027-01-01T00:00:00Z"},
            "is in the future",
        ),
        (
            {"hash_key": "email", "attributes": [{"name": "email", "type": "S"}]},
            "hash_key is user_id",
        ),
        (
            {"range_key": "at", "attributes": [*USERS["attributes"], {"name": "at", "type": "S"}]},
            "range_key is None",
        ),
        ({"restore_source_name": "unsaved"}, "recovery is not enabled"),
    ],
)
def test_a_restore_is_refused(account: Account, change: dict[str, Any], refusal: str) -> None:
    account.create(TYPE, {**USERS, "name": "unsaved", "point_in_time_recovery": {"enabled": False}})
    wanted = {**AGAIN, "restore_source_name": "users", "restore_to_latest_time": True}
    with pytest.raises(AwsError, match=refusal):
        account.create(TYPE, {**wanted, **change})
    account.create(TYPE, wanted)


def test_in_another_region_the_encryption_has_to_be_said(account: Account) -> None:
    source = f"arn:aws:dynamodb:{REGION}:000000000000:table/users"
    wanted = {
        **AGAIN,
        "region": "us-east-1",
        "restore_source_table_arn": source,
        "restore_to_latest_time": True,
    }
    with pytest.raises(AwsError, match="SSESpecificationOverride"):
        account.create(TYPE, wanted)
    account.create(TYPE, {**wanted, "server_side_encryption": {"enabled": True}})
