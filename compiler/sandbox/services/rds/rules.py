"""What RDS refuses of an instance, with its own codes.

Texts of messages are AWS's where they are known (databases.md, section 1), and in its style elsewhere.
"""

from __future__ import annotations

from compiler.aws.rds import MYSQL_EXTENDED_SUPPORT, instance_class
from compiler.sandbox.declaration import Rule, Step
from compiler.sandbox.refusal import AwsError, NotSimulatedError
from compiler.sandbox.services.rds import origin
from compiler.sandbox.services.rds.versions import major, newest, parts
from compiler.sandbox.services.rds.windows import overlap, too_short
from compiler.sandbox.world import Thing

# The ways to make an instance that is not empty.
_ORIGINS = ("replicate_source_db", "restore_to_point_in_time", "snapshot_identifier")
# Changes that a blue/green deployment makes on a copy, which the provider starts for nothing else.
_ON_A_COPY = ("engine_version", "instance_class", "parameter_group_name", "allocated_storage", "storage_type")
_COMBINATION = "InvalidParameterCombination"
_VALUE = "InvalidParameterValue"
# GiB of MySQL: least and most of each storage type.
_STORAGE = {
    "gp2": (20, 65536),
    "gp3": (20, 65536),
    "io1": (100, 65536),
    "io2": (100, 65536),
    "standard": (5, 3072),
}


def _is_mysql(step: Step) -> None:
    engine = step.get("engine")
    if engine not in (None, "mysql"):
        raise NotSimulatedError(f"the sandbox does not simulate the RDS engine {engine!r}")
    if step.get("s3_import"):
        raise NotSimulatedError("the sandbox does not simulate s3_import of aws:rds:Instance")


def _is_available(step: Step) -> None:
    if step.old and step.was("status") != "available":
        text = f"Instance {step.inputs['identifier']} is not in available state."
        raise AwsError("InvalidDBInstanceState", text)


def _has_what_creation_needs(step: Step) -> None:
    """The provider asks for these itself, where neither a source nor a snapshot has them."""
    if step.old or any(step.get(name) for name in _ORIGINS):
        return
    for name in ("allocated_storage", "engine", "username"):
        if step.get(name) is None:
            raise AwsError("", f'"{name}": required field is not set')
    if not any(step.get(name) for name in ("password", "password_wo", "manage_master_user_password")):
        raise AwsError(
            "", '"password", "password_wo", "manage_master_user_password": one of these must be set'
        )


def _class_exists(step: Step) -> None:
    name = step.inputs["instance_class"]
    found = instance_class(name)
    if found is None:
        raise AwsError(_VALUE, f"Invalid DB Instance class: {name}")
    if step.get("performance_insights_enabled") and not found.supports_insights:
        text = "Performance Insights not supported for this configuration, please disable this feature."
        raise AwsError(_COMBINATION, text)


def _version_exists(step: Step) -> None:
    version = step.get("engine_version")
    if version is None or (step.old and version == step.was("engine_version")):
        return
    if not newest(version):
        raise AwsError(_COMBINATION, f"Cannot find version {version} for mysql")
    support = step.get("engine_lifecycle_support")
    if major(version) in MYSQL_EXTENDED_SUPPORT and support == "open-source-rds-extended-support-disabled":
        text = f"MySQL {major(version)} is past the end of its standard support and extended support is disabled."
        raise AwsError(_COMBINATION, text)


def _version_only_goes_up(step: Step) -> None:
    if not step.changes("engine_version"):
        return
    now, wanted = str(step.was("engine_version_actual")), newest(step.inputs["engine_version"])
    if parts(wanted) < parts(now):
        raise AwsError(_COMBINATION, f"Cannot upgrade mysql from {now} to {wanted}")
    if major(wanted) != major(now) and not step.get("allow_major_version_upgrade"):
        text = "The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version."
        raise AwsError(_COMBINATION, text)


def _replicas_go_first(step: Step) -> None:
    """Source: RDS User Guide, "Upgrades of the RDS for MySQL DB engine", on read replicas."""
    if not step.changes("engine_version") or step.old is None:
        return
    wanted = major(newest(step.inputs["engine_version"]))
    behind = [
        user.id for _, user in _replicas(step) if major(str(user.computed["engine_version_actual"])) != wanted
    ]
    if behind:
        text = "One or more of the DB Instance's read replicas need to be upgraded: "
        raise AwsError("InvalidParameterCombination", text + ", ".join(sorted(behind)))


