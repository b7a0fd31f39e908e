"""What follows from a DynamoDB spec without being written in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from compiler.kinds.kind import Derived
from compiler.parts import names, windows

if TYPE_CHECKING:
    from compiler.catalog import Database
    from compiler.kinds.dynamodb.spec import DynamoDB, Replica

# AWS Backup starts within an hour of what a plan says, by its own default.
SLOT = 60

# What global tables replicate by. Source: StreamSpecification and ReplicaUpdates of UpdateTable; "Global tables:
# How it works" in the DynamoDB developer guide.
REPLICATED = "NEW_AND_OLD_IMAGES"


def derive(database: Database[DynamoDB]) -> dict[str, Derived]:
    """The derived values by the key they stand for."""
    spec = database.spec
    derived: dict[str, Derived] = {}
    if not spec.identifier:
        derived["identifier"] = Derived(names.identifier(database), "project, environment and name")
    if spec.streams is None and stream(spec):
        derived["streams"] = Derived(stream(spec), "what replicas need")
    for region, replica in spec.replicas.items():
        if replica.pitr is None:
            derived[f'replicas["{region}"].pitr'] = Derived(spec.pitr.enabled, "as the table")
        if replica.deletion_protection is None:
            derived[f'replicas["{region}"].deletion_protection'] = Derived(
                spec.deletion_protection, "as the table"
            )
    if spec.backup_plan and spec.backup_plan.schedule == "daily":
        derived["backup_plan.schedule"] = Derived(
            schedule(database), "daily, at a slot of the environment's window"
        )
    return derived


def claims(database: Database[DynamoDB]) -> Iterator[str]:
    """The name of the table."""
    yield names.identifier(database)


def stream(spec: DynamoDB) -> str | None:
    """What the stream says of each change; None where there is no stream."""
    if spec.streams is None and spec.replicas and spec.consistency == "EVENTUAL":
        return REPLICATED
    return spec.streams


def recovers(spec: DynamoDB, replica: Replica) -> bool:
    """Whether a replica has point-in-time recovery: AWS would leave it off."""
    return spec.pitr.enabled if replica.pitr is None else replica.pitr


def protected(spec: DynamoDB, replica: Replica) -> bool:
    """Whether a replica is protected from deletion: AWS would leave it unprotected."""
    if replica.deletion_protection is None:
        return spec.deletion_protection
    return replica.deletion_protection


def keys_of_its_own(spec: DynamoDB) -> tuple[str, ...]:
    """The regions of replicas for which dbspec makes a key."""
    if spec.encryption.mode != "cmk":
        return ()
    return tuple(region for region, replica in sorted(spec.replicas.items()) if replica.kms_key is None)


def schedule(database: Database[DynamoDB]) -> str:
    """When backups start, as AWS Backup writes it."""
    plan = database.spec.backup_plan
    assert plan is not None
    if plan.schedule != "daily":
        return plan.schedule
    start = windows.backup_slot(database.environment.spec.windows, names.identifier(database), SLOT).start
    return f"cron({start % 60} {start // 60} * * ? *)"
