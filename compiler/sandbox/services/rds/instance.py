"""Database instances: what RDS adds to them, when it changes them, and what is left when they go."""

from __future__ import annotations

import string
from dataclasses import replace
from datetime import timedelta
from typing import Any

from compiler.sandbox.declaration import Declaration, Hold, Make, Reference, Says, Step
from compiler.sandbox.refusal import AwsError
from compiler.sandbox.services.kms import encrypts
from compiler.sandbox.services.rds import origin, rules
from compiler.sandbox.services.rds.versions import newest
from compiler.sandbox.world import REBOOT, Thing, Values, World, token

# https://docs.aws.amazon.com/general/latest/gr/rds-service.html, "hosted zone IDs"; others are made up.
_ZONES = {"ap-northeast-2": "ZLA2NUCOLGUUR", "eu-west-1": "Z29XKXDKYMONMX", "us-east-1": "Z2R2ITUGPM61AM"}
_TYPE = "aws:rds:Instance"

AVAILABLE, STOPPED = "available", "stopped"

# What ModifyDBInstance leaves to the next maintenance window unless it is told to apply it at once (botocore's
# documentation of its members); other changes take hold as they are made.
_WAITING = frozenset(
    {
        "allocated_storage",
        "ca_cert_identifier",
        "db_subnet_group_name",
        "dedicated_log_volume",
        "engine_version",
        "iam_database_authentication_enabled",
        "identifier",
        "instance_class",
        "iops",
        "license_model",
        "multi_az",
        "network_type",
        "option_group_name",
        "storage_throughput",
        "storage_type",
    }
)


def _instance(step: Step) -> dict[str, Any]:
    identifier = step.inputs["identifier"]
    resource_id = step.kept(
        "resource_id", "db-" + step.token("id", 26, string.ascii_uppercase + string.digits)
    )
    subdomain = token(f"rds|{step.region}", 12, string.ascii_lowercase + string.digits)
    address = f"{identifier}.{subdomain}.{step.region}.rds.amazonaws.com"
    chosen = _chosen(step)
    port = step.get("port") or chosen["port"]
    return chosen | {
        "id": resource_id,
        "resource_id": resource_id,
        "arn": step.world.arn("rds", step.region, f"db:{identifier}"),
        "address": address,
        "endpoint": f"{address}:{port}",
        "hosted_zone_id": _ZONES.get(step.region)
        or "Z" + token(f"zone|{step.region}", 13, string.ascii_uppercase),
        "engine_version_actual": newest(step.get("engine_version") or chosen["engine_version"]),
        "listener_endpoints": [],
        "master_user_secrets": _managed_secret(step),
        "status": step.kept("status", AVAILABLE),
        "upgrade_rollout_order": "second",
    }


def _chosen(step: Step) -> dict[str, Any]:
    """What RDS decides where the request does not: by itself, or as in the source of a replica or the snapshot."""
    source = origin.source(step)
    version = step.get("engine_version") or source.get("engine_version") or "8.4"
    major = ".".join(str(version).split(".")[:2])
    storage = step.get("storage_type") or source.get("storage_type") or "gp2"
    large = (step.get("allocated_storage") or source.get("allocated_storage") or 0) >= 400
    defaults: dict[str, Any] = {
        "allocated_storage": 20,
        "availability_zone": step.region + "a",
        "backup_retention_period": 0 if step.get("replicate_source_db") else 1,
        "backup_target": "region",
        "backup_window": "17:00-17:30",
        "ca_cert_identifier": "rds-ca-rsa2048-g1",
        "database_insights_mode": "standard",
        "db_subnet_group_name": "default",
        "engine": "mysql",
        "engine_lifecycle_support": "open-source-rds-extended-support",
        "engine_version": version,
        "iops": 12000 if storage == "gp3" and large else 3000 if storage == "gp3" else 0,
        "kms_key_id": "",
        "license_model": "general-public-license",
        "maintenance_window": "sun:18:00-sun:18:30",
        "multi_az": False,
        "network_type": "IPV4",
        "option_group_name": f"default:mysql-{major.replace('.', '-')}",
        "parameter_group_name": f"default.mysql{major}",
        "performance_insights_kms_key_id": "",
        "performance_insights_retention_period": 7 if step.get("performance_insights_enabled") else 0,
        "port": 3306,
        "storage_encrypted": False,
        "storage_throughput": 500 if storage == "gp3" and large else 125 if storage == "gp3" else 0,
        "storage_type": storage,
        "username": "",
        "vpc_security_group_ids": [],
    }
    inherited = {name: source[name] for name in origin.INHERITED if name in source}
    return {name: step.kept(name, value) for name, value in {**defaults, **inherited}.items()}


