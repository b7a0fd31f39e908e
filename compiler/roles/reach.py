"""How far a permission reaches in one environment: its resources as ARNs, its conditions as IAM has them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from compiler.aws.iam import When
from compiler.catalog import Database, Environment
from compiler.parts import names

_TAG = "dbspec:stack"

# Services whose own roles databases need. Source: "AWS services that work with IAM".
_LINKED = (
    "backup.amazonaws.com",
    "contributorinsights.dynamodb.amazonaws.com",
    "dynamodb.application-autoscaling.amazonaws.com",
    "elasticache.amazonaws.com",
    "elasticache.application-autoscaling.amazonaws.com",
    "rds.amazonaws.com",
    "replication.dynamodb.amazonaws.com",
)
_PASSED = ("backup.amazonaws.com", "monitoring.rds.amazonaws.com", "scheduler.amazonaws.com")
_THROUGH = ("backup", "dynamodb", "elasticache", "rds", "secretsmanager")
# What compiler.environment.roles attaches.
_ATTACHED = (
    "service-role/AWSBackupServiceRolePolicyForBackup",
    "service-role/AWSBackupServiceRolePolicyForRestores",
    "service-role/AmazonRDSEnhancedMonitoringRole",
)
_BORN = ("AuthorizeSecurityGroupEgress", "AuthorizeSecurityGroupIngress", "CreateSecurityGroup")


class Reach:
    """That of one environment with these databases: what dbspec named itself goes by `*-<environment>-*`, and
    databases with an identifier of their own by that."""

    def __init__(self, environment: Environment, databases: Iterable[Database[Any]]) -> None:
        spec = environment.spec
        self.partition = spec.partition
        usual = f"-{environment.name}-"
        own = {names.identifier(each) for each in databases if each.environment.name == environment.name}
        unusual = sorted(each for each in own if usual not in each)
        self.values: Mapping[str, tuple[str, ...]] = {
            "account": (spec.account,),
            "bucket": (f"s3:::{names.audit_bucket(environment)}",),
            "policies": (f"iam::{spec.account}:policy/dbspec-{environment.name}-*",),
            "roles": (f"iam::{spec.account}:role/dbspec-{environment.name}-{spec.region}-*",),
            "schedules": tuple(
                f"scheduler:*:{spec.account}:schedule/default/{each}"
                for each in (f"*{usual}*", *(f"{each}*" for each in unusual))
            ),
            "tables": tuple(
                f"dynamodb:*:{spec.account}:table/{each}"
                for each in (f"*{usual}*", *(end for one in unusual for end in (one, f"{one}/*")))
            ),
            "topic": (f"sns:*:{spec.account}:{names.alert_topic(environment)}",),
            "trail": (f"cloudtrail:*:{spec.account}:trail/{names.audit_trail(environment)}",),
            "vault": (f"backup:*:{spec.account}:backup-vault:{names.backup_vault(environment)}",),
        }
        ours = f"{environment.name}.*"
        policies = [f"arn:{spec.partition}:iam::aws:policy/{each}" for each in _ATTACHED]
        domain = "amazonaws.com.cn" if spec.partition == "aws-cn" else "amazonaws.com"
        self.conditions: Mapping[When, Mapping[str, Any]] = {
            When.ALWAYS: {},
            When.OURS: {"StringLike": {f"aws:ResourceTag/{_TAG}": ours}},
            When.NEW: {
                "StringLike": {f"aws:RequestTag/{_TAG}": ours},
                "StringLikeIfExists": {f"aws:ResourceTag/{_TAG}": ours},
            },
            When.THROUGH: {"StringLike": {"kms:ViaService": [f"{each}.*.{domain}" for each in _THROUGH]}},
            When.LINKED: {"StringEquals": {"iam:AWSServiceName": list(_LINKED)}},
            When.PASSED: {"StringEquals": {"iam:PassedToService": list(_PASSED)}},
            When.ATTACHED: {"ArnEquals": {"iam:PolicyARN": policies}},
            When.SCALED: {
                "StringEquals": {"application-autoscaling:service-namespace": ["dynamodb", "elasticache"]}
            },
            When.BORN: {"StringEquals": {"ec2:CreateAction": list(_BORN)}},
        }

    def arns(self, resource: str) -> Iterator[str]:
        """The ARNs of a resource as compiler.aws.iam writes it."""
        if resource == "*":
            yield "*"
            return
        name = re.search(r"\{(\w+)\}", resource)
        for value in self.values[name[1]] if name else ("",):
            yield f"arn:{self.partition}:{resource.replace(name[0], value) if name else resource}"
