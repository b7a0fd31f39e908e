"""What a change does to a DynamoDB table: to the table itself, its replicas, insights and backups."""

from __future__ import annotations

from collections.abc import Mapping

from compiler.effects import CREATION, DELETION, Data, Effect, Entry, Service, Table
from compiler.kinds.dynamodb import indexing, modification
from compiler.kinds.dynamodb.modification import API, NEW_TABLE, another

_PLANS = "plans of the AWS provider, asked input by input"
_REPLICAS = "Global tables: how it works in the DynamoDB developer guide"
_BACKUP = "UpdateBackupPlan in the AWS Backup API reference"
_RESTORE = "keep the line, or take it out: it says only what the table was once made from"

_TABLE: Mapping[str, Entry] = {
    DELETION: modification.deleted,
    "attributes": indexing.attributes,
    "billing_mode": modification.billing_mode,
    "deletion_protection_enabled": Effect(
        "decides whether AWS refuses to delete it; by itself it changes nothing", API
    ),
    "global_secondary_indexes": indexing.indexes,
    "global_table_witness": modification.strong_replicas,
    "hash_key": another("the partition key"),
    "import_table": another("what it was imported from", _RESTORE),
    "local_secondary_indexes": indexing.local_indexes,
    "name": another("the name", "write `identifier` with the name that it has"),
    "on_demand_throughput": indexing.limits,
    "point_in_time_recovery": modification.recovery,
    "range_key": another("the sort key"),
    "read_capacity": modification.capacity,
    "region": another("the region", "add a replica there, let clients use it, and then take this one out"),
    "replicas": modification.strong_replicas,
    "restore_backup_arn": another("what it was restored from", _RESTORE),
    "restore_date_time": another("what it was restored from", _RESTORE),
    "restore_source_name": another("what it was restored from", _RESTORE),
    "restore_source_table_arn": another("what it was restored from", _RESTORE),
    "restore_to_latest_time": another("what it was restored from", _RESTORE),
    "server_side_encryption": modification.encryption,
    "stream_enabled": modification.stream,
    "stream_view_type": modification.stream,
    "table_class": Effect(
        "storage gets cheaper and requests dearer, or the other way round; twice in 30 days at most",
        "Considerations when choosing a table class in the DynamoDB developer guide",
        duration="minutes to hours",
    ),
    "ttl": modification.ttl,
    "warm_throughput": modification.warm_throughput,
    "write_capacity": modification.capacity,
}


def _replica(what: str, fix: str) -> Effect:
    return Effect(
        f"{what} of a replica is fixed when it is made: the replica is deleted and made anew from the other regions, "
        "and what was written to it alone is lost",
        "plans of the AWS provider; its documentation of kms_key_arn",
        replaces=True,
        data=Data.LOST,
        service=Service.OUTAGE,
        duration="minutes to hours, in its region",
        reversible=False,
        fix=fix,
    )


_TABLE_REPLICA: Mapping[str, Entry] = {
    CREATION: Effect(
        "the table is copied to one more region while it is in use; every write is made, and billed, there too",
        _REPLICAS,
        duration="minutes to hours",
    ),
    DELETION: Effect(
        "clients in its region find no table any more; what was written there and has not reached the others is lost, "
        "all else stays in them",
        _REPLICAS,
        data=Data.LOST,
        service=Service.OUTAGE,
        duration="for good, in its region",
        reversible=False,
    ),
    "deletion_protection_enabled": Effect(
        "decides whether AWS refuses to delete it; by itself it changes nothing", API
    ),
    "global_table_arn": _replica("the table", NEW_TABLE),
    "kms_key_arn": _replica("the key", "keep the key that the replica has"),
    "point_in_time_recovery": Effect(
        "the replica's own continuous backups begin, or all of them go; those of other regions stay",
        "Point-in-time recovery in the DynamoDB developer guide",
    ),
    "region": _replica("the region", "add the other region, let clients use it, and then take this one out"),
    "table_class_override": _replica("the class", "keep the class that the replica has"),
}

_INSIGHTS: Mapping[str, Entry] = {
    "index_name": Effect("insights begin anew for the other index", _PLANS, replaces=True),
    "mode": Effect("more or less of the traffic is counted from now on", "UpdateContributorInsights"),
    "table_name": Effect("insights begin anew for the other table", _PLANS, replaces=True),
}

_PLAN: Mapping[str, Entry] = {
    DELETION: Effect("no more backups are taken; those that are there stay until they expire", _BACKUP),
    "advanced_backup_settings": Effect("backups from now on are taken in another way", _BACKUP),
    "name": Effect("the plan goes by another name, and begins anew", _PLANS, replaces=True),
    "rules": Effect(
        "backups from now on are taken and kept as it says; those that are there stay as they are", _BACKUP
    ),
    "scan_settings": Effect("backups from now on are searched for malware, or not", _BACKUP),
}


def _selected(what: str) -> Effect:
    return Effect(f"{what}: the selection is made anew", _PLANS, replaces=True)


_SELECTION: Mapping[str, Entry] = {
    DELETION: Effect(
        "no more backups are taken of it; those that are there stay until they expire",
        "DeleteBackupSelection in the AWS Backup API reference",
    ),
    "conditions": _selected("backups are taken of what fits the conditions"),
    "iam_role_arn": _selected("backups are taken as the other role"),
    "name": _selected("it goes by another name"),
    "not_resources": _selected("backups are taken of all but these"),
    "plan_id": _selected("backups are taken as the other plan says"),
    "resources": _selected("backups are taken of these"),
    "selection_tags": _selected("backups are taken of what has the tags"),
}

_TABLES: Mapping[str, Mapping[str, Entry]] = {
    "aws:backup:Plan": _PLAN,
    "aws:backup:Selection": _SELECTION,
    "aws:dynamodb:ContributorInsights": _INSIGHTS,
    "aws:dynamodb:Table": _TABLE,
    "aws:dynamodb:TableReplica": _TABLE_REPLICA,
}

EFFECTS: Table = {(type, name): entry for type, entries in _TABLES.items() for name, entry in entries.items()}
