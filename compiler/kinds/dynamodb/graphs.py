"""What the dashboard of a table shows besides what has alarms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from compiler.graph import Value
from compiler.parts.dashboards import Graph, Line

if TYPE_CHECKING:
    from compiler.kinds.dynamodb.spec import DynamoDB


def graphs(spec: DynamoDB, name: str) -> Iterator[Graph]:
    """What is read and written of the table and of each index, beside what is provisioned, and what expires."""
    holders: list[dict[str, Value]] = [{"TableName": name}]
    holders += [{"TableName": name, "GlobalSecondaryIndexName": index} for index in sorted(spec.indexes)]
    for what in ("Read", "Write"):
        metrics = [(f"Consumed{what}CapacityUnits", "Sum")]
        if spec.billing_mode == "PROVISIONED":
            metrics.append((f"Provisioned{what}CapacityUnits", "Average"))
        yield Graph(
            f"{what.lower()} units",
            [
                Line("AWS/DynamoDB", metric, dimensions, statistic)
                for dimensions in holders
                for metric, statistic in metrics
            ],
        )
    if spec.ttl:
        expired = Line("AWS/DynamoDB", "TimeToLiveDeletedItemCount", {"TableName": name}, "Sum")
        yield Graph("items that expired", [expired])
