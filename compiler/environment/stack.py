"""The environment's own stack: what its databases need and nobody owns. It is applied before them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compiler.graph import Json, Stack
from compiler.parts import names
from compiler.parts.assembly import Assembly

if TYPE_CHECKING:
    from compiler.catalog import Environment


def compile_stack(environment: Environment) -> Stack:
    """The alert topic and the role for enhanced monitoring, under names that follow from the environment."""
    spec = environment.spec
    stack_id = names.environment_stack_id(environment)
    assembly = Assembly(stack_id, spec.region, names.tags(environment, stack_id))
    topic = assembly.add(
        "alerts",
        "aws:sns:Topic",
        "every alarm of the environment tells it",
        {"name": names.alert_topic(environment)},
    )
    assembly.add(
        "alerts-policy",
        "aws:sns:TopicPolicy",
        "lets the account's own alarms publish to the topic, and nothing else",
        {
            "arn": topic["arn"],
            "policy": Json(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "cloudwatch.amazonaws.com"},
                            "Action": "sns:Publish",
                            "Resource": topic["arn"],
                            "Condition": {"StringEquals": {"aws:SourceAccount": spec.account}},
                        }
                    ],
                }
            ),
        },
    )
    role = assembly.add(
        "monitoring",
        "aws:iam:Role",
        "lets RDS write enhanced monitoring",
        {
            "name": names.monitoring_role(environment),
            "description": f"dbspec {stack_id}",
            "assume_role_policy": Json(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "monitoring.rds.amazonaws.com"},
                            "Action": "sts:AssumeRole",
                            "Condition": {"StringEquals": {"aws:SourceAccount": spec.account}},
                        }
                    ],
                }
            ),
        },
    )
    assembly.add(
        "monitoring-policy",
        "aws:iam:RolePolicyAttachment",
        "what the role may do",
        {
            "role": role["name"],
            "policy_arn": f"arn:{spec.partition}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole",
        },
    )
    return assembly.stack({"alert_topic_arn": topic["arn"], "monitoring_role_arn": role["arn"]})
