"""Identity and Access Management: roles and the policies attached to them, in no region."""

from __future__ import annotations

import string
from datetime import timedelta
from typing import Any

from compiler.sandbox.declaration import Declaration, Hold, Reference, Says, Step
from compiler.sandbox.refusal import AwsError
from compiler.sandbox.world import Thing, Values, World


def _role(step: Step) -> dict[str, Any]:
    name = step.inputs["name"]
    return {
        "id": name,
        "arn": step.world.arn("iam", "", f"role{step.inputs['path']}{name}"),
        "unique_id": step.kept("unique_id", "AROA" + step.token("id", 17, string.ascii_uppercase + "234567")),
        "create_date": step.kept("create_date", lambda: step.world.now.strftime("%Y-%m-%dT%H:%M:%SZ")),
    }


def _attached(world: World, role: Thing) -> list[Thing]:
    return [user for _, user in world.users(role) if user.type == "aws:iam:RolePolicyAttachment"]


def _policies_of_role(world: World, role: Thing) -> Values:
    return {
        "managed_policy_arns": sorted(each.inputs["policy_arn"] for each in _attached(world, role)),
        "inline_policies": list(role.inputs.get("inline_policies") or []),
    }


def _delete_role(world: World, role: Thing, inputs: Values) -> timedelta:
    if _attached(world, role) and not inputs.get("force_detach_policies"):
        raise AwsError("DeleteConflict", "Cannot delete entity, must detach all policies first.")
    return timedelta(0)


ROLE = Declaration(
    noun="IAM Role",
    outputs=_role,
    live=_policies_of_role,
    name="name",
    identity=("name",),
    handles=("name",),
    taken=Says("EntityAlreadyExists", "Role with name {name} already exists."),
    regional=False,
    defaults={"force_detach_policies": False, "max_session_duration": 3600, "path": "/"},
    chosen=frozenset({"inline_policies", "managed_policy_arns"}),
    sets=frozenset({"inline_policies", "managed_policy_arns"}),
    unread=frozenset({"force_detach_policies"}),
    imported={"force_detach_policies": False},
    ranges={"max_session_duration": range(3600, 43201)},
    patterns={"name": r"[\w+=,.@-]{1,64}", "path": r"/([!-~]+/)?"},
    documents=frozenset({"assume_role_policy"}),
    replaces=frozenset({"name", "name_prefix", "path"}),
    deletes=_delete_role,
)


def _attachment(step: Step) -> dict[str, Any]:
    return {"id": f"{step.inputs['role']}/{step.inputs['policy_arn']}"}


ROLE_POLICY_ATTACHMENT = Declaration(
    noun="IAM Role Policy Attachment",
    outputs=_attachment,
    identity=("role", "policy_arn"),
    regional=False,
    references=(
        Reference(
            "role",
            ("aws:iam:Role",),
            Hold.PARENT,
            "NoSuchEntity",
            "The role with name {value} cannot be found.",
        ),
        Reference(
            "policy_arn",
            ("aws:iam:Policy",),
            Hold.USES,
            "NoSuchEntity",
            "Policy {value} does not exist or is not attachable.",
            builtin=("arn:aws:iam::aws:policy/",),
        ),
    ),
    replaces=frozenset({"policy_arn", "role"}),
)


def _role_policy(step: Step) -> dict[str, Any]:
    return {"id": f"{step.inputs['role']}:{step.inputs['name']}"}


# PutRolePolicy writes over the policy of that name.
ROLE_POLICY = Declaration(
    noun="IAM Role Policy",
    outputs=_role_policy,
    name="name",
    identity=("role", "name"),
    regional=False,
    patterns={"name": r"[\w+=,.@-]{1,128}"},
    documents=frozenset({"policy"}),
    references=(
        Reference(
            "role",
            ("aws:iam:Role",),
            Hold.PARENT,
            "NoSuchEntity",
            "The role with name {value} cannot be found.",
        ),
    ),
    replaces=frozenset({"name", "name_prefix", "role"}),
)
