"""The key that encrypts a database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compiler.graph import Options
from compiler.parts import names
from compiler.parts.assembly import Assembly, Made

if TYPE_CHECKING:
    from compiler.catalog import Database
    from compiler.kinds.kind import DatabaseSpec


def key(assembly: Assembly, database: Database[DatabaseSpec]) -> Made:
    """A key with rotation and an alias. It is retained: without it no snapshot and no backup could ever be read."""
    made = assembly.add(
        "key",
        "aws:kms:Key",
        "encrypts the data, its backups and its secret; outlives them",
        {
            "description": f"dbspec {names.stack_id(database)}",
            "enable_key_rotation": True,
            "deletion_window_in_days": 30,
        },
        Options(retain_on_delete=True, protect=True),
    )
    assembly.add(
        "key-alias",
        "aws:kms:Alias",
        "names the key",
        {"name": f"alias/{names.identifier(database)}", "target_key_id": made["key_id"]},
    )
    return made
