"""The alarms of a DynamoDB table.

Metrics, statistics and periods are those that AWS recommends (the CloudWatch list of recommended alarms for DynamoDB),
each with all dimensions that its metric is published under: an alarm that misses one never sounds. AWS names no number
for throttling, latency and errors; ours are beside them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from compiler.aws.dynamodb import OPERATIONS
from compiler.parts.alarms import Alarm

if TYPE_CHECKING:
    from compiler.kinds.dynamodb.spec import DynamoDB

# Milliseconds on average that are slow for one item, and for many.
SLOW = {"GetItem": 20, "PutItem": 20, "Query": 100}


def throttling(spec: DynamoDB) -> Iterator[Alarm]:
    """The alarms that the table has, and each index: dimensions TableName and GlobalSecondaryIndexName."""
    # On demand, whoever is throttled has met a limit; provisioned, some throttling is what makes capacity follow.
    allowed = 10 if spec.billing_mode == "PROVISIONED" else 0
    for name, metric, what in (
        ("read-throttles", "ReadThrottleEvents", "reads"),
        ("write-throttles", "WriteThrottleEvents", "writes"),
    ):
        said = f"more than {allowed} {what} a minute" if allowed else what
        yield Alarm(
            name, metric, "Sum", "above", allowed, 5, "notBreaching", f"{said} are throttled for five minutes"
        )


def errors() -> Alarm:
    """The alarm on DynamoDB's own errors: dimensions TableName and, added up, Operation."""
    return Alarm(
        "system-errors",
        "SystemErrors",
        "Sum",
        "above",
        5,
        15,
        "notBreaching",
        "DynamoDB itself fails more than five requests a minute",
        summed=("Operation", OPERATIONS),
    )


def latency() -> Iterator[tuple[str, Alarm]]:
    """The alarms on slow requests, each with its operation: dimensions TableName and Operation."""
    for operation, slow in SLOW.items():
        yield (
            operation,
            Alarm(
                f"{operation.lower()}-latency",
                "SuccessfulRequestLatency",
                "Average",
                "above",
                slow,
                10,
                "notBreaching",
                f"{operation} takes more than {slow} ms on average",
            ),
        )


def replication(region: str) -> Alarm:
    """The alarm on a replica that falls behind: dimensions TableName and ReceivingRegion."""
    return Alarm(
        f"replication-{region}",
        "ReplicationLatency",
        "Average",
        "above",
        180_000,
        15,
        "notBreaching",
        f"{region} is three minutes behind",
    )
