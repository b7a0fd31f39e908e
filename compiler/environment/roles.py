"""The roles by which AWS's own services work for the databases of an environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compiler.graph import Json, Value
from compiler.parts import names
from compiler.parts.assembly import Assembly, Made

if TYPE_CHECKING:
    from compiler.catalog import Environment

_BACKUP = ("AWSBackupServiceRolePolicyForBackup", "AWSBackupServiceRolePolicyForRestores")


def monitoring(assembly: Assembly, environment: Environment) -> Made:
    """Adds the role for enhanced monitoring."""
    role = _role(
        assembly,
        environment,
        "monitoring",
        names.monitoring_role(environment),
        "monitoring.rds.amazonaws.com",
        "lets RDS write enhanced monitoring",
    )
    _attach(assembly, environment, role, "monitoring-policy", "service-role/AmazonRDSEnhancedMonitoringRole")
    return role


def backup(assembly: Assembly, environment: Environment) -> Made:
    """Adds the role for backups by AWS Backup, and for restoring them."""
    role = _role(
        assembly,
        environment,
        "backup",
        names.backup_role(environment),
        "backup.amazonaws.com",
        "lets AWS Backup read databases and restore them",
    )
    for policy in _BACKUP:
        purpose = policy.rpartition("For")[2].lower()
        _attach(assembly, environment, role, f"backup-policy-{purpose}", f"service-role/{policy}")
    return role


def schedule(assembly: Assembly, environment: Environment) -> Made:
    """Adds the role that stops and starts the databases of the environment, and no others."""
    spec = environment.spec
    role = _role(
        assembly,
        environment,
        "schedule",
        names.schedule_role(environment),
        "scheduler.amazonaws.com",
        "lets EventBridge Scheduler stop and start databases",
    )
    assembly.add(
        "schedule-policy",
        "aws:iam:RolePolicy",
        "what the role may do",
        {
            "name": "stop-and-start",
            "role": role["name"],
            "policy": Json(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Action": ["rds:StartDBInstance", "rds:StopDBInstance"],
                            "Resource": f"arn:{spec.partition}:rds:{spec.region}:{spec.account}:db:*",
                            "Condition": {
                                "StringLike": {"aws:ResourceTag/dbspec:stack": f"{environment.name}.*"}
                            },
                        }
                    ],
                }
            ),
        },
    )
    return role


def _role(
    assembly: Assembly, environment: Environment, resource: str, name: str, service: str, why: str
) -> Made:
    trust: Value = Json(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": service},
                    "Action": "sts:AssumeRole",
                    "Condition": {"StringEquals": {"aws:SourceAccount": environment.spec.account}},
                }
            ],
        }
    )
    return assembly.add(
        resource,
        "aws:iam:Role",
        why,
        {
            "name": name,
            "description": f"dbspec {names.environment_stack_id(environment)}",
            "assume_role_policy": trust,
        },
    )


def _attach(assembly: Assembly, environment: Environment, role: Made, name: str, policy: str) -> None:
    assembly.add(
        name,
        "aws:iam:RolePolicyAttachment",
        "what the role may do",
        {"role": role["name"], "policy_arn": f"arn:{environment.spec.partition}:iam::aws:policy/{policy}"},
    )
