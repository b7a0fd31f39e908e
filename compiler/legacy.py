"""What the variables of the Terraform collection are called now, for those who know them by heart."""

from __future__ import annotations

from collections.abc import Mapping


def fix(name: str, kind: str) -> str | None:
    """What to write in place of a variable of the collection, in a spec of this kind; else in an environment.

    A variable of another kind is answered too, but not before those of this one.
    """
    tables = (FIXES.get(kind, {}), SHARED, *FIXES.values()) if kind else (ENVIRONMENT,)
    return next((table[name] for table in tables if name in table), None)


KIND_FIXES: Mapping[str, str] = {
    **dict.fromkeys(("mysql-rds", "mysql_rds", "rds", "rds-mysql", "rds_mysql"), "write `kind: mysql`"),
    **dict.fromkeys(
        ("elasticache", "redis-elasticache", "elasticache-redis", "valkey"), "write `kind: redis`"
    ),
    **dict.fromkeys(("dynamo", "dynamodb-table", "dynamo-db", "dynamo_db"), "write `kind: dynamodb`"),
}

_IN_ENVIRONMENT = "write it once, in environment.yaml: `shared_infrastructure.terraform_s3."
_NETWORK = "remove it: the network comes from the environment's `shared_infrastructure`"
_CLIENTS = "name the clients under `access`, as the environment's `clients` call them"
_TOPIC = "remove it: alarms go to the environment's own topic"
_ALARMS = "remove it: the recommended alarms are always made"
_DASHBOARD = "write `dashboard: true`"
_NAME = "remove it: the file's name is the database's name; `identifier` is its name in AWS"
_SECRET = "remove it, and change it if it was real: secrets are generated, and kept in Secrets Manager"  # noqa: S105
_FAMILY = "remove it: it follows from `engine_version`"
_PARAMETERS = "write `parameters`, a mapping of names to values"
_REPLICAS = "write `read_replicas`, the number of them"
_INSIGHTS = "write `insights.mode`"
_LOG_DAYS = "write `logs.retention_days`"
_FAILOVER = "remove it: it follows from `topology` and `replicas`"
_NODES = "write `topology: single`, or `topology: replicated` and `replicas`, which leaves the primary out"
_TTL = "write `ttl`, the name of the attribute; a table without it has none"
_REGIONS = "write `replicas`, a list of regions without the table's own"
_INDEXES = "write `indexes`, a mapping of names to keys and projections"
_LOCAL_INDEXES = "write `local_indexes`, a mapping of names to sort keys and projections"
_PROJECTION = (
    "write it in the index: projection: ALL, KEYS_ONLY, or INCLUDE with non_key_attributes beside it"
)
_CAPACITY = (
    "remove it: on demand, which is the default, there is none, and AWS refuses one;"
    " with `billing_mode: PROVISIONED` write `capacity`, on the table and on every index"
)
_STREAM = "write `streams`: KEYS_ONLY, NEW_IMAGE, OLD_IMAGE or NEW_AND_OLD_IMAGES"
_RECOVERY = "write `pitr`, a number of days"
_BACKUP = "write `backup_plan`, with the days that a backup is kept"
_SCALING = "write `capacity` with a smallest and a largest number: it follows traffic between them"

# Variables that every module of the collection had, as a spec answers them.
SHARED: Mapping[str, str] = {
    "shared_state_bucket": f"{_IN_ENVIRONMENT}bucket`",
    "shared_state_key": f"{_IN_ENVIRONMENT}key`",
    "shared_state_region": f"{_IN_ENVIRONMENT}region`",
    "aws_region": "remove it: environment.yaml says the region",
    "environment": "remove it: the folder that the file lies in says the environment",
    "project_name": "write `project`",
    "common_tags": "write `tags`, here or for the whole environment in environment.yaml",
    "additional_tags": "write `tags`",
    "vpc_id": _NETWORK,
    "subnet_ids": _NETWORK,
    "private_subnet_ids": _NETWORK,
    "subnet_group_name": _NETWORK,
    "db_subnet_group_name": _NETWORK,
    "availability_zones": _NETWORK,
    "allowed_security_groups": _CLIENTS,
    "allowed_security_group_ids": _CLIENTS,
    "allowed_cidrs": _CLIENTS,
    "allowed_cidr_blocks": _CLIENTS,
    "vpc_security_group_ids": _CLIENTS,
    "security_group_ids": _CLIENTS,
    "sns_topic_arn": _TOPIC,
    "alarm_sns_topic_arn": _TOPIC,
    "alarm_actions": _TOPIC,
    "notification_topic_arn": _TOPIC,
    "create_alarms": _ALARMS,
    "create_dashboard": _DASHBOARD,
    "enable_dashboard": _DASHBOARD,
    "create_cloudwatch_dashboard": _DASHBOARD,
    "enable_alarms": _ALARMS,
    "create_cloudwatch_alarms": _ALARMS,
    "enable_cloudwatch_alarms": _ALARMS,
}

