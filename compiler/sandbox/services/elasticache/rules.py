"""What ElastiCache, or its provider, refuses of a replication group.

Texts of messages are AWS's where they are known (databases.md, section 2), and in its style elsewhere.
"""

from __future__ import annotations

import re

from compiler.aws.elasticache import VERSIONS, node_type
from compiler.sandbox.declaration import Rule, Step
from compiler.sandbox.refusal import AwsError, NotSimulatedError
from compiler.sandbox.services.elasticache.groups import cluster_enabled
from compiler.sandbox.services.elasticache.versions import family, parts
from compiler.sandbox.services.rds.windows import too_short

_COMBINATION = "InvalidParameterCombination"
_VALUE = "InvalidParameterValue"
_SNAPSHOT = "aws:elasticache:Snapshot"
_QUOTA = 90  # nodes of a cluster, unless somebody has had it raised


def _is_simulated(step: Step) -> None:
    for name in ("global_replication_group_id", "snapshot_arns", "node_group_configurations"):
        if step.get(name):
            raise NotSimulatedError(
                f"the sandbox does not simulate {name} of aws:elasticache:ReplicationGroup"
            )
    for each in step.get("log_delivery_configurations") or []:
        if each["destination_type"] != "cloudwatch-logs":
            raise NotSimulatedError("the sandbox does not simulate logs in Kinesis Data Firehose")


def _node_type_exists(step: Step) -> None:
    name = step.get("node_type")
    if name is None:
        if step.old is None:
            raise AwsError("", '"node_type" is required unless "global_replication_group_id" is set.')
        return
    found = node_type(name)
    if found is None or not found.offered_in(step.region):
        raise AwsError(_VALUE, f"Invalid Cache Node Type: {name}")
    if found.tiered is not bool(step.get("data_tiering_enabled")):
        text = (
            "must be enabled for the r6gd node family"
            if found.tiered
            else "is only supported on r6gd node types"
        )
        raise AwsError(_COMBINATION, f"Data tiering {text}.")


def _version_exists(step: Step) -> None:
    engine, version = _engine(step), step.get("engine_version")
    if version is not None and version not in VERSIONS[engine] and version != "6.x":
        raise AwsError(_COMBINATION, f"Cannot find version {version} for {engine}")


def _version_only_goes_up(step: Step) -> None:
    if step.changes("engine") and step.inputs["engine"] == "redis":
        raise AwsError(_COMBINATION, "Modifying the engine from valkey to redis is not supported.")
    if step.changes("engine") and not step.changes("engine_version"):
        text = "must explicitly set 'engine_version' attribute when updating engine to 'valkey'"
        raise AwsError("", text)
    if step.changes("engine_version"):
        now, wanted = str(step.was("engine_version")), step.inputs["engine_version"]
        if parts(wanted) < parts(now):
            text = "Downgrading from one engine version to another is not supported:"
            raise AwsError(_COMBINATION, f"{text} {now} to {wanted}")


def _parameter_group_fits(step: Step) -> None:
    group = step.find("aws:elasticache:ParameterGroup", step.get("parameter_group_name"))
    if group is None:
        return
    wanted, found = family(_engine(step), _version(step)), group.inputs["family"]
    if found != wanted:
        raise AwsError(
            _COMBINATION, f"Expected a parameter group of family {wanted} but found one of family {found}"
        )
    sharded = _mode(step) != "disabled"
    if sharded and not cluster_enabled(group):
        text = "Cannot create a cluster with multiple shards"
        raise AwsError(
            _COMBINATION, f"{text}: the parameter group {group.id} does not have cluster-enabled set to yes."
        )
    if cluster_enabled(group) and not sharded:
        text = (
            f"The parameter group {group.id} is for cluster mode enabled, which the replication group is not."
        )
        raise AwsError(_COMBINATION, text)


def _counts_fit(step: Step) -> None:
    single, shards = step.get("num_cache_clusters"), step.get("num_node_groups")
    replicas = single - 1 if single is not None else step.get("replicas_per_node_group") or 0
    if step.get("multi_az_enabled") and not step.get("automatic_failover_enabled"):
        text = "automatic_failover_enabled must be true if multi_az_enabled is true"
        raise AwsError("", text)
    if step.get("automatic_failover_enabled") and single is not None and single < 2:
        raise AwsError("", '"num_cache_clusters": must be at least 2 if automatic_failover_enabled is true')
    if step.get("multi_az_enabled") and replicas < 1:
        raise AwsError(_COMBINATION, "Multi-AZ needs at least one replica in every shard.")
    if replicas > 5:
        raise AwsError(_VALUE, "The number of replicas per node group must be within 0 and 5.")
    if (shards or 1) * (1 + replicas) > _QUOTA:
        text = f"The request cannot be processed because it would exceed {_QUOTA} nodes in a single cluster."
        raise AwsError("NodeQuotaForClusterExceeded", text)


