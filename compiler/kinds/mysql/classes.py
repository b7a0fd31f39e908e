"""The instance classes that run MySQL, and where."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, TypeAlias

from pydantic import AfterValidator

from compiler.aws.rds import CLASSES, class_names, instance_class
from compiler.diagnostics import Diagnostic
from compiler.kinds.mysql import versions
from compiler.model import invalid, shaped
from compiler.suggest import closest

if TYPE_CHECKING:
    from compiler.catalog import Database
    from compiler.kinds.mysql.spec import MySQL
    from compiler.route import Route


def _class(value: str) -> str:
    if instance_class(value):
        return value
    near = closest(value, class_names())
    raise invalid(
        "mysql/instance-class",
        f"RDS for MySQL has no instance class {value!r}" + (f"; did you mean {near!r}?" if near else ""),
        "write one such as db.r7g.large",
    )


InstanceClassName: TypeAlias = Annotated[
    str, AfterValidator(_class), shaped(r"db(\.[a-z0-9]+){2}", "db.r7g.large", "db.r7g.xlarge")
]


def check(
    database: Database[MySQL], name: str, version: str, region: str, route: Route
) -> Iterator[Diagnostic]:
    """What keeps a class from running a version in a region."""
    found = instance_class(name)
    assert found is not None  # the model lets no other class through
    if found.since and versions.older(version, found.since):
        yield database.problem(
            "mysql/class-version",
            route,
            f"{name} runs MySQL {found.since} and newer, not {version}",
            f"write engine_version: {found.since}, or choose another class",
            {"the version": ("engine_version",)},
        )
    if found.offered_in(region) is False:
        there = [each for each in CLASSES if _like(found.name, each, region)]
        near = closest(found.family, there) or there[-1]
        yield database.problem(
            "mysql/class-region",
            route,
            f"{region} has no {name}",
            f"write one such as db.{near}.{found.size}",
        )


def _like(name: str, family: str, region: str) -> bool:
    """Whether a family has that size too, is of the same make, and is to be had in the region."""
    other = instance_class(f"db.{family}.{name.rpartition('.')[2]}")
    return other is not None and family[0] == name[3] and bool(other.offered_in(region))
