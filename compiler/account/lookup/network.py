"""Security groups and their rules, found in an account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from compiler.account.lookup.question import Candidate, Lookup, Question, by, by_tags
from compiler.account.lookup.question import tags as tags_of


def _security_group(question: Question) -> Iterator[Candidate]:
    ec2 = question.client("ec2")
    by_name = by({"group-name": question.name("name"), "vpc-id": question.text("vpc_id")})
    for filters in (by_tags(question), by_name):
        found = [
            Candidate(each["GroupId"], tags_of(each.get("Tags", ())), frozenset({each["GroupId"]}))
            for page in ec2.get_paginator("describe_security_groups").paginate(Filters=filters)
            for each in page["SecurityGroups"]
        ]
        if found:
            yield from found
            return


def _ingress_rule(question: Question) -> Iterator[Candidate]:
    return _security_group_rule(question, egress=False)


def _egress_rule(question: Question) -> Iterator[Candidate]:
    return _security_group_rule(question, egress=True)


def _security_group_rule(question: Question, *, egress: bool) -> Iterator[Candidate]:
    """Those with our tags, and the one that lets the same through: a second of that AWS would refuse."""
    pages = question.client("ec2").get_paginator("describe_security_group_rules")
    filters = by({"group-id": question.text("security_group_id")})
    for page in pages.paginate(Filters=filters or by_tags(question)):
        for each in page["SecurityGroupRules"]:
            tags = tags_of(each.get("Tags", ()))
            if each["IsEgress"] == egress and (
                tags.items() >= question.tags.items() or _is_same_rule(question, each)
            ):
                id = each["SecurityGroupRuleId"]
                yield Candidate(id, tags, frozenset({id, each.get("SecurityGroupRuleArn", id)}))


def _is_same_rule(question: Question, rule: Mapping[str, Any]) -> bool:
    peer = rule.get("ReferencedGroupInfo") or {}
    theirs = {
        "ip_protocol": rule.get("IpProtocol"),
        "from_port": _port(rule.get("FromPort")),
        "to_port": _port(rule.get("ToPort")),
        "cidr_ipv4": rule.get("CidrIpv4"),
        "cidr_ipv6": rule.get("CidrIpv6"),
        "prefix_list_id": rule.get("PrefixListId"),
        "referenced_security_group_id": peer.get("GroupId"),
    }
    return all(question.inputs.get(name) == value for name, value in theirs.items())


def _port(value: int | None) -> int | None:
    return None if value == -1 else value


LOOKUPS: Mapping[str, Lookup] = {
    "aws:ec2:SecurityGroup": _security_group,  # sg-
    "aws:vpc:SecurityGroupIngressRule": _ingress_rule,  # sgr-
    "aws:vpc:SecurityGroupEgressRule": _egress_rule,  # sgr-
}