def _replica_is_not_older(step: Step) -> None:
    source = step.find("aws:rds:Instance", step.get("replicate_source_db"))
    version = step.get("engine_version")
    if source is None or version is None:
        return
    if parts(newest(version)) < parts(str(source.computed["engine_version_actual"])):
        text = "The engine version of a read replica must be the same as that of its source, or higher."
        raise AwsError(_COMBINATION, text)


def is_blue_green(step: Step) -> bool:
    """Whether a change is made on a copy that takes over: what waits for the window otherwise happens at once."""
    return bool(step.old and (step.get("blue_green_update") or {}).get("enabled"))


def _copy_can_be_made(step: Step) -> None:
    """Source: RDS User Guide, "Limitations and considerations for blue/green deployments"."""
    if not is_blue_green(step) or not any(step.changes(name) for name in _ON_A_COPY):
        return
    if _replicas(step):
        text = "the provider makes no blue/green deployment of an instance that has read replicas"
        raise AwsError("", text)
    if not step.was("backup_retention_period"):
        text = "Blue/green deployments need automated backups of the source."
        raise AwsError("SourceDatabaseNotSupportedFault", text)
    if step.was("master_user_secrets"):
        text = "Blue/green deployments don't support master user passwords that Secrets Manager manages."
        raise AwsError("SourceDatabaseNotSupportedFault", text)


def _replicas(step: Step) -> list[tuple[str, Thing]]:
    return (
        [each for each in step.world.users(step.old) if each[0] == "replicate_source_db"] if step.old else []
    )


def _log_volume_has_iops(step: Step) -> None:
    if step.get("dedicated_log_volume") and _effective(step, "storage_type") not in ("io1", "io2"):
        raise AwsError(_COMBINATION, "A dedicated log volume needs storage with provisioned IOPS.")


def _option_group_fits(step: Step) -> None:
    group = step.find("aws:rds:OptionGroup", step.get("option_group_name"))
    version = step.get("engine_version") or _effective(step, "engine_version")
    if group is None or version is None:
        return
    if group.inputs["major_engine_version"] != major(str(version)):
        text = f"The option group {group.id} is for MySQL {group.inputs['major_engine_version']}"
        raise AwsError(_COMBINATION, f"{text}, the instance is to run {major(str(version))}.")


def _parameter_group_fits(step: Step) -> None:
    group = step.find("aws:rds:ParameterGroup", step.get("parameter_group_name"))
    version = step.get("engine_version") or _effective(step, "engine_version")
    if group is None or version is None:
        return
    wanted, family = f"mysql{major(str(version))}", group.inputs["family"]
    if family != wanted:
        text = f"The parameter group {group.id} with DBParameterGroupFamily {family} can't be used for this instance."
        raise AwsError(
            _COMBINATION, f"{text} Please use a parameter group with DBParameterGroupFamily {wanted}."
        )


def _storage_fits(step: Step) -> None:
    kind, size = str(_effective(step, "storage_type") or "gp2"), step.get("allocated_storage")
    if size is None:
        return
    least, most = _STORAGE[kind]
    if not least <= size <= most:
        raise AwsError(
            _COMBINATION, f"Invalid storage size for engine name mysql and storage type {kind}: {size}"
        )
    if step.changes("allocated_storage") and size < step.was("allocated_storage"):
        text = "The allocated storage of a DB instance can't be reduced: requested"
        raise AwsError(_COMBINATION, f"{text} {size} GiB, allocated {step.was('allocated_storage')} GiB")
    most_wanted = step.get("max_allocated_storage")
    if most_wanted and most_wanted < size:
        raise AwsError(_COMBINATION, "Max storage size must be greater than storage size")
    given = [name for name in ("iops", "storage_throughput") if step.get(name)]
    if kind == "gp3" and size < 400 and given:
        text = (
            "You can't specify IOPS or storage throughput for engine mysql and a storage size less than 400."
        )
        raise AwsError(_COMBINATION, text)
    if kind in ("io1", "io2") and not step.get("iops"):
        raise AwsError(_COMBINATION, f"You must specify IOPS for storage type {kind}")
    if kind != "gp3" and step.get("storage_throughput"):
        raise AwsError(_COMBINATION, f"You can't specify storage throughput for storage type {kind}")


def _replica_has_a_source_with_backups(step: Step) -> None:
    if step.old:
        return
    source = step.find("aws:rds:Instance", step.get("replicate_source_db"))
    if source is None:
        return
    if not source.attributes.get("backup_retention_period"):
        text = (
            "Automated backups are not enabled for this database instance. To enable automated backups, use"
        )
        message = f"{text} ModifyDBInstance to set the backup retention period to a non-zero value."
        raise AwsError("InvalidDBInstanceState", message)
    if source.computed.get("master_user_secrets"):
        text = "Read replicas aren't supported for DB instances whose master user password RDS manages"
        raise AwsError("InvalidDBInstanceState", f"{text} in Secrets Manager.")
    if step.get("db_subnet_group_name") and not str(step.get("replicate_source_db")).startswith("arn:"):
        text = (
            "DBSubnetGroupName should not be specified for Read Replicas that are created in the same region"
        )
        raise AwsError("InvalidParameterCombination", f"{text} as the master")


