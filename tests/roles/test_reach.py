"""Whatever specs compile to, the apply role may make and take away, and the preview role may not."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from compiler import catalog
from compiler.roles.repository import PREVIEWING, Repository
from compiler.roles.roles import Role, both
from compiler.source import WorkTree
from tests.roles.simulation import allows

HERE = Path(__file__).parent
GOLDEN = sorted(
    path
    for area in ("compiled", "environment")
    for path in (HERE.parent / area / "cases").glob("*.json")
    if "china" not in path.stem
)
HOME = "ap-northeast-2:123456789012"
ENVIRONMENT = """\
tier: production
edition: "2026.11"
region: ap-northeast-2
target:
  account: "123456789012"
  preview_role: arn:aws:iam::123456789012:role/dbspec-preview
  apply_role: arn:aws:iam::123456789012:role/dbspec-apply
state: {backend: "s3://acme-dbspec?region=ap-northeast-2"}
shared_infrastructure:
  terraform_s3: {bucket: acme-terraform, key: shared.tfstate, region: ap-northeast-2}
windows: {timezone: Asia/Seoul, days: [sun], from: "03:00", to: "06:00"}
"""

# By type: the actions that make and take away, and what they are asked about: the input that names it, in its ARN. What
# AWS names itself is `new`.
LIFE: Mapping[str, tuple[str, str, str]] = {
    "aws:appautoscaling:Policy": (
        "application-autoscaling:PutScalingPolicy",
        "application-autoscaling:DeleteScalingPolicy",
        "*",
    ),
    "aws:appautoscaling:Target": (
        "application-autoscaling:RegisterScalableTarget",
        "application-autoscaling:DeregisterScalableTarget",
        "*",
    ),
    "aws:backup:Plan": (
        "backup:CreateBackupPlan",
        "backup:DeleteBackupPlan",
        f"backup:{HOME}:backup-plan:new",
    ),
    "aws:backup:Selection": (
        "backup:CreateBackupSelection",
        "backup:DeleteBackupSelection",
        f"backup:{HOME}:backup-plan:new",
    ),
    "aws:backup:Vault": (
        "backup:CreateBackupVault",
        "backup:DeleteBackupVault",
        f"backup:{HOME}:backup-vault:{{name}}",
    ),
    "aws:cloudtrail:Trail": (
        "cloudtrail:CreateTrail",
        "cloudtrail:DeleteTrail",
        f"cloudtrail:{HOME}:trail/{{name}}",
    ),
    "aws:cloudwatch:Dashboard": (
        "cloudwatch:PutDashboard",
        "cloudwatch:DeleteDashboards",
        "cloudwatch::123456789012:dashboard/{dashboard_name}",
    ),
    "aws:cloudwatch:LogGroup": (
        "logs:CreateLogGroup",
        "logs:DeleteLogGroup",
        f"logs:{HOME}:log-group:{{name}}:*",
    ),
    "aws:cloudwatch:MetricAlarm": (
        "cloudwatch:PutMetricAlarm",
        "cloudwatch:DeleteAlarms",
        f"cloudwatch:{HOME}:alarm:{{name}}",
    ),
    "aws:dynamodb:ContributorInsights": (
        "dynamodb:UpdateContributorInsights",
        "dynamodb:UpdateContributorInsights",
        f"dynamodb:{HOME}:table/ecommerce-prod-orders/index/x",
    ),
    "aws:dynamodb:Table": ("dynamodb:CreateTable", "dynamodb:DeleteTable", f"dynamodb:{HOME}:table/{{name}}"),
    "aws:dynamodb:TableReplica": (
        "dynamodb:CreateTableReplica",
        "dynamodb:DeleteTableReplica",
        f"dynamodb:{HOME}:table/ecommerce-prod-orders",
    ),
    "aws:ec2:SecurityGroup": (
        "ec2:CreateSecurityGroup",
        "ec2:DeleteSecurityGroup",
        f"ec2:{HOME}:security-group/new",
    ),
    "aws:elasticache:ParameterGroup": (
        "elasticache:CreateCacheParameterGroup",
        "elasticache:DeleteCacheParameterGroup",
        f"elasticache:{HOME}:parametergroup:{{name}}",
    ),
    "aws:elasticache:ReplicationGroup": (
        "elasticache:CreateReplicationGroup",
        "elasticache:DeleteReplicationGroup",
        f"elasticache:{HOME}:replicationgroup:{{replication_group_id}}",
    ),
    "aws:elasticache:SubnetGroup": (
        "elasticache:CreateCacheSubnetGroup",
        "elasticache:DeleteCacheSubnetGroup",
        f"elasticache:{HOME}:subnetgroup:{{name}}",
    ),
    "aws:elasticache:User": (
        "elasticache:CreateUser",
        "elasticache:DeleteUser",
        f"elasticache:{HOME}:user:{{user_id}}",
    ),
    "aws:elasticache:UserGroup": (
        "elasticache:CreateUserGroup",
        "elasticache:DeleteUserGroup",
        f"elasticache:{HOME}:usergroup:{{user_group_id}}",
    ),
    "aws:iam:Role": ("iam:CreateRole", "iam:DeleteRole", "iam::123456789012:role/{name}"),
    "aws:iam:RolePolicy": (
        "iam:PutRolePolicy",
        "iam:DeleteRolePolicy",
        "iam::123456789012:role/dbspec-prod-ap-northeast-2-schedule",
    ),
    "aws:iam:RolePolicyAttachment": (
        "iam:AttachRolePolicy",
        "iam:DetachRolePolicy",
        "iam::123456789012:role/dbspec-prod-ap-northeast-2-backup",
    ),
    "aws:kms:Alias": ("kms:CreateAlias", "kms:DeleteAlias", f"kms:{HOME}:{{name}}"),
    "aws:kms:Key": ("kms:CreateKey", "kms:ScheduleKeyDeletion", f"kms:{HOME}:key/new"),
    "aws:rds:EventSubscription": (
        "rds:CreateEventSubscription",
        "rds:DeleteEventSubscription",
        f"rds:{HOME}:es:{{name}}",
    ),
    "aws:rds:Instance": ("rds:CreateDBInstance", "rds:DeleteDBInstance", f"rds:{HOME}:db:{{identifier}}"),
    "aws:rds:InstanceAutomatedBackupsReplication": (
        "rds:StartDBInstanceAutomatedBackupsReplication",
        "rds:StopDBInstanceAutomatedBackupsReplication",
        f"rds:{HOME}:db:new",
    ),
    "aws:rds:OptionGroup": ("rds:CreateOptionGroup", "rds:DeleteOptionGroup", f"rds:{HOME}:og:{{name}}"),
    "aws:rds:ParameterGroup": (
        "rds:CreateDBParameterGroup",
        "rds:DeleteDBParameterGroup",
        f"rds:{HOME}:pg:{{name}}",
    ),
    "aws:rds:SubnetGroup": (
        "rds:CreateDBSubnetGroup",
        "rds:DeleteDBSubnetGroup",
        f"rds:{HOME}:subgrp:{{name}}",
    ),
    "aws:s3:Bucket": ("s3:CreateBucket", "s3:DeleteBucket", "s3:::{bucket}"),
    "aws:scheduler:Schedule": (
        "scheduler:CreateSchedule",
        "scheduler:DeleteSchedule",
        f"scheduler:{HOME}:schedule/default/{{name}}",
    ),
    "aws:secretsmanager:Secret": (
        "secretsmanager:CreateSecret",
        "secretsmanager:DeleteSecret",
        f"secretsmanager:{HOME}:secret:{{name}}-AbCdEf",
    ),
    "aws:secretsmanager:SecretVersion": (
        "secretsmanager:PutSecretValue",
        "secretsmanager:UpdateSecretVersionStage",
        f"secretsmanager:{HOME}:secret:ecommerce-prod-orders/master-AbCdEf",
    ),
    "aws:secretsmanager:SecretRotation": (
        "secretsmanager:RotateSecret",
        "secretsmanager:CancelRotateSecret",
        f"secretsmanager:{HOME}:secret:rds!db-0a1b-AbCdEf",
    ),
    "aws:sns:Topic": ("sns:CreateTopic", "sns:DeleteTopic", f"sns:{HOME}:{{name}}"),
    "aws:sns:TopicPolicy": (
        "sns:SetTopicAttributes",
        "sns:SetTopicAttributes",
        f"sns:{HOME}:dbspec-prod-alerts",
    ),
    "aws:sns:TopicSubscription": ("sns:Subscribe", "sns:Unsubscribe", f"sns:{HOME}:dbspec-prod-alerts"),
    "aws:vpc:SecurityGroupIngressRule": (
        "ec2:AuthorizeSecurityGroupIngress",
        "ec2:RevokeSecurityGroupIngress",
        f"ec2:{HOME}:security-group/new",
    ),
}
BUCKETS = {
    "aws:s3:BucketLifecycleConfiguration": "s3:PutLifecycleConfiguration",
    "aws:s3:BucketPolicy": "s3:PutBucketPolicy",
    "aws:s3:BucketPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
}
# What these change is another resource of the stack, and has its tag when they come.
BELONGING = {
    "aws:backup:Selection",
    "aws:kms:Alias",
    "aws:secretsmanager:SecretVersion",
    "aws:vpc:SecurityGroupIngressRule",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Role, Role]:
    specs = tmp_path_factory.mktemp("prod") / "specs"
    (specs / "prod").mkdir(parents=True)
    (specs / "prod" / "environment.yaml").write_text(ENVIRONMENT)
    found = catalog.load(WorkTree(specs)).checked()
    return both(found.environments["prod"], [], Repository("acme/databases", workflows=PREVIEWING))


def _resources() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in GOLDEN:
        for each in json.loads(path.read_text())["resources"]:
            if each["type"].startswith("aws:"):
                yield f"{path.stem}: {each['name']}", each


def _asked(resource: Mapping[str, Any]) -> tuple[str, str, str]:
    type, inputs = resource["type"], resource["inputs"]
    if type in BUCKETS:
        return BUCKETS[type], BUCKETS[type], "arn:aws:s3:::dbspec-audit-123456789012-ap-northeast-2-prod"
    make, take, arn = LIFE[type]
    named = {name: value if isinstance(value, str) else "new" for name, value in inputs.items()}
    return make, take, arn if arn == "*" else f"arn:aws:{arn.format(**named)}"


def _context(resource: Mapping[str, Any]) -> dict[str, str]:
    """What a call that makes it carries."""
    type, tags = resource["type"], resource["inputs"].get("tags") or {}
    context = {f"aws:RequestTag/{name}": str(value) for name, value in tags.items()}
    if type in BELONGING:
        context["aws:ResourceTag/dbspec:stack"] = "prod.orders"
    if type == "aws:iam:RolePolicyAttachment":
        context["iam:PolicyARN"] = str(resource["inputs"]["policy_arn"])
    if type.startswith("aws:appautoscaling:"):
        namespace = resource["inputs"]["service_namespace"]  # of a policy: what its target's is
        context["application-autoscaling:service-namespace"] = (
            namespace if isinstance(namespace, str) else "dynamodb"
        )
    return context


def test_every_resource_of_every_graph_may_be_made_by_applies_and_not_by_previews(
    made: tuple[Role, Role],
) -> None:
    preview, apply = made
    types, denied = set(), set()
    for name, resource in _resources():
        make, _, arn = _asked(resource)
        types.add(resource["type"])
        if not allows(apply.policies.values(), make, arn, _context(resource)):
            denied.add((name, make, arn))
        assert not allows(preview.policies.values(), make, arn, _context(resource)), (name, make)
    assert denied == set()
    assert types == set(LIFE) | set(BUCKETS)


def test_every_resource_may_be_taken_away_once_it_carries_its_tag(made: tuple[Role, Role]) -> None:
    _, apply = made
    denied = set()
    for name, resource in _resources():
        _, take, arn = _asked(resource)
        context = _context(resource)
        tags = resource["inputs"].get("tags") or {}
        if tags:
            assert tags["dbspec:stack"].startswith("prod."), name
            context["aws:ResourceTag/dbspec:stack"] = tags["dbspec:stack"]
        if not allows(apply.policies.values(), take, arn, context):
            denied.add((name, take, arn))
    assert denied == set()
