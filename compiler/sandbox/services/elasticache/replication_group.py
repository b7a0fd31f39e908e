"""Replication groups: what ElastiCache adds to them, when it changes them, and what is left when they go."""

from __future__ import annotations

import string
from datetime import timedelta
from typing import Any

from compiler.aws.elasticache import VERSIONS
from compiler.sandbox.declaration import Declaration, Hold, Reference, Says, Step
from compiler.sandbox.refusal import AwsError
from compiler.sandbox.services.elasticache import rules
from compiler.sandbox.services.elasticache.versions import actual, family, parts
from compiler.sandbox.services.kms import encrypts
from compiler.sandbox.world import Thing, Values, World, token

SNAPSHOT = "aws:elasticache:Snapshot"

# What ModifyReplicationGroup leaves to the next maintenance window unless it is told to apply it at once: the members
# of ReplicationGroupPendingModifiedValues and PendingModifiedValues in botocore. Counts of shards and replicas have
# operations of their own, which know only "at once".
_WAITING = (
    "cluster_mode",
    "engine",
    "engine_version",
    "node_type",
    "transit_encryption_enabled",
    "transit_encryption_mode",
)


def _group(step: Step) -> dict[str, Any]:
    group_id = step.inputs["replication_group_id"]
    chosen = _chosen(step)
    what = {**chosen, **{name: value for name, value in step.inputs.items() if step.get(name) is not None}}
    if not what["transit_encryption_enabled"]:
        chosen["transit_encryption_mode"] = ""
    shards, replicas = _counts(step.inputs)
    cluster = what["cluster_mode"] != "disabled"
    configuration, primary, reader = _addresses(step.region, group_id, what["transit_encryption_enabled"])
    return chosen | {
        "id": group_id,
        "arn": step.world.arn("elasticache", step.region, f"replicationgroup:{group_id}"),
        "cluster_enabled": cluster,
        "configuration_endpoint_address": configuration if cluster else "",
        "primary_endpoint_address": "" if cluster else primary,
        "reader_endpoint_address": "" if cluster else reader,
        "engine_version_actual": actual(what["engine"], what["engine_version"]),
        "login": rules.login(step),
        "member_clusters": _members(group_id, shards, replicas, cluster),
        "num_cache_clusters": shards * (1 + replicas),
        "num_node_groups": shards,
        "replicas_per_node_group": replicas,
    }


def _addresses(region: str, group_id: str, encrypted: bool) -> tuple[str, str, str]:
    """Where clients find the configuration of a cluster, a primary, and any replica."""
    ending = token(f"elasticache|{region}", 6, string.ascii_lowercase + string.digits)
    area, direction, number = region.rsplit("-", 2)
    domain = f"{area.replace('-', '')}{direction[0]}{number}.cache.amazonaws.com"
    if encrypted:
        starts = [f"{of}.{group_id}.{ending}" for of in ("clustercfg", "master", "replica")]
    else:
        starts = [
            f"{group_id}.{ending}.clustercfg",
            f"{group_id}.{ending}.ng.0001",
            f"{group_id}-ro.{ending}.ng.0001",
        ]
    configuration, primary, reader = (f"{start}.{domain}" for start in starts)
    return configuration, primary, reader


def _counts(inputs: Values) -> tuple[int, int]:
    """Shards, and replicas of each."""
    if isinstance(inputs.get("num_cache_clusters"), int):
        return 1, inputs["num_cache_clusters"] - 1
    return inputs.get("num_node_groups") or 1, inputs.get("replicas_per_node_group") or 0


def _members(group_id: str, shards: int, replicas: int, cluster: bool) -> list[str]:
    if not cluster:
        return [f"{group_id}-{node:03}" for node in range(1, replicas + 2)]
    return [
        f"{group_id}-{shard:04}-{node:03}"
        for shard in range(1, shards + 1)
        for node in range(1, replicas + 2)
    ]


