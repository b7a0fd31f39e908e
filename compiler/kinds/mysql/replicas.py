"""The read replicas of a MySQL database, in its region and others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field

from compiler.diagnostics import Diagnostic
from compiler.kinds.mysql import classes, versions
from compiler.kinds.mysql.classes import InstanceClassName
from compiler.model import REGION, Model, Version, invalid
from compiler.parts.encryption import KEY_ARN, KEY_ARN_EXAMPLE
from compiler.suggest import closest

if TYPE_CHECKING:
    from compiler.catalog import Database
    from compiler.kinds.mysql.spec import MySQL


class Replica(Model):
    """A read replica."""

    name: str = Field(
        description="The end of its identifier, after `-replica-`.",
        pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$",
        examples=["reports"],
    )
    instance_class: InstanceClassName | None = Field(None, description="Its class, where not the primary's.")
    engine_version: Version | None = Field(
        None,
        description="Its version, where newer than the primary's: replicas are upgraded first.",
        pattern=versions.PATTERN,
        examples=["8.4"],
    )
    region: str | None = Field(
        None,
        description="Its region, where not the primary's; the environment's `regions` knows the network.",
        pattern=REGION,
        examples=["us-west-2"],
    )
    kms_key: str | None = Field(
        None,
        description="In another region: the ARN of a key there, where not one that dbspec makes and keeps.",
        pattern=KEY_ARN,
        examples=[KEY_ARN_EXAMPLE],
    )
    deletion_protection: bool | None = Field(
        None, description="Whether AWS and Pulumi refuse to delete it, where not as the primary."
    )


def _listed(value: Any) -> Any:
    """`read_replicas: 2` is short for two of them that differ in nothing."""
    if isinstance(value, int) and not isinstance(value, bool):
        if not 0 <= value <= 15:
            raise invalid(
                "mysql/read-replicas", f"{value} read replicas", "RDS for MySQL has 0 to 15 of them"
            )
        return [{"name": str(number)} for number in range(1, value + 1)]
    return value


Replicas = Annotated[
    list[Replica],
    BeforeValidator(_listed, json_schema_input_type=Annotated[int, Field(ge=0, le=15)] | list[Replica]),
]


def identifier(primary: str, replica: Replica) -> str:
    """The identifier of a replica of the instance of that identifier."""
    return f"{primary}-replica-{replica.name}"


def version(spec: MySQL, replica: Replica) -> str:
    """The version that a replica runs."""
    return replica.engine_version or spec.engine_version


def protected(spec: MySQL, replica: Replica) -> bool:
    """Whether a replica is protected from deletion."""
    return spec.deletion_protection if replica.deletion_protection is None else replica.deletion_protection


def check(database: Database[MySQL]) -> Iterator[Diagnostic]:
    """What RDS refuses of replicas."""
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
        if replica.name in seen:
            yield database.problem(
                "mysql/replica-name",
                ("read_replicas", index, "name"),
                f"two replicas are named {replica.name}",
                "rename one of them",
            )
        seen.add(replica.name)
        yield from _region(database, replica, index)
        yield from _version(database, replica, index)


def _region(database: Database[MySQL], replica: Replica, index: int) -> Iterator[Diagnostic]:
    home, route = database.environment.spec, ("read_replicas", index, "region")
    if replica.region == home.region:
        yield database.problem(
            "mysql/replica-region", route, f"{home.region} is the primary's own region", "take the line out"
        )
    elif replica.region and replica.region not in home.regions:
        near = closest(replica.region, home.regions)
        yield database.problem(
            "mysql/replica-network",
            route,
            f"nothing is known of a network in {replica.region}"
            + (f"; did you mean {near!r}?" if near else ""),
            f"add it to {database.environment.path}: regions: {{{replica.region}: "
            "{vpc_id: ..., private_subnet_ids: [...]}}",
        )
    if replica.kms_key is None:
        return
    key = ("read_replicas", index, "kms_key")
    if not replica.region:
        yield database.problem(
            "mysql/replica-key",
            key,
            "a replica in the primary's region has the primary's key",
            "take the line out, or write region",
        )
    elif (there := replica.kms_key.split(":")[3]) != replica.region:
        yield database.problem(
            "mysql/replica-key",
            key,
            f"a key of {there} encrypts nothing in {replica.region}",
            f"name a key of {replica.region}, or take the line out for one of its own",
            {"its region": route},
        )


def _version(database: Database[MySQL], replica: Replica, index: int) -> Iterator[Diagnostic]:
    spec, home = database.spec, database.environment.spec.region
    if replica.engine_version:
        route = ("read_replicas", index, "engine_version")
        problem = versions.unknown(database, replica.engine_version, route)
        if problem is None and versions.older(replica.engine_version, spec.engine_version):
            problem = database.problem(
                "mysql/replica-version",
                route,
                f"a replica cannot run {replica.engine_version} while its primary runs {spec.engine_version}",
                "write a newer version, or take the line out",
                {"the primary": ("engine_version",)},
            )
        if problem:
            yield problem
            return
    if replica.instance_class or replica.region or replica.engine_version:
        yield from classes.check(
            database,
            replica.instance_class or spec.instance_class,
            versions.major(version(spec, replica)),
            replica.region or home,
            ("read_replicas", index, "instance_class" if replica.instance_class else "name"),
        )
