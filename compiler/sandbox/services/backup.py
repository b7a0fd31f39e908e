"""AWS Backup: vaults, plans that say when and how long, selections that say of what."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from compiler.sandbox.declaration import Declaration, Hold, Reference, Says, Step
from compiler.sandbox.refusal import AwsError
from compiler.sandbox.services.kms import encrypts
from compiler.sandbox.world import Thing, Values, World

_NAME = r"[a-zA-Z0-9_.-]{1,50}"


def _uuid(step: Step) -> str:
    digits = step.token("id", 32)
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _vault(step: Step) -> dict[str, Any]:
    name = step.inputs["name"]
    return {
        "id": name,
        "arn": step.world.arn("backup", step.region, f"backup-vault:{name}"),
        "kms_key_arn": step.kept("kms_key_arn", step.world.arn("kms", step.region, "key/aws-backup")),
        "recovery_points": step.kept("recovery_points", 0),
    }


def _delete_vault(world: World, vault: Thing, inputs: Values) -> timedelta:  # noqa: ARG001
    if vault.attributes.get("recovery_points") and not inputs.get("force_destroy"):
        text = "Backup vault cannot be deleted because it contains recovery points."
        raise AwsError("InvalidRequestException", text)
    return timedelta(0)


VAULT = Declaration(
    noun="Backup Vault",
    outputs=_vault,
    name="name",
    identity=("name",),
    handles=("name",),
    taken=Says("AlreadyExistsException", "Backup vault with the same name already exists"),
    defaults={"force_destroy": False},
    chosen=frozenset({"kms_key_arn"}),
    unread=frozenset({"force_destroy"}),
    imported={"force_destroy": False},
    patterns={"name": r"[a-zA-Z0-9_-]{2,50}"},
    references=(encrypts("kms_key_arn", "InvalidParameterValueException"),),
    replaces=frozenset({"kms_key_arn", "name"}),
    deletes=_delete_vault,
)


def _plan(step: Step) -> dict[str, Any]:
    id = step.old.id if step.old else _uuid(step)
    return {
        "id": id,
        "arn": step.world.arn("backup", step.region, f"backup-plan:{id}"),
        # Every change is another version.
        "version": step.token(f"version|{step.inputs['rules']}", 48),
    }


def _lifecycles_are_long_enough(step: Step) -> None:
    for rule in step.get("rules") or []:
        for holder in (rule, *(rule.get("copy_actions") or [])):
            lifecycle = holder.get("lifecycle") or {}
            cold, gone = lifecycle.get("cold_storage_after"), lifecycle.get("delete_after")
            if cold is not None and gone is not None and gone < cold + 90:
                text = "Invalid lifecycle. DeleteAfterDays cannot be less than 90 days apart from"
                raise AwsError(
                    "InvalidParameterValueException",
                    f"Error in rule {rule['rule_name']} : {text} MoveToColdStorageAfterDays",
                )
        if rule.get("start_window", 60) < 60:
            text = f"Error in rule {rule['rule_name']} : StartWindowMinutes must be at least 60"
            raise AwsError("InvalidParameterValueException", text)


def _schedules_are_expressions(step: Step) -> None:
    for rule in step.get("rules") or []:
        said = rule.get("schedule")
        if said is not None and not re.fullmatch(r"cron\((\S+ ){5}\S+\)|rate\(\d+ \w+\)", said):
            text = f"Error in rule {rule['rule_name']} : ScheduleExpression is not valid: {said}"
            raise AwsError("InvalidParameterValueException", text)


def _delete_plan(world: World, plan: Thing, inputs: Values) -> timedelta:  # noqa: ARG001
    if any(user.type == "aws:backup:Selection" for _, user in world.users(plan)):
        text = "Related backup plan selections must be deleted prior to backup plan deletion"
        raise AwsError("InvalidRequestException", text)
    return timedelta(0)


PLAN = Declaration(
    noun="Backup Plan",
    outputs=_plan,
    name="name",
    deletes_before_replacing=False,
    sets=frozenset({"advanced_backup_settings", "rules"}),
    patterns={"name": _NAME, "rules.rule_name": _NAME},
    references=(
        Reference(
            "rules.target_vault_name",
            ("aws:backup:Vault",),
            Hold.NEEDS,
            "InvalidParameterValueException",
            "Backup vault not found: {value}",
        ),
    ),
    rules=(_lifecycles_are_long_enough, _schedules_are_expressions),
    replaces=frozenset({"name"}),
    deletes=_delete_plan,
)


def _selection(step: Step) -> dict[str, Any]:
    return {"id": _uuid(step), "conditions": [], "not_resources": []}


SELECTION = Declaration(
    noun="Backup Selection",
    outputs=_selection,
    name="name",
    identity=("plan_id", "name"),
    taken=Says("AlreadyExistsException", "Backup selection with the same name already exists in the plan"),
    chosen=frozenset({"conditions", "not_resources"}),
    sets=frozenset({"conditions", "not_resources", "resources", "selection_tags"}),
    patterns={"name": _NAME},
    references=(
        Reference(
            "plan_id",
            ("aws:backup:Plan",),
            Hold.PARENT,
            "InvalidParameterValueException",
            "Cannot find Backup plan with ID {value}",
        ),
        Reference(
            "iam_role_arn",
            ("aws:iam:Role",),
            Hold.NEEDS,
            "InvalidParameterValueException",
            "IAM Role {value} cannot be assumed by AWS Backup",
        ),
    ),
    # No call changes a selection.
    replaces=frozenset(
        {
            "conditions",
            "iam_role_arn",
            "name",
            "not_resources",
            "plan_id",
            "resources",
            "selection_tags",
        }
    ),
)
