"""CloudTrail: trails, which need a bucket that lets them in."""

from __future__ import annotations

import json
from typing import Any

from compiler.sandbox.declaration import Declaration, Hold, Reference, Says, Step
from compiler.sandbox.refusal import AwsError
from compiler.sandbox.services.kms import encrypts

_MOST = 5  # a region's quota


def _trail(step: Step) -> dict[str, Any]:
    arn = step.world.arn("cloudtrail", step.region, f"trail/{step.inputs['name']}")
    return {
        "id": arn,
        "arn": arn,
        "home_region": step.region,
        "sns_topic_arn": step.kept("sns_topic_arn", ""),
    }


def _bucket_lets_it_in(step: Step) -> None:
    bucket = step.get("s3_bucket_name")
    if bucket is None:
        return
    policy = step.world.find(("aws:s3:BucketPolicy",), "", bucket)
    statements = json.loads(policy.inputs["policy"])["Statement"] if policy else []
    arn = step.world.arn("cloudtrail", step.region, f"trail/{step.inputs['name']}")
    allowed = {each["Action"] for each in statements if each["Effect"] == "Allow" and _is_for(each, arn)}
    if not allowed >= {"s3:GetBucketAcl", "s3:PutObject"}:
        raise AwsError(
            "InsufficientS3BucketPolicyException",
            f"Incorrect S3 bucket policy is detected for bucket: {bucket}",
        )


def _is_for(statement: dict[str, Any], trail: str) -> bool:
    named: str = statement.get("Condition", {}).get("StringEquals", {}).get("aws:SourceArn", trail)
    return bool(statement["Principal"] == {"Service": "cloudtrail.amazonaws.com"} and named == trail)


def _selectors_are_whole(step: Step) -> None:
    for selector in step.get("advanced_event_selectors") or []:
        fields = {each["field"]: each for each in selector["field_selectors"]}
        category = fields.get("eventCategory", {}).get("equals")
        if category not in (["Management"], ["Data"]):
            text = "An advanced event selector needs eventCategory, equal to Management or Data."
            raise AwsError("InvalidEventSelectorsException", text)
        if category == ["Data"] and "resources.type" not in fields:
            raise AwsError("InvalidEventSelectorsException", "Data events need resources.type.")


def _there_are_not_too_many(step: Step) -> None:
    there = [each for each in step.world.things("aws:cloudtrail:Trail") if each.region == step.region]
    if step.old is None and len(there) >= _MOST:
        text = f"User: {step.world.account} already has {_MOST} trails in {step.region}."
        raise AwsError("MaximumNumberOfTrailsExceededException", text)


TRAIL = Declaration(
    noun="CloudTrail Trail",
    outputs=_trail,
    name="name",
    identity=("name",),
    handles=("name",),
    taken=Says("TrailAlreadyExistsException", "Trail {name} already exists"),
    defaults={
        "enable_log_file_validation": False,
        "enable_logging": True,
        "include_global_service_events": True,
        "is_multi_region_trail": False,
        "is_organization_trail": False,
    },
    patterns={"name": r"[a-zA-Z0-9]([a-zA-Z0-9._-]{1,126}[a-zA-Z0-9])"},
    exclusive=(("event_selectors", "advanced_event_selectors"),),
    references=(
        Reference(
            "s3_bucket_name",
            ("aws:s3:Bucket",),
            Hold.NEEDS,
            "S3BucketDoesNotExistException",
            "S3 bucket {value} does not exist!",
        ),
        encrypts("kms_key_id", "KmsKeyNotFoundException"),
    ),
    rules=(_bucket_lets_it_in, _selectors_are_whole, _there_are_not_too_many),
    replaces=frozenset({"name"}),
)
