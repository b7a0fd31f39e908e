"""What only traffic decides about the cost of a MySQL database."""

from __future__ import annotations

from pydantic import Field

from compiler.kinds.kind import Usage


class MySQLUsage(Usage):
    """Traffic of a MySQL database, as it is or as it is expected."""

    backup_gib: float | None = Field(
        None,
        description="What automated backups and snapshots take together, in GiB; as much as the volume is free.",
        ge=0,
    )
    backup_copy_gib: float | None = Field(
        None, description="What backups copied to another region take there, in GiB.", ge=0
    )
    io_requests_per_month: float | None = Field(
        None, description="Reads and writes of a `standard` volume; others have none to pay.", ge=0
    )
    logs_gib_per_month: float | None = Field(
        None, description="What is written to CloudWatch's logs, enhanced monitoring included, in GiB.", ge=0
    )
    logs_gib: float | None = Field(
        None, description="What these logs take for as long as they are kept, in GiB.", ge=0
    )
