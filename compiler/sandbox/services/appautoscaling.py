"""Application Auto Scaling: what it may scale, and by which measure it does."""

from __future__ import annotations

import json
import string
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from compiler.sandbox.declaration import Declaration, Make, Step
from compiler.sandbox.refusal import AwsError, NotSimulatedError
from compiler.sandbox.world import ACCOUNT, Thing, World

_TARGET = "aws:appautoscaling:Target"
_IDENTITY = ("service_namespace", "resource_id", "scalable_dimension")


class _Scaled(NamedTuple):
    """What a dimension scales: an input of a type, or of an item of a list of it that has the name in the resource id.

    `most` is AWS's own limit.
    """

    type: str
    input: str
    most: int
    list: str = ""


# By dimension. Source: ScalableDimension in the Application Auto Scaling API reference; a resource id is
# `replication-group/cart`, `table/orders` or `table/orders/index/by-date`.
_DIMENSIONS: Mapping[str, _Scaled] = {
    "dynamodb:index:ReadCapacityUnits": _Scaled(
        "aws:dynamodb:Table", "read_capacity", 40_000, "global_secondary_indexes"
    ),
    "dynamodb:index:WriteCapacityUnits": _Scaled(
        "aws:dynamodb:Table", "write_capacity", 40_000, "global_secondary_indexes"
    ),
    "dynamodb:table:ReadCapacityUnits": _Scaled("aws:dynamodb:Table", "read_capacity", 40_000),
    "dynamodb:table:WriteCapacityUnits": _Scaled("aws:dynamodb:Table", "write_capacity", 40_000),
    "elasticache:replication-group:NodeGroups": _Scaled(
        "aws:elasticache:ReplicationGroup", "num_node_groups", 500
    ),
    "elasticache:replication-group:Replicas": _Scaled(
        "aws:elasticache:ReplicationGroup", "replicas_per_node_group", 5
    ),
}


def _target(step: Step) -> dict[str, Any]:
    service = step.inputs["service_namespace"]
    role = f"aws-service-role/{service}.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling"
    return {
        # A resource has a target for each dimension: the provider's id, the resource's, would not tell them apart.
        "id": "/".join(str(step.inputs[name]) for name in _IDENTITY),
        "arn": step.world.arn(
            "application-autoscaling", step.region, f"scalable-target/{step.token('target', 24)}"
        ),
        "role_arn": step.kept("role_arn", f"arn:aws:iam::{ACCOUNT}:role/{role}"),
        "suspended_state": step.kept(
            "suspended_state",
            {
                "dynamic_scaling_in_suspended": False,
                "dynamic_scaling_out_suspended": False,
                "scheduled_scaling_suspended": False,
            },
        ),
    }


def _scales_what_exists(step: Step) -> None:
    least, most = step.get("min_capacity"), step.get("max_capacity")
    if isinstance(least, int) and isinstance(most, int) and most < least:
        text = "Maximum capacity cannot be less than minimum capacity"
        raise AwsError("ValidationException", text)
    dimension, resource_id = step.inputs["scalable_dimension"], step.inputs["resource_id"]
    scaled = _DIMENSIONS.get(dimension)
    if scaled is None:
        raise NotSimulatedError(f"the sandbox does not simulate scaling of {dimension}")
    if isinstance(most, int) and most > scaled.most:
        raise AwsError("ValidationException", f"Maximum capacity cannot be more than {scaled.most}: {most}")
    if _resource(step.world, step.region, scaled, resource_id) is None:
        text = f"{step.inputs['service_namespace']} resource {resource_id} does not exist."
        raise AwsError("ValidationException", text)


def _bring_inside(step: Step, target: Thing, make: Make) -> None:  # noqa: ARG001
    """What is outside the limits is scaled to the nearer one at once, and nobody tells the engine."""
    scaled = _DIMENSIONS[target.inputs["scalable_dimension"]]
    resource_id = target.inputs["resource_id"]
    resource = _resource(step.world, target.region, scaled, resource_id)
    assert resource is not None  # the rule above has found it
    inputs = json.loads(json.dumps(resource.inputs))
    index = resource_id.rpartition("/index/")[2]
    at = next(each for each in inputs[scaled.list] if each["name"] == index) if scaled.list else inputs
    count = at.get(scaled.input, resource.attributes.get(scaled.input))
    if isinstance(count, int):
        at[scaled.input] = min(max(count, target.inputs["min_capacity"]), target.inputs["max_capacity"])
        if at[scaled.input] != count:
            step.world.amend(replace(resource, inputs=inputs))


def _resource(world: World, region: str, scaled: _Scaled, resource_id: str) -> Thing | None:
    """What a resource id means; None where the index that it names is missing, too."""
    _, name, *index = resource_id.split("/")
    found = world.find((scaled.type,), region, name)
    if found is None or not scaled.list:
        return found
    known = {each["name"] for each in found.inputs.get(scaled.list) or []}
    return found if index[-1:] and index[-1] in known else None


TARGET = Declaration(
    noun="Application AutoScaling Target",
    outputs=_target,
    # A target that is registered again is changed, not refused: so does RegisterScalableTarget.
    identity=_IDENTITY,
    chosen=frozenset({"role_arn", "suspended_state"}),
    rules=(_scales_what_exists,),
    effects=(_bring_inside,),
    replaces=frozenset(_IDENTITY),
)


def _policy(step: Step) -> dict[str, Any]:
    where = [str(step.inputs[name]) for name in _IDENTITY]
    name = step.inputs["name"]
    number = step.token("policy", 32, string.hexdigits.lower())
    arn = step.world.arn(
        "autoscaling",
        step.region,
        f"scalingPolicy:{number}:resource/{where[0]}/{where[1]}:policyName/{name}",
    )
    alarms = [
        step.world.arn("cloudwatch", step.region, f"alarm:TargetTracking-{where[1]}-Alarm{each}-{number[:8]}")
        for each in ("High", "Low")
    ]
    return {"id": "/".join([*where, name]), "arn": arn, "alarm_arns": alarms}


def _has_a_target(step: Step) -> None:
    identity = json.dumps([step.inputs.get(name) for name in _IDENTITY])
    if step.world.identified(_TARGET, step.region, identity) is None:
        where = ", ".join(f"{name}: {step.inputs[name]}" for name in _IDENTITY)
        raise AwsError("ObjectNotFoundException", f"No scalable target registered for {where}")


def _tracks_something(step: Step) -> None:
    if step.get("policy_type") != "TargetTrackingScaling":
        return
    tracking = step.get("target_tracking_scaling_policy_configuration") or {}
    given = [
        name
        for name in ("predefined_metric_specification", "customized_metric_specification")
        if tracking.get(name)
    ]
    if len(given) != 1:
        text = "Exactly one of PredefinedMetricSpecification and CustomizedMetricSpecification must be given."
        raise AwsError("ValidationException", text)


POLICY = Declaration(
    noun="Application AutoScaling Scaling Policy",
    outputs=_policy,
    name="name",
    identity=(*_IDENTITY, "name"),
    defaults={"policy_type": "StepScaling"},
    choices={"policy_type": ("StepScaling", "TargetTrackingScaling", "PredictiveScaling")},
    patterns={"name": r".{1,256}"},
    rules=(_has_a_target, _tracks_something),
    replaces=frozenset({"name", *_IDENTITY}),
)
