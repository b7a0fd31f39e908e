"""The key that encrypts a database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from compiler.graph import Options
from compiler.model import Model
from compiler.parts import names
from compiler.parts.assembly import Assembly, Made

if TYPE_CHECKING:
    from compiler.catalog import Database
    from compiler.kinds.kind import DatabaseSpec


OWN = "encrypts the data, its backups and its secret; outlives them"

KEY_ARN = r"^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/.+$"
KEY_ARN_EXAMPLE = "arn:aws:kms:ap-northeast-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"


class Encryption(Model):
    """Encryption at rest, which is always on."""

    kms_key: str | None = Field(
        None,
        description="The ARN of a key, where not one of its own; fixed when the database is made.",
        pattern=KEY_ARN,
        examples=[KEY_ARN_EXAMPLE],
    )


def key(
    assembly: Assembly,
    database: Database[DatabaseSpec],
    region: str | None = None,
    why: str = OWN,
    *,
    fixed: bool = True,
) -> Made:
    """A key with rotation and an alias, in the database's region or another.

    It is retained: without it no snapshot and no backup could ever be read. Where it is not `fixed`, the database can
    go over to another key: then this one is let go of, which a protected one could not be.
    """
    name = f"key-{region}" if region else "key"
    made = assembly.add(
        name,
        "aws:kms:Key",
        why,
        {
            "region": region,
            "description": f"dbspec {names.stack_id(database)}",
            "enable_key_rotation": True,
            "deletion_window_in_days": 30,
        },
        Options(retain_on_delete=True, protect=fixed),
    )
    assembly.add(
        f"{name}-alias",
        "aws:kms:Alias",
        "names the key",
        {
            "region": region,
            # An alias takes no dots, which the name of a table may have.
            "name": f"alias/{names.identifier(database).replace('.', '-')}",
            "target_key_id": made["key_id"],
        },
    )
    return made
