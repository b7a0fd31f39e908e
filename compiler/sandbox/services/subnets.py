"""The subnets of a subnet group, which RDS and ElastiCache refuse alike."""

from __future__ import annotations

from compiler.sandbox.declaration import Hold, Reference, Step
from compiler.sandbox.world import Thing

SUBNETS = Reference(
    "subnet_ids",
    ("aws:ec2:Subnet",),
    Hold.USES,
    "InvalidSubnet",
    "Some input subnets in :[{value}] are invalid.",
)


def subnets(step: Step) -> list[Thing]:
    """Those of a group that are there."""
    found = [step.find("aws:ec2:Subnet", each) for each in step.get("subnet_ids") or []]
    return [each for each in found if each]
