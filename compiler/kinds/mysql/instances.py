"""The instances of a MySQL database: the primary and its replicas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compiler.aws.rds import instance_class
from compiler.graph import Options, Value
from compiler.kinds.mysql import backups, derived, replicas, storage
from compiler.kinds.mysql.alarms import alarms
from compiler.kinds.mysql.site import Site
from compiler.parts import logs, names, snapshots
from compiler.parts.alarms import add
from compiler.parts.assembly import Assembly, Made

if TYPE_CHECKING:
    from compiler.catalog import Database
    from compiler.kinds.mysql.replicas import Replica
    from compiler.kinds.mysql.spec import MySQL

# What counts when an instance is made and never after: the provider would make another, empty one.
_ONLY_AT_FIRST = ("restore_to_point_in_time", "snapshot_identifier")
# What is restored has these already, whatever is asked for.
_RESTORED = ("db_name", "username")


def primary(
    assembly: Assembly, database: Database[MySQL], site: Site, key: Value, password: Made | None
) -> Made:
    """Adds the primary; without a password RDS keeps one itself."""
    spec = database.spec
    identifier = names.identifier(database)
    final = snapshots.final_name(assembly, identifier) if spec.final_snapshot else None
    return _instance(
        assembly,
        database,
        "instance",
        "the database itself",
        site,
        spec.instance_class,
        {
            "identifier": identifier,
            "engine": "mysql",
            "engine_version": spec.engine_version,
            "engine_lifecycle_support": spec.engine_lifecycle_support,
            "allocated_storage": spec.storage.allocated_gib,
            "password": password["result"] if password else None,
            "manage_master_user_password": None if password else True,
            "master_user_secret_kms_key_id": None if password else key,
            "db_subnet_group_name": site.subnets()["name"],
            "multi_az": spec.multi_az,
            "backup_retention_period": spec.backup.retention_days,
            "backup_window": str(derived.backup_window(database)),
            "delete_automated_backups": spec.backup.delete_automated_backups,
            "skip_final_snapshot": not spec.final_snapshot,
            "final_snapshot_identifier": final,
            "deletion_protection": spec.deletion_protection,
            "blue_green_update": {"enabled": True} if spec.upgrades.blue_green else None,
            "db_name": spec.database_name,
            "username": spec.credentials.username,
            **(backups.restored(spec.restore) if spec.restore else {}),
            **site.engine(spec.engine_version),
        },
        key,
        (*_ONLY_AT_FIRST, *_RESTORED) if spec.restore else _ONLY_AT_FIRST,
    )


def replica(
    assembly: Assembly, database: Database[MySQL], replica: Replica, primary: Made, site: Site, key: Value
) -> Made:
    """Adds a replica. It takes engine, name and users from the primary: RDS refuses them here.

    It takes the size of the volume too, which RDS may have grown; of what kind that is has to be said, since no later
    change of the primary's reaches a replica.
    In the primary's region it takes the subnets too, and is named to RDS by the primary's name; elsewhere by its ARN.
    """
    spec = database.spec
    return _instance(
        assembly,
        database,
        f"replica-{replica.name}",
        "`read_replicas` asks for it",
        site,
        replica.instance_class or spec.instance_class,
        {
            "region": site.region,
            "identifier": replicas.identifier(names.identifier(database), replica),
            "replicate_source_db": primary["arn" if site.region else "identifier"],
            "engine_version": replica.engine_version,
            "db_subnet_group_name": site.subnets()["name"] if site.region else None,
            "skip_final_snapshot": True,
            "deletion_protection": replicas.protected(spec, replica),
            **site.engine(replicas.version(spec, replica)),
        },
        key,
        replica=True,
    )


def _instance(
    assembly: Assembly,
    database: Database[MySQL],
    name: str,
    why: str,
    site: Site,
    class_name: str,
    inputs: dict[str, Value],
    key: Value,
    ignored: tuple[str, ...] = (),
    *,
    replica: bool = False,
) -> Made:
    """Adds an instance with what all have, its log groups and its alarms."""
    spec, identifier = database.spec, str(inputs["identifier"])
    prefix = f"{name}-" if replica else ""
    groups = [
        (f"{prefix}log-{export}", f"/aws/rds/instance/{identifier}/{export}")
        for export in sorted(spec.logs.exports)
    ]
    made = assembly.add(
        name,
        "aws:rds:Instance",
        why,
        {
            "instance_class": class_name,
            "port": spec.port,
            "storage_type": spec.storage.type,
            "iops": spec.storage.iops,
            "storage_throughput": spec.storage.throughput,
            "max_allocated_storage": storage.most(spec.storage),
            "dedicated_log_volume": spec.storage.dedicated_log_volume,
            "maintenance_window": str(derived.maintenance_window(database, identifier)),
            "kms_key_id": key,
            "storage_encrypted": True,
            "vpc_security_group_ids": [site.firewall()["id"]],
            **_operations(database),
            **_insights(spec, class_name, key),
            **inputs,
        },
        Options(
            protect=bool(inputs["deletion_protection"]),
            delete_before_replace=True,  # both would have the one identifier
            depends_on=logs.groups(assembly, groups, spec.logs.retention_days, site.region),
            ignore_changes=ignored,
        ),
    )
    found = instance_class(class_name)
    assert found is not None  # the model lets no other class through
    for alarm in alarms(database, found, replica=replica):
        add(
            assembly,
            database.environment,
            "AWS/RDS",
            name,
            identifier,
            {"DBInstanceIdentifier": identifier},
            alarm,
            site.region,
        )
    return made


def _operations(database: Database[MySQL]) -> dict[str, Value]:
    """What primary and replicas have in common in the way they are run."""
    spec = database.spec
    return {
        "publicly_accessible": False,
        "iam_database_authentication_enabled": spec.iam_database_authentication,
        "copy_tags_to_snapshot": spec.backup.copy_tags_to_snapshot,
        "auto_minor_version_upgrade": spec.upgrades.auto_minor,
        "allow_major_version_upgrade": spec.upgrades.allow_major,
        "apply_immediately": spec.upgrades.apply_immediately,
        "enabled_cloudwatch_logs_exports": sorted(spec.logs.exports),
        "monitoring_interval": spec.monitoring.interval,
        "monitoring_role_arn": names.monitoring_role_arn(database.environment)
        if spec.monitoring.interval
        else None,
    }


def _insights(spec: MySQL, class_name: str, key: Value) -> dict[str, Value]:
    mode = derived.insights(spec, class_name)
    if mode == "off":
        return {"performance_insights_enabled": False}
    return {
        "performance_insights_enabled": True,
        "performance_insights_kms_key_id": key,
        "performance_insights_retention_period": spec.insights.retention_days,
        "database_insights_mode": mode,
    }
