"""Shards and replicas that follow traffic: what AWS lets scale, and what of it contradicts other keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from compiler.aws.elasticache import node_type, numbers
from compiler.diagnostics import Diagnostic
from compiler.graph import Concat, Value
from compiler.kinds.redis import derived
from compiler.parts.assembly import Made
from compiler.parts.autoscaling import Scaled

if TYPE_CHECKING:
    from compiler.catalog import Database
    from compiler.kinds.redis.spec import Redis

# The inputs that are Application Auto Scaling's once it decides, by the key of `autoscaling`.
COUNTS = {"shards": "num_node_groups", "replicas": "replicas_per_node_group"}


def check(database: Database[Redis]) -> Iterator[Diagnostic]:
    """What is wrong with `autoscaling`."""
    spec = database.spec
    asked = [key for key in COUNTS if getattr(spec.autoscaling, key)]
    if not asked:
        return
    yield from _possible(database)
    for key in asked:
        limits = getattr(spec.autoscaling, key)
        if limits.max < limits.min:
            yield database.problem(
                "redis/autoscaling-limits",
                ("autoscaling", key, "max"),
                f"at most {limits.max} {key}, at least {limits.min}",
                f"write {limits.min} or more",
                {"the fewest": ("autoscaling", key, "min")},
            )
        if derived.written(database, (key,)):
            yield database.problem(
                "redis/autoscaling-count",
                (key,),
                f"traffic decides how many {key} there are",
                f"take the line out: it starts with autoscaling.{key}.min",
                {"what decides": ("autoscaling", key)},
            )


def scaled(spec: Redis, group: Made) -> Iterator[Scaled]:
    """What follows traffic in a group. Metrics and dimensions are Application Auto Scaling's.

    Source: MetricType and ScalableDimension in the Application Auto Scaling API reference.
    """
    resource: Value = Concat(("replication-group/", group["replication_group_id"]))
    found = node_type(spec.node_type)
    if shards := spec.autoscaling.shards:
        memory = "Capacity" if found and found.tiered else "Memory"
        metric = {
            "cpu": "ElastiCachePrimaryEngineCPUUtilization",
            "memory": f"ElastiCacheDatabase{memory}UsageCountedForEvictPercentage",
        }[shards.measure]
        yield Scaled(
            "shards",
            resource,
            "elasticache:replication-group:NodeGroups",
            shards.min,
            shards.max,
            metric,
            shards.target,
            "traffic decides how many shards there are",
        )
    if replicas := spec.autoscaling.replicas:
        yield Scaled(
            "replicas",
            resource,
            "elasticache:replication-group:Replicas",
            replicas.min,
            replicas.max,
            "ElastiCacheReplicaEngineCPUUtilization",
            replicas.target,
            "traffic decides how many replicas each shard has",
        )


def _possible(database: Database[Redis]) -> Iterator[Diagnostic]:
    spec = database.spec
    found = node_type(spec.node_type)
    assert found is not None  # the model lets no other type through
    compatible = spec.cluster_mode == "compatible"
    if spec.topology != "cluster" or compatible:
        yield database.problem(
            "redis/autoscaling-topology",
            ("autoscaling",),
            "only a cluster can scale itself"
            + (", and one that is still compatible cannot" if compatible else ""),
            "write cluster_mode: enabled first" if compatible else "write topology: cluster",
            {"the topology": ("topology",)},
        )
    if not found.scales:
        yield database.problem(
            "redis/autoscaling-node-type",
            ("autoscaling",),
            f"clusters of {found.name} cannot scale themselves",
            "choose the size large, xlarge or 2xlarge of a family such as r7g, r6g, m7g or m6g",
            {"the node type": ("node_type",)},
        )
    if numbers(spec.engine_version) < ((7, 1) if found.tiered else (6, 0)):
        yield database.problem(
            "redis/autoscaling-version",
            ("autoscaling",),
            f"{spec.engine} {spec.engine_version} cannot scale itself on {found.name}",
            f"write engine_version: {'7.1' if found.tiered else '6.0'} or newer",
            {"the version": ("engine_version",)},
        )
