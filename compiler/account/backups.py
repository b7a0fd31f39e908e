"""Backups of tables on demand: what is left of one that goes."""

from __future__ import annotations

from typing import Any


def begin(dynamodb: Any, table: str, name: str) -> str:
    """Begins a backup and gives its ARN. Names need not be unique: each call makes another."""
    return str(dynamodb.create_backup(TableName=table, BackupName=name)["BackupDetails"]["BackupArn"])


def status(dynamodb: Any, arn: str) -> str:
    """How far it is: CREATING or AVAILABLE."""
    found = dynamodb.describe_backup(BackupArn=arn)["BackupDescription"]
    return str(found["BackupDetails"]["BackupStatus"])
