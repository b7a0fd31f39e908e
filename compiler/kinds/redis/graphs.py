"""What the dashboard of a Redis database shows besides what has alarms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from compiler.graph import Value
from compiler.kinds.redis import derived
from compiler.parts.dashboards import Graph, Line

if TYPE_CHECKING:
    from compiler.kinds.redis.spec import Redis

_TRAFFIC = {
    "hits and misses": (("CacheHits", "Sum"), ("CacheMisses", "Sum")),
    "latency of reads and writes, microseconds": (
        ("SuccessfulReadRequestLatency", "Average"),
        ("SuccessfulWriteRequestLatency", "Average"),
    ),
}


def graphs(spec: Redis, identifier: str) -> Iterator[Graph]:
    """The traffic of each node, or where nobody can say which there are, of the primaries and the replicas."""
    holders: list[dict[str, Value]] = [
        {"CacheClusterId": member, "CacheNodeId": "0001"} for member in derived.members(spec, identifier)
    ]
    if derived.by_role(spec):
        holders = [{"ReplicationGroupId": identifier, "Role": role} for role in ("Primary", "Replica")]
    for title, metrics in _TRAFFIC.items():
        yield Graph(
            title,
            [
                Line("AWS/ElastiCache", metric, dimensions, statistic)
                for dimensions in holders
                for metric, statistic in metrics
            ],
        )
