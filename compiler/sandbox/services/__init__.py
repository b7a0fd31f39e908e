"""Every resource type that the sandbox simulates."""

from __future__ import annotations

from collections.abc import Mapping

from compiler.sandbox.declaration import Declaration
from compiler.sandbox.services import (
    appautoscaling,
    backup,
    cloudwatch,
    dynamodb,
    ec2,
    elasticache,
    iam,
    kms,
    random,
    rds,
    secretsmanager,
    sns,
)

TYPES: Mapping[str, Declaration] = {
    "aws:appautoscaling:Policy": appautoscaling.POLICY,
    "aws:appautoscaling:Target": appautoscaling.TARGET,
    "aws:backup:Plan": backup.PLAN,
    "aws:backup:Selection": backup.SELECTION,
    "aws:backup:Vault": backup.VAULT,
    "aws:cloudwatch:LogGroup": cloudwatch.LOG_GROUP,
    "aws:cloudwatch:MetricAlarm": cloudwatch.METRIC_ALARM,
    "aws:dynamodb:ContributorInsights": dynamodb.CONTRIBUTOR_INSIGHTS,
    "aws:dynamodb:Table": dynamodb.TABLE,
    "aws:dynamodb:TableReplica": dynamodb.TABLE_REPLICA,
    "aws:ec2:SecurityGroup": ec2.SECURITY_GROUP,
    "aws:elasticache:ParameterGroup": elasticache.PARAMETER_GROUP,
    "aws:elasticache:ReplicationGroup": elasticache.REPLICATION_GROUP,
    "aws:elasticache:SubnetGroup": elasticache.SUBNET_GROUP,
    "aws:elasticache:User": elasticache.USER,
    "aws:elasticache:UserGroup": elasticache.USER_GROUP,
    "aws:iam:Role": iam.ROLE,
    "aws:iam:RolePolicyAttachment": iam.ROLE_POLICY_ATTACHMENT,
    "aws:kms:Alias": kms.ALIAS,
    "aws:kms:Key": kms.KEY,
    "aws:rds:Instance": rds.INSTANCE,
    "aws:rds:ParameterGroup": rds.PARAMETER_GROUP,
    "aws:rds:SubnetGroup": rds.SUBNET_GROUP,
    "aws:secretsmanager:Secret": secretsmanager.SECRET,
    "aws:secretsmanager:SecretVersion": secretsmanager.SECRET_VERSION,
    "aws:sns:Topic": sns.TOPIC,
    "aws:sns:TopicPolicy": sns.TOPIC_POLICY,
    "aws:vpc:SecurityGroupEgressRule": ec2.EGRESS_RULE,
    "aws:vpc:SecurityGroupIngressRule": ec2.INGRESS_RULE,
    "random:RandomId": random.RANDOM_ID,
    "random:RandomPassword": random.RANDOM_PASSWORD,
}
