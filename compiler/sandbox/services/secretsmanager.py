"""Secrets Manager: secrets, whose names stay taken while they wait for deletion, and their versions."""

from __future__ import annotations

import string
from datetime import timedelta
from typing import Any

from compiler.sandbox.declaration import Declaration, Hold, Reference, Says, Step
from compiler.sandbox.refusal import AwsError
from compiler.sandbox.services.kms import encrypts
from compiler.sandbox.world import Thing, Values, World


def _secret(step: Step) -> dict[str, Any]:
    ending = step.token("ending", 6, string.ascii_letters)
    arn = step.kept(
        "arn", step.world.arn("secretsmanager", step.region, f"secret:{step.inputs['name']}-{ending}")
    )
    return {"id": arn, "arn": arn, "policy": step.kept("policy", ""), "replicas": step.kept("replicas", [])}


def _schedule(world: World, thing: Thing, inputs: Values) -> timedelta:  # noqa: ARG001
    days = inputs.get("recovery_window_in_days")
    return timedelta(days=30 if days is None else days)


SECRET = Declaration(
    noun="Secrets Manager Secret",
    outputs=_secret,
    name="name",
    identity=("name",),
    handles=("name",),
    taken=Says("ResourceExistsException", "The operation failed because the secret {name} already exists."),
    leaving=Says(
        "InvalidRequestException",
        "You can't create this secret because a secret with this name is already scheduled for deletion.",
    ),
    defaults={"force_overwrite_replica_secret": False, "recovery_window_in_days": 30},
    chosen=frozenset({"policy", "replicas"}),
    sets=frozenset({"replicas"}),
    unread=frozenset({"force_overwrite_replica_secret", "recovery_window_in_days"}),
    imported={"force_overwrite_replica_secret": False, "recovery_window_in_days": 30},
    choices={"recovery_window_in_days": (0, *range(7, 31))},
    patterns={"name": r"[A-Za-z0-9/_+=.@-]{1,512}"},
    documents=frozenset({"policy"}),
    references=(encrypts("kms_key_id", "InvalidParameterException"),),
    replaces=frozenset({"name", "name_prefix"}),
    deletes=_schedule,
)


def _version(step: Step) -> dict[str, Any]:
    secret = step.find("aws:secretsmanager:Secret", step.get("secret_id"))
    arn = secret.id if secret else ""
    version = step.kept("version_id", f"terraform-{step.token('version', 26, string.digits)}")
    return {
        "id": f"{arn}|{version}",
        "arn": arn,
        "secret_arn": arn,
        "version_id": version,
        "version_stages": step.kept("version_stages", ["AWSCURRENT"]),
        "has_secret_string_wo": "secret_string_wo" in step.inputs,
    }


SECRET_VERSION = Declaration(
    noun="Secrets Manager Secret Version",
    outputs=_version,
    identity=("secret_id",),
    chosen=frozenset({"version_stages"}),
    sets=frozenset({"version_stages"}),
    exclusive=(("secret_string", "secret_binary", "secret_string_wo"),),
    references=(
        Reference(
            "secret_id",
            ("aws:secretsmanager:Secret",),
            Hold.PARENT,
            "ResourceNotFoundException",
            "Secrets Manager can't find the specified secret.",
        ),
    ),
    replaces=frozenset({"secret_binary", "secret_id", "secret_string", "secret_string_wo_version"}),
)


def _rotation(step: Step) -> dict[str, Any]:
    return {
        "id": step.inputs["secret_id"],
        "rotation_enabled": True,
        "rotation_lambda_arn": step.kept("rotation_lambda_arn", ""),
    }


def _somebody_can_rotate(step: Step) -> None:
    """Secrets that RDS keeps know how to rotate; every other one needs a function."""
    secret = step.get("secret_id")
    instances = step.world.things("aws:rds:Instance")
    kept = {each["secret_arn"] for one in instances for each in one.computed.get("master_user_secrets") or []}
    if secret in kept or secret is None:
        return
    if step.find("aws:secretsmanager:Secret", secret) is None:
        raise AwsError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
    if step.get("rotation_lambda_arn") is None:
        raise AwsError(
            "InvalidRequestException", "No Lambda rotation function ARN is associated with this secret."
        )


def _rules_say_when(step: Step) -> None:
    rules = step.get("rotation_rules") or {}
    days, said = rules.get("automatically_after_days"), rules.get("schedule_expression")
    if (days is None) == (said is None):
        raise AwsError("", "one of automatically_after_days, schedule_expression must be set")
    if days is not None and not 1 <= days <= 1000:
        raise AwsError("InvalidParameterException", "AutomaticallyAfterDays must be between 1 and 1000.")


SECRET_ROTATION = Declaration(
    noun="Secrets Manager Secret Rotation",
    outputs=_rotation,
    identity=("secret_id",),
    defaults={"rotate_immediately": True},
    chosen=frozenset({"rotation_enabled", "rotation_lambda_arn"}),
    unread=frozenset({"rotate_immediately"}),
    imported={"rotate_immediately": True},
    rules=(_somebody_can_rotate, _rules_say_when),
    replaces=frozenset({"secret_id"}),
)
