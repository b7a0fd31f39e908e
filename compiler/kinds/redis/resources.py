"""The resources that a Redis database is made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from compiler.aws import elasticache
from compiler.graph import Json, Options, Stack, Value
from compiler.kinds.redis import derived, scaling
from compiler.kinds.redis.alarms import watched
from compiler.kinds.redis.graphs import graphs
from compiler.parts import (
    access,
    alarms,
    autoscaling,
    dashboards,
    encryption,
    logs,
    names,
    secrets,
    snapshots,
)
from compiler.parts.assembly import Assembly, Made

if TYPE_CHECKING:
    from compiler.catalog import Database
    from compiler.kinds.redis.spec import Redis


def compile_stack(database: Database[Redis]) -> Stack:
    """The stack of a database that `rules.check` found nothing in."""
    spec, environment = database.spec, database.environment
    stack_id = names.stack_id(database)
    assembly = Assembly(stack_id, environment.spec.region, names.tags(environment, stack_id, database))
    identifier = names.identifier(database)

    key = encryption.key(assembly, database) if spec.encryption.kms_key is None else None
    key_arn: Value = key["arn"] if key else spec.encryption.kms_key
    subnets = assembly.add(
        "subnets",
        "aws:elasticache:SubnetGroup",
        "places it in the private subnets",
        {
            "name": identifier,
            "description": f"dbspec {stack_id}",
            "subnet_ids": access.shared(environment, "private_subnet_ids"),
        },
    )
    firewall = access.firewall(assembly, database, spec.port)
    parameters = _parameter_group(assembly, database)
    passwords = {name: _password(assembly, name) for name in _passwords(spec)}
    users = _users(assembly, database, passwords) if derived.has_users(spec) else None
    exports = sorted(spec.logs.exports)
    log_groups = {export: f"/aws/elasticache/{identifier}/{export}" for export in exports}
    log_resources = logs.groups(
        assembly,
        [(f"log-{export.removesuffix('-log')}", log_groups[export]) for export in exports],
        spec.logs.retention_days,
    )
    group = assembly.add(
        "replication-group",
        "aws:elasticache:ReplicationGroup",
        "the database itself",
        {
            "replication_group_id": identifier,
            "description": f"dbspec {stack_id}",
            "engine": spec.engine,
            "engine_version": spec.engine_version,
            "parameter_group_name": parameters["name"],
            "port": spec.port,
            "subnet_group_name": subnets["name"],
            "security_group_ids": [firewall["id"]],
            "at_rest_encryption_enabled": True,
            "kms_key_id": key_arn,
            "log_delivery_configurations": [
                {
                    "destination": log_groups[export],
                    "destination_type": "cloudwatch-logs",
                    "log_format": "json",
                    "log_type": export,
                }
                for export in exports
            ],
            "snapshot_name": spec.restore.snapshot if spec.restore else None,
            "final_snapshot_identifier": snapshots.final_name(assembly, identifier)
            if spec.final_snapshot
            else None,
            **_nodes(spec),
            **_clients(spec, passwords, users),
            **_operations(database),
        },
        Options(
            protect=spec.deletion_protection,
            delete_before_replace=True,  # both would have the one identifier
            depends_on=log_resources,
            # What it is made from is of no account once it is there: the provider would make another, empty one.
            ignore_changes=(
                *(count for key, count in scaling.COUNTS.items() if getattr(spec.autoscaling, key)),
                "snapshot_name",
            ),
        ),
    )
    for each in scaling.scaled(spec, group):
        autoscaling.add(assembly, each)
    _alarms(assembly, database)
    outputs = _outputs(spec, group)
    if derived.has_secret(spec):
        outputs["secret_arn"] = _secret(assembly, database, passwords, outputs, key_arn)["arn"]
    if spec.auth.mode == "iam" and users:
        outputs["user_name"] = identifier
        outputs["connect_policy"] = _connect_policy(group, Made("user"))
    dashboards.of_database(assembly, database, graphs(spec, identifier))
    return assembly.stack(outputs, after=(names.environment_stack_id(environment),))


def _parameter_group(assembly: Assembly, database: Database[Redis]) -> Made:
    spec = database.spec
    family = elasticache.parameter_family(spec.engine, spec.engine_version)
    # What replaces a group is another resource: pulumi_aws deletes a replaced one first where a person chose its name,
    # and AWS deletes none in use. So the family is in both names, and for the same reason whether it is a cluster's:
    # AWS takes no group whose `cluster-enabled` changes under the database.
    kind = family.replace(".", "") + ("-cluster" if spec.topology == "cluster" else "")
    return assembly.add(
        f"parameters-{kind}",
        "aws:elasticache:ParameterGroup",
        "sets the engine's parameters",
        {
            "name": f"{names.identifier(database)}-{kind}",
            "family": family,
            "description": f"dbspec {names.identifier(database)}",
            "parameters": [
                {"name": name, "value": value} for name, value in sorted(derived.parameters(spec).items())
            ],
        },
    )


def _passwords(spec: Redis) -> list[str]:
    """The passwords that the graph holds. A token's predecessor is only in ElastiCache, which keeps the last two."""
    if not derived.has_secret(spec):
        return []
    return derived.passwords(spec) if spec.auth.mode == "rbac" else derived.passwords(spec)[-1:]


def _password(assembly: Assembly, name: str) -> Made:
    return secrets.password(assembly, name, "gets clients in")


