"""What databases need, and what belongs to one alone."""

from __future__ import annotations

from collections.abc import Mapping

from compiler.aws.iam.grant import Grant, Needs, When, arns, some
from compiler.aws.iam.identities import LINKED, PASS
from compiler.aws.iam.keys import KNOW_KEY, SECRETS_OF_RDS, USE_KEY

# What a call of RDS names beside the instance that it changes; condition keys are asked of each of them.
_RDS_BESIDE = arns("rds", "og:*", "pg:*", "subgrp:*", "secgrp:*", "snapshot:*", "auto-backup:*")
RDS_DB = arns("rds", "db:*")
_RDS_ALL = (*RDS_DB, *_RDS_BESIDE, *arns("rds", "es:*", "deployment:*"))
_RDS_TAGS = (
    some("rds", "AddTagsToResource", on=_RDS_ALL, when=When.NEW),
    some("rds", "AddTagsToResource RemoveTagsFromResource", on=_RDS_ALL, when=When.OURS),
)
_RDS_MAKE = (
    "CreateDBInstance CreateDBInstanceReadReplica RestoreDBInstanceFromDBSnapshot "
    "RestoreDBInstanceToPointInTime"
)
_CACHE_BESIDE = arns(
    "elasticache", "cluster:*", "parametergroup:*", "snapshot:*", "subnetgroup:*", "user:*", "usergroup:*"
)
_CACHE_GROUP = arns("elasticache", "replicationgroup:*")
_CACHE_TAGS = (
    some("elasticache", "AddTagsToResource", on=(*_CACHE_GROUP, *_CACHE_BESIDE), when=When.NEW),
    some(
        "elasticache",
        "AddTagsToResource RemoveTagsFromResource",
        on=(*_CACHE_GROUP, *_CACHE_BESIDE),
        when=When.OURS,
    ),
)
_CACHE_CHANGE = (
    "CreateSnapshot DecreaseReplicaCount DeleteReplicationGroup IncreaseReplicaCount ModifyReplicationGroup "
    "ModifyReplicationGroupShardConfiguration"
)
TABLES = ("{tables}",)
_ANY_TABLE = arns("dynamodb", "table/*")


def tables(names: str, makes: str = "") -> tuple[Grant, ...]:
    """Some actions on tables: by their names; and by the tag, which counts where an account has attribute-based access
    control for DynamoDB switched on. `makes` are those of them that ask about a table that is not there yet.
    """
    by_name = some("dynamodb", names, on=TABLES)
    by_tag = some("dynamodb", names, on=_ANY_TABLE, when=When.OURS)
    return by_name, by_tag, *((some("dynamodb", makes, on=_ANY_TABLE, when=When.NEW),) if makes else ())


