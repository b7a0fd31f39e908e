"""What follows from a MySQL spec without being written in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from compiler.aws.rds import instance_class
from compiler.kinds.kind import Derived
from compiler.kinds.mysql import replicas, storage, versions
from compiler.parts import names, windows
from compiler.parts.windows import Window

if TYPE_CHECKING:
    from compiler.catalog import Database
    from compiler.kinds.mysql.spec import MySQL

SLOT = 30


def derive(database: Database[MySQL]) -> dict[str, Derived]:
    """The derived values by the key they stand for."""
    spec = database.spec
    derived = {
        "parameter_family": Derived(parameter_family(spec), "the family of the engine version"),
        "insights.mode": Derived(
            insights(spec, spec.instance_class), "auto: standard where the class supports it"
        ),
    }
    if spec.storage.max_allocated_gib is None:
        derived["storage.max_allocated_gib"] = Derived(
            storage.most(spec.storage), "the first size times storage.growth"
        )
    if not spec.identifier:
        derived["identifier"] = Derived(names.identifier(database), "project, environment and name")
    if not spec.backup.window:
        derived["backup.window"] = Derived(str(backup_window(database)), "a slot of the environment's window")
    if not spec.maintenance.window:
        derived["maintenance.window"] = Derived(
            str(maintenance_window(database, names.identifier(database))),
            "a slot of the environment's window",
        )
    return derived


def claims(database: Database[MySQL]) -> Iterator[str]:
    """The identifiers of the primary and its replicas."""
    identifier = names.identifier(database)
    yield identifier
    for replica in database.spec.read_replicas:
        yield replicas.identifier(identifier, replica)


def parameter_family(spec: MySQL) -> str:
    """`mysql8.4`."""
    return "mysql" + versions.major(spec.engine_version)


def insights(spec: MySQL, class_name: str) -> str:
    """The mode of Insights on an instance of that class: what the spec says, `auto` decided."""
    if spec.insights.mode != "auto":
        return spec.insights.mode
    found = instance_class(class_name)
    return "standard" if found and found.supports_insights else "off"


def backup_window(database: Database[MySQL]) -> Window:
    """The window for backups."""
    if said := database.spec.backup.window:
        return windows.parse(said)
    return windows.backup_slot(database.environment.spec.windows, names.identifier(database), SLOT)


def maintenance_window(database: Database[MySQL], key: str) -> Window:
    """The window for maintenance; each replica has a slot by its own key."""
    if said := database.spec.maintenance.window:
        return windows.parse(said)
    return windows.maintenance_slot(database.environment.spec.windows, key, SLOT, backup_window(database))
