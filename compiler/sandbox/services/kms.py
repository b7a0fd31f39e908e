"""Key Management Service: keys, which go only after a waiting time, and their aliases."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from compiler.sandbox.declaration import Declaration, Hold, Reference, Says, Step
from compiler.sandbox.world import Thing, Values, World


def encrypts(input: str, code: str = "KMSKeyNotAccessibleFault") -> Reference:
    """An input that names a key, by its id, ARN or alias."""
    return Reference(
        input,
        ("aws:kms:Key", "aws:kms:Alias"),
        Hold.NEEDS,
        code,
        "The specified KMS key [{value}] does not exist, is not enabled or you do not have permissions to access it.",
        builtin=("alias/aws/",),
    )


def _key(step: Step) -> dict[str, Any]:
    digits = step.token("id", 32)
    key_id = step.kept(
        "key_id", f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"
    )
    root = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{step.world.account}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    return {
        "id": key_id,
        "key_id": key_id,
        "arn": step.world.arn("kms", step.region, f"key/{key_id}"),
        "policy": step.kept("policy", json.dumps({"Version": "2012-10-17", "Statement": [root]})),
        "multi_region": step.kept("multi_region", False),
        "description": step.kept("description", ""),
        "rotation_period_in_days": step.kept(
            "rotation_period_in_days", 365 if step.get("enable_key_rotation") else 0
        ),
    }


def _schedule(world: World, thing: Thing, inputs: Values) -> timedelta:  # noqa: ARG001
    return timedelta(days=inputs.get("deletion_window_in_days") or 30)


KEY = Declaration(
    noun="KMS Key",
    outputs=_key,
    handles=("key_id",),
    defaults={
        "bypass_policy_lockout_safety_check": False,
        "customer_master_key_spec": "SYMMETRIC_DEFAULT",
        "enable_key_rotation": False,
        "is_enabled": True,
        "key_usage": "ENCRYPT_DECRYPT",
    },
    chosen=frozenset({"description", "multi_region", "policy", "rotation_period_in_days"}),
    unread=frozenset({"bypass_policy_lockout_safety_check", "deletion_window_in_days"}),
    imported={"bypass_policy_lockout_safety_check": False, "deletion_window_in_days": 30},
    choices={
        "key_usage": ("ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT"),
    },
    ranges={"deletion_window_in_days": range(7, 31), "rotation_period_in_days": range(90, 2561)},
    documents=frozenset({"policy"}),
    replaces=frozenset(
        {"custom_key_store_id", "customer_master_key_spec", "key_usage", "multi_region", "xks_key_id"}
    ),
    deletes=_schedule,
)


def _alias(step: Step) -> dict[str, Any]:
    name = step.inputs["name"]
    key = step.find("aws:kms:Key", step.get("target_key_id"))
    return {
        "id": name,
        "arn": step.world.arn("kms", step.region, name),
        "target_key_arn": key.computed["arn"] if key else "",
    }


ALIAS = Declaration(
    noun="KMS Alias",
    outputs=_alias,
    name="name",
    identity=("name",),
    taken=Says("AlreadyExistsException", "An alias with the name {name} already exists"),
    patterns={"name": r"alias/(?!aws/)[a-zA-Z0-9/_-]+"},
    references=(
        Reference(
            "target_key_id",
            ("aws:kms:Key",),
            Hold.PARENT,
            "NotFoundException",
            "Key '{value}' does not exist",
        ),
    ),
    replaces=frozenset({"name", "name_prefix"}),
)