def _users(assembly: Assembly, database: Database[Redis], passwords: Mapping[str, Made]) -> Made:
    """The group of users: the clients' own, and the one named `default`, as which nobody gets anywhere.

    Users and groups of the engine `redis` fit both engines, so that moving to Valkey leaves them alone. Source:
    ElastiCache User Guide, "Role-Based Access Control (RBAC)".
    """
    identifier = names.identifier(database)
    if database.spec.auth.mode == "iam":
        mode: dict[str, Value] = {"type": "iam"}
    else:
        mode = {"type": "password", "passwords": [each["result"] for each in passwords.values()]}
    user = assembly.add(
        "user",
        "aws:elasticache:User",
        "the clients' user",
        {
            # IAM wants id and name to be the same.
            "user_id": identifier,
            "user_name": identifier,
            "engine": "redis",
            "access_string": "on ~* +@all",
            "authentication_mode": mode,
        },
    )
    unused = secrets.password(assembly, "default-password", "nobody knows it, and it opens nothing")
    default = assembly.add(
        "default-user",
        "aws:elasticache:User",
        "takes the place of AWS's own `default` user, which gets in without a password",
        {
            "user_id": derived.default_user_id(identifier),
            "user_name": "default",
            "engine": "redis",
            "access_string": "off ~* -@all",
            "authentication_mode": {"type": "password", "passwords": [unused["result"]]},
        },
    )
    return assembly.add(
        "users",
        "aws:elasticache:UserGroup",
        "who gets in",
        {
            "user_group_id": identifier,
            "engine": "redis",
            "user_ids": [default["user_id"], user["user_id"]],
        },
    )


def _nodes(spec: Redis) -> dict[str, Value]:
    found = elasticache.node_type(spec.node_type)
    nodes: dict[str, Value] = {
        "node_type": spec.node_type,
        # Nodes with an SSD must use it, others have none to use.
        "data_tiering_enabled": bool(found and found.tiered),
        "automatic_failover_enabled": derived.automatic_failover(spec),
        "multi_az_enabled": derived.multi_az(spec),
    }
    if spec.topology == "cluster":
        return nodes | {
            "cluster_mode": spec.cluster_mode or "enabled",
            "num_node_groups": derived.shards(spec),
            "replicas_per_node_group": derived.replicas(spec),
        }
    # Before version 7 there is no way from one mode to the other, and none is asked for.
    mode = "disabled" if elasticache.numbers(spec.engine_version) >= (7, 0) else None
    return nodes | {"cluster_mode": mode, "num_cache_clusters": derived.nodes(spec)}


def _clients(spec: Redis, passwords: Mapping[str, Made], users: Made | None) -> dict[str, Value]:
    """TLS, and who gets in."""
    mode = spec.transit_encryption.mode
    clients: dict[str, Value] = {
        "transit_encryption_enabled": mode != "disabled",
        "transit_encryption_mode": None if mode == "disabled" else mode,
    }
    if users:
        return clients | {"user_group_ids": [users["user_group_id"]]}
    if spec.auth.mode == "token":
        (token,) = passwords.values()
        return clients | {
            "auth_token": token["result"],
            # ROTATE lets the token before this one in as well, SET this one only. Neither is used at creation.
            "auth_token_update_strategy": "ROTATE" if spec.auth.keep_previous else "SET",
        }
    return clients


def _operations(database: Database[Redis]) -> dict[str, Value]:
    """The way it is run."""
    spec = database.spec
    return {
        "snapshot_retention_limit": spec.snapshot.retention_days,
        "snapshot_window": str(derived.snapshot_window(database)),
        "maintenance_window": str(derived.maintenance_window(database)),
        # Before version 6 AWS upgrades nothing by itself and takes no such wish.
        "auto_minor_version_upgrade": spec.upgrades.auto_minor
        if elasticache.numbers(spec.engine_version) >= (6, 0)
        else None,
        "apply_immediately": spec.upgrades.apply_immediately,
        "notification_topic_arn": names.alert_topic_arn(database.environment),
    }


def _outputs(spec: Redis, group: Made) -> dict[str, Value]:
    outputs: dict[str, Value] = {"port": group["port"], "arn": group["arn"]}
    if spec.topology == "cluster":
        return outputs | {"endpoint": group["configuration_endpoint_address"]}
    outputs["endpoint"] = group["primary_endpoint_address"]
    if derived.replicas(spec):
        outputs["reader_endpoint"] = group["reader_endpoint_address"]
    return outputs


def _secret(
    assembly: Assembly,
    database: Database[Redis],
    passwords: Mapping[str, Made],
    outputs: Mapping[str, Value],
    key_arn: Value,
) -> Made:
    """What a client needs. It refers to the endpoint, so it changes after everything that lets clients in."""
    spec = database.spec
    content: dict[str, Value] = {
        "engine": spec.engine,
        "host": outputs["endpoint"],
        "port": outputs["port"],
        "tls": spec.transit_encryption.mode != "disabled",
        "cluster": spec.topology == "cluster",
        "password": list(passwords.values())[-1]["result"],
    }
    if spec.auth.mode == "rbac":
        content["username"] = names.identifier(database)
    return secrets.secret(
        assembly,
        database,
        content,
        kms_key=key_arn,
        recovery_days=spec.secret_recovery_days,
        who="client",
    )


def _connect_policy(group: Made, user: Made) -> Value:
    """The policy by which an IAM role may connect. Source: ElastiCache User Guide, "Authenticating with IAM"."""
    return Json(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": "elasticache:Connect", "Resource": [group["arn"], user["arn"]]}
            ],
        }
    )


def _alarms(assembly: Assembly, database: Database[Redis]) -> None:
    found = elasticache.node_type(database.spec.node_type)
    assert found is not None  # the model lets no other type through
    for each in watched(database.spec, names.identifier(database), found):
        for alarm in each.alarms:
            alarms.add(
                assembly,
                database.environment,
                "AWS/ElastiCache",
                each.prefix,
                each.target,
                each.dimensions,
                alarm,
            )
