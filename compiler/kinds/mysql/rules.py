"""What AWS refuses of a MySQL spec, or what would fail later: found before anything starts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from compiler.aws.rds import instance_class
from compiler.diagnostics import Diagnostic
from compiler.kinds.mysql import derived, versions
from compiler.parts import names, secrets

if TYPE_CHECKING:
    from compiler.catalog import Database
    from compiler.kinds.mysql.spec import MySQL

# From this size on RDS stripes gp3 over four volumes, and only then IOPS and throughput can be set.
# Source: RDS User Guide, "gp3 storage"; the refusal is quoted in cloudtools/troposphere issue 2153.
GP3_STRIPED_GIB = 400


def check(database: Database[MySQL]) -> Iterator[Diagnostic]:
    """Everything wrong that one key alone does not show."""
    yield from _identifier(database)
    yield from versions.check(database)
    yield from _storage(database)
    yield from _replicas(database)
    yield from _credentials(database)
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


def _storage(database: Database[MySQL]) -> Iterator[Diagnostic]:
    storage = database.spec.storage
    least, most = derived.SIZES[storage.type]
    if not least <= storage.allocated_gib <= most:
        yield database.problem(
            "mysql/storage-size",
            ("storage", "allocated_gib"),
            f"{storage.allocated_gib} GiB of {storage.type} cannot be had for MySQL",
            f"write {least} to {most}",
            {"the volume type": ("storage", "type")},
        )
    if storage.max_allocated_gib and storage.max_allocated_gib < storage.allocated_gib:
        yield database.problem(
            "mysql/storage-growth",
            ("storage", "max_allocated_gib"),
            f"storage may grow to {storage.max_allocated_gib} GiB but starts with {storage.allocated_gib}",
            f"write at least {-(-storage.allocated_gib * 11 // 10)}, or 0 to keep it from growing",
            {"where it starts": ("storage", "allocated_gib")},
        )
    provisioned = storage.type in {"io1", "io2"}
    if provisioned and storage.iops is None:
        yield database.problem(
            "mysql/iops-missing",
            ("storage", "type"),
            f"{storage.type} has no IOPS of its own",
            "add storage.iops, or choose gp3",
        )
    if storage.type in {"gp2", "standard"} and storage.iops is not None:
        yield database.problem(
            "mysql/iops",
            ("storage", "iops"),
            f"{storage.type} takes no IOPS",
            "take the line out, or choose gp3",
            {"the volume type": ("storage", "type")},
        )
    if storage.throughput is not None and storage.type != "gp3":
        yield database.problem(
            "mysql/throughput",
            ("storage", "throughput"),
            f"{storage.type} takes no throughput",
            "take the line out, or choose gp3",
            {"the volume type": ("storage", "type")},
        )
    yield from _performance(database)


def _performance(database: Database[MySQL]) -> Iterator[Diagnostic]:
    storage = database.spec.storage
    size = {"the size": ("storage", "allocated_gib")}
    for key in ("iops", "throughput"):
        if (
            storage.type == "gp3"
            and getattr(storage, key) is not None
            and storage.allocated_gib < GP3_STRIPED_GIB
        ):
            yield database.problem(
                f"mysql/gp3-{key}",
                ("storage", key),
                f"gp3 below {GP3_STRIPED_GIB} GiB has 3000 IOPS and 125 MiB a second, and AWS refuses any other",
                f"take the line out, or allocate {GP3_STRIPED_GIB} GiB",
                size,
            )
    if storage.iops is None:
        return
    if (
        storage.type in {"io1", "io2"}
        and not storage.allocated_gib <= 2 * storage.iops <= 100 * storage.allocated_gib
    ):
        yield database.problem(
            "mysql/iops-ratio",
            ("storage", "iops"),
            f"{storage.iops} IOPS do not go with {storage.allocated_gib} GiB of {storage.type}",
            f"write {max(1000, -(-storage.allocated_gib // 2))} to {50 * storage.allocated_gib}",
            size,
        )
    if storage.type == "gp3" and storage.allocated_gib >= GP3_STRIPED_GIB:
        if not 12000 <= storage.iops <= 64000:
            yield database.problem(
                "mysql/gp3-iops",
                ("storage", "iops"),
                f"gp3 of {GP3_STRIPED_GIB} GiB and more has 12000 to 64000 IOPS",
                "write one of those, or take the line out for 12000",
            )
        if storage.throughput is not None and storage.throughput * 4 > storage.iops:
            yield database.problem(
                "mysql/gp3-throughput",
                ("storage", "throughput"),
                f"{storage.throughput} MiB a second need {storage.throughput * 4} IOPS",
                f"write up to {storage.iops // 4}, or raise storage.iops",
                {"the IOPS": ("storage", "iops")},
            )


def _replicas(database: Database[MySQL]) -> Iterator[Diagnostic]:
    spec = database.spec
    if not spec.read_replicas:
        return
    if spec.backup.retention_days == 0:
        yield database.problem(
            "mysql/replica-needs-backups",
            ("read_replicas",),
            "a read replica starts from a backup, and there are none",
            "set backup.retention_days to 1 or more",
            {"no backups": ("backup", "retention_days")},
        )
    seen: set[str] = set()
    for index, replica in enumerate(spec.read_replicas):
        if replica.instance_class:
            route = ("read_replicas", index, "instance_class")
            yield from versions.runs_on(
                database,
                replica.instance_class,
                versions.major(spec.engine_version),
                database.environment.spec.region,
                route,
            )
        if replica.name in seen:
            yield database.problem(
                "mysql/replica-name",
                ("read_replicas", index, "name"),
                f"two replicas are named {replica.name}",
                "rename one of them",
            )
        seen.add(replica.name)


def _credentials(database: Database[MySQL]) -> Iterator[Diagnostic]:
    spec = database.spec
    if spec.credentials.mode == "managed" and spec.read_replicas:
        yield database.problem(
            "mysql/managed-with-replicas",
            ("credentials", "mode"),
            "RDS cannot keep the password of a MySQL database that has read replicas",
            "write mode: self_managed, apply it, and then add the replicas: clients read another secret afterwards",
            {"the replicas": ("read_replicas",)},
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
