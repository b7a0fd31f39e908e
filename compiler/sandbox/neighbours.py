"""What others built in the account: found by its ids, which tell what it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from compiler.diagnostics import Exit, fail
from compiler.sandbox.world import Thing, World

VPC = "aws:ec2:Vpc"
SUBNET = "aws:ec2:Subnet"

_BY_PREFIX: Mapping[str, str] = {"vpc-": VPC, "subnet-": SUBNET, "sg-": "aws:ec2:SecurityGroup"}
_BY_SERVICE: Mapping[tuple[str, str], str] = {
    ("sns", ""): "aws:sns:Topic",
    ("kms", "key/"): "aws:kms:Key",
    ("kms", "alias/"): "aws:kms:Alias",
    ("iam", "role/"): "aws:iam:Role",
    ("secretsmanager", "secret:"): "aws:secretsmanager:Secret",
    ("backup", "backup-vault:"): "aws:backup:Vault",
    ("logs", "log-group:"): "aws:cloudwatch:LogGroup",
}


def things(world: World, ids: Iterable[str], region: str) -> Iterator[Thing]:
    """A thing for each id or ARN that does not exist yet. Subnets take turns in the zones, all in the first VPC,
    which is one that is there already where none is given.

    UserError where an id says nothing of what it is.
    """
    given = list(ids)
    there = [each.id for each in world.things(VPC) if each.region == region]
    vpc = next((each for each in [*given, *there] if each.startswith("vpc-")), "")
    subnets = [each for each in given if each.startswith("subnet-")]
    for each in given:
        thing = _from_arn(each) if each.startswith("arn:") else _from_id(each, region, vpc, subnets)
        if world.find((thing.type,), thing.region, each) is None:
            yield thing


def _from_id(id: str, region: str, vpc: str, subnets: list[str]) -> Thing:
    for prefix, type in _BY_PREFIX.items():
        if id.startswith(prefix):
            computed = {"vpc_id": vpc} if type != VPC else {}
            if type == SUBNET:
                computed["availability_zone"] = region + "abc"[subnets.index(id) % 3]
            return Thing(type, region, id, {}, computed)
    raise _unclear(id)


def _from_arn(arn: str) -> Thing:
    service, region, _, resource = arn.split(":", 5)[2:]
    for (of, prefix), type in _BY_SERVICE.items():
        if service == of and resource.startswith(prefix):
            name = resource.removeprefix(prefix)
            ids = {"aws:sns:Topic": arn, "aws:secretsmanager:Secret": arn, "aws:kms:Alias": resource}
            return Thing(type, region, ids.get(type, name.rpartition("/")[2]), {}, {"arn": arn, "name": name})
    raise _unclear(arn)


def _unclear(id: str) -> Exception:
    return fail(
        "sandbox/prepare",
        f"the sandbox cannot tell what {id!r} is",
        "give it ids (vpc-, subnet-, sg-) and ARNs of topics, keys, roles, secrets or log groups",
        exit_code=Exit.SPECS,
    )