def _managed_secret(step: Step) -> list[dict[str, Any]]:
    if not step.get("manage_master_user_password"):
        return []
    if step.was("master_user_secrets"):
        return list(step.was("master_user_secrets"))
    digits, ending = step.token("secret", 32), step.token("ending", 6, string.ascii_letters)
    name = f"rds!db-{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
    return [
        {
            "kms_key_id": step.get("master_user_secret_kms_key_id") or "",
            "secret_arn": step.world.arn("secretsmanager", step.region, f"secret:{name}-{ending}"),
            "secret_status": "active",
        }
    ]


def _now(world: World, instance: Thing) -> Values:
    replicas = [
        user.inputs["identifier"] for input, user in world.users(instance) if input == "replicate_source_db"
    ]
    backed_up = instance.attributes.get("backup_retention_period")
    restorable = (world.now - timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%SZ") if backed_up else ""
    return {"latest_restorable_time": restorable, "replicas": sorted(replicas)}


def _waits(step: Step) -> frozenset[str]:
    if step.get("apply_immediately") or rules.is_blue_green(step):
        return frozenset()
    waiting = {name for name in _WAITING if step.changes(name)}
    if step.changes("backup_retention_period") and 0 in (
        step.was("backup_retention_period"),
        step.get("backup_retention_period"),
    ):
        waiting.add("backup_retention_period")
    return frozenset(waiting)


def _make_log_groups(step: Step, instance: Thing, make: Make) -> None:
    """RDS makes the log groups that it writes to, where nobody did before."""
    for export in instance.inputs.get("enabled_cloudwatch_logs_exports") or []:
        name = f"/aws/rds/instance/{instance.inputs['identifier']}/{export}"
        if step.find("aws:cloudwatch:LogGroup", name) is None:
            make("aws:cloudwatch:LogGroup", {"name": name, "region": step.region})


def _grow_by_a_tenth(step: Step, instance: Thing, make: Make) -> None:  # noqa: ARG001
    """Storage grows by a tenth at least: what is less is rounded up (AllocatedStorage of ModifyDBInstance)."""
    wanted, before = step.get("allocated_storage"), step.was("allocated_storage")
    if not step.changes("allocated_storage") or wanted <= before:
        return
    grown = {"allocated_storage": max(wanted, -(-before * 11 // 10))}
    if "allocated_storage" in instance.pending:
        step.world.amend(replace(instance, pending={**instance.pending, **grown}))
    else:
        step.world.amend(replace(instance, inputs={**instance.inputs, **grown}))


def _grown_by_rds(old: Values, new: Values) -> frozenset[str]:
    """Storage that RDS has grown itself is no difference to the provider (internal/service/rds/instance.go)."""
    names = ("allocated_storage", "max_allocated_storage")
    was, wanted, most = old.get(names[0]), new.get(names[0]), new.get(names[1])
    if isinstance(was, int) and isinstance(wanted, int) and isinstance(most, int):
        return frozenset(names[:1] if was > wanted and most > wanted else ())
    return frozenset()


def _ask_for_reboot(step: Step, instance: Thing, make: Make) -> None:  # noqa: ARG001
    """Another parameter group takes hold with the next reboot, which no window brings."""
    if step.changes("parameter_group_name"):
        step.world.amend(replace(instance, pending={**instance.pending, "parameters": REBOOT}))


def _delete(world: World, instance: Thing, inputs: Values) -> timedelta:
    if instance.attributes.get("deletion_protection"):
        text = "Cannot delete protected DB Instance, please disable deletion protection and try again."
        raise AwsError("InvalidParameterCombination", text)
    if not inputs.get("skip_final_snapshot") and not instance.inputs.get("replicate_source_db"):
        origin.take_final_snapshot(world, instance, inputs.get("final_snapshot_identifier"))
    if inputs.get("delete_automated_backups") is False and instance.attributes.get("backup_retention_period"):
        origin.keep_backups(world, instance)
    return timedelta(0)


INSTANCE = Declaration(
    noun="RDS DB Instance",
    outputs=_instance,
    live=_now,
    name="identifier",
    deletes_before_replacing=False,
    identity=("identifier",),
    handles=("identifier", "resource_id"),
    taken=Says("DBInstanceAlreadyExists", "DB instance already exists"),
    defaults={
        "auto_minor_version_upgrade": True,
        "copy_tags_to_snapshot": False,
        "delete_automated_backups": True,
        "monitoring_interval": 0,
        "performance_insights_enabled": False,
        "publicly_accessible": False,
        "skip_final_snapshot": False,
    },
    chosen=frozenset(
        {
            "allocated_storage",
            "apply_immediately",
            "availability_zone",
            "backup_retention_period",
            "backup_target",
            "backup_window",
            "ca_cert_identifier",
            "character_set_name",
            "database_insights_mode",
            "db_name",
            "db_subnet_group_name",
            "engine",
            "engine_lifecycle_support",
            "engine_version",
            "iops",
            "kms_key_id",
            "license_model",
            "maintenance_window",
            "master_user_secret_kms_key_id",
            "monitoring_role_arn",
            "multi_az",
            "network_type",
            "option_group_name",
            "parameter_group_name",
            "performance_insights_kms_key_id",
            "performance_insights_retention_period",
            "port",
            "replica_mode",
            "snapshot_identifier",
            "storage_throughput",
            "storage_type",
            "timezone",
            "username",
            "vpc_security_group_ids",
        }
    ),
    sets=frozenset({"domain_dns_ips", "enabled_cloudwatch_logs_exports", "vpc_security_group_ids"}),
    unread=frozenset(
        {
            "allow_major_version_upgrade",
            "apply_immediately",
            "blue_green_update",
            "delete_automated_backups",
            "final_snapshot_identifier",
            "password",
            "restore_to_point_in_time",
            "skip_final_snapshot",
            "snapshot_identifier",
        }
    ),
    imported={"delete_automated_backups": True, "skip_final_snapshot": True},
    choices={
        "backup_target": ("outposts", "region"),
        "database_insights_mode": ("standard", "advanced"),
        "enabled_cloudwatch_logs_exports": ("audit", "error", "general", "slowquery", "iam-db-auth-error"),
        "engine_lifecycle_support": (
            "open-source-rds-extended-support",
            "open-source-rds-extended-support-disabled",
        ),
        "monitoring_interval": (0, 1, 5, 10, 15, 30, 60),
        "network_type": ("IPV4", "DUAL"),
        "storage_type": ("standard", "gp2", "gp3", "io1", "io2"),
    },
    ranges={"backup_retention_period": range(36), "port": range(1150, 65536)},
    patterns={
        "backup_window": r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d",
        "final_snapshot_identifier": r"(?!.*--)[A-Za-z]([0-9A-Za-z-]*[0-9A-Za-z])?",
        "identifier": r"(?!.*--)[a-z]([0-9a-z-]{0,61}[0-9a-z])?",
        "maintenance_window": r"(?i)(sun|mon|tue|wed|thu|fri|sat):\d\d:\d\d-(sun|mon|tue|wed|thu|fri|sat):\d\d:\d\d",
    },
    exclusive=(
        ("manage_master_user_password", "password", "password_wo"),
        ("replicate_source_db", "username"),
        ("replicate_source_db", "db_name"),
        ("snapshot_identifier", "s3_import", "restore_to_point_in_time"),
    ),
    references=(
        encrypts("kms_key_id"),
        encrypts("master_user_secret_kms_key_id"),
        encrypts("performance_insights_kms_key_id"),
        Reference(
            "db_subnet_group_name",
            ("aws:rds:SubnetGroup",),
            Hold.USES,
            "DBSubnetGroupNotFoundFault",
            "DBSubnetGroup not found: {value}",
            builtin=("default",),
        ),
        Reference(
            "monitoring_role_arn",
            ("aws:iam:Role",),
            Hold.NEEDS,
            "InvalidParameterValue",
            "IAM role ARN value is invalid or does not include the required permissions for: ENHANCED_MONITORING",
        ),
        Reference(
            "parameter_group_name",
            ("aws:rds:ParameterGroup",),
            Hold.USES,
            "DBParameterGroupNotFound",
            "DBParameterGroup not found: {value}",
            builtin=("default.",),
        ),
        Reference(
            "option_group_name",
            ("aws:rds:OptionGroup",),
            Hold.USES,
            "OptionGroupNotFoundFault",
            "Specified OptionGroupName: {value} not found.",
            builtin=("default:",),
        ),
        Reference(
            "replicate_source_db", (_TYPE,), Hold.NEEDS, "DBInstanceNotFound", "DBInstance {value} not found."
        ),
        Reference(
            "snapshot_identifier",
            (origin.SNAPSHOT,),
            Hold.NEEDS,
            "DBSnapshotNotFound",
            "DBSnapshot {value} not found.",
        ),
        Reference(
            "vpc_security_group_ids",
            ("aws:ec2:SecurityGroup",),
            Hold.USES,
            "InvalidParameterValue",
            "Invalid security group , groupId= {value}, groupName=.",
        ),
    ),
    rules=rules.ALL,
    waits=_waits,
    overlooks=_grown_by_rds,
    effects=(origin.keep_what_was, _make_log_groups, _ask_for_reboot, _grow_by_a_tenth),
    replaces=frozenset(
        {
            "availability_zone",
            "backup_target",
            "character_set_name",
            "custom_iam_instance_profile",
            "db_name",
            "engine",
            "kms_key_id",
            "nchar_character_set_name",
            "restore_to_point_in_time",
            "s3_import",
            "snapshot_identifier",
            "storage_encrypted",
            "timezone",
            "username",
        }
    ),
    deletes=_delete,
)
