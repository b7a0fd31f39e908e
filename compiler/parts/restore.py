"""From what a new database is made, where not from nothing."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field

from compiler.model import Model, invalid, shaped

LATEST = "latest"
RESTORE = "restore a snapshot into a new database instead, with `restore:` in a spec of its own"
_MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"


def _moment(value: str) -> str:
    if value == LATEST:
        return value
    if re.fullmatch(_MOMENT, value):
        try:
            datetime.fromisoformat(value)
        except ValueError:
            pass
        else:
            return value
    raise invalid(
        "restore/time",
        f"{value!r} is no moment",
        "write latest, or a moment in UTC such as 2026-11-20T03:00:00Z",
    )


Moment = Annotated[
    str,
    AfterValidator(_moment),
    shaped(rf"{LATEST}|{_MOMENT}", "2026-11-20T03:00:00Z"),
    Field(description="`latest`, or a moment in UTC such as 2026-11-20T03:00:00Z."),
]


class PointInTime(Model):
    """Any moment that automated backups go back to."""

    source: str = Field(
        description="The name in AWS of the database that was, or still is.",
        examples=["ecommerce-prod-orders"],
        min_length=1,
    )
    time: Moment
