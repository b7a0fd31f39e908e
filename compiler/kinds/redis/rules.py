"""What AWS refuses of a Redis spec, or what would fail or get lost later: found before anything starts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from compiler.aws.elasticache import (
    EXTENDED_SUPPORT,
    MOST_NODES,
    NODES_BY_DEFAULT,
    VERSIONS,
    node_type,
    numbers,
)
from compiler.diagnostics import Diagnostic, Severity
from compiler.kinds.redis import derived, scaling
from compiler.parts import names, secrets

if TYPE_CHECKING:
    from compiler.catalog import Database
    from compiler.kinds.redis.spec import Redis
    from compiler.route import Route

# Ids of replication groups, users and user groups. Source: CreateReplicationGroup and CreateUser in the API reference.
LONGEST = 40

# Parameters that are not anybody's to set, and why.
KEPT = {
    "appendfsync": (
        "ElastiCache has no append-only file",
        "what must not get lost wants replicas and snapshots",
    ),
    "appendonly": (
        "ElastiCache has no append-only file",
        "what must not get lost wants replicas and snapshots",
    ),
    "cluster-enabled": ("it follows from `topology`", "write topology: cluster"),
    "maxclients": ("it follows from the node type", "choose a larger node_type"),
    "maxmemory": (
        "it follows from the node type",
        "choose a larger node_type, or set reserved-memory-percent",
    ),
}

# What may be evicted, by purpose: sessions that end soonest, where a cache shares their memory; of a queue nothing.
# Source: ElastiCache has had no append-only file since 2.8.22, so what memory loses is lost.
KEPT_IN_MEMORY = {"sessions": "sessions", "queue": "queued messages"}
ALLOWED_EVICTION = {"sessions": ("noeviction", "volatile-ttl"), "queue": ("noeviction",)}


def check(database: Database[Redis]) -> Iterator[Diagnostic]:
    """Everything wrong that one key alone does not show."""
    yield from _identifier(database)
    yield from _version(database)
    yield from _node_type(database)
    yield from _topology(database)
    yield from _cluster_mode(database)
    yield from _auth(database)
    yield from _purpose(database)
    yield from _parameters(database)
    yield from _windows(database)
    yield from _logs(database)
    yield from scaling.check(database)
    yield from secrets.recovery(database, database.spec.secret_recovery_days)


def _identifier(database: Database[Redis]) -> Iterator[Diagnostic]:
    for name in derived.claims(database):
        for problem in names.rds_name_problems(name, LONGEST):
            yield database.problem(
                "redis/identifier",
                ("identifier",) if database.spec.identifier else ("project",),
                f"the name in AWS, {name}, {problem}",
                "write another `identifier`"
                if database.spec.identifier
                else "shorten it, or add `identifier`",
            )


def _version(database: Database[Redis]) -> Iterator[Diagnostic]:
    spec = database.spec
    known = VERSIONS[spec.engine]
    if spec.engine_version not in known:
        other = next((each for each, versions in VERSIONS.items() if spec.engine_version in versions), None)
        yield database.problem(
            "redis/version",
            ("engine_version",),
            f"ElastiCache has no {spec.engine} {spec.engine_version}",
            f"write engine_version: {', '.join(reversed(known))}"
            + (f", or engine: {other}" if other else ""),
            {"the engine": ("engine",)},
        )
    elif spec.engine_version in EXTENDED_SUPPORT:
        yield database.problem(
            "redis/extended-support",
            ("engine_version",),
            f"{spec.engine} {spec.engine_version} is past its standard support: AWS bills 80 % more for it",
            f"move to engine: valkey, or write engine_version: {known[-1]}",
            severity=Severity.WARNING,
        )


def _node_type(database: Database[Redis]) -> Iterator[Diagnostic]:
    spec, region = database.spec, database.environment.spec.region
    found = node_type(spec.node_type)
    assert found is not None  # the model lets no other type through
    if not found.offered_in(region):
        yield database.problem(
            "redis/node-type-region",
            ("node_type",),
            f"{region} has no {found.name}",
            f"write one such as cache.r7g.{found.size if found.size.endswith('large') else 'large'}",
        )
    if found.tiered and numbers(spec.engine_version) < (6, 2):
        yield database.problem(
            "redis/data-tiering",
            ("node_type",),
            f"{found.name} keeps data on an SSD too, which {spec.engine} {spec.engine_version} cannot do",
            "write engine_version: 6.2 or newer, or choose cache.r6g",
            {"the version": ("engine_version",)},
        )


def _topology(database: Database[Redis]) -> Iterator[Diagnostic]:
    spec = database.spec
    if spec.topology == "single" and spec.replicas and derived.written(database, ("replicas",)):
        yield database.problem(
            "redis/single-replicas",
            ("replicas",),
            f"topology single is one node, and {spec.replicas} replicas are asked for",
            "write topology: replicated, or take the replicas out",
            {"the topology": ("topology",)},
        )
    if spec.topology != "cluster" and spec.shards > 1 and derived.written(database, ("shards",)):
        yield database.problem(
            "redis/shards-without-cluster",
            ("shards",),
            f"only a cluster has shards, and the topology is {spec.topology}",
            "write topology: cluster, whose clients speak the cluster protocol, or take the shards out",
            {"the topology": ("topology",)},
        )
    nodes = derived.most_nodes(spec)
    at: Route = ("autoscaling",) if derived.scaled(spec) else ("shards",)
    if nodes > MOST_NODES:
        yield database.problem(
            "redis/nodes",
            at,
            f"shards and replicas make {nodes} nodes, and a cluster has at most {MOST_NODES}",
            "ask for fewer shards or replicas",
            {"the replicas": ("replicas",)},
        )
    elif nodes > NODES_BY_DEFAULT:
        yield database.problem(
            "redis/nodes-quota",
            at,
            f"shards and replicas make {nodes} nodes, and an account has {NODES_BY_DEFAULT} for a cluster",
            "have AWS raise the quota `Nodes per cluster per instance type` before this is applied",
            {"the replicas": ("replicas",)},
            Severity.WARNING,
        )


def _cluster_mode(database: Database[Redis]) -> Iterator[Diagnostic]:
    spec = database.spec
    if spec.cluster_mode is None:
        return
    if spec.topology != "cluster":
        yield database.problem(
            "redis/compatible-topology",
            ("cluster_mode",),
            f"{spec.cluster_mode} is said of a cluster, and the topology is {spec.topology}",
            "write topology: cluster with it",
            {"the topology": ("topology",)},
        )
    if spec.cluster_mode == "enabled":
        return
    if spec.topology == "cluster" and derived.shards(spec) != 1:
        yield database.problem(
            "redis/compatible-shards",
            ("cluster_mode",),
            f"a database has one shard while it is compatible, and {derived.shards(spec)} are asked for",
            "write shards: 1 until it is cluster_mode: enabled",
            {"the shards": ("shards",)},
        )
    if numbers(spec.engine_version) < (7, 0):
        yield database.problem(
            "redis/compatible-version",
            ("cluster_mode",),
            f"{spec.engine} {spec.engine_version} cannot become a cluster",
            "write engine_version: 7.0 or newer first",
            {"the version": ("engine_version",)},
        )
    if not derived.replicas(spec):
        yield database.problem(
            "redis/compatible-replicas",
            ("cluster_mode",),
            "a database without replicas cannot become a cluster: AWS wants automatic failover on",
            "write replicas: 1 or more first",
            {"the replicas": ("replicas",)},
        )


def _auth(database: Database[Redis]) -> Iterator[Diagnostic]:
    spec = database.spec
    mode, version = spec.auth.mode, numbers(spec.engine_version)
    if mode != "none" and spec.transit_encryption.mode == "disabled":
        yield database.problem(
            "redis/auth-needs-tls",
            ("transit_encryption", "mode"),
            f"auth.mode {mode} needs TLS, which is disabled",
            "write mode: preferred where some clients cannot use TLS yet, or auth.mode: none",
            {"the authentication": ("auth", "mode")},
        )
    least = {"rbac": (6, 0), "iam": (7, 0)}.get(mode, (0, 0))
    if version < least:
        yield database.problem(
            "redis/auth-version",
            ("auth", "mode"),
            f"{spec.engine} {spec.engine_version} knows no auth.mode {mode}",
            f"write engine_version: {least[0]}.{least[1]} or newer, or auth.mode: token",
            {"the version": ("engine_version",)},
        )
    if spec.auth.rotate and not derived.has_secret(spec):
        yield database.problem(
            "redis/rotate-nothing",
            ("auth", "rotate"),
            f"auth.mode {mode} has no password to rotate",
            "take the line out",
            {"the mode": ("auth", "mode")},
        )
    if list(spec.auth.rotate) != sorted(set(spec.auth.rotate)):
        yield database.problem(
            "redis/rotate-order",
            ("auth", "rotate"),
            "the days are not in order, or one stands twice",
            "write every rotation once, the oldest first, the newest last",
        )


def _purpose(database: Database[Redis]) -> Iterator[Diagnostic]:
    spec = database.spec
    allowed = ALLOWED_EVICTION.get(spec.purpose)
    if allowed is None:
        return
    purpose = {f"what it is for: {spec.purpose}": ("purpose",)}
    policy = derived.parameters(spec)["maxmemory-policy"]
    if policy not in allowed:
        yield database.problem(
            "redis/purpose-eviction",
            ("parameters", "maxmemory-policy"),
            f"{policy} throws {KEPT_IN_MEMORY[spec.purpose]} away when memory is full",
            f"write {' or '.join(allowed)}, or purpose: cache",
            purpose,
        )
    if spec.snapshot.retention_days == 0:
        yield database.problem(
            "redis/purpose-snapshots",
            ("snapshot", "retention_days"),
            f"{KEPT_IN_MEMORY[spec.purpose]} are nowhere but in memory, and no snapshot is kept",
            "write 1 or more, or purpose: cache",
            purpose,
        )
    if derived.replicas(spec) == 0 and database.environment.spec.tier != "development":
        at = ("topology",) if spec.topology == "single" else ("replicas",)
        yield database.problem(
            "redis/purpose-replicas",
            at,
            f"without a replica, the loss of a node is the loss of {KEPT_IN_MEMORY[spec.purpose]}",
            "write topology: replicated with replicas: 1 or more, or purpose: cache"
            if spec.topology == "single"
            else "write replicas: 1 or more, or purpose: cache",
            purpose,
        )


def _parameters(database: Database[Redis]) -> Iterator[Diagnostic]:
    for name in sorted(KEPT.keys() & database.spec.parameters):
        why, fix = KEPT[name]
        yield database.problem(
            "redis/parameter", ("parameters", name), f"{name} cannot be set: {why}", f"take it out; {fix}"
        )


def _windows(database: Database[Redis]) -> Iterator[Diagnostic]:
    spec = database.spec
    snapshot, maintenance = derived.snapshot_window(database), derived.maintenance_window(database)
    if snapshot.overlaps(maintenance):
        yield database.problem(
            "redis/windows-overlap",
            ("maintenance", "window") if spec.maintenance.window else ("snapshot", "window"),
            f"maintenance ({maintenance}) and snapshot ({snapshot}) overlap",
            "move one of them",
            {"the snapshot window": ("snapshot", "window")} if spec.maintenance.window else None,
        )


def _logs(database: Database[Redis]) -> Iterator[Diagnostic]:
    spec = database.spec
    for index, export in enumerate(spec.logs.exports):
        least = (6, 0) if export == "slow-log" else (6, 2)
        if numbers(spec.engine_version) < least:
            yield database.problem(
                "redis/log-version",
                ("logs", "exports", index),
                f"{spec.engine} {spec.engine_version} has no {export} to export",
                f"take it out, or write engine_version: {least[0]}.{least[1]} or newer",
                {"the version": ("engine_version",)},
            )
        if export in spec.logs.exports[:index]:
            yield database.problem(
                "redis/log-twice",
                ("logs", "exports", index),
                f"{export} stands twice",
                "take one of them out",
            )
