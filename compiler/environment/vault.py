"""Where AWS Backup keeps what it took of an environment's databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from compiler.graph import Options
from compiler.model import Model
from compiler.parts import names
from compiler.parts.assembly import Assembly, Made

if TYPE_CHECKING:
    from compiler.catalog import Environment


class Backups(Model):
    """Backups by AWS Backup, beside those that each service takes itself."""

    vault: bool = Field(description="Whether there is a vault for them; specs with a `backup_plan` need it.")


def add(assembly: Assembly, environment: Environment) -> Made:
    """Adds the vault and its key. Both outlive the environment: without them there is nothing to restore from."""
    name = names.backup_vault(environment)
    key = assembly.add(
        "vault-key",
        "aws:kms:Key",
        "encrypts the backups; outlives them",
        {
            "description": f"dbspec {names.environment_stack_id(environment)}",
            "enable_key_rotation": True,
            "deletion_window_in_days": 30,
        },
        Options(retain_on_delete=True),
    )
    assembly.add(
        "vault-key-alias",
        "aws:kms:Alias",
        "names the key",
        {"name": f"alias/{name}-backup", "target_key_id": key["key_id"]},
    )
    return assembly.add(
        "vault",
        "aws:backup:Vault",
        "holds what AWS Backup took of databases",
        {"name": name, "kms_key_arn": key["arn"]},
        Options(retain_on_delete=True),
    )
