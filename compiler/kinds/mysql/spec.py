"""What a MySQL spec can say. What is not here goes without saying, or is not dbspec's to know."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from compiler.kinds.kind import DatabaseSpec
from compiler.kinds.mysql import versions
from compiler.kinds.mysql.backups import AnyRestore, Backup
from compiler.kinds.mysql.classes import InstanceClassName
from compiler.kinds.mysql.credentials import Credentials
from compiler.kinds.mysql.replicas import Replicas
from compiler.kinds.mysql.schedule import Schedule
from compiler.kinds.mysql.storage import Storage
from compiler.kinds.mysql.upgrades import Upgrades
from compiler.kinds.mysql.usage import MySQLUsage
from compiler.kinds.mysql.words import RESERVED
from compiler.model import Model, Version, invalid, shaped
from compiler.parts import windows
from compiler.parts.encryption import Encryption
from compiler.parts.logs import RetentionDays

LogExport = Literal["audit", "error", "general", "slowquery", "iam-db-auth-error"]
# Source: SERVER_AUDIT_EVENTS in the RDS User Guide, "MariaDB Audit Plugin support for MySQL".
AuditEvent = Literal["CONNECT", "QUERY", "QUERY_DDL", "QUERY_DML", "QUERY_DML_NO_SELECT", "QUERY_DCL"]


_DATABASE_NAME = r"[A-Za-z][A-Za-z0-9_]{0,63}"


def _database_name(value: str) -> str:
    if not re.fullmatch(_DATABASE_NAME, value):
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


class Parameter(Model):
    """A parameter of the engine."""

    value: str = Field(description="Its value, as text.", examples=["500"])
    apply_method: Literal["immediate", "pending-reboot"] | None = Field(
        None, description="When it takes hold; static parameters always wait for a reboot."
    )


class Maintenance(Model):
    """When AWS may change it."""

    window: (
        Annotated[str, AfterValidator(windows.validator("mysql", weekly=True, least=30)), windows.WEEKLY]
        | None
    ) = Field(
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
    audit_events: list[AuditEvent] = Field(
        description="With audit: what is written down of every session.", min_length=1
    )
    retention_days: RetentionDays = Field(description="How long they are kept.")


class MySQL(DatabaseSpec):
    """A MySQL database on RDS."""

    kind: Literal["mysql"] = Field(description="The kind of database.")
    database_name: Annotated[str, AfterValidator(_database_name), shaped(_DATABASE_NAME, "orders")] = Field(
        description="The first database in it; fixed when it is made."
    )
    engine_version: Version = Field(
        description="`8.4` for the newest of it, or a full version such as 8.4.9.",
        pattern=versions.PATTERN,
        examples=["8.4"],
    )
    engine_lifecycle_support: Literal[
        "open-source-rds-extended-support", "open-source-rds-extended-support-disabled"
    ] = Field(description="Whether AWS may run, and bill, a version past its standard support.")
    instance_class: InstanceClassName = Field(description="The class of the primary.")
    multi_az: bool = Field(description="Whether a standby in another zone takes over.")
    read_replicas: Replicas = Field(description="How many, or a list of them.", max_length=15)
    port: int = Field(description="The port that clients connect to.", ge=1150, le=65535)
    iam_database_authentication: bool = Field(description="Whether IAM identities can log in.")
    parameters: Annotated[
        dict[str, Parameter],
        BeforeValidator(_parameters, json_schema_input_type=dict[str, str | int | float | bool | Parameter]),
    ] = Field(description="Parameters of the engine by name.", examples=[{"max_connections": 500}])
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
    schedule: Schedule | None = Field(None, description="When a development database is stopped.")
    restore: AnyRestore | None = Field(
        None, description="What a new database is made from; the line stays, and counts when it is made."
    )
    secret_recovery_days: int = Field(
        description="How long the deleted secret can be had back: 0, or 7 to 30.", ge=0, le=30
    )
    usage: MySQLUsage = Field(
        MySQLUsage(), description="What traffic decides, for the cost; it changes nothing else."
    )
