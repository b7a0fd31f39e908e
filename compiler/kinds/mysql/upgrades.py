"""How changes reach the engine of a MySQL database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic import Field

from compiler.diagnostics import Diagnostic
from compiler.model import Model

if TYPE_CHECKING:
    from compiler.catalog import Database
    from compiler.kinds.mysql.spec import MySQL


class Upgrades(Model):
    """How changes reach the engine."""

    auto_minor: bool = Field(description="Whether AWS upgrades minor versions, in the window.")
    allow_major: bool = Field(description="Whether a changed major version is let through.")
    apply_immediately: bool = Field(
        description="Whether changes that interrupt service happen at once, not in the window."
    )
    blue_green: bool = Field(
        description="Whether they are made on a copy that then takes over within a minute, as soon as it is ready."
    )


def check(database: Database[MySQL]) -> Iterator[Diagnostic]:
    """What does not go with upgrades on a copy.

    Sources: RDS User Guide, "Limitations and considerations for blue/green deployments"; the provider's own checks.
    """
    spec, route = database.spec, ("upgrades", "blue_green")
    if not spec.upgrades.blue_green:
        return
    if spec.backup.retention_days == 0:
        yield database.problem(
            "mysql/blue-green-backups",
            route,
            "the copy starts from a backup, and there are none",
            "set backup.retention_days to 1 or more",
            {"no backups": ("backup", "retention_days")},
        )
    if spec.read_replicas:
        yield database.problem(
            "mysql/blue-green-replicas",
            route,
            "the provider makes no copy of a database that has read replicas",
            "write false and upgrade the replicas first, each by its engine_version, or take them out",
            {"the replicas": ("read_replicas",)},
        )
    if spec.credentials.mode == "managed":
        yield database.problem(
            "mysql/blue-green-managed",
            route,
            "RDS makes no copy of a database whose password it keeps itself",
            "write false, or credentials.mode: self_managed",
            {"the mode": ("credentials", "mode")},
        )
    scheduler = spec.parameters.get("event_scheduler")
    if scheduler and scheduler.value.upper() in ("1", "ON"):
        yield database.problem(
            "mysql/blue-green-events",
            route,
            "events of the event scheduler would run on the copy too, so RDS makes none",
            "write false, or turn event_scheduler off",
            {"the scheduler": ("parameters", "event_scheduler")},
        )
