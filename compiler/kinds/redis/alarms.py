"""The alarms of a Redis database.

Metrics, statistics and periods are those that AWS recommends (the CloudWatch list of recommended alarms for
ElastiCache); where AWS names no number, the reason is in `why` or beside the number.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, NamedTuple

from compiler.aws.elasticache import NodeType
from compiler.graph import Value
from compiler.kinds.redis import derived
from compiler.parts.alarms import Alarm

if TYPE_CHECKING:
    from compiler.kinds.redis.spec import Redis

MIB = 1024**2

Missing = Literal["breaching", "notBreaching", "missing"]


class Watched(NamedTuple):
    """What a set of alarms watches: their resource names begin with `prefix`, their names in AWS with `target`."""

    prefix: str
    target: str
    dimensions: dict[str, Value]
    alarms: tuple[Alarm, ...]


def watched(spec: Redis, identifier: str, found: NodeType) -> Iterator[Watched]:
    """Every node, or where nobody can say which there are, the primaries and the replicas as such.

    An alarm on a node that scaling took away is silent for ever, and one that came has none: so it goes by role, the
    dimension that Application Auto Scaling itself measures by.
    """
    if derived.by_role(spec):
        roles = ("Primary", "Replica") if derived.replicas(spec) else ("Primary",)
        for role in roles:
            name = {"Primary": "primaries", "Replica": "replicas"}[role]
            dimensions: dict[str, Value] = {"ReplicationGroupId": identifier, "Role": role}
            yield Watched(name, f"{identifier}-{name}", dimensions, tuple(_of_role(spec, role)))
        return
    for member in derived.members(spec, identifier):
        name = "node" + member.removeprefix(identifier)
        yield Watched(
            name,
            member,
            {"CacheClusterId": member, "CacheNodeId": "0001"},
            (*_cpu(found), *_memory(spec, found), *_clients(spec, found)),
        )


def _of_role(spec: Redis, role: str) -> Iterator[Alarm]:
    # The highest of all nodes: an average hides the one shard that everybody wants something of.
    yield Alarm(
        "engine-cpu",
        "EngineCPUUtilization",
        "Maximum",
        "above",
        90,
        5,
        "breaching",
        "the engine's CPU is above 90 %",
    )
    if role == "Primary" and spec.purpose != "cache":
        yield Alarm(
            "memory",
            "DatabaseMemoryUsageCountedForEvictPercentage",
            "Maximum",
            "above",
            80,
            5,
            "breaching",
            "more than four fifths of the memory are in use",
        )


def _cpu(found: NodeType) -> Iterator[Alarm]:
    # The engine works on one vCPU. On two or fewer it has the machine to itself, and its own metric says less.
    busy = 90 if found.vcpus > 2 else 90 // found.vcpus
    if found.vcpus > 2:
        yield Alarm(
            "engine-cpu",
            "EngineCPUUtilization",
            "Average",
            "above",
            90,
            5,
            "breaching",
            "the engine's CPU is above 90 %",
        )
    yield Alarm("cpu", "CPUUtilization", "Average", "above", busy, 5, "breaching", f"CPU above {busy} %")
    if found.burstable:
        yield Alarm(
            "cpu-credits",
            "CPUCreditBalance",
            "Average",
            "below",
            20,
            5,
            "missing",
            "CPU credits are nearly used up",
        )


def _memory(spec: Redis, found: NodeType) -> Iterator[Alarm]:
    if spec.purpose == "cache":
        # A cache that is full is a cache that works: what it throws away tells whether it is too small.
        yield Alarm(
            "evictions",
            "Evictions",
            "Sum",
            "above",
            1000,
            15,
            "notBreaching",
            "more than 1000 keys a minute are evicted: the cache is too small",
        )
    else:
        yield Alarm(
            "memory",
            "DatabaseMemoryUsagePercentage",
            "Average",
            "above",
            80,
            5,
            "breaching",
            "more than four fifths of the memory are in use",
        )
    if spec.purpose == "sessions" and derived.parameters(spec)["maxmemory-policy"] != "noeviction":
        yield Alarm(
            "evictions",
            "Evictions",
            "Sum",
            "above",
            0,
            5,
            "notBreaching",
            "keys are evicted, and sessions may be among them",
        )
    yield Alarm(
        "swap",
        "SwapUsage",
        "Average",
        "above",
        # A tenth of a small node's memory, but never more than MySQL's quarter of a GiB.
        min(256, int(found.memory_gib * 1024 / 10)) * MIB,
        15,
        "missing",
        "memory is swapped out",
    )


def _clients(spec: Redis, found: NodeType) -> Iterator[Alarm]:
    yield Alarm(
        "connections",
        "CurrConnections",
        "Average",
        "above",
        found.connections * 3 // 4,
        10,
        "breaching",
        f"three quarters of {found.connections} connections are in use",
    )
    if derived.replicas(spec):
        # Which node is a primary changes with every failover, and a primary has no lag to report.
        yield Alarm(
            "lag",
            "ReplicationLag",
            "Average",
            "above",
            30,
            15,
            "notBreaching",
            "the replica is half a minute behind",
        )
    if spec.auth.mode != "none":
        yield Alarm(
            "refused-logins",
            "AuthenticationFailures",
            "Sum",
            "above",
            10,
            5,
            "notBreaching",
            "somebody keeps trying to log in with what is wrong",
        )
