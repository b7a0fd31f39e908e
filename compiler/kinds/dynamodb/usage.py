"""What only traffic decides about the cost of a DynamoDB table."""

from __future__ import annotations

from pydantic import Field

from compiler.kinds.kind import Usage


class DynamoDBUsage(Usage):
    """Traffic of a DynamoDB table, as it is or as it is expected."""

    read_request_units_per_month: float | None = Field(
        None, description="Read units of a table on demand and of its indexes, in its own region.", ge=0
    )
    replica_read_request_units_per_month: float | None = Field(
        None, description="The same in each of the other regions.", ge=0
    )
    write_request_units_per_month: float | None = Field(
        None,
        description="Write units of a table on demand and of its indexes; every region makes each of them.",
        ge=0,
    )
    storage_gib: float | None = Field(
        None, description="What the items take in one region, in GiB, indexes included.", ge=0
    )
    stream_requests_per_month: float | None = Field(
        None, description="Reads of the stream; those of Lambda and of replicas cost nothing.", ge=0
    )
    backup_gib: float | None = Field(
        None, description="What the backups of backup_plan take together, in GiB.", ge=0
    )
