"""What only traffic decides about the cost of a Redis database."""

from __future__ import annotations

from pydantic import Field

from compiler.kinds.kind import Usage


class RedisUsage(Usage):
    """Traffic of a Redis database, as it is or as it is expected."""

    snapshots_gib: float | None = Field(
        None, description="What snapshots take together, in GiB, without the one that is free.", ge=0
    )
    logs_gib_per_month: float | None = Field(
        None, description="What is written to CloudWatch's logs, in GiB.", ge=0
    )
    logs_gib: float | None = Field(
        None, description="What these logs take for as long as they are kept, in GiB.", ge=0
    )
