"""What a change does to a MySQL database: to its instances, parameter groups and subnet groups."""

from __future__ import annotations

from compiler.effects import DELETION, Effect, Entry, Inputs, Service, Table, When
from compiler.kinds.mysql import modification
from compiler.kinds.mysql.modification import API, another
from compiler.kinds.mysql.parameters import STATIC
from compiler.parts.restore import RESTORE
from compiler.parts.timing import in_its_time


def _parameters(before: Inputs, after: Inputs) -> Effect:
    old, new = _by_name(before), _by_name(after)
    changed = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
    waiting = [name for name in changed if _waits(name, new.get(name) or old.get(name))]
    if not waiting:
        return Effect(
            "the engine takes them at once, sessions that are open keep some of theirs",
            "ModifyDBParameterGroup in the RDS API reference",
        )
    rest = "" if len(waiting) == len(changed) else "; the others hold at once"
    verb = "waits" if len(waiting) == 1 else "wait"
    return Effect(
        f"{', '.join(waiting)} {verb} for the next reboot, which nobody makes by itself{rest}",
        "ModifyDBParameterGroup in the RDS API reference",
        when=When.REBOOT,
    )


def _by_name(inputs: Inputs) -> dict[str, object]:
    items = inputs.get("parameters")
    return (
        {str(each["name"]): each for each in items if isinstance(each, dict)}
        if isinstance(items, list)
        else {}
    )


def _waits(name: str, parameter: object) -> bool:
    said = parameter.get("apply_method") if isinstance(parameter, dict) else None
    return said == "pending-reboot" or name in STATIC


_INSTANCE: dict[str, Entry] = {
    DELETION: modification.deleted,
    "allocated_storage": modification.storage,
    "allow_major_version_upgrade": Effect(
        "major upgrades are let through, or not; by itself it changes nothing", API
    ),
    "apply_immediately": Effect(
        "decides when the other changes take hold; by itself it changes nothing", API
    ),
    "auto_minor_version_upgrade": Effect(
        "decides whether AWS upgrades minor versions in the maintenance window, each a short outage", API
    ),
    "availability_zone": another("the zone", RESTORE),
    "backup_retention_period": modification.retention,
    "backup_target": another("where backups lie", RESTORE),
    "backup_window": Effect("backups are taken at another time of the day", API),
    "blue_green_update": Effect("decides how later upgrades are made; by itself it changes nothing", API),
    "ca_cert_identifier": in_its_time(
        Effect(
            "the instance restarts with a certificate of the other authority, which clients that verify need to know",
            "CertificateRotationRestart of ModifyDBInstance in the RDS API reference",
            service=Service.OUTAGE,
            duration="minutes",
        )
    ),
    "character_set_name": another("the character set", RESTORE),
    "copy_tags_to_snapshot": Effect("holds for snapshots from now on", API),
    "custom_iam_instance_profile": another("the instance profile", RESTORE),
    "database_insights_mode": Effect("Insights collects more or less; its price changes", API),
    "db_name": another(
        "the name of the first database", "keep database_name, and make the other one with SQL"
    ),
    "db_subnet_group_name": modification.subnets,
    "dedicated_log_volume": in_its_time(
        Effect(
            "the log of transactions gets a volume of its own, or comes back from it",
            "DedicatedLogVolume of ModifyDBInstance in the RDS API reference, which says no more",
            service=Service.UNKNOWN,
        )
    ),
    "delete_automated_backups": Effect("decides whether backups go with the database, once it goes", API),
    "deletion_protection": Effect(
        "decides whether AWS refuses to delete it; by itself it changes nothing", API
    ),
    "enabled_cloudwatch_logs_exports": Effect("logs go to CloudWatch, or stay, from now on", API),
    "engine": another("the engine", RESTORE),
    "engine_lifecycle_support": Effect(
        "decides whether AWS upgrades it by itself when standard support ends, or goes on and bills for it",
        API,
    ),
    "engine_version": modification.version,
    "final_snapshot_identifier": Effect("names the snapshot that is taken when it goes", API),
    "iam_database_authentication_enabled": modification.iam,
    "identifier": modification.renamed,
    "instance_class": modification.moved("RDS moves it to the other class"),
    "iops": in_its_time(
        Effect(
            "the volume changes while it is in use; its storage cannot be changed again before RDS is done with it",
            API,
            service=Service.DEGRADED,
            duration="hours",
        )
    ),
    "kms_key_id": another(
        "the key", "keep encryption.kms_key; for another key, restore a copy of a snapshot under it"
    ),
    "maintenance_window": Effect("what waits for the window waits for the new one", API),
    "manage_master_user_password": modification.managed,
    "master_user_secret_kms_key_id": modification.secret_key,
    "max_allocated_storage": Effect("RDS may let the volume grow as far as that", API),
    "monitoring_interval": Effect("enhanced monitoring samples more or less often, or not at all", API),
    "monitoring_role_arn": Effect("enhanced monitoring writes as the other role", API),
    "multi_az": modification.standby,
    "nchar_character_set_name": another("the national character set", RESTORE),
    "option_group_name": in_its_time(Effect("the options become those of the other group", API)),
    "parameter_group_name": modification.parameter_group,
    "password": Effect(
        "who has the old password can log in no more until they read the secret again; open sessions stay",
        API,
        service=Service.DEGRADED,
        duration="until clients read the secret again",
    ),
    "performance_insights_enabled": Effect("Insights begins or ends to collect", API),
    "performance_insights_kms_key_id": modification.insights_key,
    "performance_insights_retention_period": Effect(
        "what Insights has collected is kept for longer or shorter", API
    ),
    "port": Effect(
        "the engine restarts at once, whatever the window, and answers on the new port only",
        API,
        service=Service.OUTAGE,
        duration="a minute, and until clients connect to the new port",
    ),
    "publicly_accessible": Effect(
        "its name leads to another address, at once", API, service=Service.FAILOVER, duration="minutes"
    ),
    "replicate_source_db": modification.source,
    "restore_to_point_in_time": another("what it was restored from", RESTORE),
    "s3_import": another("what it was imported from", RESTORE),
    "skip_final_snapshot": Effect("decides whether a snapshot is taken when it goes", API),
    "snapshot_identifier": another("the snapshot it was made from", RESTORE),
    "storage_encrypted": another(
        "encryption", "keep it encrypted; restore a copy of a snapshot to change it"
    ),
    "storage_throughput": in_its_time(
        Effect(
            "the volume changes while it is in use; its storage cannot be changed again before RDS is done with it",
            API,
            service=Service.DEGRADED,
            duration="hours",
        )
    ),
    "storage_type": modification.storage_type,
    "timezone": another("the time zone", RESTORE),
    "username": another("the master user", "keep credentials.username, and make another user with SQL"),
    "vpc_security_group_ids": Effect("the rules of the other groups hold at once, for new connections", API),
}

