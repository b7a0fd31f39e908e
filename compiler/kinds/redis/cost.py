"""What a Redis database costs a month, part by part. Everything is read from the graph, so an override counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from compiler.aws.elasticache import EXTENDED_SUPPORT
from compiler.cost import HOURS, Component, Rate, number, priced
from compiler.graph import Resource, Stack
from compiler.kinds.redis.modification import counts
from compiler.parts import cost

if TYPE_CHECKING:
    from compiler.catalog import Database
    from compiler.kinds.redis.spec import Redis

_SNAPSHOTS = Rate("elasticache", "ElastiCache:BackupUsage")


def components(database: Database[Redis], stack: Stack) -> Iterator[Component]:
    """Every component of the stack. Where traffic decides how many nodes there are, those at first."""
    usage: Mapping[str, float | None] = database.spec.usage.model_dump()
    for resource in stack.resources:
        if resource.type != "aws:elasticache:ReplicationGroup":
            yield from cost.components(resource)
            continue
        yield from _nodes(resource)
        if number(resource.inputs.get("snapshot_retention_limit")) or usage.get("snapshots_gib"):
            yield priced(
                resource,
                "snapshots beyond the free one",
                usage.get("snapshots_gib"),
                "GiB-month",
                _SNAPSHOTS,
                usage="snapshots_gib",
            )
        if resource.inputs.get("log_delivery_configurations"):
            yield from cost.logs(resource, usage)


def _nodes(group: Resource) -> Iterator[Component]:
    inputs = group.inputs
    shards, replicas = counts(inputs)
    nodes = shards * (1 + replicas)
    type_, engine = inputs.get("node_type"), str(inputs.get("engine", "redis"))
    many = f"{nodes} nodes of {type_}" if nodes > 1 else f"{type_}"
    yield priced(group, many, nodes * HOURS, "hour", Rate("elasticache", f"NodeUsage:{type_}", engine))
    if engine == "redis" and inputs.get("engine_version") in EXTENDED_SUPPORT:
        # The first two years of it end on 2028-01-31; the third costs twice as much.
        rate = Rate("elasticache", f"ExtendedSupportYr1_Yr2-NodeUsage:{type_}", engine)
        yield priced(group, f"extended support of {many}", nodes * HOURS, "hour", rate)
