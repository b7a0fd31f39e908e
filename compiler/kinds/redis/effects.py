"""What a change does to a Redis database: to its nodes, its parameters, its network and its users."""

from __future__ import annotations

from compiler.effects import DELETION, Effect, Entry, Inputs, Service, Table, When
from compiler.kinds.redis import login, modification
from compiler.kinds.redis.modification import API, another
from compiler.parts.restore import RESTORE
from compiler.parts.timing import in_its_time

_PARAMETERS = "ModifyCacheParameterGroup in the ElastiCache API reference"
_SUBNETS = "ModifyCacheSubnetGroup in the ElastiCache API reference"
_GROUPS = "ModifyUserGroup in the ElastiCache API reference"

# Parameters that the engine only reads when it starts.
# Source: "Engine specific parameters" in the ElastiCache User Guide, changes take effect: requires reboot.
_STATIC = frozenset({"cluster-enabled", "databases"})


def _parameters(before: Inputs, after: Inputs) -> Effect:
    old, new = _by_name(before), _by_name(after)
    changed = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
    if waiting := [name for name in changed if name in _STATIC]:
        rest = "" if len(waiting) == len(changed) else "; the others hold at once"
        return Effect(
            f"{', '.join(waiting)} waits for the next reboot, which nobody makes by itself{rest}",
            _PARAMETERS,
            when=When.REBOOT,
        )
    policy = new.get("maxmemory-policy")
    if "maxmemory-policy" in changed and policy not in (None, "noeviction"):
        return Effect(
            f"when memory is full, the engine throws keys away by {policy} from now on",
            _PARAMETERS,
            reversible=False,
        )
    return Effect("the engine takes them at once", _PARAMETERS)


def _by_name(inputs: Inputs) -> dict[str, object]:
    items = inputs.get("parameters")
    if not isinstance(items, list):
        return {}
    return {str(each["name"]): each["value"] for each in items if isinstance(each, dict)}


_GROUP: dict[str, Entry] = {
    DELETION: modification.deleted,
    "apply_immediately": Effect(
        "decides when the other changes take hold; by itself it changes nothing", API
    ),
    "at_rest_encryption_enabled": another("encryption at rest", "keep it encrypted", refused=True),
    "auth_token": login.login,
    "auth_token_update_strategy": login.login,
    "auth_token_wo": login.login,
    "auth_token_wo_version": login.login,
    "auto_minor_version_upgrade": Effect(
        "decides whether AWS upgrades minor versions in the maintenance window, each a short failover", API
    ),
    "automatic_failover_enabled": modification.failover,
    "cluster_mode": modification.cluster_mode,
    "data_tiering_enabled": another(
        "whether data lies on an SSD too",
        f"keep to node types with an SSD, or to those without; for the others, {RESTORE}",
        refused=True,
    ),
    "description": Effect("only words change", API),
    "durability": in_its_time(
        Effect("writes wait for more or fewer nodes from then on", API, service=Service.UNKNOWN)
    ),
    "engine": modification.engine,
    "engine_version": modification.version,
    "final_snapshot_identifier": Effect(
        "decides whether a snapshot is taken when it goes, and its name", API
    ),
    "global_replication_group_id": another("the global datastore it belongs to", RESTORE),
    "ip_discovery": Effect("the cluster tells clients its other addresses", API, service=Service.UNKNOWN),
    "kms_key_id": another(
        "the key",
        "keep encryption.kms_key; for another key, restore a copy of a snapshot under it",
        refused=True,
    ),
    "log_delivery_configurations": Effect("logs go elsewhere, or nowhere, from now on", API),
    "maintenance_window": Effect("what waits for the window waits for the new one", API),
    "multi_az_enabled": modification.zones,
    "network_type": another("the network type", RESTORE),
    "node_type": modification.nodes,
    "notification_topic_arn": Effect("events go to the other topic from now on", API),
    "num_cache_clusters": modification.replicas,
    "num_node_groups": modification.shards,
    "parameter_group_name": modification.parameter_group,
    "port": another("the port", "keep the port, or " + RESTORE),
    "preferred_cache_cluster_azs": Effect("it counts when a database is made, and never after", API),
    "replicas_per_node_group": modification.replicas,
    "replication_group_id": another("the identifier", "keep `identifier`, or " + RESTORE),
    "security_group_ids": Effect("the rules of the other groups hold at once, for new connections", API),
    "security_group_names": another("groups from before VPCs", RESTORE),
    "snapshot_arns": another("the snapshots it was made from", RESTORE),
    "snapshot_name": another("the snapshot it was made from", RESTORE),
    "snapshot_retention_limit": modification.retention,
    "snapshot_window": Effect("snapshots are taken at another time of the day", API),
    "subnet_group_name": another("the subnet group", "keep it, or " + RESTORE),
    "transit_encryption_enabled": login.tls,
    "transit_encryption_mode": login.tls,
    "user_group_ids": login.login,
}

_BESIDE = Effect(
    "a group of that name is made, and the database goes over to it",
    "plans of the AWS provider: it makes another group",
    replaces=True,
)

_PARAMETER_GROUP: dict[str, Entry] = {
    "description": _BESIDE,
    "family": _BESIDE,
    "name": _BESIDE,
    "parameters": _parameters,
}

_SUBNET_GROUP: dict[str, Entry] = {
    "description": Effect("only words change", _SUBNETS),
    "name": _BESIDE,
    "subnet_ids": Effect(
        "nodes stay where they are, and new ones may lie in the other subnets; AWS refuses to take away those that "
        "nodes lie in",
        _SUBNETS,
    ),
}

_USER: dict[str, Entry] = {
    DELETION: login.no_user,
    "access_string": login.ACCESS,
    "authentication_mode": login.user,
    "engine": login.ENGINE,
    "no_password_required": Effect(
        "whether the user gets in without proving anything changes at once",
        "ModifyUser",
        service=Service.OUTAGE,
    ),
    "passwords": login.user,
    "passwords_wo": login.user,
    "passwords_wo_version": login.user,
    "user_id": login.another_user("the id"),
    "user_name": login.another_user("the name"),
}

_USER_GROUP: dict[str, Entry] = {
    "engine": login.ENGINE,
    "user_group_id": _BESIDE,
    "user_ids": Effect(
        "other users may log in, at once; who is no longer among them is cut off",
        _GROUPS,
        service=Service.DEGRADED,
    ),
}

EFFECTS: Table = {
    (type, name): entry
    for type, entries in {
        "aws:elasticache:ParameterGroup": _PARAMETER_GROUP,
        "aws:elasticache:ReplicationGroup": _GROUP,
        "aws:elasticache:SubnetGroup": _SUBNET_GROUP,
        "aws:elasticache:User": _USER,
        "aws:elasticache:UserGroup": _USER_GROUP,
    }.items()
    for name, entry in entries.items()
}