# The same, and those of the environment, as environment.yaml answers them.
ENVIRONMENT: Mapping[str, str] = {
    "shared_state_bucket": "write `shared_infrastructure.terraform_s3.bucket`",
    "shared_state_key": "write `shared_infrastructure.terraform_s3.key`",
    "shared_state_region": "write `shared_infrastructure.terraform_s3.region`",
    "aws_region": "write `region`",
    "account_id": "write `target.account`",
    "aws_account_id": "write `target.account`",
    "environment": "remove it: the folder that the file lies in says the environment",
    "common_tags": "write `tags`",
    "vpc_id": "write `shared_infrastructure`",
    "subnet_ids": "write `shared_infrastructure`",
    "private_subnet_ids": "write `shared_infrastructure`",
    "allowed_security_groups": "write `clients`, a mapping of names to security groups",
    "allowed_cidr_blocks": "write `clients`, a mapping of names to networks",
    "backup_window": "write `windows`, in which every database gets its own",
    "maintenance_window": "write `windows`, in which every database gets its own",
}

_MYSQL = {
    "name": _NAME,
    "db_identifier": "write `identifier`",
    "instance_identifier": "write `identifier`",
    "db_name": "write `database_name`",
    "engine": "remove it: `kind: mysql` says it",
    "major_engine_version": "write `engine_version`",
    "family": _FAMILY,
    "parameter_group_family": _FAMILY,
    "parameter_group_name": _PARAMETERS,
    "parameter_group_parameters": _PARAMETERS,
    "db_parameters": _PARAMETERS,
    "db_instance_class": "write `instance_class`",
    "allocated_storage": "write `storage.allocated_gib`",
    "max_allocated_storage": "write `storage.max_allocated_gib`",
    "storage_type": "write `storage.type`",
    "storage_throughput": "write `storage.throughput`",
    "iops": "write `storage.iops`",
    "storage_encrypted": "remove it: storage is always encrypted, with the key in `encryption.kms_key` if there is one",
    "kms_key_id": "write `encryption.kms_key`",
    "kms_key_arn": "write `encryption.kms_key`",
    "create_kms_key": "remove it: a key is made unless `encryption.kms_key` names one",
    "create_read_replica": _REPLICAS,
    "enable_read_replica": _REPLICAS,
    "create_read_replicas": _REPLICAS,
    "read_replica_count": _REPLICAS,
    "replica_count": _REPLICAS,
    "replica_instance_class": "write `read_replicas`, a list with a name and an instance_class for each",
    "read_replica_instance_class": "write `read_replicas`, a list with a name and an instance_class for each",
    "username": "write `credentials.username`",
    "master_username": "write `credentials.username`",
    "db_username": "write `credentials.username`",
    "password": _SECRET,
    "master_password": _SECRET,
    "db_password": _SECRET,
    "manage_master_user_password": "write `credentials.mode`",
    "create_secret": "write `credentials.mode`",
    "secrets_manager_enabled": "write `credentials.mode`",
    "iam_database_authentication_enabled": "write `iam_database_authentication`",
    "backup_retention_period": "write `backup.retention_days`",
    "backup_window": "write `backup.window`",
    "preferred_backup_window": "write `backup.window`",
    "copy_tags_to_snapshot": "write `backup.copy_tags_to_snapshot`",
    "delete_automated_backups": "write `backup.delete_automated_backups`",
    "maintenance_window": "write `maintenance.window`",
    "preferred_maintenance_window": "write `maintenance.window`",
    "skip_final_snapshot": "write `final_snapshot`, which means the opposite",
    "snapshot_identifier": "write `restore.snapshot`",
    "restore_to_point_in_time": "write `restore.point_in_time`",
    "blue_green_update": "write `upgrades.blue_green`",
    "final_snapshot_identifier": "write `final_snapshot: true`, which chooses a name that is never taken",
    "final_snapshot_identifier_prefix": "write `final_snapshot: true`, which chooses a name that is never taken",
    "deletion_protection_enabled": "write `deletion_protection`",
    "publicly_accessible": "remove it: no database can be reached from the internet",
    "multi_az_enabled": "write `multi_az`",
    "enable_multi_az": "write `multi_az`",
    "monitoring_interval": "write `monitoring.interval`",
    "enhanced_monitoring_interval": "write `monitoring.interval`",
    "enable_enhanced_monitoring": "write `monitoring.interval`, which is 0 for off",
    "monitoring_role_arn": "remove it: the environment has the role",
    "create_monitoring_role": "remove it: the environment has the role",
    "performance_insights_enabled": _INSIGHTS,
    "enable_performance_insights": _INSIGHTS,
    "database_insights_mode": _INSIGHTS,
    "performance_insights_retention_period": "write `insights.retention_days`",
    "performance_insights_kms_key_id": "write `encryption.kms_key`, which Insights uses too",
    "enabled_cloudwatch_logs_exports": "write `logs.exports`",
    "cloudwatch_logs_exports": "write `logs.exports`",
    "log_retention_days": _LOG_DAYS,
    "cloudwatch_log_retention_days": _LOG_DAYS,
    "cloudwatch_log_group_retention_in_days": _LOG_DAYS,
    "auto_minor_version_upgrade": "write `upgrades.auto_minor`",
    "allow_major_version_upgrade": "write `upgrades.allow_major`",
    "apply_immediately": "write `upgrades.apply_immediately`",
}

