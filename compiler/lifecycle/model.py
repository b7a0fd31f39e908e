"""The keys of a spec that say how it may change, come and go."""

from __future__ import annotations

from pydantic import Field

from compiler.model import Day, Model

# These speak of one database: as a default of many they would say nothing.
OWN = ("acknowledge", "hold")


class Acknowledgement(Model):
    """One loss of data that is let through."""

    resource: str = Field(
        description="The resource, by its name in dbspec's reports.", min_length=1, examples=["instance"]
    )
    property: str | None = Field(
        None,
        description="The input that changes, by its pulumi_aws name; left out where the resource goes.",
        min_length=1,
        examples=["kms_key_id"],
    )
    data_loss: str = Field(
        description="Why the data may be lost; shown in every report.",
        min_length=1,
        examples=["nobody wrote to it yet"],
    )


class Hold(Model):
    """Applies leave it alone for a while."""

    reason: str = Field(description="Why; shown in every report.", min_length=1, examples=["the audit"])
    until: Day = Field(description="The last day on which it is left alone.")
