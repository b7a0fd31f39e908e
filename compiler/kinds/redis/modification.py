"""What ElastiCache does when a replication group is modified, where that depends on what it was and what it becomes."""

from __future__ import annotations

from dataclasses import replace

from compiler.aws.elasticache import node_type, numbers, parameter_family
from compiler.effects import Data, Effect, Feasibility, Inputs, Service
from compiler.parts.restore import RESTORE
from compiler.parts.timing import when

# What is not marked otherwise is what ElastiCache says of the parameter of that name.
API = "ModifyReplicationGroup in the ElastiCache API reference"
_SHARDS = "ModifyReplicationGroupShardConfiguration in the ElastiCache API reference"
_REPLICAS = "IncreaseReplicaCount and DecreaseReplicaCount in the ElastiCache API reference"
_FORCE_NEW = "plans of the AWS provider: it makes another replication group"
_UPGRADES = "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/VersionManagement.HowTo.html"
_MODES = "ClusterMode of ModifyReplicationGroup in the ElastiCache API reference"


def another(what: str, fix: str, *, refused: bool = False) -> Effect:
    """What is fixed when a group is made: the provider makes another one, which is empty."""
    return Effect(
        f"{what} is fixed when the database is made: it is deleted, and an empty one made in its place",
        _FORCE_NEW,
        replaces=True,
        data=Data.LOST,
        service=Service.OUTAGE,
        duration="until the new one is made and filled",
        reversible=False,
        feasibility=Feasibility.REFUSED if refused else Feasibility.OK,
        fix=fix,
    )


def deleted(before: Inputs, _: Inputs) -> Effect:
    kept = "a final snapshot stays" if before.get("final_snapshot_identifier") else "no snapshot is taken"
    return Effect(
        f"the database is deleted: {kept}, automatic snapshots go with it",
        "DeleteReplicationGroup in the ElastiCache API reference",
        data=Data.LOST,
        service=Service.OUTAGE,
        reversible=False,
    )


def engine(before: Inputs, after: Inputs) -> Effect:
    if before.get("engine") == "valkey":
        fixed = another(
            "Valkey as the engine", "keep engine: valkey, which clients of Redis can use", refused=True
        )
        says = (
            "Valkey never becomes Redis again: the provider would delete the database, and make an empty one"
        )
        return replace(fixed, says=says)
    return _upgraded(before, after, f"the engine becomes Valkey {after.get('engine_version')}")


def version(before: Inputs, after: Inputs) -> Effect:
    was, becomes = before.get("engine_version"), after.get("engine_version")
    if not isinstance(was, str) or not isinstance(becomes, str):
        return _upgraded(before, after, "the engine becomes the version that AWS has for it")
    if numbers(becomes) < numbers(was):
        fixed = another("the way back to an older version", f"keep engine_version: {was}", refused=True)
        says = (
            f"no engine goes back: the provider would delete the database, and make an empty one of {becomes}"
        )
        return replace(fixed, says=says, source=_UPGRADES)
    if before.get("engine") != after.get("engine"):
        return engine(before, after)
    return _upgraded(before, after, f"the engine is upgraded from {was} to {becomes}")


def parameter_group(before: Inputs, after: Inputs) -> Effect:
    if _family(before) != _family(after):
        return version(before, after)
    if mode(before) != mode(after):
        return cluster_mode(before, after)
    return Effect(
        "the engine takes the parameters of the other group, but for those that wait for a reboot",
        API,
        when=when(after),
    )


def _upgraded(before: Inputs, after: Inputs, says: str) -> Effect:
    if _family(before) != _family(after) and not after.get("apply_immediately"):
        return _at_once(f"{says}, which takes parameters of the family {_family(after)}")
    return Effect(
        f"{says}, node by node: reads go on, writes pause while a replica takes over; there is no way back",
        _UPGRADES,
        service=Service.FAILOVER,
        when=when(after),
        duration="seconds for each shard, less than an hour in all",
        reversible=False,
    )


def _at_once(says: str) -> Effect:
    """What needs another parameter group while the old one goes with the same change: it cannot wait."""
    return Effect(
        f"{says}: in the window it would be too late, since the group of the old ones goes now, and AWS deletes none "
        "that is in use",
        "DeleteCacheParameterGroup in the ElastiCache API reference: InvalidCacheParameterGroupState",
        feasibility=Feasibility.REFUSED,
        fix="add upgrades: {apply_immediately: true} to this change, and apply it when a short interruption is welcome",
    )


def nodes(before: Inputs, after: Inputs) -> Effect:
    was, becomes = (node_type(str(inputs.get("node_type"))) for inputs in (before, after))
    smaller = was is not None and becomes is not None and becomes.memory_gib < was.memory_gib
    room = (
        f"; ElastiCache refuses where the data has no room in {becomes.memory_gib} GiB a node"
        if smaller and becomes
        else ""
    )
    return Effect(
        f"ElastiCache fills nodes of the other type beside the old ones, and clients go over to them{room}",
        "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/redis-cluster-vertical-scaling.html",
        service=Service.FAILOVER,
        when=when(after),
        duration="minutes to an hour of copying, then seconds",
    )


