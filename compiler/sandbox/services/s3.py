"""S3: buckets and what is said of each: its policy, who may see it, how long its objects are kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from compiler.sandbox.declaration import Declaration, Hold, Reference, Step
from compiler.sandbox.refusal import AwsError
from compiler.sandbox.world import Thing, Values, World


def _bucket(step: Step) -> dict[str, Any]:
    name = step.inputs["bucket"]
    return {
        "id": name,
        "arn": f"arn:aws:s3:::{name}",
        "bucket_domain_name": f"{name}.s3.amazonaws.com",
        "bucket_regional_domain_name": f"{name}.s3.{step.region}.amazonaws.com",
        "bucket_region": step.region,
        "hosted_zone_id": step.kept("hosted_zone_id", "Z3W03O7B5YMIYP"),
        "request_payer": step.kept("request_payer", "BucketOwner"),
    }


def _name_is_free_everywhere(step: Step) -> None:
    """Bucket names are the whole world's: one of ours in another region is in the way too."""
    there = next(
        (each for each in step.world.things("aws:s3:Bucket") if each.id == step.inputs["bucket"]), None
    )
    if step.old is None and there is not None:
        text = (
            "Your previous request to create the named bucket succeeded and you already own it."
            if there.region == step.region
            else "The requested bucket name is not available."
        )
        raise AwsError(
            "BucketAlreadyOwnedByYou" if there.region == step.region else "BucketAlreadyExists", text
        )


def _delete_bucket(world: World, bucket: Thing, inputs: Values) -> timedelta:
    """A trail has put objects into it from its first minutes on."""
    trails = [
        each for each in world.things("aws:cloudtrail:Trail") if each.inputs["s3_bucket_name"] == bucket.id
    ]
    if (trails or bucket.computed.get("objects")) and not inputs.get("force_destroy"):
        raise AwsError("BucketNotEmpty", "The bucket you tried to delete is not empty")
    return timedelta(0)


BUCKET = Declaration(
    noun="S3 Bucket",
    outputs=_bucket,
    name="bucket",
    identity=("bucket",),
    defaults={"force_destroy": False, "object_lock_enabled": False},
    chosen=frozenset(
        {"acl", "grants", "lifecycle_rules", "logging", "policy", "request_payer", "versioning"}
    ),
    unread=frozenset({"force_destroy"}),
    imported={"force_destroy": False},
    patterns={"bucket": r"(?!.*\.\.)(?!xn--)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"},
    documents=frozenset({"policy"}),
    rules=(_name_is_free_everywhere,),
    replaces=frozenset(
        {"bucket", "bucket_prefix", "object_lock_configuration.object_lock_enabled", "object_lock_enabled"}
    ),
    deletes=_delete_bucket,
)

_OF_BUCKET = Reference(
    "bucket", ("aws:s3:Bucket",), Hold.PARENT, "NoSuchBucket", "The specified bucket does not exist"
)


def _of_bucket(step: Step) -> dict[str, Any]:
    return {"id": step.inputs["bucket"]}


def _own(step: Step) -> dict[str, Any]:
    chosen = "all_storage_classes_128K"
    return _of_bucket(step) | {
        "transition_default_minimum_object_size": step.kept("transition_default_minimum_object_size", chosen),
        "expected_bucket_owner": step.kept("expected_bucket_owner", ""),
    }


def _policy_is_not_public(step: Step) -> None:
    access = step.find("aws:s3:BucketPublicAccessBlock", step.get("bucket"))
    if access is None or not access.inputs.get("block_public_policy") or step.get("policy") is None:
        return
    if '"Effect": "Allow", "Principal": "*"' in step.inputs["policy"]:
        text = "User is not authorized to perform: s3:PutBucketPolicy because public policies are prevented by the"
        raise AwsError("AccessDenied", f"{text} BlockPublicPolicy setting in S3 Block Public Access.")


# A bucket has one policy, which another writes over; the same goes for what follows.
BUCKET_POLICY = Declaration(
    noun="S3 Bucket Policy",
    outputs=_of_bucket,
    identity=("bucket",),
    documents=frozenset({"policy"}),
    references=(_OF_BUCKET,),
    rules=(_policy_is_not_public,),
    replaces=frozenset({"bucket"}),
)

PUBLIC_ACCESS_BLOCK = Declaration(
    noun="S3 Bucket Public Access Block",
    outputs=_of_bucket,
    identity=("bucket",),
    defaults={
        "block_public_acls": False,
        "block_public_policy": False,
        "ignore_public_acls": False,
        "restrict_public_buckets": False,
    },
    unread=frozenset({"skip_destroy"}),
    references=(_OF_BUCKET,),
    replaces=frozenset({"bucket"}),
)


def _rules_say_something(step: Step) -> None:
    for rule in step.get("rules") or []:
        if not any(rule.get(name) for name in rule.keys() - {"id", "status", "filter", "prefix"}):
            raise AwsError("InvalidArgument", "At least one action needs to be specified in a rule.")


LIFECYCLE = Declaration(
    noun="S3 Bucket Lifecycle Configuration",
    outputs=_own,
    identity=("bucket",),
    chosen=frozenset({"expected_bucket_owner", "transition_default_minimum_object_size"}),
    choices={"rules.status": ("Enabled", "Disabled")},
    references=(_OF_BUCKET,),
    rules=(_rules_say_something,),
    replaces=frozenset({"bucket", "expected_bucket_owner"}),
)
