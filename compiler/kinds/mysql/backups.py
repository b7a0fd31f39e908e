"""The backups of a MySQL database, and what a new one is restored from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field

from compiler.aws.rds import REGIONS
from compiler.diagnostics import Diagnostic
from compiler.graph import Value
from compiler.model import REGION, Model, exactly_one, one_of
from compiler.parts import names, windows
from compiler.parts.encryption import KEY_ARN, KEY_ARN_EXAMPLE
from compiler.parts.restore import LATEST, PointInTime
from compiler.suggest import closest

if TYPE_CHECKING:
    from compiler.catalog import Database
    from compiler.kinds.mysql.spec import MySQL


class Copies(Model):
    """Copies of the automated backups in another region."""

    region: str = Field(description="The other region.", pattern=REGION, examples=["us-west-2"])
    retention_days: int = Field(7, description="How long they are kept there.", ge=1, le=35)
    kms_key: str | None = Field(
        None,
        description="The ARN of a key there, where not one that dbspec makes and keeps.",
        pattern=KEY_ARN,
        examples=[KEY_ARN_EXAMPLE],
    )


class Backup(Model):
    """Automated backups, which also allow restoring to any moment."""

    retention_days: int = Field(description="How long they are kept; 0 for none.", ge=0, le=35)
    window: (
        Annotated[str, AfterValidator(windows.validator("mysql", weekly=False, least=30)), windows.DAILY]
        | None
    ) = Field(None, description="`hh:mm-hh:mm` in UTC; by default a slot of the environment's window.")
    copy_tags_to_snapshot: bool = Field(description="Whether snapshots carry the tags.")
    delete_automated_backups: bool = Field(description="Whether they go with the database.")
    cross_region: Copies | None = Field(None, description="Copies of them in another region.")


class Restore(Model):
    """What a new database is made from; once it is there, this changes nothing any more."""

    model_config = exactly_one()

    snapshot: str | None = Field(
        None,
        description="A snapshot, by its name, or by its ARN where another account shares it.",
        min_length=1,
        examples=["orders-before-the-move"],
    )
    point_in_time: PointInTime | None = Field(
        None,
        description="Any moment of a database's automated backups; the source is an instance, or the ARN of "
        "backups that outlived one.",
    )


AnyRestore = Annotated[Restore, one_of("mysql/restore", "the restore", "snapshot", "point_in_time")]


def restored(restore: Restore) -> dict[str, Value]:
    """The inputs of an instance that is made from it."""
    if restore.point_in_time is None:
        return {"snapshot_identifier": restore.snapshot}
    source, time = restore.point_in_time.source, restore.point_in_time.time
    name = "source_db_instance_identifier"
    if source.startswith("arn:"):
        name = "source_db_instance_automated_backups_arn"
    when: dict[str, Value] = (
        {"use_latest_restorable_time": True} if time == LATEST else {"restore_time": time}
    )
    return {"restore_to_point_in_time": {name: source, **when}}


def check(database: Database[MySQL]) -> Iterator[Diagnostic]:
    """What does not go with backups, their copies or a restore."""
    spec = database.spec
    if spec.backup.cross_region:
        yield from _copies(database, spec.backup.cross_region)
    if spec.restore and spec.encryption.kms_key is None:
        yield database.problem(
            "mysql/restore-key",
            ("restore",),
            "what is restored keeps the key it was encrypted with, so none is made for it",
            "add encryption.kms_key with the ARN of that key",
        )
    if spec.restore and spec.restore.point_in_time:
        name = names.identifier(database)
        if spec.restore.point_in_time.source == name:
            yield database.problem(
                "mysql/restore-source",
                ("restore", "point_in_time", "source"),
                f"{name} is what the new database is to be called, and RDS has a name only once",
                "write another identifier; where the source is gone, name its backups by their ARN",
                {"the same name": ("identifier",)} if spec.identifier else None,
            )


def _copies(database: Database[MySQL], copies: Copies) -> Iterator[Diagnostic]:
    spec, home = database.spec, database.environment.spec.region
    route = ("backup", "cross_region", "region")
    if copies.region == home:
        yield database.problem(
            "mysql/backup-region",
            route,
            f"{home} is the database's own region, where its backups are anyway",
            "write another region, or take cross_region out",
        )
    elif copies.region not in REGIONS:
        near = closest(copies.region, REGIONS)
        yield database.problem(
            "mysql/backup-region",
            route,
            f"RDS has no region {copies.region!r}" + (f"; did you mean {near!r}?" if near else ""),
            "write another region",
        )
    if spec.backup.retention_days == 0:
        yield database.problem(
            "mysql/copies-need-backups",
            ("backup", "cross_region"),
            "there are no backups to copy",
            "set backup.retention_days to 1 or more",
            {"no backups": ("backup", "retention_days")},
        )
    if copies.kms_key and (there := copies.kms_key.split(":")[3]) != copies.region:
        yield database.problem(
            "mysql/backup-key",
            ("backup", "cross_region", "kms_key"),
            f"a key of {there} encrypts nothing in {copies.region}",
            f"name a key of {copies.region}, or take the line out for one of its own",
            {"the region": route},
        )
