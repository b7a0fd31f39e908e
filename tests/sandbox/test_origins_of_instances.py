"""What RDS refuses, rounds up and leaves behind: restores, copies of backups, upgrades on a copy, stopped instances."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from compiler.sandbox.account import Account
from compiler.sandbox.refusal import AwsError

REGION, FAR = "ap-northeast-2", "us-west-2"
TYPE = "aws:rds:Instance"
COPIES = "aws:rds:InstanceAutomatedBackupsReplication"
ORDERS: dict[str, Any] = {
    "region": REGION,
    "identifier": "orders",
    "engine": "mysql",
    "engine_version": "8.4.7",
    "instance_class": "db.t4g.medium",
    "allocated_storage": 100,
    "storage_type": "gp3",
    "db_name": "orders",
    "username": "dbadmin",
    "password": "x" * 20,
    "backup_retention_period": 7,
    "skip_final_snapshot": True,
}
AGAIN = {
    name: ORDERS[name]
    for name in ("region", "instance_class", "db_name", "password", "skip_final_snapshot", "engine")
} | {"identifier": "again", "username": "somebody"}


def _key(account: Account, region: str) -> str:
    return str(account.create("aws:kms:Key", {"region": region}).outputs["arn"])


def _read(account: Account, id: str = "orders", region: str = REGION) -> dict[str, Any]:
    found = account.read(TYPE, id, region)
    assert found is not None
    return found.outputs


@pytest.mark.parametrize(
    "moment",
    [
        {"source_db_instance_identifier": "orders", "use_latest_restorable_time": True},
        {"source_db_instance_identifier": "orders", "restore_time": "2026-11-22T23:00:00Z"},
    ],
)
def test_what_is_restored_has_the_user_and_the_key_of_its_source(
    account: Account, moment: dict[str, Any]
) -> None:
    key = _key(account, REGION)
    account.create(TYPE, {**ORDERS, "storage_encrypted": True, "kms_key_id": key})
    made = account.create(TYPE, {**AGAIN, "restore_to_point_in_time": moment, "kms_key_id": key}).outputs
    assert (made["username"], made["kms_key_id"], made["allocated_storage"]) == ("dbadmin", key, 100)
    assert made["engine_version"] == "8.4.7"


@pytest.mark.parametrize(
    ("moment", "refusal"),
    [
        ({"source_db_instance_identifier": "nothing", "use_latest_restorable_time": True}, "not found"),
        ({"source_db_instance_identifier": "orders"}, "Exactly one of"),
        (
            {"source_db_instance_identifier": "orders", "restore_time": "2027-01-01T00:00:00Z"},
            "after the latest restorable time",
        ),
        ({"source_db_instance_identifier": "unsaved", "use_latest_restorable_time": True}, "no automated"),
    ],
)
def test_a_moment_that_cannot_be_restored_is_refused(
    account: Account, moment: dict[str, Any], refusal: str
) -> None:
    account.create(TYPE, ORDERS)
    account.create(TYPE, {**ORDERS, "identifier": "unsaved", "backup_retention_period": 0})
    with pytest.raises(AwsError, match=refusal):
        account.create(TYPE, {**AGAIN, "restore_to_point_in_time": moment})


def test_a_restore_with_another_key_is_refused(account: Account) -> None:
    account.create(TYPE, {**ORDERS, "storage_encrypted": True, "kms_key_id": _key(account, REGION)})
    account.delete(
        TYPE, "orders", {"final_snapshot_identifier": "orders-final", "skip_final_snapshot": False}
    )
    wanted = {**AGAIN, "snapshot_identifier": "orders-final", "kms_key_id": _key(account, REGION)}
    with pytest.raises(AwsError, match="what is restored keeps that"):
        account.create(TYPE, wanted)


@pytest.mark.parametrize("kept", [True, False])
def test_backups_that_outlive_their_instance_can_be_restored(account: Account, kept: bool) -> None:
    account.create(TYPE, ORDERS)
    account.delete(TYPE, "orders", {"delete_automated_backups": not kept, "skip_final_snapshot": True})
    found = [each for each in account.show()["things"] if each["type"] == "aws:rds:AutomatedBackups"]
    assert len(found) == int(kept)
    if kept:
        arn = found[0]["attributes"]["arn"]
        moment = {"source_db_instance_automated_backups_arn": arn, "use_latest_restorable_time": True}
        assert (
            account.create(TYPE, {**AGAIN, "restore_to_point_in_time": moment}).outputs["db_name"] == "orders"
        )


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"region": REGION}, "to the region of the source"),
        ({"kms_key_id": None}, "KmsKeyId must be specified"),
        ({"source_db_instance_arn": "arn:aws:rds:ap-northeast-2:000000000000:db:nothing"}, "not found"),
    ],
)
def test_copies_of_backups_are_refused(account: Account, change: dict[str, Any], refusal: str) -> None:
    made = account.create(TYPE, {**ORDERS, "storage_encrypted": True, "kms_key_id": _key(account, REGION)})
    copies = {"region": FAR, "source_db_instance_arn": made.outputs["arn"], "kms_key_id": _key(account, FAR)}
    with pytest.raises(AwsError, match=refusal):
        account.create(COPIES, {**copies, **change})
    account.create(COPIES, copies)
    with pytest.raises(AwsError, match="replicated to this region already"):
        account.create(COPIES, copies)


def test_a_key_of_another_region_copies_nothing(account: Account) -> None:
    key = _key(account, REGION)
    made = account.create(TYPE, {**ORDERS, "storage_encrypted": True, "kms_key_id": key})
    with pytest.raises(AwsError, match="is not in us-west-2"):
        account.create(
            COPIES, {"region": FAR, "source_db_instance_arn": made.outputs["arn"], "kms_key_id": key}
        )


def test_storage_grows_by_a_tenth_at_least(account: Account) -> None:
    account.create(TYPE, ORDERS)
    now = {**ORDERS, "apply_immediately": True}
    account.update(TYPE, "orders", {**now, "allocated_storage": 101})
    assert _read(account)["allocated_storage"] == 110
    account.update(TYPE, "orders", {**now, "allocated_storage": 200})
    assert _read(account)["allocated_storage"] == 200
    account.update(TYPE, "orders", {**ORDERS, "allocated_storage": 205})
    assert account.pending(TYPE, "orders") == {"allocated_storage": 220}
    account.advance(timedelta(days=7))
    assert _read(account)["allocated_storage"] == 220


@pytest.mark.parametrize(("most", "differs"), [(1000, False), (101, False), (100, True), (0, True)])
def test_storage_that_rds_may_grow_is_not_shrunk_by_the_provider(
    account: Account, most: int, differs: bool
) -> None:
    old, new = {**ORDERS, "allocated_storage": 200}, {**ORDERS, "max_allocated_storage": most}
    routes = {each.route for each in account.diff(TYPE, old, new)}
    assert (("allocated_storage",) in routes) is differs


REPLICA = {
    "region": REGION,
    "identifier": "orders-replica-1",
    "instance_class": "db.t4g.medium",
    "replicate_source_db": "orders",
    "skip_final_snapshot": True,
}
NEW = {"engine_version": "8.4", "allow_major_version_upgrade": True, "apply_immediately": True}


def test_replicas_are_upgraded_before_their_source(account: Account) -> None:
    account.create(TYPE, {**ORDERS, "engine_version": "8.0"})
    account.create(TYPE, REPLICA)
    with pytest.raises(AwsError, match="read replicas need to be upgraded"):
        account.update(TYPE, "orders", {**ORDERS, **NEW})
    account.update(TYPE, "orders-replica-1", {**REPLICA, **NEW})
    account.update(TYPE, "orders", {**ORDERS, **NEW})
    assert _read(account)["engine_version_actual"].startswith("8.4.")


def test_a_replica_is_never_older_than_its_source(account: Account) -> None:
    account.create(TYPE, {**ORDERS, "engine_version": "8.4.9"})
    with pytest.raises(AwsError, match="must be the same as that of its source, or higher"):
        account.create(TYPE, {**REPLICA, "engine_version": "8.4.8"})
    account.create(TYPE, {**REPLICA, "engine_version": "8.4.10"})


GREEN = {"blue_green_update": {"enabled": True}, "instance_class": "db.r7g.large"}


def test_a_change_on_a_copy_waits_for_no_window(account: Account) -> None:
    account.create(TYPE, ORDERS)
    account.update(TYPE, "orders", {**ORDERS, **GREEN})
    assert _read(account)["instance_class"] == "db.r7g.large"
    assert account.pending(TYPE, "orders") == {}


def test_no_copy_is_made_of_what_has_replicas_or_no_backups(account: Account) -> None:
    account.create(TYPE, ORDERS)
    account.create(TYPE, REPLICA)
    with pytest.raises(AwsError, match="that has read replicas"):
        account.update(TYPE, "orders", {**ORDERS, **GREEN})
    bare = {**ORDERS, "identifier": "bare", "backup_retention_period": 0}
    account.create(TYPE, bare)
    with pytest.raises(AwsError, match="need automated backups"):
        account.update(TYPE, "bare", {**bare, **GREEN})


def test_what_is_stopped_takes_no_change_until_it_is_started(account: Account) -> None:
    account.create(TYPE, ORDERS)
    account.stop("orders")
    assert _read(account)["status"] == "stopped"
    with pytest.raises(AwsError, match="not in available state"):
        account.update(TYPE, "orders", {**ORDERS, "monitoring_interval": 0, "port": 3307})
    id = str(_read(account)["resource_id"])
    assert account.start(TYPE, id) is True
    assert account.start(TYPE, id) is False
    account.update(TYPE, "orders", {**ORDERS, "port": 3307})


def test_nothing_that_replicates_is_stopped(account: Account) -> None:
    account.create(TYPE, ORDERS)
    account.create(TYPE, REPLICA)
    for each in ("orders", "orders-replica-1"):
        with pytest.raises(AwsError, match="Cannot stop or start a read replica"):
            account.stop(each)


def test_schedules_stop_and_start_when_their_time_has_come(account: Account) -> None:
    account.create(TYPE, ORDERS)
    role = account.create("aws:iam:Role", {"name": "schedule", "assume_role_policy": "{}"}).outputs["arn"]
    # The account's time starts on a Monday, at midnight UTC: nine in Seoul.
    for verb, expression in (("stop", "cron(0 20 ? * MON,TUE *)"), ("start", "cron(30 8 ? * TUE,WED *)")):
        account.create(
            "aws:scheduler:Schedule",
            {
                "region": REGION,
                "name": f"orders-{verb}",
                "schedule_expression": expression,
                "schedule_expression_timezone": "Asia/Seoul",
                "flexible_time_window": {"mode": "OFF"},
                "target": {
                    "arn": f"arn:aws:scheduler:::aws-sdk:rds:{verb}DBInstance",
                    "role_arn": role,
                    "input": '{"DbInstanceIdentifier": "orders"}',
                },
            },
        )
    statuses = []
    for hours in (10, 2, 11, 1, 24, 24, 24):
        account.advance(timedelta(hours=hours))
        statuses.append(_read(account)["status"])
    assert statuses == ["available", "stopped", "stopped", "available", *["available"] * 3]
    assert account.advance(timedelta(days=1)) == []
