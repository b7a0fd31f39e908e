"""Alarms on what is measured for an account as a whole, which one environment of it watches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compiler.parts.alarms import Alarm, add
from compiler.parts.assembly import Assembly

if TYPE_CHECKING:
    from compiler.catalog import Environment

# Metrics, statistics and periods are those that AWS recommends (the CloudWatch list of recommended alarms for
# DynamoDB); it names no number for user errors: ten a minute for ten minutes is an application that is broken.
ALARMS = (
    Alarm(
        "provisioned-reads",
        "AccountProvisionedReadCapacityUtilization",
        "Maximum",
        "above",
        80,
        2,
        "notBreaching",
        "provisioned tables use 80 % of the read capacity that the account may have",
        period=300,
    ),
    Alarm(
        "provisioned-writes",
        "AccountProvisionedWriteCapacityUtilization",
        "Maximum",
        "above",
        80,
        2,
        "notBreaching",
        "provisioned tables use 80 % of the write capacity that the account may have",
        period=300,
    ),
    Alarm(
        "user-errors",
        "UserErrors",
        "Sum",
        "above",
        10,
        10,
        "notBreaching",
        "an application sends requests that DynamoDB refuses",
    ),
)


def add_alarms(assembly: Assembly, environment: Environment) -> None:
    """Adds the alarms."""
    for alarm in ALARMS:
        add(assembly, environment, "AWS/DynamoDB", "account", f"dbspec-{environment.name}-account", {}, alarm)
