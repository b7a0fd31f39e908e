"""What AWS refuses of a MySQL spec, or what would fail later: found before anything starts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from compiler.aws.rds import instance_class
from compiler.diagnostics import Diagnostic
from compiler.kinds.mysql import (
    backups,
    classes,
    credentials,
    derived,
    replicas,
    schedule,
    storage,
    upgrades,
    versions,
)
from compiler.parts import names, secrets

if TYPE_CHECKING:
    from compiler.catalog import Database
    from compiler.kinds.mysql.spec import MySQL


def check(database: Database[MySQL]) -> Iterator[Diagnostic]:
    """Everything wrong that one key alone does not show."""
    yield from _identifier(database)
    yield from versions.check(database)
    yield from storage.check(database)
    yield from classes.check(
        database,
        database.spec.instance_class,
        versions.major(database.spec.engine_version),
        database.environment.spec.region,
        ("instance_class",),
    )
    yield from replicas.check(database)
    yield from credentials.check(database)
    yield from backups.check(database)
    yield from upgrades.check(database)
    yield from schedule.check(database)
    yield from _windows(database)
    yield from _insights(database)
    yield from secrets.recovery(database, database.spec.secret_recovery_days)


def _identifier(database: Database[MySQL]) -> Iterator[Diagnostic]:
    for name in derived.claims(database):
        for problem in names.rds_name_problems(name):
            yield database.problem(
                "mysql/identifier",
                ("identifier",) if database.spec.identifier else ("project",),
                f"the name in AWS, {name}, {problem}",
                "write another `identifier`"
                if database.spec.identifier
                else "shorten it, or add `identifier`",
            )


def _windows(database: Database[MySQL]) -> Iterator[Diagnostic]:
    spec = database.spec
    backup = derived.backup_window(database)
    maintenance = derived.maintenance_window(database, names.identifier(database))
    if backup.overlaps(maintenance):
        given = ("maintenance", "window") if spec.maintenance.window else ("backup", "window")
        yield database.problem(
            "mysql/windows-overlap",
            given,
            f"maintenance ({maintenance}) and backup ({backup}) overlap, which AWS refuses",
            "move one of them",
            {"the backup window": ("backup", "window")} if spec.maintenance.window else None,
        )


def _insights(database: Database[MySQL]) -> Iterator[Diagnostic]:
    spec = database.spec
    if spec.insights.mode in {"auto", "off"}:
        return
    classes = {spec.instance_class: ("instance_class",)} | {
        replica.instance_class: ("read_replicas", index, "instance_class")
        for index, replica in enumerate(spec.read_replicas)
        if replica.instance_class
    }
    for name, route in classes.items():
        found = instance_class(name)
        if found and not found.supports_insights:
            yield database.problem(
                "mysql/insights-class",
                ("insights", "mode"),
                f"Insights is not to be had for MySQL on {name}",
                "write mode: auto or off, or choose db.t4g.medium or larger",
                {"the class": route},
            )
    if spec.insights.mode == "advanced" and spec.insights.retention_days != 465:
        yield database.problem(
            "mysql/insights-retention",
            ("insights", "retention_days"),
            "advanced Insights is kept for 465 days",
            "write 465",
            {"the mode": ("insights", "mode")},
        )
