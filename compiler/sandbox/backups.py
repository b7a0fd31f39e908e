"""Backups of tables on demand."""

from __future__ import annotations

from compiler.sandbox.world import Thing, World, token

BACKUP = "aws:dynamodb:Backup"


def take(world: World, table: Thing, name: str) -> None:
    """Takes one. Names need not be unique: each has an ARN of its own.

    Source: CreateBackup in the DynamoDB API reference.
    """
    number = f"{world.count(BACKUP):014d}-{token(table.id + name, 8)}"
    arn = world.arn("dynamodb", table.region, f"table/{table.id}/backup/{number}")
    known = {**table.attributes, "arn": arn, "backup_name": name}
    world.put(Thing(BACKUP, table.region, arn, {}, known, owner=(table.owner[0], "")), "", (arn,), ())