def shards(before: Inputs, after: Inputs) -> Effect:
    was, becomes = counts(before)[0], counts(after)[0]
    if was == becomes:
        return _RENAMED
    if mode(before) == "compatible":
        return Effect(
            "the number of shards cannot change while the database is compatible",
            _MODES,
            feasibility=Feasibility.TWO_STEPS,
            fix="write cluster_mode: enabled with shards: 1 first, and change the shards after that",
        )
    if mode(before) == "disabled":
        return cluster_mode(before, after)
    room = "" if becomes > was else "; ElastiCache refuses where the rest has no room for them"
    return Effect(
        f"keys move between shards while they are in use, from {was} shards to {becomes}{room}",
        _SHARDS,
        service=Service.DEGRADED,
        duration="minutes to hours, by the amount of data",
    )


def replicas(before: Inputs, after: Inputs) -> Effect:
    was, becomes = counts(before)[1], counts(after)[1]
    if was == becomes:
        return _RENAMED
    if becomes > was:
        return Effect(
            "replicas are made and filled beside the others",
            _REPLICAS,
            service=Service.DEGRADED,
            duration="minutes",
        )
    rest = (
        "the others" if becomes else "the primaries, and no replica is left to take over from one that fails"
    )
    return Effect(
        f"replicas go, and who reads from them connects anew; what they have is in {rest}",
        _REPLICAS,
        service=Service.FAILOVER,
        duration="seconds",
    )


_RENAMED = Effect("the same nodes are counted in another way", API)


def counts(inputs: Inputs) -> tuple[int, int]:
    """Shards, and replicas of each."""
    single = inputs.get("num_cache_clusters")
    if isinstance(single, int):
        return 1, single - 1
    shards_, replicas_ = inputs.get("num_node_groups"), inputs.get("replicas_per_node_group")
    return shards_ if isinstance(shards_, int) else 1, replicas_ if isinstance(replicas_, int) else 0


def cluster_mode(before: Inputs, after: Inputs) -> Effect:
    was, becomes = mode(before), mode(after)
    if was == becomes:
        return Effect("says what is already so", _MODES)
    if was == "enabled":
        return Effect(
            "a cluster stays one",
            _MODES,
            feasibility=Feasibility.REFUSED,
            fix=f"keep topology: cluster; to leave it, {RESTORE}",
        )
    if (was, becomes) == ("disabled", "enabled"):
        said = before.get("engine_version")
        old = isinstance(said, str) and numbers(said) < (7, 0)
        return Effect(
            "clients must learn to connect to a cluster first: between them lies a state in which both ways work",
            _MODES,
            feasibility=Feasibility.TWO_STEPS,
            fix="topology: cluster, shards: 1, cluster_mode: compatible"
            + (", after engine_version: 7.1" if old else ""),
        )
    if was == "disabled" and not after.get("apply_immediately"):
        return _at_once("nodes begin to speak the cluster protocol too, which takes parameters of a cluster")
    return Effect(
        {
            "compatible": "clients can connect in both ways from now on",
            "enabled": "only clients that speak the cluster protocol can connect from now on; there is no way back",
            "disabled": "only clients that do not speak the cluster protocol can connect from now on",
        }[becomes],
        _MODES,
        service=Service.FAILOVER if becomes == "compatible" else Service.OUTAGE,
        when=when(after),
        duration="seconds" if becomes == "compatible" else "for clients that connect in the other way",
        reversible=becomes != "enabled",
    )


def mode(inputs: Inputs) -> str:
    """The cluster mode, which an engine before version 7 does not say."""
    said = inputs.get("cluster_mode")
    if isinstance(said, str):
        return said
    return "disabled" if "num_cache_clusters" in inputs else "enabled"


def failover(_: Inputs, after: Inputs) -> Effect:
    if after.get("automatic_failover_enabled"):
        return Effect("a replica takes over by itself from now on, where the primary fails", API)
    return Effect("no replica takes over any more where the primary fails: somebody has to promote one", API)


def zones(_: Inputs, after: Inputs) -> Effect:
    if after.get("multi_az_enabled"):
        return Effect(
            "replicas move where the nodes of a shard lie in one zone",
            API,
            service=Service.DEGRADED,
            duration="minutes",
        )
    return Effect("the nodes of a shard may lie in one zone from now on, and fail with it", API)


def retention(before: Inputs, after: Inputs) -> Effect:
    was, becomes = before.get("snapshot_retention_limit"), after.get("snapshot_retention_limit")
    if becomes == 0:
        return Effect("no snapshot is taken any more", API, reversible=False)
    if isinstance(was, int) and isinstance(becomes, int) and becomes < was:
        return Effect(
            f"automatic snapshots that are older than {becomes} days are deleted", API, reversible=False
        )
    return Effect("automatic snapshots are kept longer; the next is taken in the snapshot window", API)


def _family(inputs: Inputs) -> str:
    """The family of parameters that the engine takes, "" where no version is said."""
    said = inputs.get("engine_version")
    return parameter_family(str(inputs.get("engine") or "redis"), said) if isinstance(said, str) else ""
