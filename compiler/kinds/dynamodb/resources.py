"""The resources that a DynamoDB table is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compiler.graph import Options, Stack, Value
from compiler.kinds.dynamodb import alarms, derived, policies, restoring, scaling
from compiler.kinds.dynamodb.graphs import graphs
from compiler.parts import autoscaling, dashboards, encryption, names
from compiler.parts.alarms import Alarm, add
from compiler.parts.assembly import Assembly, Made

if TYPE_CHECKING:
    from collections.abc import Mapping

    from compiler.catalog import Database
    from compiler.kinds.dynamodb.spec import Capacity, DynamoDB, Index, Limits, LocalIndex

NAMESPACE = "AWS/DynamoDB"


def compile_stack(database: Database[DynamoDB]) -> Stack:
    """The stack of a table that `rules.check` found nothing in."""
    spec, environment = database.spec, database.environment
    stack_id = names.stack_id(database)
    assembly = Assembly(stack_id, environment.spec.region, names.tags(environment, stack_id, database))
    keys = _keys(assembly, database)
    table = _table(assembly, database, keys)
    scaled = tuple(autoscaling.add(assembly, each) for each in scaling.scaled(spec, table))
    if spec.consistency == "EVENTUAL":
        _replicas(assembly, spec, table, keys, tuple(each.name for each in scaled))
    _insights(assembly, spec, table)
    _backups(assembly, database, table)
    _alarms(assembly, database)
    outputs: dict[str, Value] = {
        "table_name": table["name"],
        "arn": table["arn"],
        "read_policy": policies.reading(database, table, keys),
        "read_write_policy": policies.writing(database, table, keys),
    }
    if derived.stream(spec):
        outputs["stream_arn"] = table["stream_arn"]
    dashboards.of_database(assembly, database, graphs(spec, names.identifier(database)))
    return assembly.stack(outputs, after=(names.environment_stack_id(environment),))


def _keys(assembly: Assembly, database: Database[DynamoDB]) -> dict[str, Value]:
    """The ARN of the key in each region, where it is no key of AWS's own."""
    spec, home = database.spec, database.environment.spec.region
    if spec.encryption.mode != "cmk":
        return {}
    keys: dict[str, Value] = {
        region: replica.kms_key for region, replica in spec.replicas.items() if replica.kms_key
    }
    if spec.encryption.kms_key:
        keys[home] = spec.encryption.kms_key
    else:
        why = "encrypts the items and their backups; outlives them"
        keys[home] = encryption.key(assembly, database, why=why, fixed=False)["arn"]
    for region in derived.keys_of_its_own(spec):
        why = f"encrypts the replica in {region}; outlives it"
        keys[region] = encryption.key(assembly, database, region, why, fixed=False)["arn"]
    return keys


def _table(assembly: Assembly, database: Database[DynamoDB], keys: Mapping[str, Value]) -> Made:
    spec = database.spec
    view = derived.stream(spec)
    indexes = sorted(spec.indexes.items())
    return assembly.add(
        "table",
        "aws:dynamodb:Table",
        "the table itself, with its indexes",
        {
            "name": names.identifier(database),
            "attributes": [{"name": name, "type": type_} for name, type_ in sorted(spec.attributes.items())],
            "hash_key": spec.hash_key,
            "range_key": spec.range_key,
            "global_secondary_indexes": [_index(name, index) for name, index in indexes] or None,
            "local_secondary_indexes": [
                _local_index(name, index) for name, index in sorted(spec.local_indexes.items())
            ]
            or None,
            "billing_mode": spec.billing_mode,
            "on_demand_throughput": _limits(spec.on_demand),
            **_capacity(spec.capacity),
            "warm_throughput": {
                "read_units_per_second": spec.warm_throughput.read,
                "write_units_per_second": spec.warm_throughput.write,
            }
            if spec.warm_throughput
            else None,
            "stream_enabled": view is not None,
            "stream_view_type": view,
            # Without these three AWS keeps what it had: what is off is said to be off.
            "ttl": {"enabled": True, "attribute_name": spec.ttl.attribute}
            if spec.ttl
            else {"enabled": False},
            "point_in_time_recovery": {"enabled": True, "recovery_period_in_days": spec.pitr.days}
            if spec.pitr.enabled
            else {"enabled": False},
            "server_side_encryption": _encryption(spec, keys.get(database.environment.spec.region)),
            "table_class": spec.table_class,
            "deletion_protection_enabled": spec.deletion_protection,
            "replicas": _strong_replicas(spec, keys) or None,
            "global_table_witness": {"region_name": spec.witness} if spec.witness else None,
            **(restoring.restored(spec.restore) if spec.restore else {}),
        },
        Options(
            protect=spec.deletion_protection,
            delete_before_replace=True,  # both would have the one name
            # Replicas that are resources of their own show up in the table too.
            ignore_changes=(
                *scaling.ignored(spec),
                *(("replicas",) if spec.consistency == "EVENTUAL" else ()),
                *restoring.ONLY_AT_FIRST,
            ),
        ),
    )


def _index(name: str, index: Index) -> Value:
    """An index by hash_key and range_key.

    The provider prefers key_schemas and warns, but with those it has shown differences where there are none
    (hashicorp/terraform-provider-aws issues 46335 and 46513).
    """
    return _given(
        {
            "name": name,
            "hash_key": index.hash_key,
            "range_key": index.range_key,
            "projection_type": index.projection,
            "non_key_attributes": sorted(index.non_key_attributes) or None,
            "on_demand_throughput": _limits(index.on_demand),
            **_capacity(index.capacity),
        }
    )


