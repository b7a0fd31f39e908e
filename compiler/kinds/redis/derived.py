"""What follows from a Redis spec without being written in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from compiler import document, edition
from compiler.aws import elasticache
from compiler.kinds.kind import Derived
from compiler.parts import names, windows
from compiler.parts.windows import Window

if TYPE_CHECKING:
    from compiler.catalog import Database
    from compiler.kinds.redis.spec import Redis
    from compiler.route import Route

# With more nodes than this, alarms for each would be more than anybody can tell apart, and cost a dollar a node.
WATCHED_NODES = 18

# Both windows of ElastiCache last an hour at least.
SLOT = 60

# What happens when memory is full: a cache can lose any key; where keys are all there is, writes are refused.
EVICTION = {"cache": "allkeys-lru", "sessions": "noeviction", "queue": "noeviction"}


def derive(database: Database[Redis]) -> dict[str, Derived]:
    """The derived values by the key they stand for."""
    spec = database.spec
    cluster = spec.topology == "cluster"
    derived = {
        "parameter_family": Derived(
            elasticache.parameter_family(spec.engine, spec.engine_version), "the family of the engine version"
        ),
        "parameters.maxmemory-policy": Derived(parameters(spec)["maxmemory-policy"], "the purpose"),
        "automatic_failover": Derived(automatic_failover(spec), "a cluster, or a replica that can take over"),
        "multi_az": Derived(multi_az(spec), "replicas, which then lie in other zones"),
        "shards": Derived(shards(spec), _counted("shards", spec)),
        "replicas": Derived(replicas(spec), _counted("replicas", spec)),
    }
    if "maxmemory-policy" in spec.parameters:
        del derived["parameters.maxmemory-policy"]
    if cluster and not spec.autoscaling.shards:
        del derived["shards"]
    if spec.topology != "single" and not spec.autoscaling.replicas:
        del derived["replicas"]
    if not spec.identifier:
        derived["identifier"] = Derived(names.identifier(database), "project, environment and name")
    if not spec.snapshot.window:
        derived["snapshot.window"] = Derived(
            str(snapshot_window(database)), "a slot of the environment's window"
        )
    if not spec.maintenance.window:
        derived["maintenance.window"] = Derived(
            str(maintenance_window(database)), "a slot of the environment's window"
        )
    return derived


def claims(database: Database[Redis]) -> Iterator[str]:
    """The identifier of the database, and of the user that is kept out."""
    identifier = names.identifier(database)
    yield identifier
    if has_users(database.spec):
        yield default_user_id(identifier)


def written(database: Database[Redis], route: Route) -> bool:
    """Whether somebody wrote this key: it is not a default."""
    return not edition.holds(document.locate(database.node, route))


def default_user_id(identifier: str) -> str:
    """The id of the database's own user named `default`, which gets nowhere."""
    return f"{identifier}-off"


def has_users(spec: Redis) -> bool:
    """Whether users decide who gets in."""
    return spec.auth.mode in {"rbac", "iam"}


def has_secret(spec: Redis) -> bool:
    """Whether there is a password that clients must know."""
    return spec.auth.mode in {"rbac", "token"}


def shards(spec: Redis) -> int:
    """How many shards there are, where traffic decides: at first."""
    if spec.topology != "cluster":
        return 1
    return spec.autoscaling.shards.min if spec.autoscaling.shards else spec.shards


def replicas(spec: Redis) -> int:
    """How many replicas each shard has, where traffic decides: at first."""
    if spec.topology == "single":
        return 0
    return spec.autoscaling.replicas.min if spec.autoscaling.replicas else spec.replicas


def nodes(spec: Redis) -> int:
    """How many nodes there are, where traffic decides: at first."""
    return shards(spec) * (1 + replicas(spec))


def most_nodes(spec: Redis) -> int:
    """How many nodes there can be."""
    scaling = spec.autoscaling
    most_shards = scaling.shards.max if scaling.shards else shards(spec)
    most_replicas = scaling.replicas.max if scaling.replicas else replicas(spec)
    return most_shards * (1 + most_replicas)


def scaled(spec: Redis) -> bool:
    """Whether traffic decides how many nodes there are."""
    return bool(spec.autoscaling.shards or spec.autoscaling.replicas)


def automatic_failover(spec: Redis) -> bool:
    """Whether a replica takes over from a primary that fails. AWS wants it said of every cluster."""
    return spec.topology == "cluster" or replicas(spec) > 0


def multi_az(spec: Redis) -> bool:
    """Whether the nodes of a shard lie in several zones."""
    return replicas(spec) > 0


def by_role(spec: Redis) -> bool:
    """Whether nodes are watched by role: what they are called, or how many there are, is not for the spec to say.

    What became a cluster keeps the nodes that it had, under their names, and gets others beside them.
    """
    return scaled(spec) or spec.cluster_mode == "enabled" or nodes(spec) > WATCHED_NODES


def members(spec: Redis, identifier: str) -> list[str]:
    """What AWS calls the nodes of a new database.

    Source: ElastiCache User Guide, "Nodes"; a node that is made later may get another number.
    """
    each = range(1, replicas(spec) + 2)
    if spec.topology != "cluster" or spec.cluster_mode == "compatible":
        # What is on its way to a cluster keeps the nodes that it has.
        return [f"{identifier}-{node:03}" for node in each]
    return [f"{identifier}-{shard:04}-{node:03}" for shard in range(1, shards(spec) + 1) for node in each]


def parameters(spec: Redis) -> dict[str, str]:
    """The engine's parameters, those that other keys decide among them."""
    cluster = {"cluster-enabled": "yes"} if spec.topology == "cluster" else {}
    return {"maxmemory-policy": EVICTION[spec.purpose], **spec.parameters, **cluster}


def passwords(spec: Redis) -> list[str]:
    """The resource names of the passwords that get in, the one in the secret last."""
    names_ = ["password", *(f"password-{day.isoformat()}" for day in spec.auth.rotate)]
    return names_[-2:] if spec.auth.keep_previous else names_[-1:]


def snapshot_window(database: Database[Redis]) -> Window:
    """When snapshots are taken."""
    if said := database.spec.snapshot.window:
        return windows.parse(said)
    return windows.backup_slot(database.environment.spec.windows, names.identifier(database), SLOT)


def maintenance_window(database: Database[Redis]) -> Window:
    """When AWS may change it."""
    if said := database.spec.maintenance.window:
        return windows.parse(said)
    return windows.maintenance_slot(
        database.environment.spec.windows, names.identifier(database), SLOT, snapshot_window(database)
    )


def _counted(key: str, spec: Redis) -> str:
    if getattr(spec.autoscaling, key):
        return "autoscaling: at first the fewest"
    return f"topology {spec.topology}: there is one" if key == "shards" else "topology single: there are none"
