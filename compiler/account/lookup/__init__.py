"""How each type of resource is found in an account, and by which id Pulumi imports it.

The import ids are those of pulumi_aws's documentation. Where AWS has a call that finds a thing by its name, that
one is asked: it answers with what exists now, while the Resource Groups Tagging API may be minutes late.
"""

from __future__ import annotations

from collections.abc import Mapping

from compiler.account.lookup import keys, network, operations, rds, stores, trail
from compiler.account.lookup.question import Candidate, Lookup, NamelessError, Question

__all__ = ["LOOKUPS", "REMADE", "Candidate", "NamelessError", "Question"]

LOOKUPS: Mapping[str, Lookup] = {
    **keys.LOOKUPS,
    **network.LOOKUPS,
    **operations.LOOKUPS,
    **rds.LOOKUPS,
    **stores.LOOKUPS,
    **trail.LOOKUPS,
}

REMADE: Mapping[str, str] = {
    "aws:appautoscaling:Policy": "PutScalingPolicy writes over the policy of that name",
    "aws:appautoscaling:Target": "RegisterScalableTarget writes over the target of that dimension",
    "aws:cloudwatch:Dashboard": "PutDashboard writes over the dashboard of that name",
    "aws:cloudwatch:MetricAlarm": "PutMetricAlarm writes over the alarm of that name",
    "aws:dynamodb:ContributorInsights": "UpdateContributorInsights does nothing where they are on",
    "aws:iam:RolePolicy": "PutRolePolicy writes over the policy of that name",
    "aws:s3:BucketLifecycleConfiguration": "a bucket has one lifecycle, which another writes over",
    "aws:s3:BucketPolicy": "a bucket has one policy, which another writes over",
    "aws:s3:BucketPublicAccessBlock": "a bucket has one such block, which another writes over",
    "aws:secretsmanager:SecretRotation": "a secret has one timetable, which RotateSecret writes over",
    "aws:sns:TopicSubscription": "Subscribe gives back the subscription of that address",
    "aws:sns:TopicPolicy": "a topic has one policy, which SetTopicAttributes writes over",
    "aws:iam:RolePolicyAttachment": "AttachRolePolicy does nothing where it is attached",
}
"""Types of which making one again makes no second one, and why: nothing needs to be found."""
