"""The credentials that dbspec makes: generated, kept in Secrets Manager, never in clear anywhere else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from compiler.graph import Json, Value
from compiler.parts import names
from compiler.parts.assembly import Assembly, Made

if TYPE_CHECKING:
    from compiler.catalog import Database
    from compiler.diagnostics import Diagnostic
    from compiler.kinds.kind import DatabaseSpec


def password(
    assembly: Assembly, name: str, why: str, length: int = 32, *, rotated: str | None = None
) -> Made:
    """A generated password. Letters and digits only: every engine, shell and connection URL takes them.

    Another `rotated` makes another password.
    """
    keepers: Value = {"rotated": rotated} if rotated else None
    return assembly.add(
        name, "random:RandomPassword", why, {"length": length, "special": False, "keepers": keepers}
    )


def secret(
    assembly: Assembly,
    database: Database[DatabaseSpec],
    content: Mapping[str, Value],
    *,
    kms_key: Value,
    recovery_days: int,
    who: str = "master",
) -> Made:
    """A secret whose text is `content` as JSON; `who` ends its name.

    `recovery_days` is 0 or 7 to 30, for which AWS keeps its name taken.
    """
    made = assembly.add(
        "secret",
        "aws:secretsmanager:Secret",
        "holds the credentials for whoever may read it",
        {
            "name": f"{names.identifier(database)}/{who}",
            "description": f"Credentials of {database.id}",
            "kms_key_id": kms_key,
            "recovery_window_in_days": recovery_days,
        },
    )
    assembly.add(
        "secret-content",
        "aws:secretsmanager:SecretVersion",
        "puts the credentials into the secret",
        {"secret_id": made["id"], "secret_string": Json(dict(content))},
    )
    return made


def recovery(database: Database[DatabaseSpec], days: int) -> Iterator[Diagnostic]:
    """What is wrong with `secret_recovery_days`. Source: RecoveryWindowInDays of DeleteSecret in the API reference."""
    if 0 < days < 7:
        yield database.problem(
            f"{database.spec.kind}/secret-recovery",
            ("secret_recovery_days",),
            f"Secrets Manager cannot keep a deleted secret for {days} days",
            "write 0, or 7 to 30",
        )
