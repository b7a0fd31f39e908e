"""What others built around simulated databases: as environment.yaml has it, or made up."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from compiler import graph
from compiler.diagnostics import Diagnostic, UserError
from compiler.environment.model import Elsewhere
from compiler.graph import Shared, Stack
from compiler.shared.network import Secret, SharedNetwork, value_of

_PREPARED = ("vpc-", "subnet-", "sg-", "arn:")


def references(stacks: Iterable[Stack]) -> frozenset[Shared]:
    """What these stacks use of what others built."""
    return frozenset(
        each
        for stack in stacks
        for value in (
            *(item for one in stack.resources for item in one.inputs.values()),
            *stack.outputs.values(),
        )
        for each in graph.parts(value)
        if isinstance(each, Shared)
    )


def check(network: SharedNetwork, used: Iterable[Shared]) -> None:
    """Raises UserError with everything of it that is not to be had."""
    problems: list[Diagnostic] = []
    for each in sorted(used, key=lambda each: (each.name, each.path)):
        try:
            value_of(network, each)
        except UserError as error:
            problems += error.diagnostics
    if problems:
        raise UserError(*dict.fromkeys(problems))


def resolutions(stack: Stack, network: SharedNetwork | None) -> dict[str, str]:
    """Hashes of what a stack uses of what others built, by its text; of a secret only that it is one."""
    if network is None:
        return {}
    found = {graph.text(each): value_of(network, each) for each in references([stack])}
    return {
        text: "secret" if isinstance(value, Secret) else graph.value_digest(value)
        for text, value in found.items()
    }


def invented(names: Iterable[str], region: str, account: str) -> SharedNetwork:
    """A network for the sandbox, the same in every run; what has none of our names is a security group."""
    return SharedNetwork(
        vpc_id=f"vpc-{_digits('vpc')}",
        private_subnet_ids=[f"subnet-{_digits(zone)}" for zone in "abc"],
        security_group_ids=[f"sg-{_digits('databases')}"],
        alert_topic_arn=f"arn:aws:sns:{region}:{account}:others-alerts",
        kms_key_arn=f"arn:aws:kms:{region}:{account}:key/{_digits('key')}",
        other={name: f"sg-{_digits(name)}" for name in sorted(names)},
        origin="the sandbox",
    )


def ids(network: SharedNetwork | None, clients: Iterable[str | None]) -> tuple[str, ...]:
    """Everything that the simulated account must hold before a stack can stand in it."""
    found = set(filter(None, clients))
    if network:
        for value in (
            network.vpc_id,
            network.private_subnet_ids,
            network.security_group_ids,
            network.alert_topic_arn,
            network.kms_key_arn,
            network.other,
        ):
            found |= set(_texts(value))
    # The VPC first: subnets and groups are put into it.
    return tuple(
        sorted(
            filter(lambda each: each.startswith(_PREPARED), found),
            key=lambda each: (each[:4] != "vpc-", each),
        )
    )


def elsewhere(regions: Mapping[str, Elsewhere]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The same for the networks of other regions, by region."""
    return tuple(
        (
            region,
            (
                there.vpc_id,
                *there.private_subnet_ids,
                *filter(None, (each.security_group for each in there.clients.values())),
            ),
        )
        for region, there in sorted(regions.items())
    )


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Secret):
        yield from _texts(value.value)
    elif isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)


def _digits(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:17]
