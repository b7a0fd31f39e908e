"""What security groups and their rules need."""

from __future__ import annotations

from collections.abc import Mapping

from compiler.aws.iam.grant import Needs, When, arns, some

_GROUPS = arns("ec2", "security-group/*")
_RULES = arns("ec2", "security-group-rule/*")


def _rules(direction: str) -> Needs:
    change = f"AuthorizeSecurityGroup{direction} RevokeSecurityGroup{direction} ModifySecurityGroupRules"
    return Needs(
        (some("ec2", "DescribeSecurityGroupRules"),),
        (
            some("ec2", change, on=_GROUPS, when=When.OURS),
            some("ec2", change, on=_RULES),
            some("ec2", "CreateTags", on=(*_GROUPS, *_RULES), when=When.BORN),
            some("ec2", "CreateTags DeleteTags", on=(*_GROUPS, *_RULES), when=When.OURS),
        ),
    )


NEEDS: Mapping[str, Needs] = {
    "aws:ec2:SecurityGroup": Needs(
        (some("ec2", "DescribeSecurityGroups"),),
        (
            some("ec2", "CreateSecurityGroup", on=_GROUPS, when=When.NEW),
            some("ec2", "CreateSecurityGroup", on=arns("ec2", "vpc/*")),
            some("ec2", "CreateTags", on=(*_GROUPS, *_RULES), when=When.BORN),
            # AWS gives a new group a rule that lets everything out; groups whose interfaces linger are waited for.
            some("ec2", "DescribeNetworkInterfaces"),
            some(
                "ec2",
                "CreateTags DeleteSecurityGroup DeleteTags RevokeSecurityGroupEgress",
                on=_GROUPS,
                when=When.OURS,
            ),
        ),
    ),
    "aws:vpc:SecurityGroupEgressRule": _rules("Egress"),
    "aws:vpc:SecurityGroupIngressRule": _rules("Ingress"),
}
