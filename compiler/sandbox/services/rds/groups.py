"""What RDS instances share: subnet groups and parameter groups."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from compiler.sandbox.declaration import Declaration, Make, Says, Step
from compiler.sandbox.refusal import AwsError
from compiler.sandbox.services.subnets import SUBNETS, subnets
from compiler.sandbox.world import REBOOT, Thing

FAMILIES = ("mysql5.7", "mysql8.0", "mysql8.4")

# Parameters that MySQL reads only when it starts (reference manual 8.4, sections 7.1.8 and 17.14), as far as people
# set them: AWS refuses to apply them at once.
_STATIC = frozenset(
    {
        "innodb_autoinc_lock_mode",
        "innodb_buffer_pool_instances",
        "innodb_flush_method",
        "innodb_log_file_size",
        "innodb_open_files",
        "innodb_page_cleaners",
        "innodb_purge_threads",
        "innodb_read_io_threads",
        "innodb_write_io_threads",
        "lower_case_table_names",
        "performance_schema",
        "skip_name_resolve",
        "table_open_cache_instances",
        "thread_stack",
    }
)


def _subnet_group(step: Step) -> dict[str, Any]:
    name = step.inputs["name"]
    found = subnets(step)
    return {
        "id": name,
        "arn": step.world.arn("rds", step.region, f"subgrp:{name}"),
        "vpc_id": found[0].computed["vpc_id"] if found else step.was("vpc_id"),
        "supported_network_types": ["IPV4"],
    }


def _covers_two_zones(step: Step) -> None:
    found = subnets(step)
    zones = sorted({each.computed["availability_zone"] for each in found})
    if len(zones) < 2:
        text = "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current AZ coverage:"
        message = f"{text} {', '.join(zones)}. Add subnets to cover at least 2 AZs."
        raise AwsError("DBSubnetGroupDoesNotCoverEnoughAZs", message)
    if len({each.computed["vpc_id"] for each in found}) > 1:
        raise AwsError("InvalidSubnet", "The subnets of a DB subnet group must all be in the same VPC.")


SUBNET_GROUP = Declaration(
    noun="RDS DB Subnet Group",
    outputs=_subnet_group,
    name="name",
    identity=("name",),
    taken=Says("DBSubnetGroupAlreadyExists", "The DB subnet group '{name}' already exists."),
    defaults={"description": "Managed by Pulumi"},
    sets=frozenset({"subnet_ids"}),
    patterns={"name": r"(?!default$)[ .0-9a-z_-]{1,255}"},
    references=(SUBNETS,),
    in_use=Says(
        "InvalidDBSubnetGroupStateFault",
        "Cannot delete the subnet group '{name}' because at least one database instance: {users} is still using it.",
    ),
    rules=(_covers_two_zones,),
    replaces=frozenset({"name", "name_prefix"}),
)


def _parameter_group(step: Step) -> dict[str, Any]:
    name = step.inputs["name"]
    return {"id": name, "arn": step.world.arn("rds", step.region, f"pg:{name}")}


def _family_exists(step: Step) -> None:
    family = step.inputs["family"]
    if family not in FAMILIES:
        raise AwsError(
            "InvalidParameterValue", f"ParameterGroupFamily {family} is not a valid parameter group family"
        )


def _static_parameters_wait_for_a_reboot(step: Step) -> None:
    for parameter in step.get("parameters") or []:
        if parameter["name"] in _STATIC and parameter["apply_method"] == "immediate":
            text = f"cannot use immediate apply method for static parameter (Parameter '{parameter['name']}')"
            raise AwsError("InvalidParameterCombination", text)


def _ask_for_reboots(step: Step, group: Thing, make: Make) -> None:  # noqa: ARG001
    """A changed parameter that needs a reboot is pending in every instance that uses the group."""
    before = (step.old.inputs.get("parameters") or []) if step.old else []
    changed = [each for each in group.inputs.get("parameters") or [] if each not in before]
    if step.old and any(each["apply_method"] == "pending-reboot" for each in changed):
        for _, user in list(step.world.users(group)):
            step.world.amend(replace(user, pending={**user.pending, "parameters": REBOOT}))


PARAMETER_GROUP = Declaration(
    noun="RDS DB Parameter Group",
    outputs=_parameter_group,
    name="name",
    identity=("name",),
    taken=Says("DBParameterGroupAlreadyExists", "Parameter group {name} already exists"),
    defaults={
        "description": "Managed by Pulumi",
        "parameters.apply_method": "immediate",
        "skip_destroy": False,
    },
    sets=frozenset({"parameters"}),
    unread=frozenset({"skip_destroy"}),
    imported={"skip_destroy": False},
    choices={"parameters.apply_method": ("immediate", "pending-reboot")},
    patterns={"name": r"(?!.*--)[a-z]([a-z0-9.-]{0,253}[a-z0-9])?"},
    in_use=Says(
        "InvalidDBParameterGroupState",
        "One or more database instances are still members of this parameter group {name}, "
        "so the group cannot be deleted",
    ),
    rules=(_family_exists, _static_parameters_wait_for_a_reboot),
    effects=(_ask_for_reboots,),
    replaces=frozenset({"description", "family", "name", "name_prefix"}),
)
