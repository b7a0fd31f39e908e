"""The keys of a spec that say how it may change, come and go."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from compiler.model import Day, Model, invalid, shaped

# These speak of one database: as a default of many they would say nothing.
OWN = ("acknowledge", "decommission", "formerly", "fresh", "hold")


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


_SNAPSHOT = r"[a-z][a-z0-9]*(-[a-z0-9]+)*"


def _snapshot(value: str | bool) -> str | bool:
    if isinstance(value, str) and not re.fullmatch(_SNAPSHOT, value[:200]):
        raise invalid(
            "decommission/snapshot",
            f"{value!r} cannot name a snapshot",
            "use up to 200 lower-case letters, digits and single hyphens, a letter first",
        )
    if value is True or (isinstance(value, str) and len(value) > 200):
        raise invalid(
            "decommission/snapshot",
            "a final snapshot needs a name that nobody has to guess",
            "write a name of up to 200 characters, or false where the data may go for good",
        )
    return value


class Decommission(Model):
    """The first of the two steps in which a database goes; the second is to remove its file."""

    reason: str = Field(
        description="Why it goes; shown in every report.", min_length=1, examples=["moved into the new shop"]
    )
    final_snapshot: Annotated[
        Annotated[str, shaped(_SNAPSHOT, "ecommerce-prod-orders-final")] | bool, AfterValidator(_snapshot)
    ] = Field(
        description="The name of the snapshot that is taken before it goes; false for none.",
        examples=["ecommerce-prod-orders-final"],
    )
