"""The audit trail: who called AWS's APIs, and where asked for, who read and wrote items."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from compiler.graph import Concat, Json, Options, Value
from compiler.model import Model, invalid
from compiler.parts import names
from compiler.parts.assembly import Assembly, Made

if TYPE_CHECKING:
    from compiler.catalog import Environment


def _tables(value: Any) -> Any:
    if isinstance(value, str) and value != "all":
        raise invalid(
            "environment/data-events",
            f"{value!r} is no list of tables",
            f"write `all`, or a list: [{value}]",
        )
    return value


class Audit(Model):
    """The audit trail of the account in its region, by CloudTrail."""

    trail: bool = Field(
        description="Whether there is one. AWS's first copy of these events is free, others are not: leave it out "
        "where the organization has a trail."
    )
    data_events: Annotated[Literal["all"] | list[str], BeforeValidator(_tables)] = Field(
        description="DynamoDB tables, by their names in AWS, of which every single read and write is written down, or "
        "`all`. AWS bills each: a table with 1,000 requests a second costs about $2,600 a month."
    )
    retention_days: int = Field(description="How long it is kept.", ge=1, le=3653)


def add(assembly: Assembly, environment: Environment) -> None:
    """Adds the trail and the bucket that holds it."""
    spec = environment.spec
    name = names.audit_trail(environment)
    trail = f"arn:{spec.partition}:cloudtrail:{spec.region}:{spec.account}:trail/{name}"
    bucket = assembly.add(
        "audit-bucket",
        "aws:s3:Bucket",
        "holds the audit trail; outlives it",
        {"bucket": names.audit_bucket(environment)},
        Options(retain_on_delete=True),
    )
    closed = assembly.add(
        "audit-bucket-access",
        "aws:s3:BucketPublicAccessBlock",
        "keeps the audit trail from the public",
        {
            "bucket": bucket["id"],
            "block_public_acls": True,
            "block_public_policy": True,
            "ignore_public_acls": True,
            "restrict_public_buckets": True,
        },
    )
    assembly.add(
        "audit-bucket-lifecycle",
        "aws:s3:BucketLifecycleConfiguration",
        "`audit.retention_days` says how long the audit trail is kept",
        {
            "bucket": bucket["id"],
            "rules": [
                {
                    "id": "expire",
                    "status": "Enabled",
                    "filter": {"prefix": ""},
                    "expiration": {"days": spec.audit.retention_days},
                }
            ],
        },
    )
    policy = assembly.add(
        "audit-bucket-policy",
        "aws:s3:BucketPolicy",
        "lets CloudTrail write for this trail, and everybody else read through TLS only",
        {"bucket": bucket["id"], "policy": _policy(bucket, spec.account, trail)},
        Options(depends_on=(closed.name,)),  # S3 changes one such thing of a bucket at a time
    )
    assembly.add(
        "audit-trail",
        "aws:cloudtrail:Trail",
        "writes down who called AWS's APIs",
        {
            "name": name,
            "s3_bucket_name": bucket["id"],
            "enable_log_file_validation": True,
            "enable_logging": True,
            "include_global_service_events": True,
            "is_multi_region_trail": False,
            "advanced_event_selectors": _selectors(environment),
        },
        Options(depends_on=(policy.name,)),
    )


def _selectors(environment: Environment) -> list[Value]:
    """Management events, all of them: CloudTrail cannot tell those of databases, of their keys and secrets apart."""
    spec = environment.spec
    selectors: list[Value] = [
        {
            "name": "API calls",
            "field_selectors": [{"field": "eventCategory", "equals": ["Management"]}],
        }
    ]
    tables = spec.audit.data_events
    if tables:
        prefix = f"arn:{spec.partition}:dynamodb:{spec.region}:{spec.account}:table/"
        arns: Value = (
            {"field": "resources.ARN", "starts_withs": [prefix]}
            if tables == "all"
            else {"field": "resources.ARN", "equals": [prefix + table for table in sorted(tables)]}
        )
        selectors.append(
            {
                "name": "reads and writes",
                "field_selectors": [
                    {"field": "eventCategory", "equals": ["Data"]},
                    {"field": "resources.type", "equals": ["AWS::DynamoDB::Table"]},
                    arns,
                ],
            }
        )
    return selectors


def _policy(bucket: Made, account: str, trail: str) -> Value:
    """Source: CloudTrail User Guide, "Amazon S3 bucket policy for CloudTrail"."""
    service: Value = {"Service": "cloudtrail.amazonaws.com"}
    objects: Value = Concat((bucket["arn"], f"/AWSLogs/{account}/*"))
    return Json(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": service,
                    "Action": "s3:GetBucketAcl",
                    "Resource": bucket["arn"],
                    "Condition": {"StringEquals": {"aws:SourceArn": trail}},
                },
                {
                    "Effect": "Allow",
                    "Principal": service,
                    "Action": "s3:PutObject",
                    "Resource": objects,
                    "Condition": {
                        "StringEquals": {
                            "aws:SourceArn": trail,
                            "s3:x-amz-acl": "bucket-owner-full-control",
                        }
                    },
                },
                {
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:*",
                    "Resource": [bucket["arn"], Concat((bucket["arn"], "/*"))],
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                },
            ],
        }
    )
