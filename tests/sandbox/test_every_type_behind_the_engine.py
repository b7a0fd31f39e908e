"""Every type that the sandbox simulates, through the life that the real engine gives it."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from typing import Any

from compiler.sandbox.account import Account
from compiler.sandbox.services import TYPES

REGION = "ap-northeast-2"
POLICY = {"Version": "2012-10-17", "Statement": []}


def _of(resource: str, output: str) -> Callable[[Mapping[str, Any]], Any]:
    return lambda made: getattr(made[resource], output)


# For each resource: its type, its inputs, a change that is made in place, a change that replaces it.
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
        {"arn": "arn:aws:sns:ap-northeast-2:000000000000:shared"},
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
}


# What AWS lets nobody replace while an instance uses it, and what takes the instance along.
HELD = {"firewall", "instance", "key", "parameters", "password", "replica", "subnets"}


def _resources(
    changed: Collection[str] = (), replaced: Collection[str] = ()
) -> dict[str, tuple[str, dict[str, Any]]]:
    """All resources, some with their changes, those first that others need."""
    order = ["password", "suffix", "key", "spare-key", *EVERYTHING]
    resources = {}
    for name in dict.fromkeys(order):
        type, inputs, change, replacement = EVERYTHING[name]
        extra = (change if name in changed else {}) | (replacement if name in replaced else {})
        resources[name] = (type, inputs | extra)
    return resources


def test_every_simulated_type_is_here() -> None:
    assert {each[0] for each in EVERYTHING.values()} == set(TYPES)


def test_everything_is_made_stays_the_same_changes_and_goes(engine: Any, account: Account) -> None:
    account.prepare(["arn:aws:sns:ap-northeast-2:000000000000:shared"], REGION)
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
    assert len(account.show()["things"]) == before + 3  # three keys wait for their end
