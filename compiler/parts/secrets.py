"""The credentials that dbspec makes: generated, kept in Secrets Manager, never in clear anywhere else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from compiler.graph import Json, Value
from compiler.parts import names
from compiler.parts.assembly import Assembly, Made

if TYPE_CHECKING:
    from compiler.catalog import Database
    from compiler.kinds.kind import DatabaseSpec


def password(assembly: Assembly, name: str, why: str, length: int = 32) -> Made:
    """A generated password. Letters and digits only: every engine, shell and connection URL takes them."""
    return assembly.add(name, "random:RandomPassword", why, {"length": length, "special": False})


def secret(
    assembly: Assembly,
    database: Database[DatabaseSpec],
    content: Mapping[str, Value],
    *,
    kms_key: Value,
    recovery_days: int,
) -> Made:
    """A secret whose text is `content` as JSON; `recovery_days` is 0 or 7 to 30, for which AWS keeps its name taken."""
    made = assembly.add(
        "secret",
        "aws:secretsmanager:Secret",
        "holds the credentials for whoever may read it",
        {
            "name": f"{names.identifier(database)}/master",
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
