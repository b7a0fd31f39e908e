"""Who may log in: users, and the groups of them that a replication group lets in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from compiler.sandbox.declaration import Declaration, Hold, Reference, Says, Step
from compiler.sandbox.refusal import AwsError
from compiler.sandbox.world import Thing, Values, World

_ENGINES = ("redis", "valkey")
_ID = r"(?!.*--)[a-z]([a-z0-9-]{0,38}[a-z0-9])?"


def _user(step: Step) -> dict[str, Any]:
    user_id = step.inputs["user_id"]
    mode = step.get("authentication_mode") or {}
    passwords = mode.get("passwords") or step.get("passwords") or []
    return {
        "id": user_id,
        "arn": step.world.arn("elasticache", step.region, f"user:{user_id}"),
        # AWS tells the type and how many passwords there are, never which.
        "authentication": mode.get("type") or ("password" if passwords else "no-password-required"),
    }


def _proves_itself_in_one_way(step: Step) -> None:
    mode = step.get("authentication_mode") or {}
    kind = mode.get("type")
    passwords = [*(mode.get("passwords") or []), *(step.get("passwords") or [])]
    known = [each for each in passwords if isinstance(each, str)]
    if kind not in (None, "iam", "password", "no-password-required"):
        raise AwsError("InvalidParameterValue", f"Invalid authentication type: {kind}")
    if len(passwords) > 2:
        raise AwsError("InvalidParameterValue", "A user can have at most two passwords.")
    if any(not 16 <= len(each) <= 128 for each in known):
        raise AwsError("InvalidParameterValue", "Passwords length must be between 16-128 characters.")
    if kind == "password" and not passwords:
        raise AwsError("InvalidParameterCombination", "The user requires a password.")
    if kind == "iam" and passwords:
        raise AwsError("InvalidParameterCombination", "A user that IAM authenticates cannot have passwords.")
    if kind == "iam" and step.inputs["user_id"] != step.inputs["user_name"]:
        raise AwsError("InvalidParameterCombination", "UserId and UserName must be the same for an IAM user.")
    if kind is None and not passwords and not step.get("no_password_required"):
        raise AwsError(
            "InvalidParameterCombination", "Either a password or NoPasswordRequired must be given."
        )


def _access_string_reads(step: Step) -> None:
    words = str(step.inputs["access_string"]).split()
    if not words or words[0] not in ("on", "off") or "reset" in words:
        raise AwsError("InvalidParameterValue", f"Invalid access string: {step.inputs['access_string']}")


def _delete_user(world: World, user: Thing, inputs: Values) -> timedelta:  # noqa: ARG001
    if user.inputs["user_name"] == "default" and any(True for _ in world.users(user)):
        text = f"The default user {user.id} is assigned to a user group."
        raise AwsError("DefaultUserAssociatedToUserGroup", text)
    return timedelta(0)


USER = Declaration(
    noun="ElastiCache User",
    outputs=_user,
    name="user_id",
    identity=("user_id",),
    handles=("user_id",),
    taken=Says("UserAlreadyExists", "User {name} already exists."),
    defaults={"no_password_required": False},
    sets=frozenset({"authentication_mode.passwords", "passwords"}),
    unread=frozenset({"authentication_mode", "no_password_required", "passwords"}),
    imported={"no_password_required": False},
    choices={"engine": _ENGINES},
    patterns={"user_id": _ID},
    exclusive=(("authentication_mode", "passwords"), ("authentication_mode", "passwords_wo")),
    replaces=frozenset({"user_id", "user_name"}),
    rules=(_proves_itself_in_one_way, _access_string_reads),
    deletes=_delete_user,
)


def _user_group(step: Step) -> dict[str, Any]:
    group_id = step.inputs["user_group_id"]
    return {"id": group_id, "arn": step.world.arn("elasticache", step.region, f"usergroup:{group_id}")}


def _members_fit(step: Step) -> None:
    found = [step.find("aws:elasticache:User", each) for each in step.get("user_ids") or []]
    users = [each for each in found if each]
    names = [each.inputs["user_name"] for each in users]
    if len(set(names)) < len(names):
        raise AwsError("DuplicateUserName", "A user with this username already exists in the user group.")
    if step.inputs["engine"] == "redis":
        if "default" not in names:
            raise AwsError("DefaultUserRequired", "A default user must be in the user group.")
        if any(each.inputs["engine"] == "valkey" for each in users):
            text = "Users of the engine valkey cannot be in a user group of the engine redis."
            raise AwsError("InvalidParameterCombination", text)
    elif any(each.computed["authentication"] == "no-password-required" for each in users):
        text = (
            "Users in a user group of the engine valkey must authenticate themselves by a password or by IAM."
        )
        raise AwsError("InvalidParameterCombination", text)


def _engine_serves_those_who_use_it(step: Step) -> None:
    if not step.changes("engine") or step.inputs["engine"] == "redis" or step.old is None:
        return
    for _, user in step.world.users(step.old):
        if user.attributes.get("engine") == "redis":
            text = f"The user group is associated with {user.id}, whose engine is redis."
            raise AwsError("InvalidParameterCombination", text)


USER_GROUP = Declaration(
    noun="ElastiCache User Group",
    outputs=_user_group,
    name="user_group_id",
    identity=("user_group_id",),
    handles=("user_group_id",),
    taken=Says("UserGroupAlreadyExists", "User Group {name} already exists."),
    sets=frozenset({"user_ids"}),
    choices={"engine": _ENGINES},
    patterns={"user_group_id": _ID},
    references=(
        Reference(
            "user_ids", ("aws:elasticache:User",), Hold.NEEDS, "UserNotFound", "User {value} not found."
        ),
    ),
    in_use=Says(
        "InvalidUserGroupState", "User group {name} is still associated with replication groups: {users}"
    ),
    rules=(_members_fit, _engine_serves_those_who_use_it),
    replaces=frozenset({"user_group_id"}),
)
