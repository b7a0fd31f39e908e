"""What watches databases, backs them up, stops them at night and writes down who called."""

from __future__ import annotations

from collections.abc import Mapping

from compiler.aws.iam.grant import Needs, When, arns, some
from compiler.aws.iam.identities import LINKED, PASS
from compiler.aws.iam.keys import KNOW_KEY, USE_KEY

_LOGS = arns("logs", "log-group:*")
_ALARMS = arns("cloudwatch", "alarm:*")
_TOPICS = ("{topic}", "{topic}:*")
_TRAIL = ("{trail}",)
_BUCKET = ("{bucket}",)
_PLANS = arns("backup", "backup-plan:*")
_VAULT = ("{vault}",)
_SCHEDULES = ("{schedules}",)


NEEDS: Mapping[str, Needs] = {
    "aws:backup:Plan": Needs(
        (some("backup", "GetBackupPlan ListBackupPlans ListTags"),),
        (
            some("backup", "CreateBackupPlan TagResource", on=_PLANS, when=When.NEW),
            some(
                "backup",
                "DeleteBackupPlan TagResource UntagResource UpdateBackupPlan",
                on=_PLANS,
                when=When.OURS,
            ),
        ),
    ),
    "aws:backup:Selection": Needs(
        (some("backup", "GetBackupPlan GetBackupSelection ListBackupSelections ListTags"),),
        (
            some("backup", "CreateBackupSelection DeleteBackupSelection", on=_PLANS, when=When.OURS),
            PASS,
            LINKED,
        ),
    ),
    "aws:backup:Vault": Needs(
        (some("backup", "DescribeBackupVault ListBackupVaults ListTags"),),
        (
            some("backup", "CreateBackupVault DeleteBackupVault TagResource UntagResource", on=_VAULT),
            some("backup-storage", "MountCapsule"),
            USE_KEY,
            KNOW_KEY,
        ),
    ),
    "aws:cloudtrail:Trail": Needs(
        (
            some("cloudtrail", "DescribeTrails GetTrail"),
            some(
                "cloudtrail",
                "GetEventSelectors GetInsightSelectors GetTrailStatus ListTags",
                on=_TRAIL,
            ),
        ),
        (
            some(
                "cloudtrail",
                "AddTags CreateTrail DeleteTrail PutEventSelectors RemoveTags StartLogging StopLogging "
                "UpdateTrail",
                on=_TRAIL,
            ),
        ),
    ),
    "aws:cloudwatch:Dashboard": Needs(
        (some("cloudwatch", "GetDashboard"),),
        (
            some(
                "cloudwatch",
                "DeleteDashboards PutDashboard",
                on=arns("cloudwatch", "dashboard/*", region=""),
            ),
        ),
    ),
    "aws:cloudwatch:LogGroup": Needs(
        (some("logs", "DescribeLogGroups ListTagsForResource"),),
        (
            some("logs", "CreateLogGroup TagResource", on=_LOGS, when=When.NEW),
            some(
                "logs",
                "AssociateKmsKey DeleteLogGroup DeleteRetentionPolicy DisassociateKmsKey "
                "PutRetentionPolicy TagResource UntagResource",
                on=_LOGS,
                when=When.OURS,
            ),
        ),
    ),
    "aws:cloudwatch:MetricAlarm": Needs(
        (some("cloudwatch", "DescribeAlarms ListTagsForResource"),),
        (
            some("cloudwatch", "PutMetricAlarm TagResource", on=_ALARMS, when=When.NEW),
            some(
                "cloudwatch",
                "DeleteAlarms PutMetricAlarm TagResource UntagResource",
                on=_ALARMS,
                when=When.OURS,
            ),
        ),
    ),
    "aws:s3:Bucket": Needs(
        (
            # The provider reads all of a bucket, whatever of it is declared.
            some(
                "s3",
                "GetAccelerateConfiguration GetBucketAcl GetBucketCORS GetBucketLocation GetBucketLogging "
                "GetBucketObjectLockConfiguration GetBucketPolicy GetBucketRequestPayment GetBucketTagging "
                "GetBucketVersioning GetBucketWebsite GetEncryptionConfiguration GetLifecycleConfiguration "
                "GetReplicationConfiguration ListBucket",
                on=_BUCKET,
            ),
        ),
        (some("s3", "CreateBucket DeleteBucket PutBucketTagging", on=_BUCKET),),
    ),
    "aws:s3:BucketLifecycleConfiguration": Needs(
        (some("s3", "GetLifecycleConfiguration", on=_BUCKET),),
        (some("s3", "PutLifecycleConfiguration", on=_BUCKET),),
    ),
    "aws:s3:BucketPolicy": Needs(
        (some("s3", "GetBucketPolicy", on=_BUCKET),),
        (some("s3", "DeleteBucketPolicy PutBucketPolicy", on=_BUCKET),),
    ),
    "aws:s3:BucketPublicAccessBlock": Needs(
        (some("s3", "GetBucketPublicAccessBlock", on=_BUCKET),),
        (some("s3", "PutBucketPublicAccessBlock", on=_BUCKET),),
    ),
    "aws:scheduler:Schedule": Needs(
        (some("scheduler", "GetSchedule", on=_SCHEDULES),),
        (some("scheduler", "CreateSchedule DeleteSchedule UpdateSchedule", on=_SCHEDULES), PASS),
    ),
    "aws:sns:Topic": Needs(
        (some("sns", "GetTopicAttributes ListTagsForResource", on=_TOPICS), some("sns", "ListTopics")),
        (
            some(
                "sns",
                "CreateTopic DeleteTopic SetTopicAttributes TagResource UntagResource",
                on=_TOPICS,
            ),
        ),
    ),
    "aws:sns:TopicPolicy": Needs(
        (some("sns", "GetTopicAttributes", on=_TOPICS),),
        (some("sns", "SetTopicAttributes", on=_TOPICS),),
    ),
    "aws:sns:TopicSubscription": Needs(
        (some("sns", "GetSubscriptionAttributes ListSubscriptionsByTopic", on=_TOPICS),),
        (some("sns", "SetSubscriptionAttributes Subscribe Unsubscribe", on=_TOPICS),),
    ),
}
