"""Which inputs replace a resource when they change, and which resources hold what cannot be made again.

Sources: plans of the Terraform AWS provider 5.100, asked property by property on 2026-11-23: the code that
pulumi_aws wraps. What was not asked says its source beside it. `region` replaces since provider 6: its
`forceNewIfRegionChanges` does so for every type that has the input. What replaces for some values only
(ElastiCache's `engine`, a DynamoDB table's `warm_throughput`) is in CONDITIONAL and not in REPLACING.
"""

from __future__ import annotations

from collections.abc import Mapping

from compiler.route import Route

# Inputs by pulumi_aws's names, without indexes; what lies below one replaces too.
REPLACING: Mapping[str, tuple[str, ...]] = {
    "aws:appautoscaling:Policy": ("name", "region", "resource_id", "scalable_dimension", "service_namespace"),
    "aws:appautoscaling:Target": ("region", "resource_id", "scalable_dimension", "service_namespace"),
    "aws:backup:Plan": ("name", "region"),
    "aws:backup:Selection": (
        "conditions.string_equals",
        "conditions.string_likes",
        "conditions.string_not_equals",
        "conditions.string_not_likes",
        "iam_role_arn",
        "name",
        "not_resources",
        "plan_id",
        "region",
        "resources",
        "selection_tags",
    ),
    "aws:backup:Vault": ("kms_key_arn", "name", "region"),
    "aws:cloudtrail:Trail": ("name", "region"),
    "aws:cloudwatch:Dashboard": ("dashboard_name", "region"),
    "aws:cloudwatch:LogGroup": ("log_group_class", "name", "name_prefix", "region"),
    "aws:cloudwatch:MetricAlarm": ("name", "region"),
    "aws:dynamodb:ContributorInsights": ("index_name", "region", "table_name"),
    "aws:dynamodb:Table": (
        "hash_key",
        # ForceNew in the provider's schema (internal/service/dynamodb/table.go).
        "import_table.s3_bucket_source",
        "local_secondary_indexes",
        "name",
        "range_key",
        "region",
        # Not asked: provider 6 added it beside the other sources of a restore, all of which replace.
        "restore_backup_arn",
        "restore_date_time",
        "restore_source_name",
        "restore_source_table_arn",
        "restore_to_latest_time",
    ),
    "aws:dynamodb:TableReplica": ("global_table_arn", "kms_key_arn", "region", "table_class_override"),
    "aws:ec2:SecurityGroup": ("description", "name", "name_prefix", "region", "vpc_id"),
    "aws:elasticache:ParameterGroup": ("description", "family", "name", "region"),
    "aws:elasticache:ReplicationGroup": (
        "at_rest_encryption_enabled",
        "data_tiering_enabled",
        "global_replication_group_id",
        "kms_key_id",
        "network_type",
        "port",
        "region",
        "replication_group_id",
        "security_group_names",
        "snapshot_arns",
        "snapshot_name",
        "subnet_group_name",
    ),
    "aws:elasticache:SubnetGroup": ("name", "region"),
    "aws:elasticache:User": ("region", "user_id", "user_name"),
    "aws:elasticache:UserGroup": ("region", "user_group_id"),
    "aws:iam:Policy": ("description", "name", "name_prefix", "path"),
    "aws:iam:Role": ("name", "name_prefix", "path"),
    "aws:iam:RolePolicy": ("name", "name_prefix", "role"),
    "aws:iam:RolePolicyAttachment": ("policy_arn", "role"),
    "aws:kms:Alias": ("name", "name_prefix", "region"),
    "aws:kms:Key": (
        "custom_key_store_id",
        "customer_master_key_spec",
        "key_usage",
        "multi_region",
        "region",
        "xks_key_id",
    ),
    "aws:rds:EventSubscription": ("name", "name_prefix", "region"),
    "aws:rds:Instance": (
        "availability_zone",
        "backup_target",
        "character_set_name",
        "custom_iam_instance_profile",
        "db_name",
        "engine",
        "kms_key_id",
        "nchar_character_set_name",
        "region",
        # ForceNew as a whole in the provider's schema (internal/service/rds/instance.go).
        "restore_to_point_in_time",
        "s3_import.bucket_name",
        "s3_import.bucket_prefix",
        "s3_import.ingestion_role",
        "s3_import.source_engine",
        "s3_import.source_engine_version",
        "snapshot_identifier",
        "storage_encrypted",
        "timezone",
        "username",
    ),
    "aws:rds:InstanceAutomatedBackupsReplication": (
        "kms_key_id",
        "pre_signed_url",
        "region",
        "retention_period",
        "source_db_instance_arn",
    ),
    "aws:rds:OptionGroup": (
        "engine_name",
        "major_engine_version",
        "name",
        "name_prefix",
        "option_group_description",
        "region",
    ),
    "aws:rds:ParameterGroup": ("description", "family", "name", "name_prefix", "region"),
    "aws:rds:SubnetGroup": ("name", "name_prefix", "region"),
    "aws:s3:Bucket": (
        "bucket",
        "bucket_prefix",
        "object_lock_configuration.object_lock_enabled",
        "object_lock_enabled",
        "region",
    ),
    # ForceNew in the provider's schema (internal/service/s3/bucket_lifecycle_configuration.go).
    "aws:s3:BucketLifecycleConfiguration": ("bucket", "expected_bucket_owner", "region"),
    "aws:s3:BucketPolicy": ("bucket", "region"),
    "aws:s3:BucketPublicAccessBlock": ("bucket", "region"),
    # ForceNew in the provider's schema (internal/service/scheduler/schedule.go).
    "aws:scheduler:Schedule": ("group_name", "name", "name_prefix", "region"),
    "aws:secretsmanager:Secret": ("name", "name_prefix", "region"),
    "aws:secretsmanager:SecretRotation": ("region", "secret_id"),
    "aws:secretsmanager:SecretVersion": (
        "region",
        "secret_binary",
        "secret_id",
        "secret_string",
        "secret_string_wo_version",
    ),
    "aws:sns:Topic": ("fifo_topic", "name", "name_prefix", "region"),
    "aws:sns:TopicPolicy": ("arn", "region"),
    "aws:sns:TopicSubscription": ("endpoint", "protocol", "region", "topic"),
    "aws:vpc:SecurityGroupEgressRule": ("region", "security_group_id"),
    "aws:vpc:SecurityGroupIngressRule": ("region", "security_group_id"),
    # RequiresReplace in the provider's schemas (internal/provider/resource_{id,password}.go): all of them.
    "random:RandomId": ("byte_length", "keepers", "prefix"),
    "random:RandomPassword": (
        "keepers",
        "length",
        "lower",
        "min_lower",
        "min_numeric",
        "min_special",
        "min_upper",
        "number",
        "numeric",
        "override_special",
        "special",
        "upper",
    ),
}

