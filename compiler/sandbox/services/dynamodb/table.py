"""Tables: what DynamoDB adds to them, what it cannot change, and what is left when they go.

UpdateTable makes or deletes one index at a time, and changes encryption in a call of its own. The real provider makes
these calls one after the other within one update, and so does this one: what counts is where they lead.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from compiler.sandbox.declaration import Declaration, Says, Step
from compiler.sandbox.services.dynamodb import rules
from compiler.sandbox.services.dynamodb.replica import check_unprotected
from compiler.sandbox.services.kms import encrypts
from compiler.sandbox.world import Thing, Values, World

_NOTHING: Mapping[str, Any] = {"enabled": False}


def _table(step: Step) -> dict[str, Any]:
    name = step.inputs["name"]
    arn = step.world.arn("dynamodb", step.region, f"table/{name}")
    label = _stream_label(step)
    on_demand = step.get("billing_mode") == "PAY_PER_REQUEST"
    chosen = {
        "global_table_witness": {},
        "on_demand_throughput": {},
        "point_in_time_recovery": _NOTHING,
        "server_side_encryption": _NOTHING,
        "ttl": _NOTHING,
        "warm_throughput": {"read_units_per_second": 12000, "write_units_per_second": 4000},
    }
    return {
        **{key: step.kept(key, value) for key, value in chosen.items()},
        "id": name,
        "arn": arn,
        # On demand there is none; provisioned, the provider sends 1 where the program ignores what it is.
        "read_capacity": 0 if on_demand else step.kept("read_capacity") or 1,
        "write_capacity": 0 if on_demand else step.kept("write_capacity") or 1,
        "stream_view_type": step.get("stream_view_type") or "",
        "stream_label": label,
        "stream_arn": f"{arn}/stream/{label}" if label else "",
    }


def _stream_label(step: Step) -> str:
    """The moment when the stream began: another view is another stream."""
    if not step.get("stream_enabled"):
        return ""
    if step.was("stream_label") and step.was("stream_view_type") == step.get("stream_view_type"):
        return str(step.was("stream_label"))
    moment = step.world.now.strftime("%Y-%m-%dT%H:%M:%S")
    return f"{moment}.{step.world.count('stream') % 1000:03}"


def _replicas(world: World, table: Thing) -> Values:
    """All replicas, those that are resources of their own among them."""
    own = list(table.inputs.get("replicas") or [])
    others = [user for _, user in world.users(table) if user.type == "aws:dynamodb:TableReplica"]
    if not others:
        return {}
    described = [
        {
            "region_name": each.region,
            "arn": each.computed["arn"],
            "kms_key_arn": each.attributes.get("kms_key_arn") or "",
            "point_in_time_recovery": each.attributes.get("point_in_time_recovery"),
            "deletion_protection_enabled": each.attributes.get("deletion_protection_enabled"),
        }
        for each in others
    ]
    return {"replicas": own + sorted(described, key=lambda each: str(each["region_name"]))}


def _delete(world: World, table: Thing, inputs: Values) -> timedelta:  # noqa: ARG001
    """The provider deletes replicas that are inputs of the table before it deletes the table."""
    check_unprotected(table.attributes)
    for each in table.inputs.get("replicas") or []:
        check_unprotected(each)
    return timedelta(0)


def _local_indexes(old: Values, new: Values) -> str:
    """They come and go with a table; the provider tells them apart by name alone."""
    before, after = (
        {each["name"] for each in side.get("local_secondary_indexes") or []} for side in (old, new)
    )
    return "local_secondary_indexes" if before != after else ""


def _warm_throughput(old: Values, new: Values) -> str:
    """It only rises."""
    before, after = old.get("warm_throughput") or {}, new.get("warm_throughput") or {}
    falls = any(after.get(key) is not None and after[key] < value for key, value in before.items())
    return "warm_throughput" if falls else ""


TABLE = Declaration(
    noun="DynamoDB Table",
    outputs=_table,
    live=_replicas,
    name="name",
    identity=("name",),
    taken=Says("ResourceInUseException", "Table already exists: {name}"),
    defaults={
        "billing_mode": "PROVISIONED",
        "deletion_protection_enabled": False,
        "stream_enabled": False,
        "table_class": "STANDARD",
    },
    chosen=frozenset(
        {
            "global_table_witness",
            "on_demand_throughput",
            "point_in_time_recovery",
            "read_capacity",
            "server_side_encryption",
            "stream_view_type",
            "ttl",
            "warm_throughput",
            "write_capacity",
        }
    ),
    sets=frozenset(
        {
            "attributes",
            "global_secondary_indexes",
            "global_secondary_indexes.non_key_attributes",
            "local_secondary_indexes",
            "replicas",
        }
    ),
    choices={
        "attributes.type": ("B", "N", "S"),
        "billing_mode": ("PROVISIONED", "PAY_PER_REQUEST"),
        "global_secondary_indexes.projection_type": ("ALL", "KEYS_ONLY", "INCLUDE"),
        "local_secondary_indexes.projection_type": ("ALL", "KEYS_ONLY", "INCLUDE"),
        "replicas.consistency_mode": ("EVENTUAL", "STRONG"),
        "stream_view_type": ("", "KEYS_ONLY", "NEW_IMAGE", "NEW_AND_OLD_IMAGES", "OLD_IMAGE"),
        "table_class": ("STANDARD", "STANDARD_INFREQUENT_ACCESS"),
    },
    ranges={"point_in_time_recovery.recovery_period_in_days": range(1, 36)},
    patterns={
        "name": r"[a-zA-Z0-9_.-]{3,255}",
        "global_secondary_indexes.name": r"[a-zA-Z0-9_.-]{3,255}",
        "local_secondary_indexes.name": r"[a-zA-Z0-9_.-]{3,255}",
    },
    references=(
        encrypts("server_side_encryption.kms_key_arn", "ValidationException"),
        encrypts("replicas.kms_key_arn", "ValidationException"),
    ),
    rules=rules.ALL,
    in_use=Says(
        "ValidationException",
        "Table {name} cannot be deleted while it has replicas: {users}. Delete the replicas first.",
    ),
    replaces=frozenset(
        {
            "hash_key",
            "import_table.s3_bucket_source",
            "name",
            "range_key",
            "restore_backup_arn",
            "restore_date_time",
            "restore_source_name",
            "restore_source_table_arn",
            "restore_to_latest_time",
        }
    ),
    replaces_when=(_local_indexes, _warm_throughput),
    deletes=_delete,
)
