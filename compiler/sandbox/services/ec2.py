"""EC2's part of networks: security groups and their rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from compiler.sandbox.declaration import Declaration, Hold, Reference, Says, Step
from compiler.sandbox.refusal import AwsError
from compiler.sandbox.world import Thing, Values, World

_PEERS = ("cidr_ipv4", "cidr_ipv6", "prefix_list_id", "referenced_security_group_id")


def _group(step: Step) -> dict[str, Any]:
    id = step.kept("id", "sg-0" + step.token("id", 16))
    return {
        "id": step.old.id if step.old else id,
        "arn": step.world.arn("ec2", step.region, f"security-group/{step.old.id if step.old else id}"),
        "owner_id": step.world.account,
        "vpc_id": step.kept("vpc_id", f"vpc-default-{step.region}"),
    }


def _rules_of_group(world: World, group: Thing) -> Values:
    """A group tells the rules that others made for it as its own."""
    rules: dict[str, list[dict[str, Any]]] = {"ingress": [], "egress": []}
    for input, rule in world.users(group):
        if input == "security_group_id":
            direction = "ingress" if rule.type == "aws:vpc:SecurityGroupIngressRule" else "egress"
            rules[direction].append(_as_block(group, rule))
    return {name: list(group.inputs.get(name) or blocks) for name, blocks in rules.items()}


def _as_block(group: Thing, rule: Thing) -> dict[str, Any]:
    inputs = rule.inputs
    block = {
        "description": inputs.get("description", ""),
        "from_port": inputs.get("from_port", 0),
        "protocol": inputs["ip_protocol"],
        "self": inputs.get("referenced_security_group_id") == group.id,
        "to_port": inputs.get("to_port", 0),
    }
    lists = ("cidr_blocks", "ipv6_cidr_blocks", "prefix_list_ids", "security_groups")
    return block | {
        name: [inputs[peer]] if inputs.get(peer) else [] for name, peer in zip(lists, _PEERS, strict=True)
    }


def _is_named_well(step: Step) -> None:
    if step.inputs["name"].startswith("sg-"):
        raise AwsError("InvalidParameterValue", "Invalid value for groupName: may not be in the format sg-*")


SECURITY_GROUP = Declaration(
    noun="Security Group",
    outputs=_group,
    live=_rules_of_group,
    name="name",
    identity=("vpc_id", "name"),
    taken=Says("InvalidGroup.Duplicate", "The security group '{name}' already exists for this VPC"),
    defaults={"description": "Managed by Pulumi", "revoke_rules_on_delete": False},
    chosen=frozenset({"egress", "ingress", "vpc_id"}),
    sets=frozenset({"egress", "ingress"}),
    unread=frozenset({"revoke_rules_on_delete"}),
    imported={"revoke_rules_on_delete": False},
    patterns={"description": r"[0-9A-Za-z_ .:/()#,@\[\]+=&;{}!$*-]{1,255}", "name": r".{1,255}"},
    references=(
        Reference(
            "vpc_id",
            ("aws:ec2:Vpc",),
            Hold.USES,
            "InvalidVpcID.NotFound",
            "The vpc ID '{value}' does not exist",
        ),
    ),
    in_use=Says("DependencyViolation", "resource {name} has a dependent object"),
    rules=(_is_named_well,),
    replaces=frozenset({"description", "name", "name_prefix", "vpc_id"}),
)


def _has_one_peer(step: Step) -> None:
    given = [name for name in _PEERS if step.get(name) is not None]
    if len(given) != 1:
        text = f"Exactly one of these attributes must be configured: [{','.join(_PEERS)}]"
        raise AwsError("", f"Invalid Attribute Combination: {text}, got {len(given)}")


def _has_ports(step: Step) -> None:
    ports = [step.get("from_port"), step.get("to_port")]
    if step.inputs["ip_protocol"] == "-1" and any(port is not None for port in ports):
        raise AwsError("InvalidParameterValue", "You may not specify all protocols and specific ports.")
    if step.inputs["ip_protocol"] in ("tcp", "udp", "6", "17") and None in ports:
        raise AwsError("MissingParameter", "The request must contain the parameters fromPort and toPort")


def _rule(step: Step) -> dict[str, Any]:
    id = step.old.id if step.old else "sgr-0" + step.token("id", 16)
    return {
        "id": id,
        "arn": step.world.arn("ec2", step.region, f"security-group-rule/{id}"),
        "security_group_rule_id": id,
    }


def _group_reference(input: str, hold: Hold) -> Reference:
    text = "The security group '{value}' does not exist"
    return Reference(input, ("aws:ec2:SecurityGroup",), hold, "InvalidGroup.NotFound", text)


def _security_group_rule(noun: str) -> Declaration:
    checks: tuple[Callable[[Step], None], ...] = (_has_one_peer, _has_ports)
    return Declaration(
        noun=noun,
        outputs=_rule,
        identity=("security_group_id", "ip_protocol", "from_port", "to_port", *_PEERS),
        taken=Says("InvalidPermission.Duplicate", "the specified rule already exists"),
        ranges={"from_port": range(-1, 65536), "to_port": range(-1, 65536)},
        patterns={
            "cidr_ipv4": r"(\d{1,3}\.){3}\d{1,3}/\d{1,2}",
            "description": r"[0-9A-Za-z_ .:/()#,@\[\]+=&;{}!$*-]{0,255}",
        },
        references=(
            _group_reference("security_group_id", Hold.PARENT),
            _group_reference("referenced_security_group_id", Hold.USES),
        ),
        rules=checks,
        replaces=frozenset({"security_group_id"}),
    )


INGRESS_RULE = _security_group_rule("VPC Security Group Ingress Rule")
EGRESS_RULE = _security_group_rule("VPC Security Group Egress Rule")
