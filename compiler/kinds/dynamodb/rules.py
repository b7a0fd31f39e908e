"""What AWS refuses of a DynamoDB spec, or what would fail later: found before anything starts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from compiler.aws.dynamodb import LONGEST_NAME, NAME, SHORTEST_NAME
from compiler.diagnostics import Diagnostic
from compiler.kinds.dynamodb import capacity, keys, replication, restoring
from compiler.parts import names

if TYPE_CHECKING:
    from compiler.catalog import Database
    from compiler.kinds.dynamodb.spec import DynamoDB

# Source: Lifecycle in the AWS Backup API reference.
COLD_DAYS = 90


def check(database: Database[DynamoDB]) -> Iterator[Diagnostic]:
    """Everything wrong that one key alone does not show."""
    yield from _identifier(database)
    yield from _access(database)
    yield from keys.check(database)
    yield from capacity.check(database)
    yield from _ttl(database)
    yield from replication.check(database)
    yield from _encryption(database)
    yield from _backup_plan(database)
    yield from restoring.check(database)


def _identifier(database: Database[DynamoDB]) -> Iterator[Diagnostic]:
    name = names.identifier(database)
    said = database.spec.identifier is not None
    if re.fullmatch(NAME, name):
        return
    wrong = (
        f"the name in AWS has {len(name)} characters, and a table's has {SHORTEST_NAME} to {LONGEST_NAME}"
        if not SHORTEST_NAME <= len(name) <= LONGEST_NAME
        else f"{name} cannot name a table: a name has letters, digits, hyphens, underscores and dots"
    )
    yield database.problem(
        "dynamodb/identifier",
        ("identifier",) if said else ("project",),
        wrong,
        "write another `identifier`" if said else "shorten it, or add `identifier`",
    )


def _access(database: Database[DynamoDB]) -> Iterator[Diagnostic]:
    if database.spec.access:
        yield database.problem(
            "dynamodb/access",
            ("access",),
            "DynamoDB has no network that a client could be let in through: IAM decides who reads and writes",
            "take the line out, and give the application's role the policy in the output read_write_policy",
        )


def _ttl(database: Database[DynamoDB]) -> Iterator[Diagnostic]:
    spec = database.spec
    kind = spec.attributes.get(spec.ttl.attribute) if spec.ttl else None
    if kind in {"S", "B"}:
        assert spec.ttl is not None
        yield database.problem(
            "dynamodb/ttl-type",
            ("ttl",),
            f"items expire by a number, and {spec.ttl.attribute} is declared as {kind}: none would ever go",
            "name another attribute, which holds seconds since 1970",
            {"its type": ("attributes", spec.ttl.attribute)},
        )


def _encryption(database: Database[DynamoDB]) -> Iterator[Diagnostic]:
    encryption, region = database.spec.encryption, database.environment.spec.region
    if encryption.kms_key is None:
        return
    if encryption.mode != "cmk":
        yield database.problem(
            "dynamodb/key-without-cmk",
            ("encryption", "kms_key"),
            f"{encryption.mode} is a key of AWS's choice, not this one",
            "write mode: cmk, or take the line out",
            {"the mode": ("encryption", "mode")},
        )
    elif encryption.kms_key.split(":")[3] != region:
        yield database.problem(
            "dynamodb/key-region",
            ("encryption", "kms_key"),
            f"a table in {region} can only be encrypted by a key of that region",
            f"name a key in {region}",
        )


def _backup_plan(database: Database[DynamoDB]) -> Iterator[Diagnostic]:
    plan = database.spec.backup_plan
    if plan is None:
        return
    if not database.environment.spec.backups.vault:
        yield database.problem(
            "dynamodb/backup-vault",
            ("backup_plan",),
            f"the environment {database.environment.name} has no vault that backups could go to",
            f"write `backups: {{vault: true}}` in {database.environment.path}, or take the lines out",
        )
    if plan.cold_after_days is None:
        return
    least = plan.cold_after_days + COLD_DAYS
    if plan.delete_after_days < least:
        yield database.problem(
            "dynamodb/backup-cold",
            ("backup_plan", "delete_after_days"),
            f"a backup that goes to cold storage stays there {COLD_DAYS} days or longer",
            f"write at least {least}, or take cold_after_days out",
            {"when it goes there": ("backup_plan", "cold_after_days")},
        )
