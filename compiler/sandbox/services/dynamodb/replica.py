"""Replicas: a global table in one more region."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from compiler.sandbox.declaration import Declaration, Hold, Reference, Says, Step
from compiler.sandbox.refusal import AwsError
from compiler.sandbox.services.dynamodb.scaled import check_scaled
from compiler.sandbox.services.kms import encrypts
from compiler.sandbox.world import Thing, Values, World

# What a global table replicates by (UpdateTable in the DynamoDB API reference).
REPLICATED = "NEW_AND_OLD_IMAGES"


def _replica(step: Step) -> dict[str, Any]:
    home, name = _home(step.inputs["global_table_arn"])
    return {
        "id": f"{name}:{home}",
        "arn": step.world.arn("dynamodb", step.region, f"table/{name}"),
        "deletion_protection_enabled": step.kept("deletion_protection_enabled", False),
        "kms_key_arn": step.kept("kms_key_arn", ""),
        "table_class_override": step.kept("table_class_override", ""),
    }


def _home(arn: str) -> tuple[str, str]:
    """The region and the name of the table with that ARN."""
    _, _, _, region, _, resource = arn.split(":", 5)
    return region, resource.removeprefix("table/")


def _can_be_replicated(step: Step) -> None:
    table = step.find("aws:dynamodb:Table", step.get("global_table_arn"))
    if table is None or step.old:
        return
    if table.region == step.region:
        raise AwsError(
            "ValidationException", "Cannot add, delete, or update the local region through ReplicaUpdates."
        )
    if any(each.get("consistency_mode") == "STRONG" for each in table.inputs.get("replicas") or []):
        text = "Replicas of different consistency modes cannot be in one global table."
        raise AwsError("ValidationException", text)
    check_stream(table.attributes)
    check_scaled(step.world, table.region, table.attributes)


def check_stream(table: Values) -> None:
    """Refuses to replicate what has no stream of both images."""
    if not table.get("stream_enabled") or table.get("stream_view_type") != REPLICATED:
        text = "Table Stream must be enabled with the view type of NEW_AND_OLD_IMAGES to add a replica."
        raise AwsError("ValidationException", text)


def _the_name_is_free(step: Step) -> None:
    name = _home(step.inputs["global_table_arn"])[1]
    if step.old is None and step.find("aws:dynamodb:Table", name):
        text = f"Failed to create a the new replica of table with name: '{name}' because one or more"
        raise AwsError("ValidationException", f"{text} replicas already existed as tables.")


def check_key_region(key: Any, region: str) -> None:
    """Refuses a key of another region."""
    if isinstance(key, str) and key.startswith("arn:") and key.split(":")[3] != region:
        raise AwsError("ValidationException", f"KMS key {key} is not in the region {region} of the table")


def _key_is_near(step: Step) -> None:
    check_key_region(step.get("kms_key_arn"), step.region)


def check_unprotected(attributes: Values) -> None:
    """Refuses to delete what is protected."""
    if attributes.get("deletion_protection_enabled"):
        text = "Resource cannot be deleted as it is currently protected against deletion."
        raise AwsError("ValidationException", f"{text} Disable deletion protection first.")


def _delete(world: World, replica: Thing, inputs: Values) -> timedelta:  # noqa: ARG001
    check_unprotected(replica.attributes)
    return timedelta(0)


TABLE_REPLICA = Declaration(
    noun="DynamoDB Table Replica",
    outputs=_replica,
    identity=("global_table_arn",),
    taken=Says(
        "ValidationException",
        "Replica specified in the Replica Update or Replica Delete action already exists",
    ),
    defaults={"point_in_time_recovery": False},
    chosen=frozenset({"deletion_protection_enabled", "kms_key_arn", "table_class_override"}),
    choices={"table_class_override": ("STANDARD", "STANDARD_INFREQUENT_ACCESS")},
    references=(
        Reference(
            "global_table_arn",
            ("aws:dynamodb:Table",),
            Hold.USES,
            "ResourceNotFoundException",
            "Requested resource not found: Table: {value} not found",
        ),
        encrypts("kms_key_arn", "ValidationException"),
    ),
    rules=(_can_be_replicated, _the_name_is_free, _key_is_near),
    replaces=frozenset({"global_table_arn", "kms_key_arn", "table_class_override"}),
    deletes=_delete,
)