def _source_of_replicas_keeps_backups(step: Step) -> None:
    if step.old is None or step.get("backup_retention_period") != 0:
        return
    if any(input == "replicate_source_db" for input, _ in step.world.users(step.old)):
        text = "Backups can't be disabled for a DB instance that is the source of a read replica."
        raise AwsError("InvalidDBInstanceState", text)


def _network_fits(step: Step) -> None:
    if step.get("multi_az") and step.get("availability_zone"):
        text = "Requesting a specific availability zone is not valid for Multi-AZ instances."
        raise AwsError(_COMBINATION, text)
    name = _effective(step, "db_subnet_group_name")
    subnets = step.find("aws:rds:SubnetGroup", name)
    if subnets is None:
        return
    vpc = subnets.computed["vpc_id"]
    if step.changes("db_subnet_group_name"):
        before = step.find("aws:rds:SubnetGroup", step.was("db_subnet_group_name"))
        if before and before.computed["vpc_id"] == vpc:
            text = f"You cannot move DB instance {step.inputs['identifier']} to subnet group {name}. The specified DB"
            more = "subnet group and DB instance are in the same VPC. Choose a subnet group in different VPC than the"
            raise AwsError(
                "InvalidVPCNetworkStateFault", f"{text} {more} specified DB instance and try again."
            )
    for id in step.get("vpc_security_group_ids") or []:
        group = step.find("aws:ec2:SecurityGroup", id)
        own = group.attributes.get("vpc_id") if group else None
        if own and own != vpc:
            text = "The DB instance and EC2 security group are in different VPCs. The DB instance is in"
            raise AwsError(_COMBINATION, f"{text} {vpc} and the EC2 security group is in {own}")


def _key_is_for_encrypted_storage(step: Step) -> None:
    if step.get("kms_key_id") and not _effective(step, "storage_encrypted"):
        raise AwsError(_COMBINATION, "KmsKeyId can be specified only where StorageEncrypted is true")


def _monitoring_has_a_role(step: Step) -> None:
    interval, role = step.get("monitoring_interval"), step.get("monitoring_role_arn")
    if interval and not role:
        text = "A MonitoringRoleARN value is required if you specify a MonitoringInterval value other than 0."
        raise AwsError(_COMBINATION, text)
    if role and not interval:
        text = "A MonitoringInterval value other than 0 is required if you specify a MonitoringRoleARN value."
        raise AwsError(_COMBINATION, text)


def _windows_keep_apart(step: Step) -> None:
    backup, maintenance = step.get("backup_window"), step.get("maintenance_window")
    for window in (backup, maintenance):
        if window and too_short(window):
            raise AwsError(_VALUE, f"The window must be at least 30 minutes: {window}")
    if backup and maintenance and overlap(backup, maintenance):
        raise AwsError(_VALUE, "The backup window and maintenance window must not overlap.")


def _identifier_is_free(step: Step) -> None:
    """A rename to a name that another instance has; at creation the account itself looks."""
    if step.changes("identifier") and step.find("aws:rds:Instance", step.inputs["identifier"]):
        raise AwsError("DBInstanceAlreadyExists", "DB instance already exists")


def _effective(step: Step, name: str) -> object:
    """What it will be: as asked for, as it is, or as in the source of a replica."""
    if step.get(name) is not None:
        return step.get(name)
    if step.old:
        return step.was(name)
    return origin.source(step).get(name) if name in origin.INHERITED else None


ALL: tuple[Rule, ...] = (
    _is_mysql,
    _is_available,
    origin.moment_can_be_restored,
    origin.key_is_kept,
    _has_what_creation_needs,
    _class_exists,
    _version_exists,
    _version_only_goes_up,
    _replicas_go_first,
    _replica_is_not_older,
    _copy_can_be_made,
    _parameter_group_fits,
    _option_group_fits,
    _log_volume_has_iops,
    _storage_fits,
    _replica_has_a_source_with_backups,
    _source_of_replicas_keeps_backups,
    _network_fits,
    _key_is_for_encrypted_storage,
    _monitoring_has_a_role,
    _windows_keep_apart,
    _identifier_is_free,
)
