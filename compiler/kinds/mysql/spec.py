"""What a MySQL spec can say. What is not here goes without saying, or is not dbspec's to know."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from compiler.aws.rds import class_names, instance_class
from compiler.kinds.kind import DatabaseSpec
from compiler.kinds.mysql.usage import MySQLUsage
from compiler.kinds.mysql.words import RESERVED
from compiler.model import Model, Version, invalid
from compiler.parts import windows
from compiler.parts.encryption import Encryption
from compiler.parts.logs import RetentionDays
from compiler.suggest import closest

LogExport = Literal["error", "general", "slowquery", "iam-db-auth-error"]


def _class(value: str) -> str:
    if instance_class(value):
        return value
    near = closest(value, class_names())
    raise invalid(
        "mysql/instance-class",
        f"RDS for MySQL has no instance class {value!r}" + (f"; did you mean {near!r}?" if near else ""),
        "write one such as db.r7g.large",
    )


def _database_name(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,63}", value):
        raise invalid(
            "mysql/database-name",
            f"{value!r} cannot name a database in MySQL",
            "use up to 64 letters, digits and underscores, a letter first",
        )
    if value.lower() in RESERVED:
        raise invalid(
            "mysql/database-name", f"{value!r} is a word that MySQL keeps for itself", "choose another name"
        )
    return value


def _username(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,15}", value):
        raise invalid(
            "mysql/username",
            f"{value!r} cannot name the master user",
            "use up to 16 letters, digits and underscores, a letter first",
        )
    if value.lower() in RESERVED | {"admin"}:
        raise invalid(
            "mysql/username",
            f"{value!r} is a name that is reserved or guessed first",
            "choose another, such as dbadmin",
        )
    return value


def _replicas(value: Any) -> Any:
    """`read_replicas: 2` is short for two of them that differ in nothing."""
    if isinstance(value, int) and not isinstance(value, bool):
        if not 0 <= value <= 15:
            raise invalid(
                "mysql/read-replicas", f"{value} read replicas", "RDS for MySQL has 0 to 15 of them"
            )
        return [{"name": str(number)} for number in range(1, value + 1)]
    return value


def _parameters(value: Any) -> Any:
    """`name: value` is short for `name: {value: ...}`; AWS takes every value as text."""
    if not isinstance(value, dict):
        return value
    return {
        name: {"value": _as_text(item)} if isinstance(item, str | int | float) else item
        for name, item in value.items()
    }


def _as_text(value: str | float) -> str:
    # MySQL's switches are 0 and 1 to RDS; a float keeps the digits that were written.
    return str(int(value)) if isinstance(value, bool) else str(getattr(value, "written", value))


class Storage(Model):
    """The volume."""

    type: Literal["gp3", "gp2", "io2", "io1", "standard"] = Field(description="The volume type.")
    allocated_gib: int = Field(description="Its size; it can grow, never shrink.", ge=5, le=65536)
    max_allocated_gib: int | None = Field(
        None, description="How far RDS may grow it by itself; 0 for never.", ge=0, le=65536
    )
    growth: float = Field(
        description="How many times its first size it may grow to, where max_allocated_gib does not say.",
        ge=1.1,
        le=100,
    )
    iops: int | None = Field(None, description="Provisioned operations a second.", ge=1000, le=256000)
    throughput: int | None = Field(None, description="MiB a second, of gp3 from 400 GiB on.", ge=125, le=4000)


class Replica(Model):
    """A read replica in the same region."""

    name: str = Field(
        description="The end of its identifier, after `-replica-`.",
        pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$",
        examples=["reports"],
    )
    instance_class: Annotated[str, AfterValidator(_class)] | None = Field(
        None, description="Its class, where not the primary's."
    )


class Parameter(Model):
    """A parameter of the engine."""

    value: str = Field(description="Its value, as text.")
    apply_method: Literal["immediate", "pending-reboot"] | None = Field(
        None, description="When it takes hold; static parameters always wait for a reboot."
    )


class Credentials(Model):
    """The master user."""

    mode: Literal["self_managed", "managed"] = Field(
        description="Who keeps the password: a secret that dbspec makes, or one that RDS makes and rotates weekly."
    )
    username: Annotated[str, AfterValidator(_username)] = Field(
        description="Its name; fixed when the database is made."
    )


class Backup(Model):
    """Automated backups, which also allow restoring to any moment."""

    retention_days: int = Field(description="How long they are kept; 0 for none.", ge=0, le=35)
    window: Annotated[str, AfterValidator(windows.validator("mysql", weekly=False, least=30))] | None = Field(
        None, description="`hh:mm-hh:mm` in UTC; by default a slot of the environment's window."
    )
    copy_tags_to_snapshot: bool = Field(description="Whether snapshots carry the tags.")
    delete_automated_backups: bool = Field(description="Whether they go with the database.")


class Maintenance(Model):
    """When AWS may change it."""

    window: Annotated[str, AfterValidator(windows.validator("mysql", weekly=True, least=30))] | None = Field(
        None, description="`ddd:hh:mm-ddd:hh:mm` in UTC; by default a slot of the environment's window."
    )


class Monitoring(Model):
    """Enhanced monitoring of the operating system."""

    interval: Literal[0, 1, 5, 10, 15, 30, 60] = Field(description="Seconds between samples; 0 for off.")


def _insights_days(value: int) -> int:
    if value in {7, 465, 731} or (value % 31 == 0 and 1 <= value // 31 <= 23):
        return value
    raise invalid(
        "mysql/insights-retention",
        f"Insights cannot be kept for {value} days",
        "write 7, 731, or 31 times 1 to 23",
    )


class Insights(Model):
    """Database Insights."""

    mode: Literal["auto", "off", "standard", "advanced"] = Field(
        description="`auto` is standard where the class supports it, else off."
    )
    retention_days: Annotated[int, AfterValidator(_insights_days)] = Field(
        description="7, 731, or 31 times 1 to 23; advanced keeps 465."
    )


class Logs(Model):
    """Logs in CloudWatch."""

    exports: list[LogExport] = Field(description="The logs to export.")
    retention_days: RetentionDays = Field(description="How long they are kept.")


class Upgrades(Model):
    """How changes reach the engine."""

    auto_minor: bool = Field(description="Whether AWS upgrades minor versions, in the window.")
    allow_major: bool = Field(description="Whether a changed major version is let through.")
    apply_immediately: bool = Field(
        description="Whether changes that interrupt service happen at once, not in the window."
    )


class MySQL(DatabaseSpec):
    """A MySQL database on RDS."""

    kind: Literal["mysql"] = Field(description="The kind of database.")
    database_name: Annotated[str, AfterValidator(_database_name)] = Field(
        description="The first database in it; fixed when it is made."
    )
    engine_version: Version = Field(
        description="`8.4` for the newest of it, or a full version such as 8.4.9.",
        pattern=r"^\d+\.\d+(\.\d+(-rds\.\d+)?)?$",
        examples=["8.4"],
    )
    engine_lifecycle_support: Literal[
        "open-source-rds-extended-support", "open-source-rds-extended-support-disabled"
    ] = Field(description="Whether AWS may run, and bill, a version past its standard support.")
    instance_class: Annotated[str, AfterValidator(_class)] = Field(description="The class of the primary.")
    multi_az: bool = Field(description="Whether a standby in another zone takes over.")
    read_replicas: Annotated[
        list[Replica], BeforeValidator(_replicas, json_schema_input_type=int | list[Replica])
    ] = Field(description="How many, or a list of them.", max_length=15)
    port: int = Field(description="The port that clients connect to.", ge=1150, le=65535)
    iam_database_authentication: bool = Field(description="Whether IAM identities can log in.")
    parameters: Annotated[
        dict[str, Parameter],
        BeforeValidator(_parameters, json_schema_input_type=dict[str, str | int | float | bool | Parameter]),
    ] = Field(description="Parameters of the engine by name.")
    storage: Storage = Field(description="The volume.")
    credentials: Credentials = Field(description="The master user.")
    backup: Backup = Field(description="Automated backups.")
    maintenance: Maintenance = Field(Maintenance(window=None), description="When AWS may change it.")
    final_snapshot: bool = Field(description="Whether a snapshot is taken when the database goes.")
    deletion_protection: bool = Field(description="Whether AWS and Pulumi refuse to delete it.")
    encryption: Encryption = Field(Encryption(kms_key=None), description="Encryption at rest.")
    monitoring: Monitoring = Field(description="Enhanced monitoring.")
    insights: Insights = Field(description="Database Insights.")
    logs: Logs = Field(description="Logs in CloudWatch.")
    upgrades: Upgrades = Field(description="How changes reach the engine.")
    secret_recovery_days: int = Field(
        description="How long the deleted secret can be had back: 0, or 7 to 30.", ge=0, le=30
    )
    usage: MySQLUsage = Field(
        MySQLUsage(), description="What traffic decides, for the cost; it changes nothing else."
    )