def _chosen(step: Step) -> dict[str, Any]:
    """What ElastiCache decides where the request does not."""
    engine = step.get("engine") or step.was("engine") or "redis"
    version = step.get("engine_version") or step.was("engine_version") or VERSIONS[engine][-1]
    sharded = (step.get("num_node_groups") or 1) > 1
    defaults: dict[str, Any] = {
        "apply_immediately": False,
        "at_rest_encryption_enabled": engine == "valkey",
        "auto_minor_version_upgrade": True,
        "cluster_mode": "enabled" if sharded else "disabled",
        "data_tiering_enabled": False,
        "durability": "default",
        "engine": engine,
        "engine_version": version,
        "global_replication_group_id": "",
        "ip_discovery": "ipv4",
        "maintenance_window": "sun:18:00-sun:19:00",
        "network_type": "ipv4",
        "node_type": "cache.t4g.micro",
        "parameter_group_name": f"default.{family(engine, version)}{'.cluster.on' if sharded else ''}",
        "port": 6379,
        "security_group_ids": [],
        "security_group_names": [],
        "snapshot_retention_limit": 0,
        "snapshot_window": "16:00-17:00",
        "subnet_group_name": "default",
        "transit_encryption_enabled": False,
        "transit_encryption_mode": "required" if step.get("transit_encryption_enabled") else "",
    }
    return {name: step.kept(name, value) for name, value in defaults.items()}


def _waits(step: Step) -> frozenset[str]:
    if step.get("apply_immediately"):
        return frozenset()
    waiting = {name for name in _WAITING if step.changes(name)}
    # The group of another family, or for clusters, can only hold once the engine is another.
    if waiting & {"cluster_mode", "engine", "engine_version"} and step.changes("parameter_group_name"):
        waiting.add("parameter_group_name")
    return frozenset(waiting)


def _older_engine(old: Values, new: Values) -> str:
    """The provider makes another group where the engine would go back (replication_group.go, CustomizeDiff)."""
    return "engine" if (old.get("engine"), new.get("engine")) == ("valkey", "redis") else ""


def _older_version(old: Values, new: Values) -> str:
    before, after = (parts(inputs.get("engine_version")) for inputs in (old, new))
    return "engine_version" if after and before and after < before else ""


def _tls_of_an_old_engine(old: Values, new: Values) -> str:
    """Before 7.0.5, TLS is only chosen at creation."""
    before, after = old.get("transit_encryption_enabled"), new.get("transit_encryption_enabled")
    version = old.get("engine_version")
    if not parts(version) or before is after or before is None:
        return ""
    running = parts(actual(str(old.get("engine") or "redis"), str(version)))
    return "transit_encryption_enabled" if running < (7, 0, 5) else ""


def _delete(world: World, group: Thing, inputs: Values) -> timedelta:
    if name := inputs.get("final_snapshot_identifier"):
        if world.find((SNAPSHOT,), group.region, name):
            text = f"Snapshot with specified name already exists: {name}"
            raise AwsError("SnapshotAlreadyExistsFault", text)
        arn = world.arn("elasticache", group.region, f"snapshot:{name}")
        taken = {**group.attributes, "arn": arn}
        world.put(
            Thing(SNAPSHOT, group.region, name, {}, taken, owner=(group.owner[0], "")), "", (name, arn), ()
        )
    return timedelta(0)


def _now(world: World, group: Thing) -> Values:  # noqa: ARG001
    """The nodes as they are now: scaling comes and goes without anybody's update."""
    shards, replicas = _counts(group.inputs)
    return {
        "num_cache_clusters": shards * (1 + replicas),
        "num_node_groups": shards,
        "replicas_per_node_group": replicas,
        "member_clusters": _members(group.id, shards, replicas, group.computed["cluster_enabled"]),
        "status": "available",
    }