_REDIS = {
    "name": _NAME,
    "cluster_id": "write `identifier`",
    "cluster_name": _NAME,
    "replication_group_id": "write `identifier`",
    "cluster_mode_enabled": "write `topology: cluster`",
    "num_node_groups": "write `shards`",
    "num_shards": "write `shards`",
    "replicas_per_node_group": "write `replicas`, the number for each shard",
    "num_cache_clusters": _NODES,
    "number_cache_clusters": _NODES,
    "num_cache_nodes": _NODES,
    "automatic_failover_enabled": _FAILOVER,
    "multi_az_enabled": _FAILOVER,
    "multi_az": _FAILOVER,
    "instance_type": "write `node_type`",
    "instance_class": "write `node_type`",
    "family": _FAMILY,
    "parameter_group_family": _FAMILY,
    "parameter_group_name": _PARAMETERS,
    "auth_token_enabled": "write `auth.mode`",
    "auth_token": _SECRET,
    "at_rest_encryption_enabled": "remove it: data at rest is always encrypted",
    "transit_encryption_enabled": "write `transit_encryption.mode`",
    "snapshot_retention_limit": "write `snapshot.retention_days`",
    "snapshot_retention_period": "write `snapshot.retention_days`",
    "snapshot_window": "write `snapshot.window`",
    "maxmemory_policy": _PARAMETERS,
    "auto_scaling_enabled": "write `autoscaling`",
    "enable_auto_scaling": "write `autoscaling`",
}

_DYNAMODB = {
    "name": _NAME,
    "table_name": _NAME,
    "attribute": "write `attributes`, a mapping of names to S, N or B",
    "partition_key": "write `hash_key`",
    "sort_key": "write `range_key`",
    "ttl_enabled": _TTL,
    "ttl_attribute_name": _TTL,
    "ttl_attribute": _TTL,
    "enable_global_tables": _REGIONS,
    "global_tables_enabled": _REGIONS,
    "enable_global_table": _REGIONS,
    "replica_regions": _REGIONS,
    "global_secondary_indexes": _INDEXES,
    "global_secondary_index": _INDEXES,
    "local_secondary_indexes": _LOCAL_INDEXES,
    "local_secondary_index": _LOCAL_INDEXES,
    "projection_type": _PROJECTION,
    "non_key_attributes": _PROJECTION,
    "read_capacity": _CAPACITY,
    "write_capacity": _CAPACITY,
    "stream_enabled": _STREAM,
    "streams_enabled": _STREAM,
    "enable_streams": _STREAM,
    "stream_view_type": _STREAM,
    "point_in_time_recovery_enabled": _RECOVERY,
    "enable_point_in_time_recovery": _RECOVERY,
    "pitr_enabled": _RECOVERY,
    "server_side_encryption_enabled": "remove it: tables are always encrypted; `encryption` says by whose key",
    "kms_key_arn": "write `encryption.kms_key`",
    "server_side_encryption_kms_key_arn": "write `encryption.kms_key`",
    "backup_enabled": _BACKUP,
    "enable_backup": _BACKUP,
    "enable_aws_backup": _BACKUP,
    "autoscaling_enabled": _SCALING,
    "enable_autoscaling": _SCALING,
    "autoscaling_read": _SCALING,
    "autoscaling_write": _SCALING,
    "autoscaling_indexes": _SCALING,
    "enable_contributor_insights": "write `contributor_insights`",
    "contributor_insights_enabled": "write `contributor_insights`",
    "on_demand_throughput": "write `on_demand`",
    "deletion_protection_enabled": "write `deletion_protection`",
}

FIXES: Mapping[str, Mapping[str, str]] = {
    "mysql": _MYSQL,
    "redis": _REDIS,
    "dynamodb": _DYNAMODB,
}