def _cluster_fails_over(step: Step) -> None:
    mode = _mode(step)
    if mode == "disabled":
        if (step.get("num_node_groups") or 1) > 1:
            raise AwsError(_COMBINATION, "Cluster mode must be enabled for more than one shard.")
        return
    if not step.get("automatic_failover_enabled"):
        raise AwsError(_COMBINATION, "Automatic failover must be enabled for cluster mode enabled.")
    if mode == "compatible":
        if parts(_version(step)) < (7, 0):
            raise AwsError(_COMBINATION, "Cluster mode compatible requires engine version 7.0 or later.")
        if (step.get("num_node_groups") or 1) > 1:
            raise AwsError(_COMBINATION, "Cluster mode compatible is only for a single shard.")


def _cluster_mode_goes_step_by_step(step: Step) -> None:
    if step.old is None:
        return
    before, after = step.was("cluster_mode"), _mode(step)
    if before == "compatible" and (step.get("num_node_groups") or 1) != step.was("num_node_groups"):
        text = "Shards cannot be changed while the cluster mode is compatible."
        raise AwsError("InvalidReplicationGroupState", text)
    if before == after:
        return
    if before == "enabled":
        raise AwsError(_COMBINATION, f"Cluster mode cannot be changed from enabled to {after}.")
    if (before, after) == ("disabled", "enabled"):
        text = "To modify cluster mode from Disabled to Enabled, you must first set the cluster mode to Compatible."
        raise AwsError(_COMBINATION, text)


def _encryption_at_rest_has_its_key(step: Step) -> None:
    if step.get("kms_key_id") and step.get("at_rest_encryption_enabled") is False:
        raise AwsError(_COMBINATION, "KmsKeyId can only be given where encryption at rest is enabled.")


def _tls_goes_step_by_step(step: Step) -> None:
    enabled, mode = step.get("transit_encryption_enabled"), step.get("transit_encryption_mode")
    if mode and not enabled:
        raise AwsError(_COMBINATION, "TransitEncryptionMode needs TransitEncryptionEnabled.")
    if step.old is None or enabled is None:
        return
    was = bool(step.was("transit_encryption_enabled"))
    if enabled and not was and mode != "preferred":
        text = "Setting TransitEncryptionMode to required is a two-step process: first set it to preferred."
        raise AwsError(_COMBINATION, text)
    if was and not enabled and step.was("transit_encryption_mode") != "preferred":
        text = "Encryption in transit can only be disabled where TransitEncryptionMode is preferred."
        raise AwsError(_COMBINATION, text)


def _who_logs_in_uses_tls(step: Step) -> None:
    tls = step.get("transit_encryption_enabled")
    if step.get("auth_token") and not tls:
        raise AwsError(_COMBINATION, "AuthToken needs TransitEncryptionEnabled.")
    groups = step.get("user_group_ids") or []
    if groups and not tls:
        raise AwsError(_COMBINATION, "User groups need TransitEncryptionEnabled.")
    if len(groups) > 1:
        raise AwsError(_VALUE, "A replication group can have one user group.")
    if groups and step.changes("transit_encryption_enabled") and not step.was("user_group_ids"):
        text = "User groups cannot be added while encryption in transit is being enabled."
        raise AwsError(_COMBINATION, text)
    if groups and parts(_version(step)) < (6, 0):
        raise AwsError(_COMBINATION, "User groups need engine version 6.0 or later.")
    for each in groups:
        found = step.find("aws:elasticache:UserGroup", each)
        if found and found.inputs["engine"] == "valkey" and _engine(step) == "redis":
            text = f"User group {each} of the engine valkey cannot be used with redis."
            raise AwsError(_COMBINATION, text)


def login(step: Step) -> str:
    """How clients prove themselves, which AWS tells only in part."""
    if step.get("user_group_ids"):
        return "users"
    return "token" if "auth_token" in step.inputs or "auth_token_wo" in step.inputs else "open"


