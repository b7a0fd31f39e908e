"""What a new table is made from, where not from nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from compiler.diagnostics import Diagnostic
from compiler.graph import Value
from compiler.model import Model, exactly_one, one_of
from compiler.parts import names
from compiler.parts.restore import LATEST, PointInTime

if TYPE_CHECKING:
    from compiler.catalog import Database
    from compiler.kinds.dynamodb.spec import DynamoDB

# What counts when a table is made and never after: the provider would make another, empty one.
ONLY_AT_FIRST = (
    "restore_backup_arn",
    "restore_date_time",
    "restore_source_name",
    "restore_source_table_arn",
    "restore_to_latest_time",
)


class Restore(Model):
    """What a new table is made from. It has the keys and local indexes of its source, and a spec that says the same."""

    model_config = exactly_one()

    backup: str | None = Field(
        None,
        description="A backup on demand, by its ARN.",
        pattern=r"^arn:aws[a-z-]*:dynamodb:[a-z0-9-]+:\d{12}:table/.+/backup/.+$",
        examples=["arn:aws:dynamodb:us-east-1:123456789012:table/users/backup/01489602797149-73d8d5bc"],
    )
    point_in_time: PointInTime | None = Field(
        None,
        description="Any moment of a table's point-in-time recovery; the source is a name, or the ARN of a table in "
        "another region.",
    )


AnyRestore = Annotated[Restore, one_of("dynamodb/restore", "the restore", "backup", "point_in_time")]


def restored(restore: Restore) -> dict[str, Value]:
    """The inputs of a table that is made from it."""
    if restore.point_in_time is None:
        return {"restore_backup_arn": restore.backup}
    source, time = restore.point_in_time.source, restore.point_in_time.time
    name = "restore_source_table_arn" if source.startswith("arn:") else "restore_source_name"
    when: dict[str, Value] = (
        {"restore_to_latest_time": True} if time == LATEST else {"restore_date_time": time}
    )
    return {name: source, **when}


def check(database: Database[DynamoDB]) -> Iterator[Diagnostic]:
    """What does not go with a restore."""
    spec = database.spec
    if spec.restore is None:
        return
    if spec.consistency == "STRONG" and spec.replicas:
        yield database.problem(
            "dynamodb/restore-strong",
            ("restore",),
            "replicas with strong consistency are made of an empty table only",
            "write consistency: EVENTUAL, or restore the table and fill another one from it",
            {"the consistency": ("consistency",)},
        )
    if spec.restore.point_in_time is None:
        return
    source = spec.restore.point_in_time.source
    at = ("restore", "point_in_time", "source")
    if source == names.identifier(database):
        yield database.problem(
            "dynamodb/restore-source",
            at,
            f"{source} is what the new table is to be called, and no table is restored into itself",
            "write another identifier",
            {"the same name": ("identifier",)} if spec.identifier else None,
        )
    home = database.environment.spec.region
    if source.startswith("arn:") and source.split(":")[3] != home and spec.encryption.mode == "aws_owned":
        yield database.problem(
            "dynamodb/restore-encryption",
            at,
            f"a table of {source.split(':')[3]} is restored in {home} only where the key is named",
            "write encryption: aws_managed, or cmk",
            {"the encryption": ("encryption",)},
        )
