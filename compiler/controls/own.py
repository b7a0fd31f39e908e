"""dbspec's own controls: who can reach a database at all."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.controls.control import Control, Fault, Scene
from compiler.graph import Resource, Value

_SUBNETS = ("aws:rds:SubnetGroup", "aws:elasticache:SubnetGroup")
_FIREWALLS = {
    "aws:rds:Instance": "vpc_security_group_ids",
    "aws:elasticache:ReplicationGroup": "security_group_ids",
}
_NODES = tuple(_FIREWALLS)

# From these prefixes on a network is no longer most of the internet.
_LEAST_PREFIX = {4: 8, 6: 16}


def _private(resource: Resource, scene: Scene) -> Iterator[Fault]:
    """What `private_subnet_ids` names is private by its owner's word; of anything else nothing is known."""
    if resource.type in _SUBNETS:
        if any(each.partition("[")[0] == "subnet_ids" for each in resource.overridden):
            yield Fault(resource, "subnet_ids", "names subnets that nobody has called private")
        return
    for input in ("db_subnet_group_name", "subnet_group_name"):
        group = resource.inputs.get(input)
        if group is not None and scene.target(group) is None:
            yield Fault(resource, input, "lies in a subnet group that is not its own")


def _closed(resource: Resource, scene: Scene) -> Iterator[Fault]:
    del scene
    for input in ("cidr_ipv4", "cidr_ipv6"):
        yield from _wide(resource, input, resource.inputs.get(input))
    rules = resource.inputs.get("ingress")
    for rule in rules if isinstance(rules, list) else ():
        for name in ("cidr_blocks", "ipv6_cidr_blocks"):
            blocks = rule.get(name) if isinstance(rule, dict) else None
            for block in blocks if isinstance(blocks, list) else ():
                yield from _wide(resource, "ingress", block)


def _wide(resource: Resource, input: str, network: Value) -> Iterator[Fault]:
    if isinstance(network, str):
        prefix = network.partition("/")[2]
        least = _LEAST_PREFIX[6 if ":" in network else 4]
        if prefix.isdecimal() and int(prefix) < least:
            yield Fault(resource, input, f"lets in {network}, which is most of the internet")


def _own_firewall(resource: Resource, scene: Scene) -> Iterator[Fault]:
    input = _FIREWALLS[resource.type]
    groups = resource.inputs.get(input)
    items = groups if isinstance(groups, list) else []
    if not items or any(scene.target(each) is None for each in items):
        yield Fault(resource, input, "lets in whoever a security group of somebody else's lets in")


OWN = (
    Control("DBSPEC.1", "everything lies in private subnets", "high", (*_SUBNETS, *_NODES), _private),
    Control(
        "DBSPEC.2",
        "nobody lets the internet in",
        "critical",
        ("aws:vpc:SecurityGroupIngressRule", "aws:ec2:SecurityGroup"),
        _closed,
        final=True,
    ),
    Control(
        "DBSPEC.3",
        "each database has a security group of its own, and no other",
        "high",
        _NODES,
        _own_firewall,
    ),
)
