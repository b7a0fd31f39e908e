"""The volume of a MySQL database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from compiler.diagnostics import Diagnostic
from compiler.model import Model

if TYPE_CHECKING:
    from compiler.catalog import Database
    from compiler.kinds.mysql.spec import MySQL

# Storage that RDS gives MySQL, by volume type: GiB from and to.
# Source: AllocatedStorage of CreateDBInstance in the RDS API reference.
SIZES = {
    "gp2": (20, 65536),
    "gp3": (20, 65536),
    "io1": (100, 65536),
    "io2": (100, 65536),
    "standard": (5, 3072),
}

# From this size on RDS stripes gp3 over four volumes, and only then IOPS and throughput can be set.
# Source: RDS User Guide, "gp3 storage"; the refusal is quoted in cloudtools/troposphere issue 2153.
GP3_STRIPED_GIB = 400

_PROVISIONED = ("io1", "io2")


class Storage(Model):
    """The volume."""

    type: Literal["gp3", "gp2", "io2", "io1", "standard"] = Field(description="The volume type.")
    allocated_gib: int = Field(
        description="Its size; it can grow, by a tenth or more at a time, and never shrinks.", ge=5, le=65536
    )
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
    dedicated_log_volume: bool = Field(
        description="Whether the logs of transactions have a volume of their own: 1,000 GiB more, with io1 and io2."
    )


def most(storage: Storage) -> int:
    """How far storage may grow, in GiB; 0 where RDS must not grow it."""
    if storage.max_allocated_gib is not None:
        return storage.max_allocated_gib
    return min(int(storage.allocated_gib * storage.growth), SIZES[storage.type][1])


def check(database: Database[MySQL]) -> Iterator[Diagnostic]:
    """What RDS refuses of a volume."""
    yield from _size(database)
    storage = database.spec.storage
    type_ = {"the volume type": ("storage", "type")}
    if storage.type in _PROVISIONED and storage.iops is None:
        yield database.problem(
            "mysql/iops-missing",
            ("storage", "type"),
            f"{storage.type} has no IOPS of its own",
            "add storage.iops, or choose gp3",
        )
    if storage.type in ("gp2", "standard") and storage.iops is not None:
        yield database.problem(
            "mysql/iops",
            ("storage", "iops"),
            f"{storage.type} takes no IOPS",
            "take the line out, or choose gp3",
            type_,
        )
    if storage.throughput is not None and storage.type != "gp3":
        yield database.problem(
            "mysql/throughput",
            ("storage", "throughput"),
            f"{storage.type} takes no throughput",
            "take the line out, or choose gp3",
            type_,
        )
    if storage.dedicated_log_volume and storage.type not in _PROVISIONED:
        yield database.problem(
            "mysql/dedicated-log-volume",
            ("storage", "dedicated_log_volume"),
            f"a dedicated log volume goes with provisioned IOPS, which {storage.type} has not",
            "take the line out, or write type: io2 and iops",
            type_,
        )
    yield from _performance(database)


def _size(database: Database[MySQL]) -> Iterator[Diagnostic]:
    storage = database.spec.storage
    least, largest = SIZES[storage.type]
    if not least <= storage.allocated_gib <= largest:
        yield database.problem(
            "mysql/storage-size",
            ("storage", "allocated_gib"),
            f"{storage.allocated_gib} GiB of {storage.type} cannot be had for MySQL",
            f"write {least} to {largest}",
            {"the volume type": ("storage", "type")},
        )
    # RDS grows by a tenth at least: RDS User Guide, "Managing capacity automatically with storage autoscaling".
    enough = -(-storage.allocated_gib * 11 // 10)
    if storage.max_allocated_gib and storage.max_allocated_gib < enough:
        yield database.problem(
            "mysql/storage-growth",
            ("storage", "max_allocated_gib"),
            f"storage starts with {storage.allocated_gib} GiB and grows by a tenth at least, "
            f"so it cannot grow to {storage.max_allocated_gib}",
            f"write at least {enough}, or 0 to keep it from growing",
            {"where it starts": ("storage", "allocated_gib")},
        )
    if storage.max_allocated_gib and storage.max_allocated_gib > largest:
        yield database.problem(
            "mysql/storage-growth",
            ("storage", "max_allocated_gib"),
            f"{storage.type} never has more than {largest} GiB",
            f"write {largest} or less",
            {"the volume type": ("storage", "type")},
        )


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
        storage.type in _PROVISIONED
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