def _login_changes_as_it_may(step: Step) -> None:
    """AuthTokenUpdateStrategy in botocore, and "Authenticating with the AUTH command" in the user guide."""
    was, becomes, strategy = step.was("login"), login(step), step.get("auth_token_update_strategy")
    if step.old is None or was == becomes:
        return
    if strategy == "DELETE" and (was, becomes) != ("token", "users"):
        raise AwsError(_COMBINATION, "The strategy DELETE is allowed only when transitioning to RBAC.")
    if was == "token" and strategy != "DELETE":
        text = "AuthToken must be given with AuthTokenUpdateStrategy, unless it is deleted for RBAC."
        raise AwsError(_COMBINATION, text)
    if (was, becomes, strategy) == ("open", "token", "SET"):
        raise AwsError(_COMBINATION, "The strategy SET is allowed only after ROTATE.")


def _logs_are_told_apart(step: Step) -> None:
    kinds = [each["log_type"] for each in step.get("log_delivery_configurations") or []]
    if len(set(kinds)) < len(kinds):
        raise AwsError(_COMBINATION, "There can be one log delivery configuration for each log type.")
    least = {"slow-log": (6, 0), "engine-log": (6, 2)}
    for kind in kinds:
        if parts(_version(step)) < least[kind]:
            raise AwsError(
                _COMBINATION, f"Log type {kind} is not supported by engine version {_version(step)}."
            )


def _network_fits(step: Step) -> None:
    subnets = step.find("aws:elasticache:SubnetGroup", step.get("subnet_group_name"))
    if subnets is None:
        return
    if step.get("multi_az_enabled") and len(subnets.computed["zones"]) < 2:
        raise AwsError(
            _COMBINATION, "Multi-AZ needs a subnet group with subnets in at least two Availability Zones."
        )
    for each in step.get("security_group_ids") or []:
        group = step.find("aws:ec2:SecurityGroup", each)
        own = group.attributes.get("vpc_id") if group else None
        if own and own != subnets.computed["vpc_id"]:
            raise AwsError(
                "InvalidVPCNetworkStateFault",
                f"The security group {each} is in another VPC than the cluster.",
            )


def _windows_last_an_hour(step: Step) -> None:
    for name in ("maintenance_window", "snapshot_window"):
        window = step.get(name)
        if window and too_short(window, 60):
            raise AwsError(_VALUE, f"The {name.replace('_', ' ')} must be at least 60 minutes: {window}")


def _snapshot_name_is_one(step: Step) -> None:
    name = step.get("final_snapshot_identifier")
    if isinstance(name, str) and not re.fullmatch(r"(?!.*--)[A-Za-z]([0-9A-Za-z-]{0,253}[0-9A-Za-z])?", name):
        raise AwsError(_VALUE, f"The snapshot name is not valid: {name}")


def _engine(step: Step) -> str:
    return str(step.get("engine") or step.was("engine") or "redis")


def _version(step: Step) -> str:
    return str(step.get("engine_version") or step.was("engine_version") or VERSIONS[_engine(step)][-1])


def _mode(step: Step) -> str:
    if said := step.get("cluster_mode") or step.was("cluster_mode"):
        return str(said)
    group = step.find("aws:elasticache:ParameterGroup", step.get("parameter_group_name"))
    return "enabled" if (step.get("num_node_groups") or 1) > 1 or cluster_enabled(group) else "disabled"


def _snapshot_fits(step: Step) -> None:
    """What is restored is at least as new as its snapshot, and a cluster where that was one.

    Source: ElastiCache User Guide, "Restoring from a backup into a new cache".
    """
    snapshot = None if step.old else step.find(_SNAPSHOT, step.get("snapshot_name"))
    if snapshot is None:
        return
    known = snapshot.attributes
    if known.get("cluster_enabled") and _mode(step) == "disabled":
        text = "Cannot restore a snapshot of a cluster into a replication group with cluster mode disabled."
        raise AwsError(_COMBINATION, text)
    engine, version = step.get("engine") or "redis", str(step.get("engine_version") or "")
    if known.get("engine") == "valkey" and engine == "redis":
        raise AwsError(_COMBINATION, "Cannot restore a snapshot of valkey with the engine redis.")
    if known.get("engine") == engine and version and parts(version) < parts(str(known["engine_version"])):
        text = f"Cannot restore a snapshot of {engine} {known['engine_version']} with version {version}."
        raise AwsError(_COMBINATION, text)


ALL: tuple[Rule, ...] = (
    _is_simulated,
    _node_type_exists,
    _version_exists,
    _version_only_goes_up,
    _parameter_group_fits,
    _counts_fit,
    _cluster_fails_over,
    _cluster_mode_goes_step_by_step,
    _encryption_at_rest_has_its_key,
    _tls_goes_step_by_step,
    _who_logs_in_uses_tls,
    _login_changes_as_it_may,
    _logs_are_told_apart,
    _network_fits,
    _windows_last_an_hour,
    _snapshot_name_is_one,
    _snapshot_fits,
)
