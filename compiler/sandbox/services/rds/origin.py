"""What instances are made from, and what they leave behind when they go: snapshots and automated backups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from compiler.sandbox.declaration import Make, Step
from compiler.sandbox.refusal import AwsError
from compiler.sandbox.world import Thing, World, token

INSTANCE = "aws:rds:Instance"
SNAPSHOT = "aws:rds:Snapshot"
BACKUPS = "aws:rds:AutomatedBackups"
_COPIES = "aws:rds:InstanceAutomatedBackupsReplication"

# What a replica has from its source and a restored instance from what it was restored from.
INHERITED = (
    *("allocated_storage", "db_subnet_group_name", "engine", "engine_version", "iops", "kms_key_id"),
    *("license_model", "port", "storage_encrypted", "storage_throughput", "storage_type", "username"),
)


def source(step: Step) -> Mapping[str, Any]:
    """Everything that is known of what an instance replicates or is restored from; empty where it is from nothing."""
    primary = step.find(INSTANCE, step.get("replicate_source_db"))
    found = primary or restored(step)
    return found.attributes if found else {}


def restored(step: Step) -> Thing | None:
    """The snapshot, or the instance whose backups are read."""
    if snapshot := step.find(SNAPSHOT, step.get("snapshot_identifier")):
        return snapshot
    asked = step.get("restore_to_point_in_time") or {}
    for name in ("source_db_instance_identifier", "source_dbi_resource_id"):
        if asked.get(name):
            return step.find(INSTANCE, asked[name])
    backups = asked.get("source_db_instance_automated_backups_arn")
    if copies := step.find(_COPIES, backups):
        return step.find(INSTANCE, copies.inputs["source_db_instance_arn"])
    return step.find(BACKUPS, backups)


def moment_can_be_restored(step: Step) -> None:
    """The rule for `restore_to_point_in_time`, which counts only while an instance is made."""
    asked = step.get("restore_to_point_in_time")
    if step.old or asked is None:
        return
    found = restored(step)
    if found is None:
        named = next((asked[name] for name in sorted(asked) if name.startswith("source_")), "")
        raise AwsError("DBInstanceNotFound", f"DBInstance {named} not found.")
    if not found.attributes.get("backup_retention_period"):
        text = "The source instance has no automated backups to restore from."
        raise AwsError("PointInTimeRestoreNotEnabledFault", text)
    if bool(asked.get("use_latest_restorable_time")) == bool(asked.get("restore_time")):
        text = "Exactly one of RestoreTime and UseLatestRestorableTime must be specified."
        raise AwsError("InvalidParameterCombination", text)
    if asked.get("restore_time") and datetime.fromisoformat(asked["restore_time"]) > step.world.now:
        text = f"The specified time {asked['restore_time']} is after the latest restorable time."
        raise AwsError("InvalidRestoreFault", text)


def key_is_kept(step: Step) -> None:
    """No restore takes a key: the provider would leave it out, and want another instance ever after."""
    found = None if step.old else restored(step)
    wanted = step.get("kms_key_id")
    if found and wanted and wanted != found.attributes.get("kms_key_id"):
        raise AwsError(
            "InvalidParameterCombination",
            f"It is encrypted with {found.attributes.get('kms_key_id') or 'no key'}, and what is restored keeps that.",
        )


def keep_what_was(step: Step, instance: Thing, make: Make) -> None:  # noqa: ARG001
    """What is restored has the user and the database of what it is from, whatever was asked for."""
    found = None if step.old else restored(step)
    if found:
        known = found.attributes
        kept: dict[str, Any] = {name: known[name] for name in ("db_name", "username") if name in known}
        step.world.amend(replace(instance, inputs={**instance.inputs, **kept}))


def take_final_snapshot(world: World, instance: Thing, name: str | None) -> None:
    """Takes it. AwsError where it has no name, or that of another."""
    if not name:
        raise AwsError("", "final_snapshot_identifier is required when skip_final_snapshot is false")
    if world.find((SNAPSHOT,), instance.region, name):
        text = f"Cannot create the snapshot because a snapshot with the identifier {name} already exists."
        raise AwsError("DBSnapshotAlreadyExists", text)
    _leave(world, instance, SNAPSHOT, name, world.arn("rds", instance.region, f"snapshot:{name}"))


def keep_backups(world: World, instance: Thing) -> None:
    """Automated backups outlive their instance where they were asked to, for as long as they are kept."""
    name = f"ab-{token(instance.id, 26)}"
    _leave(world, instance, BACKUPS, name, world.arn("rds", instance.region, f"auto-backup:{name}"))


def _leave(world: World, instance: Thing, type: str, name: str, arn: str) -> None:
    known = {**instance.attributes, "arn": arn, "db_instance_identifier": instance.inputs["identifier"]}
    world.put(
        Thing(type, instance.region, name, {}, known, owner=(instance.owner[0], "")), "", (name, arn), ()
    )
