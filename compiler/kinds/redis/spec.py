"""What a Redis spec can say. What is not here goes without saying, or is not dbspec's to know."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from compiler.aws.elasticache import MOST_NODES, MOST_REPLICAS, node_type, node_types
from compiler.kinds.kind import DatabaseSpec
from compiler.kinds.redis.usage import RedisUsage
from compiler.model import Day, Model, Version, invalid, shaped
from compiler.parts import windows
from compiler.parts.encryption import Encryption
from compiler.parts.logs import RetentionDays
from compiler.suggest import closest

Purpose = Literal["cache", "sessions", "queue"]


def _node_type(value: str) -> str:
    if node_type(value):
        return value
    near = closest(value, node_types())
    raise invalid(
        "redis/node-type",
        f"ElastiCache has no node type {value!r}" + (f"; did you mean {near!r}?" if near else ""),
        "write one such as cache.r7g.large",
    )


def _parameters(value: Any) -> Any:
    """AWS takes every value as text; a switch of the engine is yes or no to it."""
    if not isinstance(value, dict):
        return value
    return {
        name: ("yes" if item else "no")
        if isinstance(item, bool)
        else str(getattr(item, "written", item))
        if isinstance(item, int | float)
        else item
        for name, item in value.items()
    }


def _days(value: Any) -> Any:
    """`rotate: 2027-01-31` is short for a list of that one day."""
    return value if isinstance(value, list) else [value]


class Auth(Model):
    """Who gets in."""

    mode: Literal["rbac", "iam", "token", "none"] = Field(
        description="A user with a password (rbac), a user of IAM, a token that all share, or anybody in reach."
    )
    rotate: Annotated[list[Day], BeforeValidator(_days, json_schema_input_type=Day | list[Day])] = Field(
        [],
        description="The days of rotations, oldest first: each has a password of its own, "
        "of which the last two get in and the last is in the secret.",
    )
    keep_previous: bool = Field(
        description="Whether the password before the last still gets in, until its clients have read the new one."
    )


class TransitEncryption(Model):
    """TLS between clients and the database."""

    mode: Literal["required", "preferred", "disabled"] = Field(
        description="Whether clients must, can or cannot use it; between disabled and required lies preferred."
    )


class Snapshot(Model):
    """Automatic snapshots, once a day."""

    retention_days: int = Field(description="How long they are kept; 0 for none.", ge=0, le=35)
    window: (
        Annotated[str, AfterValidator(windows.validator("redis", weekly=False, least=60)), windows.DAILY]
        | None
    ) = Field(None, description="`hh:mm-hh:mm` in UTC; by default a slot of the environment's window.")


class Maintenance(Model):
    """When AWS may change it."""

    window: (
        Annotated[str, AfterValidator(windows.validator("redis", weekly=True, least=60)), windows.WEEKLY]
        | None
    ) = Field(
        None, description="`ddd:hh:mm-ddd:hh:mm` in UTC; by default a slot of the environment's window."
    )


class Logs(Model):
    """Logs in CloudWatch."""

    exports: list[Literal["slow-log", "engine-log"]] = Field(description="The logs to export.")
    retention_days: RetentionDays = Field(description="How long they are kept.")


class Upgrades(Model):
    """How changes reach the engine."""

    auto_minor: bool = Field(description="Whether AWS upgrades minor versions, in the window.")
    apply_immediately: bool = Field(
        description="Whether changes that interrupt service happen at once, not in the window."
    )


class ScaledShards(Model):
    """How many shards there are, decided by traffic."""

    min: int = Field(description="The fewest, and what it starts with.", ge=1, le=MOST_NODES)
    max: int = Field(description="The most.", ge=1, le=MOST_NODES)
    target: int = Field(60, description="The percentage to keep the measure at.", ge=35, le=70)
    measure: Literal["cpu", "memory"] = Field(
        "cpu", description="What is measured: the engine's CPU on the primaries, or the memory in use."
    )


class ScaledReplicas(Model):
    """How many replicas each shard has, decided by traffic."""

    min: int = Field(description="The fewest, and what it starts with.", ge=1, le=MOST_REPLICAS)
    max: int = Field(description="The most.", ge=1, le=MOST_REPLICAS)
    target: int = Field(
        60, description="The percentage to keep the engine's CPU on the replicas at.", ge=35, le=70
    )


class Autoscaling(Model):
    """What follows traffic, in a cluster."""

    shards: ScaledShards | None = Field(None, description="How many shards.")
    replicas: ScaledReplicas | None = Field(None, description="How many replicas for each shard.")


class Restore(Model):
    """What a new database is made from."""

    snapshot: str = Field(
        description="A snapshot, by its name; one of a cluster makes a cluster only.",
        pattern=r"^[a-zA-Z][a-zA-Z0-9]*(-[a-zA-Z0-9]+)*$",
        max_length=255,
        examples=["shop-prod-carts-final"],
    )


class Redis(DatabaseSpec):
    """A Redis or Valkey database on ElastiCache."""

    kind: Literal["redis"] = Field(description="The kind of database.")
    engine: Literal["valkey", "redis"] = Field(
        description="Valkey speaks Redis's protocol and costs a fifth less; there is no way back from it."
    )
    engine_version: Version = Field(
        description="Major and minor version, such as 8.2; it can be raised, never lowered.",
        pattern=r"^\d+\.\d+(\.\d+)?$",
        examples=['"8.2"', '"8.1"'],
    )
    node_type: Annotated[
        str,
        AfterValidator(_node_type),
        shaped(r"cache(\.[a-z0-9]+){2}", "cache.r7g.large", "cache.r7g.xlarge"),
    ] = Field(description="The type of every node.")
    topology: Literal["single", "replicated", "cluster"] = Field(
        description="One node; a primary and its replicas; or shards, whose clients speak the cluster protocol."
    )
    shards: int = Field(description="How many shards a cluster has.", ge=1, le=MOST_NODES)
    replicas: int = Field(
        description="How many replicas the primary has, or each shard.", ge=0, le=MOST_REPLICAS
    )
    cluster_mode: Literal["compatible", "enabled"] | None = Field(
        None,
        description="Of what goes, or went, from replicated to cluster. compatible: clients can connect in both ways. "
        "enabled: it is a cluster now, whose nodes have kept their names, so alarms go by role; leave it there.",
    )
    port: int = Field(description="The port that clients connect to.", ge=1024, le=65535)
    purpose: Purpose = Field(
        description="What it is for, which decides what happens when memory is full, and what must not get lost."
    )
    parameters: Annotated[
        dict[str, str],
        BeforeValidator(_parameters, json_schema_input_type=dict[str, str | int | float | bool]),
    ] = Field({}, description="Parameters of the engine by name.", examples=[{"maxmemory-samples": 10}])
    auth: Auth = Field(description="Who gets in.")
    transit_encryption: TransitEncryption = Field(description="TLS between clients and the database.")
    encryption: Encryption = Field(Encryption(kms_key=None), description="Encryption at rest.")
    snapshot: Snapshot = Field(description="Automatic snapshots.")
    final_snapshot: bool = Field(description="Whether a snapshot is taken when the database goes.")
    maintenance: Maintenance = Field(Maintenance(window=None), description="When AWS may change it.")
    deletion_protection: bool = Field(
        description="Whether dbspec refuses to delete it; ElastiCache itself has no such lock."
    )
    logs: Logs = Field(description="Logs in CloudWatch.")
    upgrades: Upgrades = Field(description="How changes reach the engine.")
    autoscaling: Autoscaling = Field(
        Autoscaling(shards=None, replicas=None), description="What follows traffic, in a cluster."
    )
    restore: Restore | None = Field(
        None, description="What a new database is made from; the line stays, and counts when it is made."
    )
    secret_recovery_days: int = Field(
        description="How long the deleted secret can be had back: 0, or 7 to 30.", ge=0, le=30
    )
    usage: RedisUsage = Field(
        RedisUsage(), description="What traffic decides, for the cost; it changes nothing else."
    )
