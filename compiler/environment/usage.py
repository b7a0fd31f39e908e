"""What only traffic decides about the cost of what an environment's databases share."""

from __future__ import annotations

from pydantic import Field

from compiler.model import Model


class EnvironmentUsage(Model):
    """What is written down in an environment, as it is or as it is expected."""

    data_events_per_month: float | None = Field(
        None, description="Reads and writes of items that the audit trail writes down.", ge=0
    )
    audit_gib: float | None = Field(
        None, description="What the audit trail takes for as long as it is kept, in GiB.", ge=0
    )