NEEDS: Mapping[str, Needs] = {
    "aws:appautoscaling:Policy": Needs(
        (some("application-autoscaling", "DescribeScalingPolicies"),),
        (
            some("application-autoscaling", "DeleteScalingPolicy PutScalingPolicy", when=When.SCALED),
            # Target tracking keeps alarms of its own.
            some(
                "cloudwatch",
                "DeleteAlarms PutMetricAlarm",
                on=arns("cloudwatch", "alarm:TargetTracking-*"),
            ),
            some("cloudwatch", "DescribeAlarms"),
        ),
    ),
    "aws:appautoscaling:Target": Needs(
        (some("application-autoscaling", "DescribeScalableTargets ListTagsForResource"),),
        (
            some(
                "application-autoscaling",
                "DeregisterScalableTarget RegisterScalableTarget",
                when=When.SCALED,
            ),
            some("application-autoscaling", "TagResource", when=When.NEW),
            some("application-autoscaling", "UntagResource", when=When.OURS),
            LINKED,
        ),
    ),
    "aws:dynamodb:ContributorInsights": Needs(
        tables("DescribeContributorInsights"),
        (*tables("UpdateContributorInsights"), LINKED),
    ),
    "aws:dynamodb:Table": Needs(
        tables("DescribeContinuousBackups DescribeTable DescribeTimeToLive ListTagsOfResource"),
        (
            *tables(
                "CreateTable CreateTableReplica DeleteTable DeleteTableReplica RestoreTableFromBackup "
                "RestoreTableToPointInTime TagResource UntagResource UpdateContinuousBackups UpdateTable "
                "UpdateTimeToLive",
                "CreateTable RestoreTableFromBackup RestoreTableToPointInTime TagResource",
            ),
            # What a restore and a new replica write, whoever asks for them must be allowed to write.
            *tables("BatchWriteItem DeleteItem GetItem PutItem Query Scan UpdateItem"),
            USE_KEY,
            KNOW_KEY,
            LINKED,
        ),
    ),
    "aws:dynamodb:TableReplica": Needs(
        tables("DescribeContinuousBackups DescribeTable ListTagsOfResource"),
        (
            *tables(
                "CreateTableReplica DeleteTableReplica TagResource UntagResource UpdateContinuousBackups "
                "UpdateTable",
            ),
            USE_KEY,
            KNOW_KEY,
            LINKED,
        ),
    ),
    "aws:elasticache:ParameterGroup": Needs(
        (some("elasticache", "DescribeCacheParameterGroups DescribeCacheParameters ListTagsForResource"),),
        (
            some("elasticache", "CreateCacheParameterGroup", on=_CACHE_BESIDE, when=When.NEW),
            some(
                "elasticache",
                "DeleteCacheParameterGroup ModifyCacheParameterGroup ResetCacheParameterGroup",
                on=_CACHE_BESIDE,
                when=When.OURS,
            ),
            *_CACHE_TAGS,
        ),
    ),
    "aws:elasticache:ReplicationGroup": Needs(
        (some("elasticache", "DescribeCacheClusters DescribeReplicationGroups ListTagsForResource"),),
        (
            some("elasticache", "CreateReplicationGroup", on=_CACHE_GROUP, when=When.NEW),
            some("elasticache", _CACHE_CHANGE, on=_CACHE_GROUP, when=When.OURS),
            some("elasticache", f"CreateReplicationGroup {_CACHE_CHANGE}", on=_CACHE_BESIDE),
            # Slow logs and engine logs go to CloudWatch. Source: "Log delivery", ElastiCache User Guide.
            some(
                "logs",
                "CreateLogDelivery DeleteLogDelivery DescribeLogGroups DescribeResourcePolicies "
                "GetLogDelivery ListLogDeliveries PutResourcePolicy UpdateLogDelivery",
            ),
            *_CACHE_TAGS,
            USE_KEY,
            KNOW_KEY,
            LINKED,
        ),
    ),
    "aws:elasticache:SubnetGroup": Needs(
        (some("elasticache", "DescribeCacheSubnetGroups ListTagsForResource"),),
        (
            some("elasticache", "CreateCacheSubnetGroup", on=_CACHE_BESIDE, when=When.NEW),
            some(
                "elasticache",
                "DeleteCacheSubnetGroup ModifyCacheSubnetGroup",
                on=_CACHE_BESIDE,
                when=When.OURS,
            ),
            *_CACHE_TAGS,
        ),
    ),
    "aws:elasticache:User": Needs(
        (some("elasticache", "DescribeUsers ListTagsForResource"),),
        (
            some("elasticache", "CreateUser", on=_CACHE_BESIDE, when=When.NEW),
            some("elasticache", "DeleteUser ModifyUser", on=_CACHE_BESIDE, when=When.OURS),
            *_CACHE_TAGS,
        ),
    ),
    "aws:elasticache:UserGroup": Needs(
        (some("elasticache", "DescribeUserGroups ListTagsForResource"),),
        (
            some("elasticache", "CreateUserGroup", on=_CACHE_BESIDE, when=When.NEW),
            some("elasticache", "DeleteUserGroup ModifyUserGroup", on=_CACHE_BESIDE, when=When.OURS),
            *_CACHE_TAGS,
        ),
    ),
    "aws:rds:EventSubscription": Needs(
        (some("rds", "DescribeEventSubscriptions ListTagsForResource"),),
        (
            some("rds", "CreateEventSubscription", on=arns("rds", "es:*"), when=When.NEW),
            some(
                "rds",
                "AddSourceIdentifierToSubscription DeleteEventSubscription ModifyEventSubscription "
                "RemoveSourceIdentifierFromSubscription",
                on=arns("rds", "es:*"),
                when=When.OURS,
            ),
            *_RDS_TAGS,
        ),
    ),
    "aws:rds:Instance": Needs(
        (
            some(
                "rds",
                "DescribeBlueGreenDeployments DescribeDBInstances DescribeDBSnapshots ListTagsForResource",
            ),
        ),
        (
            some("rds", _RDS_MAKE, on=RDS_DB, when=When.NEW),
            some("rds", f"{_RDS_MAKE} CreateDBSnapshot ModifyDBInstance", on=_RDS_BESIDE),
            some(
                "rds",
                "CreateBlueGreenDeployment CreateDBSnapshot DeleteDBInstance ModifyDBInstance "
                "PromoteReadReplica RebootDBInstance StartDBInstance SwitchoverBlueGreenDeployment",
                on=RDS_DB,
                when=When.OURS,
            ),
            some(
                "rds",
                "CreateBlueGreenDeployment DeleteBlueGreenDeployment SwitchoverBlueGreenDeployment",
                on=arns("rds", "deployment:*", "pg:*"),
            ),
            *_RDS_TAGS,
            # A password that RDS keeps lies in a secret that it makes in the caller's name.
            some("secretsmanager", "CreateSecret TagResource", on=SECRETS_OF_RDS),
            # A replica in another region, and its snapshot.
            some("rds", "CrossRegionCommunication"),
            PASS,
            USE_KEY,
            KNOW_KEY,
            LINKED,
        ),
    ),
    "aws:rds:InstanceAutomatedBackupsReplication": Needs(
        (some("rds", "DescribeDBInstanceAutomatedBackups"),),
        (
            some(
                "rds", "StartDBInstanceAutomatedBackupsReplication StopDBInstanceAutomatedBackupsReplication"
            ),
            some("rds", "CrossRegionCommunication"),
            USE_KEY,
            KNOW_KEY,
        ),
    ),
    "aws:rds:OptionGroup": Needs(
        (some("rds", "DescribeOptionGroups ListTagsForResource"),),
        (
            some("rds", "CreateOptionGroup", on=arns("rds", "og:*"), when=When.NEW),
            some("rds", "DeleteOptionGroup ModifyOptionGroup", on=arns("rds", "og:*"), when=When.OURS),
            *_RDS_TAGS,
        ),
    ),
    "aws:rds:ParameterGroup": Needs(
        (some("rds", "DescribeDBParameterGroups DescribeDBParameters ListTagsForResource"),),
        (
            some("rds", "CreateDBParameterGroup", on=arns("rds", "pg:*"), when=When.NEW),
            some(
                "rds",
                "DeleteDBParameterGroup ModifyDBParameterGroup ResetDBParameterGroup",
                on=arns("rds", "pg:*"),
                when=When.OURS,
            ),
            *_RDS_TAGS,
        ),
    ),
    "aws:rds:SubnetGroup": Needs(
        (some("rds", "DescribeDBSubnetGroups ListTagsForResource"),),
        (
            some("rds", "CreateDBSubnetGroup", on=arns("rds", "subgrp:*"), when=When.NEW),
            some(
                "rds",
                "DeleteDBSubnetGroup ModifyDBSubnetGroup",
                on=arns("rds", "subgrp:*"),
                when=When.OURS,
            ),
            *_RDS_TAGS,
        ),
    ),
}
