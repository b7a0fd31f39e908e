"""What RDS refuses of an instance, what it makes wait, and what it leaves behind."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from compiler.sandbox.account import Account
from compiler.sandbox.refusal import AwsError, NotSimulatedError

REGION = "ap-northeast-2"
TYPE = "aws:rds:Instance"
ORDERS = {
    "region": REGION,
    "identifier": "orders",
    "engine": "mysql",
    "engine_version": "8.4.7",
    "instance_class": "db.t4g.medium",
    "allocated_storage": 100,
    "storage_type": "gp3",
    "username": "dbadmin",
    "password": "x" * 20,
    "backup_retention_period": 7,
    "skip_final_snapshot": True,
}
REPLICA = {
    "region": REGION,
    "identifier": "orders-replica-1",
    "instance_class": "db.t4g.medium",
    "replicate_source_db": "orders",
    "skip_final_snapshot": True,
}


def _read(account: Account, id: str = "orders") -> dict[str, Any]:
    found = account.read(TYPE, id)
    assert found is not None
    return found.outputs


def _subnets(account: Account, name: str, *ids: str) -> None:
    account.create("aws:rds:SubnetGroup", {"region": REGION, "name": name, "subnet_ids": list(ids)})


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"allocated_storage": 10}, "Invalid storage size for engine name mysql and storage type gp3: 10"),
        ({"availability_zone": "ap-northeast-2a", "multi_az": True}, "specific availability zone"),
        ({"backup_window": "18:00-18:20"}, "at least 30 minutes"),
        ({"backup_window": "23:30-00:30", "maintenance_window": "tue:00:00-tue:01:00"}, "must not overlap"),
        ({"db_subnet_group_name": "nothing"}, "DBSubnetGroupNotFoundFault"),
        ({"engine_version": "8.4.99"}, "Cannot find version 8.4.99 for mysql"),
        (
            {
                "engine_version": "8.0",
                "engine_lifecycle_support": "open-source-rds-extended-support-disabled",
            },
            "past the end of its standard support",
        ),
        ({"instance_class": "db.z1.large"}, "Invalid DB Instance class: db.z1.large"),
        (
            {"instance_class": "db.t4g.small", "performance_insights_enabled": True},
            "Performance Insights not supported",
        ),
        (
            {"iops": 3000},
            "You can't specify IOPS or storage throughput for engine mysql and a storage size less than 400",
        ),
        ({"kms_key_id": "nothing", "storage_encrypted": True}, "KMSKeyNotAccessibleFault"),
        ({"kms_key_id": "alias/aws/rds"}, "only where StorageEncrypted is true"),
        ({"max_allocated_storage": 50}, "Max storage size must be greater than storage size"),
        ({"monitoring_interval": 60}, "A MonitoringRoleARN value is required"),
        ({"monitoring_role_arn": "arn:aws:iam::000000000000:role/nobody"}, "ENHANCED_MONITORING"),
        ({"parameter_group_name": "nothing"}, "DBParameterGroupNotFound"),
        ({"parameter_group_name": "group-80"}, "DBParameterGroupFamily mysql8.0 can't be used"),
        ({"password": None}, "one of these must be set"),
        (
            {"storage_type": "gp2", "storage_throughput": 500},
            "can't specify storage throughput for storage type gp2",
        ),
        ({"storage_type": "io1"}, "You must specify IOPS for storage type io1"),
        ({"username": None}, '"username": required field is not set'),
        ({"vpc_security_group_ids": ["sg-nothing"]}, "Invalid security group , groupId= sg-nothing"),
    ],
)
def test_creation_is_refused(account: Account, change: dict[str, Any], refusal: str) -> None:
    account.create("aws:rds:ParameterGroup", {"region": REGION, "name": "group-80", "family": "mysql8.0"})
    with pytest.raises(AwsError, match=refusal.replace("(", r"\(")):
        account.create(TYPE, {**ORDERS, **change})
    account.create(TYPE, ORDERS)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"allocated_storage": 99}, "can't be reduced"),
        ({"engine_version": "8.4.6"}, "Cannot upgrade mysql from 8.4.7 to 8.4.6"),
        ({"engine_version": "8.0"}, r"Cannot upgrade mysql from 8.4.7 to 8.0.\d+"),
        ({"identifier": "other"}, "DBInstanceAlreadyExists"),
    ],
)
def test_a_change_is_refused(account: Account, change: dict[str, Any], refusal: str) -> None:
    account.create(TYPE, ORDERS)
    account.create(TYPE, {**ORDERS, "identifier": "other"})
    with pytest.raises(AwsError, match=refusal):
        account.update(TYPE, "orders", {**ORDERS, **change})


def test_a_taken_identifier_is_refused(account: Account) -> None:
    account.create(TYPE, ORDERS)
    with pytest.raises(AwsError, match="DBInstanceAlreadyExists: DB instance already exists"):
        account.create(TYPE, ORDERS)


def test_another_engine_is_not_simulated(account: Account) -> None:
    with pytest.raises(NotSimulatedError, match="does not simulate the RDS engine 'postgres'"):
        account.create(TYPE, {**ORDERS, "engine": "postgres"})


def test_a_major_upgrade_must_be_allowed(account: Account) -> None:
    account.create(TYPE, {**ORDERS, "engine_version": "8.0.42"})
    with pytest.raises(AwsError, match="AllowMajorVersionUpgrade flag must be present"):
        account.update(TYPE, "orders", {**ORDERS, "engine_version": "8.4"})
    now = {"allow_major_version_upgrade": True, "apply_immediately": True}
    account.update(TYPE, "orders", {**ORDERS, "engine_version": "8.4", **now})
    assert _read(account)["engine_version_actual"].startswith("8.4.")


def test_a_prefix_of_a_version_takes_the_newest(account: Account) -> None:
    made = account.create(TYPE, {**ORDERS, "engine_version": "8.4"})
    assert (made.outputs["engine_version"], made.outputs["engine_version_actual"]) == ("8.4", "8.4.11")


def test_a_change_waits_for_the_maintenance_window(account: Account) -> None:
    account.create(TYPE, {**ORDERS, "maintenance_window": "wed:19:30-wed:20:30"})
    wanted = {
        **ORDERS,
        "maintenance_window": "wed:19:30-wed:20:30",
        "instance_class": "db.r7g.large",
        "max_allocated_storage": 200,
    }
    account.update(TYPE, "orders", wanted)
    assert _read(account)["instance_class"] == "db.t4g.medium"
    assert _read(account)["max_allocated_storage"] == 200
    assert account.pending(TYPE, "orders") == {"instance_class": "db.r7g.large"}

    # The account's time starts on a Monday, at midnight.
    assert account.advance(timedelta(days=2, hours=19)) == []
    assert len(account.advance(timedelta(minutes=30))) == 1
    assert _read(account)["instance_class"] == "db.r7g.large"
    assert account.pending(TYPE, "orders") == {}


def test_what_waits_is_forgotten_where_it_is_taken_back(account: Account) -> None:
    account.create(TYPE, ORDERS)
    account.update(TYPE, "orders", {**ORDERS, "multi_az": True})
    assert account.pending(TYPE, "orders") == {"multi_az": True}
    account.update(TYPE, "orders", {**ORDERS, "multi_az": False})
    assert account.pending(TYPE, "orders") == {}


def test_at_once_means_everything_that_waits(account: Account) -> None:
    account.create(TYPE, ORDERS)
    account.update(TYPE, "orders", {**ORDERS, "instance_class": "db.r7g.large"})
    account.update(TYPE, "orders", {**ORDERS, "instance_class": "db.r7g.large", "apply_immediately": True})
    assert _read(account)["instance_class"] == "db.r7g.large"
    assert account.pending(TYPE, "orders") == {}


@pytest.mark.parametrize(("before", "after", "waits"), [(7, 14, False), (7, 0, True), (0, 7, True)])
def test_backups_are_switched_on_and_off_in_the_window(
    account: Account, before: int, after: int, waits: bool
) -> None:
    account.create(TYPE, {**ORDERS, "backup_retention_period": before})
    account.update(TYPE, "orders", {**ORDERS, "backup_retention_period": after})
    assert account.pending(TYPE, "orders") == ({"backup_retention_period": after} if waits else {})


def test_another_name_comes_with_another_address_and_the_same_id(account: Account) -> None:
    made = account.create(TYPE, ORDERS)
    renamed = account.update(TYPE, "orders", {**ORDERS, "identifier": "sales", "apply_immediately": True})
    assert renamed.id == made.id
    assert renamed.outputs["address"].startswith("sales.")
    assert account.read(TYPE, "orders") is None


def test_static_parameters_wait_for_a_reboot_that_no_window_brings(account: Account) -> None:
    group = {"region": REGION, "name": "g", "family": "mysql8.4"}
    static = {"name": "performance_schema", "apply_method": "pending-reboot"}
    account.create("aws:rds:ParameterGroup", {**group, "parameters": [{**static, "value": "0"}]})
    account.create(TYPE, {**ORDERS, "parameter_group_name": "g"})
    assert account.pending(TYPE, "orders") == {}
    account.update("aws:rds:ParameterGroup", "g", {**group, "parameters": [{**static, "value": "1"}]})
    assert account.pending(TYPE, "orders") == {"parameters": "pending-reboot"}
    assert account.advance(timedelta(days=7)) == []
    assert account.pending(TYPE, "orders") == {"parameters": "pending-reboot"}
    # A change of class restarts the engine, which then reads them.
    account.update(TYPE, "orders", {**ORDERS, "parameter_group_name": "g", "instance_class": "db.r7g.large"})
    account.advance(timedelta(days=7))
    assert account.pending(TYPE, "orders") == {}


def test_a_static_parameter_is_never_applied_at_once(account: Account) -> None:
    group = {
        "region": REGION,
        "name": "g",
        "family": "mysql8.4",
        "parameters": [{"name": "thread_stack", "value": "1"}],
    }
    with pytest.raises(AwsError, match="cannot use immediate apply method for static parameter"):
        account.create("aws:rds:ParameterGroup", group)


def test_another_parameter_group_waits_for_a_reboot(account: Account) -> None:
    account.create("aws:rds:ParameterGroup", {"region": REGION, "name": "g", "family": "mysql8.4"})
    account.create(TYPE, ORDERS)
    account.update(TYPE, "orders", {**ORDERS, "parameter_group_name": "g"})
    assert _read(account)["parameter_group_name"] == "g"
    assert account.pending(TYPE, "orders") == {"parameters": "pending-reboot"}


def test_a_replica_needs_a_source_with_backups(account: Account) -> None:
    account.create(TYPE, {**ORDERS, "backup_retention_period": 0})
    with pytest.raises(AwsError, match="Automated backups are not enabled"):
        account.create(TYPE, REPLICA)


def test_a_replica_has_what_its_source_has(account: Account) -> None:
    account.create(TYPE, ORDERS)
    replica = account.create(TYPE, REPLICA).outputs
    assert (replica["allocated_storage"], replica["engine_version"], replica["username"]) == (
        100,
        "8.4.7",
        "dbadmin",
    )
    assert _read(account)["replicas"] == ["orders-replica-1"]


def test_a_source_of_replicas_keeps_its_backups(account: Account) -> None:
    account.create(TYPE, ORDERS)
    account.create(TYPE, REPLICA)
    with pytest.raises(AwsError, match="source of a read replica"):
        account.update(TYPE, "orders", {**ORDERS, "backup_retention_period": 0})


def test_an_instance_whose_password_rds_manages_has_no_replicas(account: Account) -> None:
    made = account.create(TYPE, {**ORDERS, "password": None, "manage_master_user_password": True})
    assert made.outputs["master_user_secrets"][0]["secret_arn"].startswith("arn:aws:secretsmanager:")
    with pytest.raises(AwsError, match="Read replicas aren't supported"):
        account.create(TYPE, REPLICA)


def test_protection_refuses_deletion(account: Account) -> None:
    account.create(TYPE, {**ORDERS, "deletion_protection": True})
    with pytest.raises(AwsError, match="Cannot delete protected DB Instance"):
        account.delete(TYPE, "orders", {"skip_final_snapshot": True})
    account.update(TYPE, "orders", ORDERS)
    account.delete(TYPE, "orders", {"skip_final_snapshot": True})


def test_a_final_snapshot_is_named_and_its_name_is_free(account: Account) -> None:
    account.create(TYPE, ORDERS)
    with pytest.raises(AwsError, match="final_snapshot_identifier is required"):
        account.delete(TYPE, "orders", {"skip_final_snapshot": False})
    account.delete(
        TYPE, "orders", {"skip_final_snapshot": False, "final_snapshot_identifier": "orders-final"}
    )
    account.create(TYPE, ORDERS)
    with pytest.raises(AwsError, match="DBSnapshotAlreadyExists"):
        account.delete(
            TYPE, "orders", {"skip_final_snapshot": False, "final_snapshot_identifier": "orders-final"}
        )
    assert _read(account)["identifier"] == "orders"


def test_an_instance_comes_back_from_its_final_snapshot(account: Account) -> None:
    account.create(TYPE, ORDERS)
    account.delete(
        TYPE, "orders", {"skip_final_snapshot": False, "final_snapshot_identifier": "orders-final"}
    )
    restored = {
        name: ORDERS[name] for name in ("region", "identifier", "instance_class", "skip_final_snapshot")
    }
    made = account.create(TYPE, {**restored, "snapshot_identifier": "orders-final"})
    assert (made.outputs["allocated_storage"], made.outputs["username"]) == (100, "dbadmin")
    with pytest.raises(AwsError, match="DBSnapshotNotFound"):
        account.create(TYPE, {**restored, "identifier": "other", "snapshot_identifier": "nothing"})


def test_what_an_instance_uses_stays(account: Account) -> None:
    _subnets(account, "orders", "subnet-0a", "subnet-0b")
    account.create("aws:rds:ParameterGroup", {"region": REGION, "name": "g", "family": "mysql8.4"})
    group = account.create("aws:ec2:SecurityGroup", {"region": REGION, "name": "g", "vpc_id": "vpc-0a1b"})
    using = {
        "db_subnet_group_name": "orders",
        "parameter_group_name": "g",
        "vpc_security_group_ids": [group.id],
    }
    account.create(TYPE, {**ORDERS, **using})
    used = {"aws:rds:SubnetGroup": "orders", "aws:rds:ParameterGroup": "g", "aws:ec2:SecurityGroup": group.id}
    for type, id in used.items():
        with pytest.raises(
            AwsError, match=r"InvalidDBSubnetGroupStateFault|InvalidDBParameterGroupState|DependencyViolation"
        ):
            account.delete(type, id)
    account.delete(TYPE, "orders", {"skip_final_snapshot": True})
    for type, id in used.items():
        account.delete(type, id)


def test_subnets_are_in_two_zones(account: Account) -> None:
    with pytest.raises(AwsError, match="Current AZ coverage: ap-northeast-2a"):
        _subnets(account, "orders", "subnet-0a")
    with pytest.raises(AwsError, match=r"Some input subnets in :\[subnet-nothing\] are invalid"):
        _subnets(account, "orders", "subnet-0a", "subnet-nothing")


def test_an_instance_does_not_move_within_its_network(account: Account) -> None:
    _subnets(account, "one", "subnet-0a", "subnet-0b")
    _subnets(account, "two", "subnet-0b", "subnet-0c")
    account.create(TYPE, {**ORDERS, "db_subnet_group_name": "one"})
    with pytest.raises(AwsError, match="InvalidVPCNetworkStateFault"):
        account.update(TYPE, "orders", {**ORDERS, "db_subnet_group_name": "two"})


def test_an_instance_and_its_firewall_are_in_one_network(account: Account) -> None:
    account.prepare(["vpc-0other", "sg-0other"], REGION)
    _subnets(account, "orders", "subnet-0a", "subnet-0b")
    with pytest.raises(
        AwsError, match="The DB instance is in vpc-0a1b and the EC2 security group is in vpc-0other"
    ):
        account.create(
            TYPE, {**ORDERS, "db_subnet_group_name": "orders", "vpc_security_group_ids": ["sg-0other"]}
        )


def test_rds_makes_the_log_groups_that_nobody_made(account: Account) -> None:
    own = {"region": REGION, "name": "/aws/rds/instance/orders/error"}
    account.create("aws:cloudwatch:LogGroup", {**own, "retention_in_days": 7})
    account.create(TYPE, {**ORDERS, "enabled_cloudwatch_logs_exports": ["error", "slowquery"]})
    with pytest.raises(AwsError, match="ResourceAlreadyExistsException"):
        account.create("aws:cloudwatch:LogGroup", {**own, "name": "/aws/rds/instance/orders/slowquery"})
    assert account.read("aws:cloudwatch:LogGroup", own["name"]).inputs["retention_in_days"] == 7


def test_the_password_is_nowhere_in_the_account(account: Account) -> None:
    account.create(TYPE, {**ORDERS, "password": "correct-horse-battery"})
    assert b"correct-horse-battery" not in account.path.read_bytes()
