"""The master user of a MySQL database."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field

from compiler.diagnostics import Diagnostic
from compiler.kinds.mysql.words import RESERVED
from compiler.model import Day, Model, invalid, shaped

if TYPE_CHECKING:
    from compiler.catalog import Database
    from compiler.kinds.mysql.spec import MySQL


_USERNAME = r"[A-Za-z][A-Za-z0-9_]{0,15}"


def _username(value: str) -> str:
    if not re.fullmatch(_USERNAME, value):
        raise invalid(
            "mysql/username",
            f"{value!r} cannot name the master user",
            "use up to 16 letters, digits and underscores, a letter first",
        )
    if value.lower() in RESERVED | {"admin"}:
        raise invalid(
            "mysql/username",
            f"{value!r} is a name that is reserved or guessed first",
            "choose another, such as dbadmin",
        )
    return value


class Credentials(Model):
    """The master user."""

    mode: Literal["self_managed", "managed"] = Field(
        description="Who keeps the password: a secret that dbspec makes, or one that RDS makes and rotates."
    )
    username: Annotated[str, AfterValidator(_username), shaped(_USERNAME, "dbadmin")] = Field(
        description="Its name; fixed when the database is made."
    )
    rotate: Day | None = Field(
        None,
        description="Of self_managed: the day of the last change of password; another day makes a new one, which "
        "clients find in the same secret.",
    )
    rotation_days: int | None = Field(
        None, description="Of managed: every how many days RDS changes the password.", ge=1, le=1000
    )


def check(database: Database[MySQL]) -> Iterator[Diagnostic]:
    """What does not go with the way in which the password is kept."""
    spec, mode = database.spec, {"the mode": ("credentials", "mode")}
    managed = spec.credentials.mode == "managed"
    if managed and spec.read_replicas:
        yield database.problem(
            "mysql/managed-with-replicas",
            ("credentials", "mode"),
            "RDS cannot keep the password of a MySQL database that has read replicas",
            "write mode: self_managed, apply it, and then add the replicas: clients read another secret afterwards",
            {"the replicas": ("read_replicas",)},
        )
    if managed and spec.restore:
        yield database.problem(
            "mysql/managed-with-restore",
            ("credentials", "mode"),
            "RDS restores no MySQL database with a password that it keeps itself",
            "write mode: self_managed; it can be changed once the database is there",
            {"the restore": ("restore",)},
        )
    if managed and spec.credentials.rotate:
        yield database.problem(
            "mysql/rotate",
            ("credentials", "rotate"),
            "RDS changes a password that it keeps itself by its own timetable",
            "write rotation_days, or mode: self_managed",
            mode,
        )
    if not managed and spec.credentials.rotation_days:
        yield database.problem(
            "mysql/rotation-days",
            ("credentials", "rotation_days"),
            "nothing changes a self_managed password by itself: every client would have to follow at that moment",
            "write rotate with a day, and another day whenever it is to change, or mode: managed",
            mode,
        )
