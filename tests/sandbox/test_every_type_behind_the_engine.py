"""Every type that the sandbox simulates, through the life that the real engine gives it."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from typing import Any

from compiler.sandbox.account import Account
from compiler.sandbox.services import TYPES

REGION = "ap-northeast-2"
POLICY = {"Version": "2012-10-17", "Statement": []}
TRAILS_MAY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "cloudtrail.amazonaws.com"},
            "Action": action,
            "Resource": "*",
        }
        for action in ("s3:GetBucketAcl", "s3:PutObject")
    ],
}
SHARED_TOPIC = "arn:aws:sns:ap-northeast-2:000000000000:shared"


def _of(resource: str, output: str) -> Callable[[Mapping[str, Any]], Any]:
    return lambda made: getattr(made[resource], output)


def _scaled(resource: str) -> Callable[[Mapping[str, Any]], Any]:
    return lambda made: made[resource].replication_group_id.apply(lambda name: f"replication-group/{name}")


# For each resource: its type, its inputs, a change that is made in place, a change that replaces it (none where it is
# replaced with what it belongs to).
EVERYTHING: dict[str, tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "password": ("random:RandomPassword", {"length": 20, "special": False}, {}, {"length": 21}),
    "suffix": ("random:RandomId", {"byte_length": 4}, {}, {"keepers": {"of": "orders"}}),
    "key": (
        "aws:kms:Key",
        {"region": REGION, "description": "orders", "deletion_window_in_days": 30},
        {"enable_key_rotation": True},
        {"key_usage": "GENERATE_VERIFY_MAC", "customer_master_key_spec": "HMAC_256"},
    ),
    "alias": (
        "aws:kms:Alias",
        {"region": REGION, "name": "alias/orders", "target_key_id": _of("key", "key_id")},
        {"target_key_id": _of("spare-key", "key_id")},
        {"name": "alias/other"},
    ),
    "spare-key": ("aws:kms:Key", {"region": REGION}, {"is_enabled": False}, {"multi_region": True}),
    "subnets": (
        "aws:rds:SubnetGroup",
        {"region": REGION, "name": "orders", "subnet_ids": ["subnet-0a", "subnet-0b"]},
        {"subnet_ids": ["subnet-0c", "subnet-0b"]},
        {"name": "other"},
    ),
    "parameters": (
        "aws:rds:ParameterGroup",
        {
            "region": REGION,
            "name": "orders-84",
            "family": "mysql8.4",
            "parameters": [{"name": "a", "value": "1"}],
        },
        {"parameters": [{"name": "a", "value": "2"}]},
        {"description": "other"},
    ),
    "firewall": (
        "aws:ec2:SecurityGroup",
        {"region": REGION, "name": "orders", "description": "orders", "vpc_id": "vpc-0a1b"},
        {"tags": {"owner": "checkout"}},
        {"description": "other"},
    ),
    "in": (
        "aws:vpc:SecurityGroupIngressRule",
        {
            "region": REGION,
            "security_group_id": _of("firewall", "id"),
            "referenced_security_group_id": "sg-0clients",
            "ip_protocol": "tcp",
            "from_port": 3306,
            "to_port": 3306,
        },
        {"description": "clients"},
        {"security_group_id": "sg-0clients"},
    ),
    "out": (
        "aws:vpc:SecurityGroupEgressRule",
        {
            "region": REGION,
            "security_group_id": _of("firewall", "id"),
            "cidr_ipv4": "10.0.0.0/8",
            "ip_protocol": "-1",
        },
        {"cidr_ipv4": "10.1.0.0/16"},
        {"security_group_id": "sg-0clients"},
    ),
    "log": (
        "aws:cloudwatch:LogGroup",
        {"region": REGION, "name": "/aws/rds/instance/orders/error", "retention_in_days": 7},
        {"retention_in_days": 30},
        {"log_group_class": "INFREQUENT_ACCESS"},
    ),
    "instance": (
        "aws:rds:Instance",
        {
            "region": REGION,
            "identifier": "orders",
            "engine": "mysql",
            "engine_version": "8.4",
            "instance_class": "db.t4g.micro",
            "allocated_storage": 20,
            "username": "dbadmin",
            "password": _of("password", "result"),
            "storage_encrypted": True,
            "kms_key_id": _of("key", "arn"),
            "db_subnet_group_name": _of("subnets", "name"),
            "parameter_group_name": _of("parameters", "name"),
            "vpc_security_group_ids": [_of("firewall", "id")],
            "enabled_cloudwatch_logs_exports": ["error"],
            "backup_retention_period": 7,
            "skip_final_snapshot": True,
            "apply_immediately": True,
        },
        {"instance_class": "db.t4g.small"},
        {"db_name": "orders"},
    ),
    "replica": (
        "aws:rds:Instance",
        {
            "region": REGION,
            "identifier": "orders-replica-1",
            "instance_class": "db.t4g.micro",
            "replicate_source_db": _of("instance", "identifier"),
            "skip_final_snapshot": True,
        },
        {"tags": {"owner": "checkout"}},
        {"availability_zone": "ap-northeast-2c"},
    ),
    "secret": (
        "aws:secretsmanager:Secret",
        {"region": REGION, "name": "orders/master", "recovery_window_in_days": 0},
        {"description": "credentials"},
        {"name": "orders/other"},
    ),
    "content": (
        "aws:secretsmanager:SecretVersion",
        {"region": REGION, "secret_id": _of("secret", "id"), "secret_string": _of("password", "result")},
        {},
        {"secret_string": "other"},
    ),
    "topic": (
        "aws:sns:Topic",
        {"region": REGION, "name": "alerts"},
        {"display_name": "alerts"},
        {"name": "other"},
    ),
    "topic-policy": (
        "aws:sns:TopicPolicy",
        {"region": REGION, "arn": _of("topic", "arn"), "policy": json.dumps(POLICY)},
        {"policy": json.dumps(POLICY | {"Id": "other"})},
        {},  # another topic
    ),
    "alarm": (
        "aws:cloudwatch:MetricAlarm",
        {
            "region": REGION,
            "name": "orders-cpu",
            "namespace": "AWS/RDS",
            "metric_name": "CPUUtilization",
            "statistic": "Average",
            "comparison_operator": "GreaterThanThreshold",
            "threshold": 90,
            "period": 60,
            "evaluation_periods": 5,
            "dimensions": {"DBInstanceIdentifier": "orders"},
            "alarm_actions": [_of("topic", "arn")],
        },
        {"threshold": 80.5},
        {"name": "orders-processor"},
    ),
    "role": (
        "aws:iam:Role",
        {"name": "monitoring", "assume_role_policy": json.dumps(POLICY)},
        {"max_session_duration": 7200},
        {"path": "/dbspec/"},
    ),
    "attachment": (
        "aws:iam:RolePolicyAttachment",
        {
            "role": _of("role", "name"),
            "policy_arn": "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole",
        },
        {},
        {"policy_arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
    ),
    "role-policy": (
        "aws:iam:RolePolicy",
        {"role": _of("role", "name"), "name": "stop-and-start", "policy": json.dumps(POLICY)},
        {"policy": json.dumps(POLICY | {"Id": "other"})},
        {"name": "other"},
    ),
    "subscription": (
        "aws:sns:TopicSubscription",
        {
            "region": REGION,
            "topic": _of("topic", "arn"),
            "protocol": "email",
            "endpoint": "oncall@example.org",
        },
        {"filter_policy": json.dumps({"severity": ["high"]})},
        {"endpoint": "night@example.org"},
    ),
    "events": (
        "aws:rds:EventSubscription",
        {
            "region": REGION,
            "name": "events",
            "source_type": "db-instance",
            "event_categories": ["maintenance", "failure"],
            "sns_topic": SHARED_TOPIC,
        },
        {"event_categories": ["failure", "failover"]},
        {"name": "other"},
    ),
    "options": (
        "aws:rds:OptionGroup",
        {
            "region": REGION,
            "name": "orders-mysql84",
            "engine_name": "mysql",
            "major_engine_version": "8.4",
            "options": [
                {
                    "option_name": "MARIADB_AUDIT_PLUGIN",
                    "option_settings": [{"name": "SERVER_AUDIT_EVENTS", "value": "CONNECT"}],
                }
            ],
        },
        {"options": []},
        {"major_engine_version": "8.0"},
    ),
    "far-key": ("aws:kms:Key", {"region": "us-west-2"}, {"description": "copies"}, {"multi_region": True}),
    "copies": (
        "aws:rds:InstanceAutomatedBackupsReplication",
        {
            "region": "us-west-2",
            "source_db_instance_arn": _of("instance", "arn"),
            "kms_key_id": _of("far-key", "arn"),
        },
        {},
        {"retention_period": 14},
    ),
    "rotation": (
        "aws:secretsmanager:SecretRotation",
        {
            "region": REGION,
            "secret_id": _of("secret", "id"),
            "rotation_lambda_arn": f"arn:aws:lambda:{REGION}:000000000000:function:rotate",
            "rotation_rules": {"automatically_after_days": 30},
        },
        {"rotation_rules": {"automatically_after_days": 60}},
        {},  # another secret
    ),
    "schedule": (
        "aws:scheduler:Schedule",
        {
            "region": REGION,
            "name": "orders-stop",
            "schedule_expression": "cron(0 20 ? * MON-FRI *)",
            "schedule_expression_timezone": "Asia/Seoul",
            "flexible_time_window": {"mode": "OFF"},
            "target": {
                "arn": "arn:aws:scheduler:::aws-sdk:rds:stopDBInstance",
                "role_arn": _of("role", "arn"),
                "input": json.dumps({"DbInstanceIdentifier": "orders"}),
            },
        },
        {"schedule_expression": "cron(0 21 ? * MON-FRI *)"},
        {"name": "orders-halt"},
    ),
    "bucket": (
        "aws:s3:Bucket",
        {"region": REGION, "bucket": "audit-000000000000", "force_destroy": True},
        {"tags": {"owner": "platform"}},
        {"bucket": "audit-other"},
    ),
    "bucket-access": (
        "aws:s3:BucketPublicAccessBlock",
        {"region": REGION, "bucket": _of("bucket", "id"), "block_public_acls": True},
        {"block_public_policy": True},
        {},  # another bucket
    ),
    "bucket-lifecycle": (
        "aws:s3:BucketLifecycleConfiguration",
        {
            "region": REGION,
            "bucket": _of("bucket", "id"),
            "rules": [
                {"id": "expire", "status": "Enabled", "filter": {"prefix": ""}, "expiration": {"days": 400}}
            ],
        },
        {
            "rules": [
                {"id": "expire", "status": "Enabled", "filter": {"prefix": ""}, "expiration": {"days": 30}}
            ],
        },
        {},  # another bucket
    ),
    "bucket-policy": (
        "aws:s3:BucketPolicy",
        {"region": REGION, "bucket": _of("bucket", "id"), "policy": json.dumps(TRAILS_MAY)},
        {"policy": json.dumps(TRAILS_MAY | {"Id": "other"})},
        {},  # another bucket
    ),
    "trail": (
        "aws:cloudtrail:Trail",
        {"region": REGION, "name": "audit", "s3_bucket_name": _of("bucket-policy", "bucket")},
        {"enable_log_file_validation": True},
        {"name": "audit-of-all"},
    ),
    "dashboard": (
        "aws:cloudwatch:Dashboard",
        {"region": REGION, "dashboard_name": "orders", "dashboard_body": json.dumps({"widgets": []})},
        {"dashboard_body": json.dumps({"widgets": [], "periodOverride": "auto"})},
        {"dashboard_name": "sales"},
    ),
    "cache-subnets": (
        "aws:elasticache:SubnetGroup",
        {"region": REGION, "name": "carts", "subnet_ids": ["subnet-0a", "subnet-0b"]},
        {"subnet_ids": ["subnet-0c", "subnet-0b"]},
        {"name": "other"},
    ),
    "cache-parameters": (
        "aws:elasticache:ParameterGroup",
        {
            "region": REGION,
            "name": "carts-valkey8",
            "family": "valkey8",
            "parameters": [{"name": "cluster-enabled", "value": "yes"}],
        },
        {
            "parameters": [
                {"name": "timeout", "value": "60"},
                {"name": "cluster-enabled", "value": "yes"},
            ]
        },
        {"description": "other"},
    ),
    "cache-user": (
        "aws:elasticache:User",
        {
            "region": REGION,
            "user_id": "carts",
            "user_name": "carts",
            "engine": "redis",
            "access_string": "on ~* +@all",
            "authentication_mode": {"type": "iam"},
        },
        {"access_string": "on ~carts* +@all"},
        {"user_id": "baskets", "user_name": "baskets"},
    ),
    "cache-default": (
        "aws:elasticache:User",
        {
            "region": REGION,
            "user_id": "carts-off",
            "user_name": "default",
            "engine": "redis",
            "access_string": "off ~* -@all",
            "passwords": [_of("password", "result")],
        },
        {"access_string": "off -@all"},
        {"user_id": "baskets-off"},
    ),
    "cache-users": (
        "aws:elasticache:UserGroup",
        {
            "region": REGION,
            "user_group_id": "carts",
            "engine": "redis",
            "user_ids": [_of("cache-default", "user_id"), _of("cache-user", "user_id")],
        },
        {"tags": {"owner": "checkout"}},
        {"user_group_id": "baskets"},
    ),
    "cache": (
        "aws:elasticache:ReplicationGroup",
        {
            "region": REGION,
            "replication_group_id": "carts",
            "description": "carts",
            "engine": "valkey",
            "engine_version": "8.0",
            "node_type": "cache.r7g.large",
            "num_node_groups": 2,
            "replicas_per_node_group": 1,
            "automatic_failover_enabled": True,
            "multi_az_enabled": True,
            "cluster_mode": "enabled",
            "transit_encryption_enabled": True,
            "user_group_ids": [_of("cache-users", "user_group_id")],
            "subnet_group_name": _of("cache-subnets", "name"),
            "parameter_group_name": _of("cache-parameters", "name"),
            "kms_key_id": _of("key", "arn"),
            "apply_immediately": True,
        },
        {"engine_version": "8.2", "node_type": "cache.r7g.xlarge", "snapshot_retention_limit": 7},
        {"port": 6380},
    ),
    "cache-scaling": (
        "aws:appautoscaling:Target",
        {
            "region": REGION,
            "service_namespace": "elasticache",
            "resource_id": _scaled("cache"),
            "scalable_dimension": "elasticache:replication-group:NodeGroups",
            "min_capacity": 1,
            "max_capacity": 4,
        },
        {"max_capacity": 3},
        {"scalable_dimension": "elasticache:replication-group:Replicas"},
    ),
    "cache-policy": (
        "aws:appautoscaling:Policy",
        {
            "region": REGION,
            "name": "carts-cpu",
            "policy_type": "TargetTrackingScaling",
            "service_namespace": _of("cache-scaling", "service_namespace"),
            "resource_id": _of("cache-scaling", "resource_id"),
            "scalable_dimension": _of("cache-scaling", "scalable_dimension"),
            "target_tracking_scaling_policy_configuration": {
                "target_value": 60,
                "predefined_metric_specification": {
                    "predefined_metric_type": "ElastiCachePrimaryEngineCPUUtilization"
                },
            },
        },
        {
            "target_tracking_scaling_policy_configuration": {
                "target_value": 50,
                "predefined_metric_specification": {
                    "predefined_metric_type": "ElastiCachePrimaryEngineCPUUtilization"
                },
            },
        },
        {"name": "carts-memory"},
    ),
    "table": (
        "aws:dynamodb:Table",
        {
            "region": REGION,
            "name": "sessions",
            "hash_key": "id",
            "attributes": [{"name": "id", "type": "S"}, {"name": "email", "type": "S"}],
            "billing_mode": "PAY_PER_REQUEST",
            "global_secondary_indexes": [{"name": "by-email", "hash_key": "email", "projection_type": "ALL"}],
            "stream_enabled": True,
            "stream_view_type": "NEW_AND_OLD_IMAGES",
        },
        {
            "ttl": {"enabled": True, "attribute_name": "expires_at"},
            "table_class": "STANDARD_INFREQUENT_ACCESS",
        },
        {"hash_key": "email"},
    ),
    "table-replica": (
        "aws:dynamodb:TableReplica",
        {"region": "us-west-2", "global_table_arn": _of("table", "arn")},
        {"point_in_time_recovery": True},
        {"kms_key_arn": _of("far-key", "arn")},
    ),
    "insights": (
        "aws:dynamodb:ContributorInsights",
        {"region": REGION, "table_name": _of("table", "name")},
        {"mode": "THROTTLED_KEYS"},
        {"index_name": "by-email"},
    ),
    "vault": (
        "aws:backup:Vault",
        {"region": REGION, "name": "backups"},
        {"tags": {"owner": "platform"}},
        {"name": "copies"},
    ),
    "plan": (
        "aws:backup:Plan",
        {
            "region": REGION,
            "name": "sessions",
            "rules": [
                {
                    "rule_name": "daily",
                    "target_vault_name": _of("vault", "name"),
                    "schedule": "cron(0 18 * * ? *)",
                    "lifecycle": {"delete_after": 35},
                }
            ],
        },
        {"tags": {"owner": "platform"}},
        {"name": "all-sessions"},
    ),
    "selection": (
        "aws:backup:Selection",
        {
            "region": REGION,
            "name": "sessions",
            "plan_id": _of("plan", "id"),
            "iam_role_arn": _of("role", "arn"),
            "resources": [_of("table", "arn")],
        },
        {},
        {"name": "all-sessions"},
    ),
}


# What AWS lets nobody replace while an instance uses it, and what takes the instance along.
HELD = {
    *("copies", "far-key", "firewall", "instance", "key", "parameters", "password", "replica", "subnets"),
    *(
        "cache",
        "cache-default",
        "cache-parameters",
        "cache-policy",
        "cache-scaling",
        "cache-subnets",
        "cache-users",
    ),
    # A vault in use takes its plans along, and a region has one replica: the second comes after the first has gone.
    *("plan", "table", "table-replica", "vault"),
}


def _resources(
    changed: Collection[str] = (), replaced: Collection[str] = ()
) -> dict[str, tuple[str, dict[str, Any]]]:
    """All resources, some with their changes, those first that others need."""
    order = ["password", "suffix", "key", "spare-key", "far-key", *EVERYTHING]
    resources = {}
    for name in dict.fromkeys(order):
        type, inputs, change, replacement = EVERYTHING[name]
        extra = (change if name in changed else {}) | (replacement if name in replaced else {})
        resources[name] = (type, inputs | extra)
    return resources


def test_every_simulated_type_is_here() -> None:
    assert {each[0] for each in EVERYTHING.values()} == set(TYPES)


def test_everything_is_made_stays_the_same_changes_and_goes(engine: Any, account: Account) -> None:
    account.prepare([SHARED_TOPIC], REGION)
    before = len(account.show()["things"])
    engine.preview(_resources())
    assert engine.steps() == dict.fromkeys(EVERYTHING, "create")
    engine.up(_resources())
    assert len(account.show()["things"]) == before + len(EVERYTHING) - 2  # what is random is in no account

    engine.preview(_resources())
    assert engine.steps() == {}
    engine.refresh()
    assert engine.outcomes() == {}
    engine.preview(_resources())
    assert engine.steps() == {}

    engine.up(_resources(EVERYTHING))
    assert engine.steps() == {name: "update" for name, (_, _, change, _) in EVERYTHING.items() if change}
    engine.preview(_resources(EVERYTHING))
    assert engine.steps() == {}

    engine.preview(_resources(EVERYTHING, EVERYTHING))
    assert {name for name, steps in engine.steps().items() if "replace" in steps} == set(EVERYTHING)
    free = EVERYTHING.keys() - HELD
    engine.up(_resources(EVERYTHING, free))
    assert {name for name, steps in engine.steps().items() if "replace" in steps} == free
    engine.preview(_resources(EVERYTHING, free))
    assert engine.steps() == {}

    engine.destroy()
    assert len(account.show()["things"]) == before + 4  # four keys wait for their end
