"""The resources that a MySQL database is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compiler.aws.rds import instance_class
from compiler.graph import Options, Stack, Value
from compiler.kinds.mysql import derived
from compiler.kinds.mysql.alarms import alarms
from compiler.kinds.mysql.parameters import apply_method
from compiler.parts import access, encryption, logs, names, secrets, snapshots
from compiler.parts.alarms import add
from compiler.parts.assembly import Assembly, Made

if TYPE_CHECKING:
    from compiler.catalog import Database
    from compiler.kinds.mysql.spec import MySQL, Replica


def compile_stack(database: Database[MySQL]) -> Stack:
    """The stack of a database that `rules.check` found nothing in."""
    spec, environment = database.spec, database.environment
    stack_id = names.stack_id(database)
    assembly = Assembly(stack_id, environment.spec.region, names.tags(environment, stack_id, database))
    identifier = names.identifier(database)

    key = encryption.key(assembly, database) if spec.encryption.kms_key is None else None
    key_arn: Value = key["arn"] if key else spec.encryption.kms_key
    subnets = assembly.add(
        "subnets",
        "aws:rds:SubnetGroup",
        "places it in the private subnets",
        {
            "name": identifier,
            "description": f"dbspec {stack_id}",
            "subnet_ids": access.shared(environment, "private_subnet_ids"),
        },
    )
    firewall = access.firewall(assembly, database, spec.port)
    parameters = _parameter_group(assembly, database)
    shared: dict[str, Value] = {
        "kms_key_id": key_arn,
        "storage_encrypted": True,
        "vpc_security_group_ids": [firewall["id"]],
        "parameter_group_name": parameters["name"],
        **_operations(database),
    }
    instance, secret_arn = _instance(assembly, database, subnets, key_arn, shared)
    outputs: dict[str, Value] = {
        "endpoint": instance["address"],
        "port": instance["port"],
        "arn": instance["arn"],
        "secret_arn": secret_arn,
    }
    for replica in spec.read_replicas:
        made = _replica(assembly, database, replica, instance, shared)
        outputs[f"replica_{replica.name.replace('-', '_')}_endpoint"] = made["address"]
    return assembly.stack(outputs, after=(names.environment_stack_id(environment),))


def _parameter_group(assembly: Assembly, database: Database[MySQL]) -> Made:
    spec = database.spec
    family = derived.parameter_family(spec)
    return assembly.add(
        "parameters",
        "aws:rds:ParameterGroup",
        "sets the engine's parameters",
        {
            # The family replaces the group, and a group in use cannot go: a new major version needs a new name.
            "name": f"{names.identifier(database)}-{family.replace('.', '')}",
            "family": family,
            "description": f"dbspec {names.stack_id(database)}",
            "parameters": [
                {"name": name, "value": parameter.value, "apply_method": apply_method(name, parameter)}
                for name, parameter in sorted(spec.parameters.items())
            ],
        },
    )


def _instance(
    assembly: Assembly, database: Database[MySQL], subnets: Made, key_arn: Value, shared: dict[str, Value]
) -> tuple[Made, Value]:
    """The primary, and the ARN of the secret that holds its credentials."""
    spec, storage = database.spec, database.spec.storage
    identifier = names.identifier(database)
    managed = spec.credentials.mode == "managed"
    password = None if managed else secrets.password(assembly, "password", "the master user's password")
    instance = assembly.add(
        "instance",
        "aws:rds:Instance",
        "the database itself",
        {
            "identifier": identifier,
            "engine": "mysql",
            "engine_version": spec.engine_version,
            "engine_lifecycle_support": spec.engine_lifecycle_support,
            "instance_class": spec.instance_class,
            "allocated_storage": storage.allocated_gib,
            "max_allocated_storage": derived.max_storage(spec),
            "storage_type": storage.type,
            "iops": storage.iops,
            "storage_throughput": storage.throughput,
            "db_name": spec.database_name,
            "port": spec.port,
            "username": spec.credentials.username,
            "password": password["result"] if password else None,
            "manage_master_user_password": True if managed else None,
            "master_user_secret_kms_key_id": key_arn if managed else None,
            "db_subnet_group_name": subnets["name"],
            "multi_az": spec.multi_az,
            "backup_retention_period": spec.backup.retention_days,
            "backup_window": str(derived.backup_window(database)),
            "maintenance_window": str(derived.maintenance_window(database, identifier)),
            "delete_automated_backups": spec.backup.delete_automated_backups,
            "skip_final_snapshot": not spec.final_snapshot,
            "final_snapshot_identifier": snapshots.final_name(assembly, identifier)
            if spec.final_snapshot
            else None,
            **shared,
            **_insights(spec, spec.instance_class, key_arn),
        },
        Options(
            protect=spec.deletion_protection,
            delete_before_replace=True,  # both would have the one identifier
            depends_on=logs.groups(assembly, _log_groups(spec, identifier, ""), spec.logs.retention_days),
        ),
    )
    _alarms(assembly, database, "instance", identifier, spec.instance_class, replica=False)
    if password is None:
        return instance, instance["master_user_secrets[0].secret_arn"]
    secret = secrets.secret(
        assembly,
        database,
        {
            "engine": "mysql",
            "username": spec.credentials.username,
            "password": password["result"],
            "host": instance["address"],
            "port": instance["port"],
            "dbname": spec.database_name,
        },
        kms_key=key_arn,
        recovery_days=spec.secret_recovery_days,
    )
    return instance, secret["arn"]


def _replica(
    assembly: Assembly, database: Database[MySQL], replica: Replica, primary: Made, shared: dict[str, Value]
) -> Made:
    """A replica takes engine, storage, name, users and subnets from the primary: RDS refuses them here."""
    spec = database.spec
    identifier = derived.replica_identifier(names.identifier(database), replica)
    name = f"replica-{replica.name}"
    class_name = replica.instance_class or spec.instance_class
    made = assembly.add(
        name,
        "aws:rds:Instance",
        "`read_replicas` asks for it",
        {
            "identifier": identifier,
            "replicate_source_db": primary["identifier"],
            "instance_class": class_name,
            "port": spec.port,
            "max_allocated_storage": derived.max_storage(spec),
            "maintenance_window": str(derived.maintenance_window(database, identifier)),
            "skip_final_snapshot": True,
            **shared,
            **_insights(spec, class_name, shared["kms_key_id"]),
        },
        Options(
            protect=spec.deletion_protection,
            delete_before_replace=True,  # both would have the one identifier
            depends_on=logs.groups(
                assembly, _log_groups(spec, identifier, f"{name}-"), spec.logs.retention_days
            ),
        ),
    )
    _alarms(assembly, database, name, identifier, class_name, replica=True)
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
        "deletion_protection": spec.deletion_protection,
        "enabled_cloudwatch_logs_exports": sorted(spec.logs.exports),
        "monitoring_interval": spec.monitoring.interval,
        "monitoring_role_arn": names.monitoring_role_arn(database.environment)
        if spec.monitoring.interval
        else None,
    }


def _insights(spec: MySQL, class_name: str, key_arn: Value) -> dict[str, Value]:
    mode = derived.insights(spec, class_name)
    if mode == "off":
        return {"performance_insights_enabled": False}
    return {
        "performance_insights_enabled": True,
        "performance_insights_kms_key_id": key_arn,
        "performance_insights_retention_period": spec.insights.retention_days,
        "database_insights_mode": mode,
    }


def _log_groups(spec: MySQL, identifier: str, prefix: str) -> list[tuple[str, str]]:
    return [
        (f"{prefix}log-{export}", f"/aws/rds/instance/{identifier}/{export}")
        for export in sorted(spec.logs.exports)
    ]


def _alarms(
    assembly: Assembly,
    database: Database[MySQL],
    prefix: str,
    identifier: str,
    class_name: str,
    *,
    replica: bool,
) -> None:
    found = instance_class(class_name)
    assert found is not None  # the model lets no other class through
    for alarm in alarms(database, found, replica=replica):
        add(
            assembly,
            database.environment,
            "AWS/RDS",
            prefix,
            identifier,
            {"DBInstanceIdentifier": identifier},
            alarm,
        )