REPLICATION_GROUP = Declaration(
    noun="ElastiCache Replication Group",
    outputs=_group,
    live=_now,
    name="replication_group_id",
    identity=("replication_group_id",),
    handles=("replication_group_id",),
    taken=Says("ReplicationGroupAlreadyExists", "The specified replication group already exists."),
    defaults={"automatic_failover_enabled": False, "multi_az_enabled": False},
    chosen=frozenset(
        {
            "apply_immediately",
            "at_rest_encryption_enabled",
            "auto_minor_version_upgrade",
            "cluster_mode",
            "data_tiering_enabled",
            "durability",
            "engine",
            "engine_version",
            "global_replication_group_id",
            "ip_discovery",
            "maintenance_window",
            "network_type",
            "node_group_configurations",
            "node_type",
            "num_cache_clusters",
            "num_node_groups",
            "parameter_group_name",
            "port",
            "replicas_per_node_group",
            "security_group_ids",
            "security_group_names",
            "snapshot_window",
            "subnet_group_name",
            "transit_encryption_enabled",
            "transit_encryption_mode",
        }
    ),
    sets=frozenset(
        {
            "log_delivery_configurations",
            "security_group_ids",
            "security_group_names",
            "snapshot_arns",
            "user_group_ids",
        }
    ),
    unread=frozenset(
        {
            "apply_immediately",
            "auth_token",
            "auth_token_update_strategy",
            "final_snapshot_identifier",
            "preferred_cache_cluster_azs",
            "snapshot_arns",
            "snapshot_name",
        }
    ),
    choices={
        "auth_token_update_strategy": ("SET", "ROTATE", "DELETE"),
        "cluster_mode": ("enabled", "disabled", "compatible"),
        "engine": ("redis", "valkey"),
        "ip_discovery": ("ipv4", "ipv6"),
        "log_delivery_configurations.destination_type": ("cloudwatch-logs", "kinesis-firehose"),
        "log_delivery_configurations.log_format": ("text", "json"),
        "log_delivery_configurations.log_type": ("slow-log", "engine-log"),
        "network_type": ("ipv4", "ipv6", "dual_stack"),
        "transit_encryption_mode": ("preferred", "required"),
    },
    ranges={
        "num_cache_clusters": range(1, 1 << 31),
        "replicas_per_node_group": range(1 << 31),
        "snapshot_retention_limit": range(36),
    },
    patterns={
        "auth_token": r"[^@\"/]{16,128}",
        "engine_version": r"[1-5](\.\d+){2}|6\.x|[6-9]\.\d+",
        "maintenance_window": r"(?i)(sun|mon|tue|wed|thu|fri|sat):\d\d:\d\d-(sun|mon|tue|wed|thu|fri|sat):\d\d:\d\d",
        "replication_group_id": r"(?!.*--)[a-z]([0-9a-z-]{0,38}[0-9a-z])?",
        "snapshot_window": r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d",
    },
    exclusive=(
        ("auth_token", "user_group_ids"),
        ("num_cache_clusters", "num_node_groups"),
        ("num_cache_clusters", "replicas_per_node_group"),
        ("node_group_configurations", "preferred_cache_cluster_azs"),
    ),
    references=(
        encrypts("kms_key_id", "InvalidKMSKeyFault"),
        Reference(
            "subnet_group_name",
            ("aws:elasticache:SubnetGroup",),
            Hold.USES,
            "CacheSubnetGroupNotFoundFault",
            "Cache Subnet Group {value} does not exist.",
            builtin=("default",),
        ),
        Reference(
            "parameter_group_name",
            ("aws:elasticache:ParameterGroup",),
            Hold.USES,
            "CacheParameterGroupNotFound",
            "CacheParameterGroup not found: {value}",
            builtin=("default.",),
        ),
        Reference(
            "security_group_ids",
            ("aws:ec2:SecurityGroup",),
            Hold.USES,
            "InvalidParameterValue",
            "Some security group Ids are invalid: {value}",
        ),
        Reference(
            "user_group_ids",
            ("aws:elasticache:UserGroup",),
            Hold.USES,
            "UserGroupNotFound",
            "User Group {value} not found.",
        ),
        Reference(
            "log_delivery_configurations.destination",
            ("aws:cloudwatch:LogGroup",),
            Hold.NEEDS,
            "InvalidParameterValue",
            "The specified CloudWatch Logs log group {value} does not exist.",
        ),
        Reference(
            "notification_topic_arn",
            ("aws:sns:Topic",),
            Hold.NEEDS,
            "InvalidParameterValue",
            "Invalid notification topic ARN: {value}",
        ),
        Reference(
            "snapshot_name",
            (SNAPSHOT,),
            Hold.NEEDS,
            "SnapshotNotFoundFault",
            "Snapshot {value} not found.",
        ),
    ),
    rules=rules.ALL,
    waits=_waits,
    replaces=frozenset(
        {
            "at_rest_encryption_enabled",
            "data_tiering_enabled",
            "global_replication_group_id",
            "kms_key_id",
            "network_type",
            "port",
            "replication_group_id",
            "security_group_names",
            "snapshot_arns",
            "snapshot_name",
            "subnet_group_name",
        }
    ),
    replaces_when=(_older_engine, _older_version, _tls_of_an_old_engine),
    deletes=_delete,
)
