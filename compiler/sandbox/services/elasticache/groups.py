"""What replication groups share: subnet groups and parameter groups."""

from __future__ import annotations

from typing import Any

from compiler.sandbox.declaration import Declaration, Says, Step
from compiler.sandbox.refusal import AwsError
from compiler.sandbox.services.subnets import SUBNETS, subnets
from compiler.sandbox.world import Thing

FAMILIES = (
    *("redis4.0", "redis5.0", "redis6.x", "redis7"),
    *("valkey7", "valkey8", "valkey9"),
)

# Parameters that follow from the node type (ElastiCache User Guide, "Engine specific parameters").
_FIXED = frozenset({"appendfsync", "appendonly", "maxclients", "maxmemory"})


def _subnet_group(step: Step) -> dict[str, Any]:
    name = step.inputs["name"]
    found = subnets(step)
    return {
        "id": name,
        "arn": step.world.arn("elasticache", step.region, f"subnetgroup:{name}"),
        "vpc_id": found[0].computed["vpc_id"] if found else step.was("vpc_id"),
        # Not told by AWS so, but what Multi-AZ is judged by.
        "zones": sorted({each.computed["availability_zone"] for each in found}),
    }


def _in_one_vpc(step: Step) -> None:
    if len({each.computed["vpc_id"] for each in subnets(step)}) > 1:
        raise AwsError("InvalidSubnet", "The subnets of a cache subnet group must all be in the same VPC.")


SUBNET_GROUP = Declaration(
    noun="ElastiCache Subnet Group",
    outputs=_subnet_group,
    name="name",
    identity=("name",),
    taken=Says("CacheSubnetGroupAlreadyExists", "Cache subnet group {name} already exists."),
    defaults={"description": "Managed by Pulumi"},
    sets=frozenset({"subnet_ids"}),
    patterns={"name": r"[a-z0-9-]{1,255}"},
    references=(SUBNETS,),
    in_use=Says(
        "CacheSubnetGroupInUse", "Cache subnet group {name} is currently in use by a cache cluster: {users}."
    ),
    rules=(_in_one_vpc,),
    replaces=frozenset({"name"}),
)


def _parameter_group(step: Step) -> dict[str, Any]:
    name = step.inputs["name"]
    return {"id": name, "arn": step.world.arn("elasticache", step.region, f"parametergroup:{name}")}


def _family_exists(step: Step) -> None:
    family = step.inputs["family"]
    if family not in FAMILIES:
        text = f"CacheParameterGroupFamily {family} is not a valid parameter group family."
        raise AwsError("InvalidParameterValue", text)


def _only_what_can_be_set(step: Step) -> None:
    for parameter in step.get("parameters") or []:
        if parameter["name"] in _FIXED:
            text = f"Parameter {parameter['name']} cannot be modified."
            raise AwsError("InvalidParameterValue", text)


def _mode_stays_under_a_cluster(step: Step) -> None:
    if step.old is None or cluster_enabled(step.old) == _enabled(step.get("parameters")):
        return
    if any(True for _ in step.world.users(step.old)):
        text = "cluster-enabled cannot be modified while a cluster uses the parameter group"
        raise AwsError("InvalidCacheParameterGroupState", f"{text} {step.inputs['name']}.")


def cluster_enabled(group: Thing | None) -> bool:
    """Whether a parameter group is for clusters."""
    return group is not None and _enabled(group.inputs.get("parameters"))


def _enabled(parameters: Any) -> bool:
    return any(each["name"] == "cluster-enabled" and each["value"] == "yes" for each in parameters or [])


PARAMETER_GROUP = Declaration(
    noun="ElastiCache Parameter Group",
    outputs=_parameter_group,
    name="name",
    identity=("name",),
    taken=Says("CacheParameterGroupAlreadyExists", "Cache parameter group {name} already exists."),
    defaults={"description": "Managed by Pulumi"},
    sets=frozenset({"parameters"}),
    patterns={"name": r"(?!.*--)[a-z]([a-z0-9-]{0,253}[a-z0-9])?"},
    in_use=Says(
        "InvalidCacheParameterGroupState",
        "One or more cache clusters are still members of this parameter group {name}, "
        "so the group cannot be deleted: {users}",
    ),
    rules=(_family_exists, _only_what_can_be_set, _mode_stays_under_a_cluster),
    replaces=frozenset({"description", "family", "name"}),
)
