"""Which of AWS's permissions each type of resource needs, to be read and to be changed, and how far they reach.

Sources: the actions, resource types and condition keys of AWS's Service Authorization Reference; and for what is asked
of a type the functions behind it in the Terraform AWS provider that pulumi_aws 7 wraps. A permission that no operation
of the API has the name of is in PERMISSION_ONLY, with its source.
"""

from __future__ import annotations

from collections.abc import Mapping

from compiler.aws.iam import databases, environment, identities, keys, network
from compiler.aws.iam.databases import RDS_DB, tables
from compiler.aws.iam.grant import Grant, Needs, When, some

__all__ = ["ACCOUNT", "NEEDS", "PERMISSION_ONLY", "Grant", "Needs", "When"]

NEEDS: Mapping[str, Needs] = {
    **databases.NEEDS,
    **environment.NEEDS,
    **identities.NEEDS,
    **keys.NEEDS,
    **network.NEEDS,
    # Made in the state alone.
    "random:RandomId": Needs(),
    "random:RandomPassword": Needs(),
}

# What compiler.account asks and does that no type does.
ACCOUNT = Needs(
    write=(
        # A backup before a table goes; an instance that is stopped is started before it is changed.
        *tables("CreateBackup DescribeBackup"),
        some("rds", "StartDBInstance", on=RDS_DB, when=When.OURS),
    ),
)

PERMISSION_ONLY: Mapping[str, str] = {
    "backup-storage:MountCapsule": "CreateBackupVault with a key: AWS Backup Developer Guide, Access control",
    "dynamodb:CreateTableReplica": "UpdateTable with a replica: DynamoDB Developer Guide, Global tables security",
    "dynamodb:DeleteTableReplica": "UpdateTable with a replica: DynamoDB Developer Guide, Global tables security",
    "iam:PassRole": "a role that is given to a service: IAM User Guide",
    "kms:ReEncryptFrom": "ReEncrypt: KMS permissions reference",
    "kms:ReEncryptTo": "ReEncrypt: KMS permissions reference",
    "logs:CreateLogDelivery": "log delivery of other services: CloudWatch Logs User Guide",
    "logs:DeleteLogDelivery": "log delivery of other services: CloudWatch Logs User Guide",
    "logs:GetLogDelivery": "log delivery of other services: CloudWatch Logs User Guide",
    "logs:ListLogDeliveries": "log delivery of other services: CloudWatch Logs User Guide",
    "logs:UpdateLogDelivery": "log delivery of other services: CloudWatch Logs User Guide",
    "rds:CrossRegionCommunication": "anything that reaches into another region: RDS, Service Authorization Reference",
    # S3 names its actions by what they allow, not by the operations.
    "s3:GetAccelerateConfiguration": "GetBucketAccelerateConfiguration: S3, Service Authorization Reference",
    "s3:GetBucketCORS": "GetBucketCors: S3, Service Authorization Reference",
    "s3:GetBucketObjectLockConfiguration": "GetObjectLockConfiguration: S3, Service Authorization Reference",
    "s3:GetBucketPublicAccessBlock": "GetPublicAccessBlock: S3, Service Authorization Reference",
    "s3:GetEncryptionConfiguration": "GetBucketEncryption: S3, Service Authorization Reference",
    "s3:GetLifecycleConfiguration": "GetBucketLifecycleConfiguration: S3, Service Authorization Reference",
    "s3:GetReplicationConfiguration": "GetBucketReplication: S3, Service Authorization Reference",
    "s3:ListBucket": "ListObjects, ListObjectsV2 and HeadBucket: S3, Service Authorization Reference",
    "s3:PutBucketPublicAccessBlock": "PutPublicAccessBlock: S3, Service Authorization Reference",
    "s3:PutLifecycleConfiguration": "PutBucketLifecycleConfiguration: S3, Service Authorization Reference",
}
