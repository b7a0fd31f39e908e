"""What roles and policies need."""

from __future__ import annotations

from collections.abc import Mapping

from compiler.aws.iam.grant import Needs, When, some

ROLES = ("{roles}",)
# Of whoever makes something that a service does its part of by a role of its own.
LINKED = some(
    "iam", "CreateServiceLinkedRole", on=("iam::{account}:role/aws-service-role/*",), when=When.LINKED
)
# Of whoever gives one of the environment's roles to a service.
PASS = some("iam", "PassRole", on=ROLES, when=When.PASSED)

NEEDS: Mapping[str, Needs] = {
    "aws:iam:Policy": Needs(
        (some("iam", "GetPolicy GetPolicyVersion ListPolicyVersions", on=("{policies}",)),),
        (
            some(
                "iam",
                "CreatePolicy CreatePolicyVersion DeletePolicy DeletePolicyVersion TagPolicy UntagPolicy",
                on=("{policies}",),
            ),
        ),
    ),
    "aws:iam:Role": Needs(
        (some("iam", "GetRole ListAttachedRolePolicies ListRolePolicies ListRoleTags", on=ROLES),),
        (
            some(
                "iam",
                "CreateRole DeleteRole ListInstanceProfilesForRole TagRole UntagRole "
                "UpdateAssumeRolePolicy UpdateRole UpdateRoleDescription",
                on=ROLES,
            ),
        ),
    ),
    "aws:iam:RolePolicy": Needs(
        (some("iam", "GetRolePolicy", on=ROLES),),
        (some("iam", "DeleteRolePolicy PutRolePolicy", on=ROLES),),
    ),
    "aws:iam:RolePolicyAttachment": Needs(
        (some("iam", "ListAttachedRolePolicies", on=ROLES),),
        (some("iam", "AttachRolePolicy DetachRolePolicy", on=ROLES, when=When.ATTACHED),),
    ),
}
