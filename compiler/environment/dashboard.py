"""The dashboard of an environment: all its databases, those to come included.

It finds metrics by the environment's name in the names of databases, so that the environment's stack stays the same
when a database comes or goes. A database whose `identifier` has not that name in it is not on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from compiler.parts import dashboards, names
from compiler.parts.assembly import Assembly
from compiler.parts.dashboards import Graph, Search

if TYPE_CHECKING:
    from compiler.catalog import Environment

_RDS, _REDIS, _TABLES = (
    "AWS/RDS,DBInstanceIdentifier",
    "AWS/ElastiCache,CacheClusterId,CacheNodeId",
    "AWS/DynamoDB,TableName",
)

# Title, what is searched, metric, statistic.
_GRAPHS = (
    ("MySQL: CPU, percent", _RDS, "CPUUtilization", "Average"),
    ("MySQL: connections", _RDS, "DatabaseConnections", "Average"),
    ("MySQL: free storage, bytes", _RDS, "FreeStorageSpace", "Minimum"),
    ("MySQL: memory that can be freed, bytes", _RDS, "FreeableMemory", "Average"),
    ("MySQL: read latency, seconds", _RDS, "ReadLatency", "p90"),
    ("MySQL: write latency, seconds", _RDS, "WriteLatency", "p90"),
    ("MySQL: replicas behind, seconds", _RDS, "ReplicaLag", "Maximum"),
    ("Redis: engine CPU, percent", _REDIS, "EngineCPUUtilization", "Average"),
    ("Redis: memory in use, percent", _REDIS, "DatabaseMemoryUsagePercentage", "Maximum"),
    ("Redis: evictions", _REDIS, "Evictions", "Sum"),
    ("DynamoDB: read units", _TABLES, "ConsumedReadCapacityUnits", "Sum"),
    ("DynamoDB: write units", _TABLES, "ConsumedWriteCapacityUnits", "Sum"),
    ("DynamoDB: throttled reads", _TABLES, "ReadThrottleEvents", "Sum"),
    ("DynamoDB: throttled writes", _TABLES, "WriteThrottleEvents", "Sum"),
)


def add(assembly: Assembly, environment: Environment) -> None:
    """Adds the dashboard."""
    # CloudWatch takes names apart at hyphens: each part of the environment's has to be there.
    terms = " ".join(environment.name.split("-"))
    graphs = [
        Graph(title, [Search(f"""SEARCH('{{{schema}}} MetricName="{metric}" {terms}', '{statistic}', 60)""")])
        for title, schema, metric, statistic in _GRAPHS
    ]
    dashboards.add(
        assembly,
        names.dashboard(environment),
        environment.spec.region,
        graphs,
        "shows all databases of the environment at a glance",
    )
