"""Attributes in which AWS tells of what are resources of their own: a security group's rules, a role's policies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Values = Mapping[str, Any]

_RULES = {"ingress": "aws:vpc:SecurityGroupIngressRule", "egress": "aws:vpc:SecurityGroupEgressRule"}
_SOURCES = ("cidr_ipv4", "cidr_ipv6", "prefix_list_id", "referenced_security_group_id")
_LISTS = ("cidr_blocks", "ipv6_cidr_blocks", "prefix_list_ids", "security_groups")
_POLICIES = {"managed_policy_arns": "aws:iam:RolePolicyAttachment", "inline_policies": "aws:iam:RolePolicy"}


def mirrors(type: str, name: str) -> bool:
    """Whether that attribute only tells of other resources."""
    return (type, name) in _FOREIGN


def foreign(type: str, name: str, owner: Values, others: Iterable[tuple[str, Values]]) -> list[str]:
    """What such an attribute of the owner tells of that none of the others is, in words; `others` by their type."""
    return sorted(_FOREIGN[type, name](name, owner, others))


def _rules(name: str, group: Values, others: Iterable[tuple[str, Values]]) -> set[str]:
    """Those of a security group: protocol, ports, and who is on the other side."""
    own = {
        _rule(each["ip_protocol"], each.get("from_port"), each.get("to_port"), each[source])
        for type, each in others
        if type == _RULES[name] and each.get("security_group_id") == group.get("id")
        for source in _SOURCES
        if each.get(source)
    }
    return set(_told(group.get(name) or (), group)) - own


def _told(rules: Iterable[Values], group: Values) -> Iterator[str]:
    for each in rules:
        sources = [source for key in _LISTS for source in each.get(key) or ()]
        for source in [*sources, *([group.get("id")] if each.get("self") else [])]:
            yield _rule(each["protocol"], each.get("from_port"), each.get("to_port"), source)


def _rule(protocol: str, first: Any, last: Any, source: Any) -> str:
    if str(protocol) == "-1":
        return f"everything {source}"
    return f"{protocol} {first:.0f}-{last:.0f} {source}"


def _policies(name: str, role: Values, others: Iterable[tuple[str, Values]]) -> set[str]:
    """Those of a role: ARNs of managed ones, names of its own."""
    key = "policy_arn" if name == "managed_policy_arns" else "name"
    own = {each[key] for type, each in others if type == _POLICIES[name] and each.get("role") == role["name"]}
    told = role.get(name) or ()
    return {each if isinstance(each, str) else each["name"] for each in told} - own - {""}


_FOREIGN = {
    ("aws:ec2:SecurityGroup", "ingress"): _rules,
    ("aws:ec2:SecurityGroup", "egress"): _rules,
    ("aws:iam:Role", "managed_policy_arns"): _policies,
    ("aws:iam:Role", "inline_policies"): _policies,
}
