"""What others built, as far as an environment knows it: the network that its databases are in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compiler.graph import Shared, Value

if TYPE_CHECKING:
    from compiler.catalog import Environment


def shared(environment: Environment, name: str) -> Value:
    """A value of the shared infrastructure: itself where environment.yaml has it in clear, else a reference."""
    source = environment.spec.shared_infrastructure
    if source is not None and source.literal is not None:
        value: Value = getattr(source.literal, name, None)
        if value is not None:
            return value
    return Shared(name)


def private_subnets(environment: Environment, region: str | None = None) -> Value:
    """The subnets that databases are in, in the environment's region or another of its regions."""
    if region:
        return list(environment.spec.regions[region].private_subnet_ids)
    return shared(environment, "private_subnet_ids")


def vpc(environment: Environment, region: str | None = None) -> Value:
    """The VPC of those subnets."""
    return environment.spec.regions[region].vpc_id if region else shared(environment, "vpc_id")
