"""EventBridge Scheduler: schedules that call AWS's APIs."""

from __future__ import annotations

import re
from typing import Any
from zoneinfo import ZoneInfo

from compiler.sandbox.declaration import Declaration, Hold, Reference, Says, Step
from compiler.sandbox.refusal import AwsError
from compiler.sandbox.services.kms import encrypts

_EXPRESSION = r"cron\((\S+ ){5}\S+\)|rate\(\d+ \w+\)|at\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\)"
_UNIVERSAL = r"arn:aws[a-z-]*:scheduler:::aws-sdk:\w+:[a-z]\w+"


def _schedule(step: Step) -> dict[str, Any]:
    id = f"{step.inputs['group_name']}/{step.inputs['name']}"
    return {"id": id, "arn": step.world.arn("scheduler", step.region, f"schedule/{id}")}


def _expression_is_one(step: Step) -> None:
    said, zone = step.inputs["schedule_expression"], step.inputs["schedule_expression_timezone"]
    if not re.fullmatch(_EXPRESSION, said):
        raise AwsError("ValidationException", f"Invalid Schedule Expression {said}.")
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise AwsError("ValidationException", f"Invalid Schedule Expression Timezone {zone}.") from None


def _target_is_one(step: Step) -> None:
    arn = (step.get("target") or {}).get("arn")
    if isinstance(arn, str) and ":scheduler:" in arn and not re.fullmatch(_UNIVERSAL, arn):
        raise AwsError("ValidationException", f"Provided Arn is not in correct format: {arn}")


SCHEDULE = Declaration(
    noun="EventBridge Scheduler Schedule",
    outputs=_schedule,
    name="name",
    identity=("group_name", "name"),
    taken=Says("ConflictException", "Schedule {name} already exists."),
    defaults={
        "action_after_completion": "NONE",
        "group_name": "default",
        "schedule_expression_timezone": "UTC",
        "state": "ENABLED",
    },
    choices={"state": ("ENABLED", "DISABLED"), "flexible_time_window.mode": ("OFF", "FLEXIBLE")},
    patterns={"name": r"[0-9a-zA-Z._-]{1,64}"},
    documents=frozenset({"target.input"}),
    references=(
        Reference(
            "target.role_arn",
            ("aws:iam:Role",),
            Hold.NEEDS,
            "ValidationException",
            "The execution role you provide must allow AWS EventBridge Scheduler to assume the role.",
        ),
        encrypts("kms_key_arn", "ValidationException"),
    ),
    rules=(_expression_is_one, _target_is_one),
    replaces=frozenset({"group_name", "name", "name_prefix"}),
)