_BESIDE = Effect(
    "another is made for it, and the old one goes when nothing uses it any more",
    "plans of the AWS provider, asked input by input",
    replaces=True,
)

_AUDIT = "Options for MySQL DB instances: MariaDB Audit Plugin, in the RDS User Guide"

_OPTION_GROUP: dict[str, Entry] = {
    "engine_name": _BESIDE,
    "major_engine_version": _BESIDE,
    "name": _BESIDE,
    "option_group_description": _BESIDE,
    "options": Effect("sessions are written down by the other rules from now on", _AUDIT),
    "skip_destroy": Effect("decides whether the group stays when the database goes", "pulumi_aws"),
}

_COPIES = Effect(
    "copying ends and begins anew; the copies that there are expire in their time",
    "plans of the AWS provider; StopDBInstanceAutomatedBackupsReplication in the RDS API reference",
    replaces=True,
)

_BACKUP_COPIES: dict[str, Entry] = {
    DELETION: Effect(
        "backups are copied no more; the copies that there are expire in their time",
        "StopDBInstanceAutomatedBackupsReplication in the RDS API reference",
    ),
    "kms_key_id": _COPIES,
    "retention_period": _COPIES,
    "source_db_instance_arn": _COPIES,
}

_SCHEDULER = "UpdateSchedule in the EventBridge Scheduler API reference"

_SCHEDULE: dict[str, Entry] = {
    DELETION: Effect("it is started or stopped by that timetable no more", _SCHEDULER),
    "description": Effect("only words change", _SCHEDULER),
    "flexible_time_window": Effect("it may happen later than the minute that is said", _SCHEDULER),
    "group_name": _BESIDE,
    "name": _BESIDE,
    "schedule_expression": Effect("it is started or stopped at the other time", _SCHEDULER),
    "schedule_expression_timezone": Effect("it is started or stopped at the other time", _SCHEDULER),
    "state": Effect("the timetable pauses, or goes on", _SCHEDULER),
    "target": Effect("the timetable does something else, or to something else", _SCHEDULER),
}

_PARAMETER_GROUP: dict[str, Entry] = {
    "description": _BESIDE,
    "family": _BESIDE,
    "name": _BESIDE,
    "parameters": _parameters,
}

_SUBNET_GROUP: dict[str, Entry] = {
    "description": Effect("only words change", "ModifyDBSubnetGroup in the RDS API reference"),
    "name": _BESIDE,
    "subnet_ids": Effect(
        "the instance stays where it is, and may be moved to the other subnets later; AWS refuses to take away those "
        "that it is in",
        "ModifyDBSubnetGroup in the RDS API reference",
    ),
}

EFFECTS: Table = {
    (type, name): entry
    for type, entries in {
        "aws:rds:Instance": _INSTANCE,
        "aws:rds:InstanceAutomatedBackupsReplication": _BACKUP_COPIES,
        "aws:rds:OptionGroup": _OPTION_GROUP,
        "aws:rds:ParameterGroup": _PARAMETER_GROUP,
        "aws:rds:SubnetGroup": _SUBNET_GROUP,
        "aws:scheduler:Schedule": _SCHEDULE,
    }.items()
    for name, entry in entries.items()
}
