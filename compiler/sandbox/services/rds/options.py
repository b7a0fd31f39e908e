"""Option groups: plugins of the engine, of which MySQL's auditing is the one that is simulated."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from compiler.sandbox.declaration import Declaration, Says, Step
from compiler.sandbox.refusal import AwsError
from compiler.sandbox.world import Thing, Values, World

_SETTINGS = {
    *("SERVER_AUDIT_EVENTS", "SERVER_AUDIT_EXCL_USERS", "SERVER_AUDIT_INCL_USERS", "SERVER_AUDIT_LOGGING"),
    *("SERVER_AUDIT_FILE_ROTATE_SIZE", "SERVER_AUDIT_FILE_ROTATIONS", "SERVER_AUDIT_QUERY_LOG_LIMIT"),
}
_EVENTS = {"CONNECT", "QUERY", "QUERY_DDL", "QUERY_DML", "QUERY_DML_NO_SELECT", "QUERY_DCL"}
_COMBINATION = "InvalidParameterCombination"


def _group(step: Step) -> dict[str, Any]:
    name = step.inputs["name"]
    return {"id": name, "arn": step.world.arn("rds", step.region, f"og:{name}")}


def _engine_is_known(step: Step) -> None:
    if step.inputs["engine_name"] != "mysql" or step.inputs["major_engine_version"] not in (
        "5.7",
        "8.0",
        "8.4",
    ):
        text = f"Cannot find major version {step.inputs['major_engine_version']} for {step.inputs['engine_name']}"
        raise AwsError(_COMBINATION, text)


def _options_are_known(step: Step) -> None:
    for option in step.get("options") or []:
        name = option["option_name"]
        if name not in ("MARIADB_AUDIT_PLUGIN", "MEMCACHED"):
            raise AwsError("InvalidParameterValue", f"Invalid option name: {name}")
        for setting in option.get("option_settings") or []:
            if name == "MARIADB_AUDIT_PLUGIN" and setting["name"] not in _SETTINGS:
                raise AwsError("InvalidParameterValue", f"Invalid option setting: {setting['name']}")
            if setting["name"] == "SERVER_AUDIT_EVENTS" and not set(setting["value"].split(",")) <= _EVENTS:
                raise AwsError(
                    "InvalidParameterValue", f"Invalid value for SERVER_AUDIT_EVENTS: {setting['value']}"
                )


def _delete(world: World, group: Thing, inputs: Values) -> timedelta | None:
    if inputs.get("skip_destroy"):
        return None
    snapshots = [
        each.id
        for each in world.things("aws:rds:Snapshot")
        if each.region == group.region and each.computed.get("option_group_name") == group.id
    ]
    if snapshots:
        text = f"The option group '{group.id}' cannot be deleted because it is in use."
        raise AwsError("InvalidOptionGroupStateFault", text)
    return timedelta(0)


OPTION_GROUP = Declaration(
    noun="RDS DB Option Group",
    outputs=_group,
    name="name",
    identity=("name",),
    handles=("name",),
    taken=Says("OptionGroupAlreadyExistsFault", "The option group {name} already exists."),
    defaults={"option_group_description": "Managed by Pulumi", "skip_destroy": False},
    sets=frozenset({"options"}),
    unread=frozenset({"skip_destroy"}),
    imported={"skip_destroy": False},
    patterns={"name": r"(?!.*--)[a-z]([a-z0-9-]{0,253}[a-z0-9])?"},
    in_use=Says(
        "InvalidOptionGroupStateFault", "The option group '{name}' cannot be deleted because it is in use."
    ),
    rules=(_engine_is_known, _options_are_known),
    replaces=frozenset(
        {"engine_name", "major_engine_version", "name", "name_prefix", "option_group_description"}
    ),
    deletes=_delete,
)