def _local_index(name: str, index: LocalIndex) -> Value:
    return _given(
        {
            "name": name,
            "range_key": index.range_key,
            "projection_type": index.projection,
            "non_key_attributes": sorted(index.non_key_attributes) or None,
        }
    )


def _limits(limits: Limits | None) -> Value:
    if limits is None:
        return None
    return _given({"max_read_request_units": limits.read, "max_write_request_units": limits.write})


def _capacity(capacity: Capacity | None) -> dict[str, Value]:
    if capacity is None:
        return {}
    return {"read_capacity": capacity.read.min, "write_capacity": capacity.write.min}


def _encryption(spec: DynamoDB, key: Value) -> Value:
    if spec.encryption.mode == "aws_owned":
        return {"enabled": False}
    return _given({"enabled": True, "kms_key_arn": key})


def _strong_replicas(spec: DynamoDB, keys: Mapping[str, Value]) -> list[Value]:
    """Those of a strongly consistent table are made together, so they are inputs of the table."""
    if spec.consistency != "STRONG":
        return []
    return [
        _given(
            {
                "region_name": region,
                "kms_key_arn": keys.get(region),
                "point_in_time_recovery": derived.recovers(spec, replica),
                "deletion_protection_enabled": derived.protected(spec, replica),
                "propagate_tags": True,
                "consistency_mode": "STRONG",
            }
        )
        for region, replica in sorted(spec.replicas.items())
    ]


def _replicas(
    assembly: Assembly, spec: DynamoDB, table: Made, keys: Mapping[str, Value], scaled: tuple[str, ...]
) -> None:
    """Each replica by itself: AWS makes none before write capacity scales, and one that goes is seen to go.

    A replica takes neither protection nor recovery nor tags from the table. Source of the order:
    hashicorp/terraform-provider-aws issue 13097.
    """
    for region, replica in sorted(spec.replicas.items()):
        assembly.add(
            f"replica-{region}",
            "aws:dynamodb:TableReplica",
            f"`replicas` asks for {region}",
            {
                "region": region,
                "global_table_arn": table["arn"],
                "kms_key_arn": keys.get(region),
                "point_in_time_recovery": derived.recovers(spec, replica),
                "deletion_protection_enabled": derived.protected(spec, replica),
            },
            Options(
                protect=derived.protected(spec, replica),
                delete_before_replace=True,  # a region has one
                depends_on=scaled,
            ),
        )


def _given(values: dict[str, Value]) -> dict[str, Value]:
    return {name: value for name, value in values.items() if value is not None}


def _insights(assembly: Assembly, spec: DynamoDB, table: Made) -> None:
    if not spec.contributor_insights:
        return
    assembly.add(
        "insights",
        "aws:dynamodb:ContributorInsights",
        "`contributor_insights` asks for it",
        {"table_name": table["name"]},
    )
    for name in sorted(spec.indexes):
        assembly.add(
            f"index-{name}-insights",
            "aws:dynamodb:ContributorInsights",
            "`contributor_insights` asks for it",
            {"table_name": table["name"], "index_name": name},
        )


def _backups(assembly: Assembly, database: Database[DynamoDB], table: Made) -> None:
    plan = database.spec.backup_plan
    if plan is None:
        return
    name = names.shortened(names.identifier(database), 50)
    made = assembly.add(
        "backup-plan",
        "aws:backup:Plan",
        "says when backups are taken, and how long they are kept",
        {
            "name": name,
            "rules": [
                {
                    "rule_name": "scheduled",
                    "target_vault_name": names.backup_vault(database.environment),
                    "schedule": derived.schedule(database),
                    "lifecycle": _given(
                        {"delete_after": plan.delete_after_days, "cold_storage_after": plan.cold_after_days}
                    ),
                }
            ],
        },
    )
    assembly.add(
        "backup-selection",
        "aws:backup:Selection",
        "puts the table into the plan",
        {
            "name": name,
            "plan_id": made["id"],
            "iam_role_arn": names.backup_role_arn(database.environment),
            "resources": [table["arn"]],
        },
    )


def _alarms(assembly: Assembly, database: Database[DynamoDB]) -> None:
    spec, environment, name = database.spec, database.environment, names.identifier(database)

    def alarm(each: Alarm, index: str = "", region: str | None = None, **dimensions: Value) -> None:
        prefix = f"index-{index}" if index else "table"
        target = f"{name}-{index}" if index else name
        dimensions |= {"TableName": name, **({"GlobalSecondaryIndexName": index} if index else {})}
        if region:
            prefix = f"{prefix}-{region}"
        add(assembly, environment, NAMESPACE, prefix, target, dimensions, each, region)

    # Metrics are where the traffic is, and an alarm only tells a topic of its own region.
    for region in (None, *sorted(spec.replicas.keys() & environment.spec.regions.keys())):
        for each in alarms.throttling(spec):
            for index in ("", *sorted(spec.indexes)):
                alarm(each, index, region)
        alarm(alarms.errors(), region=region)
        for operation, each in alarms.latency():
            alarm(each, region=region, Operation=operation)
    if spec.consistency == "EVENTUAL":
        for region in sorted(spec.replicas):
            alarm(alarms.replication(region), ReceivingRegion=region)
