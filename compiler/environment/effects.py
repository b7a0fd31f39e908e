"""What a change does to what an environment shares: its vault, audit trail, events and dashboard."""

from __future__ import annotations

from collections.abc import Mapping

from compiler.effects import DELETION, Data, Effect, Entry, Table

_PLANS = "plans of the AWS provider, asked input by input"
_TRAIL = "UpdateTrail and PutEventSelectors in the CloudTrail API reference"
_BUCKET = "PutBucketPolicy and PutPublicAccessBlock in the S3 API reference"
_EVENTS = "ModifyEventSubscription in the RDS API reference"


def _vault(what: str) -> Effect:
    return Effect(
        f"{what} of a vault is fixed when it is made: it is replaced, which AWS Backup refuses while there are "
        "recovery points in it",
        "DeleteBackupVault in the AWS Backup API reference",
        replaces=True,
        data=Data.LOST,
        reversible=False,
        fix="keep the vault as it is until what is in it has expired",
    )


def _bucket(what: str) -> Effect:
    return Effect(
        f"{what} of a bucket is fixed when it is made: another one is made, and this one goes with the trail in it",
        _PLANS,
        replaces=True,
        data=Data.LOST,
        reversible=False,
        fix="copy what is in it first",
    )


def _made_anew(says: str) -> Effect:
    return Effect(says, _PLANS, replaces=True)


_BLOCK = Effect("what makes a bucket public is refused, or no more", _BUCKET)

_TABLES: Mapping[str, Mapping[str, Entry]] = {
    "aws:backup:Vault": {
        "force_destroy": Effect(
            "decides whether the vault takes its recovery points along when it goes", "pulumi_aws"
        ),
        "kms_key_arn": _vault("the key"),
        "name": _vault("the name"),
    },
    "aws:cloudtrail:Trail": {
        DELETION: Effect("nobody writes down any more who did what; what was written stays", _TRAIL),
        "advanced_event_selectors": Effect("other calls are written down from now on, and billed", _TRAIL),
        "cloud_watch_logs_group_arn": Effect("events go to the other log group from now on", _TRAIL),
        "cloud_watch_logs_role_arn": Effect("events go to the log group as the other role", _TRAIL),
        "enable_log_file_validation": Effect(
            "whether a log was touched can be proven, or not, from now on", _TRAIL
        ),
        "enable_logging": Effect("calls are written down, or no more", "StartLogging and StopLogging"),
        "event_selectors": Effect("other calls are written down from now on, and billed", _TRAIL),
        "include_global_service_events": Effect(
            "calls of services without a region are written down, or not", _TRAIL
        ),
        "is_multi_region_trail": Effect("calls in other regions are written down, or not", _TRAIL),
        "kms_key_id": Effect("events from now on are encrypted with the other key", _TRAIL),
        "name": _made_anew("another trail begins, and this one ends"),
        "s3_bucket_name": Effect("events go to the other bucket from now on", _TRAIL),
        "s3_key_prefix": Effect("events lie elsewhere in the bucket from now on", _TRAIL),
    },
    "aws:cloudwatch:Dashboard": {
        DELETION: Effect("nobody sees it any more; it holds no data", "DeleteDashboards"),
        "dashboard_body": Effect("the dashboard shows something else", "PutDashboard"),
        "dashboard_name": _made_anew("the dashboard goes by another name"),
    },
    "aws:rds:EventSubscription": {
        DELETION: Effect("nobody is told of these events any more", _EVENTS),
        "enabled": Effect("events are told, or no more", _EVENTS),
        "event_categories": Effect("other events are told from now on", _EVENTS),
        "name": _made_anew("the subscription goes by another name"),
        "sns_topic": Effect("events go to the other topic from now on", _EVENTS),
        "source_ids": Effect("events of others are told from now on", _EVENTS),
        "source_type": Effect("events of other things are told from now on", _EVENTS),
    },
    "aws:s3:Bucket": {
        "bucket": _bucket("the name"),
        "bucket_prefix": _bucket("the name"),
        "force_destroy": Effect(
            "decides whether the bucket takes its objects along when it goes", "pulumi_aws"
        ),
    },
    "aws:s3:BucketLifecycleConfiguration": {
        DELETION: Effect(
            "what is in the bucket is kept for good", "DeleteBucketLifecycle in the S3 API reference"
        ),
        "bucket": _made_anew("the rules go to the other bucket"),
        "rules": Effect(
            "what is older than the rules allow is deleted within days",
            "PutBucketLifecycleConfiguration in the S3 API reference",
            reversible=False,
        ),
    },
    "aws:s3:BucketPolicy": {
        "bucket": _made_anew("the policy goes to the other bucket"),
        "policy": Effect(
            "who may read and write changes at once: a trail that may no longer write loses events", _BUCKET
        ),
    },
    "aws:s3:BucketPublicAccessBlock": {
        "block_public_acls": _BLOCK,
        "block_public_policy": _BLOCK,
        "bucket": _made_anew("the block goes to the other bucket"),
        "ignore_public_acls": _BLOCK,
        "restrict_public_buckets": _BLOCK,
    },
}

EFFECTS: Table = {(type, name): entry for type, entries in _TABLES.items() for name, entry in entries.items()}