# Inputs that replace for some values, and for which.
CONDITIONAL: Mapping[str, Mapping[str, str]] = {
    "aws:dynamodb:Table": {"warm_throughput": "lowering it replaces the table"},
    "aws:elasticache:ReplicationGroup": {
        "engine": "from valkey back to redis replaces it; from redis to valkey does not",
        "engine_version": "a lower version replaces it",
        "transit_encryption_enabled": "before engine version 7.0.5 it replaces",
    },
}

# Types whose deletion or replacement loses what nobody can make again, and what that is.
HOLDING: Mapping[str, str] = {
    "aws:backup:Vault": "the recovery points in it",
    "aws:cloudwatch:LogGroup": "the logs, which are nowhere else",
    "aws:dynamodb:Table": "the items, and the point-in-time recovery of them",
    "aws:dynamodb:TableReplica": "what was written in its region and has not reached the others yet",
    "aws:elasticache:ReplicationGroup": "the keys: sessions and queues live here alone",
    "aws:kms:Key": "all that it encrypted, its snapshots and backups among it",
    # A read replica is an instance: promoted, or written to, it is the only place of what it has.
    "aws:rds:Instance": "the databases, and with the instance its automated backups",
    "aws:s3:Bucket": "the objects",
    "aws:secretsmanager:Secret": "the credentials, once its recovery window has passed",
}


def replaces(type: str, route: Route) -> bool:
    """Whether a change at that route of the inputs replaces the resource, whatever the values are.

    A route above one that replaces does, too: a block that comes or goes brings or takes what is in it.
    KeyError where the type is unknown.
    """
    names = tuple(step for step in route if isinstance(step, str))
    return any(_touch(names, tuple(each.split("."))) for each in REPLACING[type])


def may_replace(type: str, route: Route) -> str:
    """For which values a change at that route replaces the resource, as a sentence; empty where none do."""
    return CONDITIONAL.get(type, {}).get(str(route[0]), "") if route else ""


def holds_data(type: str) -> bool:
    """Whether deleting or replacing such a resource loses data; an unknown type is taken to hold some."""
    return type in HOLDING or type not in REPLACING


def _touch(names: tuple[str, ...], other: tuple[str, ...]) -> bool:
    shorter = min(len(names), len(other))
    return names[:shorter] == other[:shorter]
