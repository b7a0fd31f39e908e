"""Who may connect: a security group of each database's own, a rule for each client, nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compiler.graph import Options, Shared, Value
from compiler.parts import names
from compiler.parts.assembly import Assembly, Made

if TYPE_CHECKING:
    from compiler.catalog import Database, Environment
    from compiler.kinds.kind import DatabaseSpec


def firewall(
    assembly: Assembly, database: Database[DatabaseSpec], port: int, region: str | None = None
) -> Made:
    """The security group, with a rule for each client of `access`. It lets nothing out: a database calls nobody.

    In another region there is a rule for those clients that the environment names there.
    """
    spec = database.environment.spec
    there = spec.regions[region] if region else None
    ending = f"-{region}" if region else ""
    group = assembly.add(
        f"firewall{ending}",
        "aws:ec2:SecurityGroup",
        "lets in the clients of `access` and nobody else",
        {
            "region": region,
            "name": names.identifier(database),
            # A changed description replaces the group: it says nothing that may change.
            "description": f"dbspec {names.stack_id(database)}",
            "vpc_id": there.vpc_id if there else shared(database.environment, "vpc_id"),
        },
        Options(delete_before_replace=True),  # both would have the one name
    )
    clients = there.clients if there else spec.clients
    for client in database.spec.access:
        if client not in clients:
            continue
        facts = clients[client]
        source: dict[str, Value] = (
            {"cidr_ipv4": facts.cidr}
            if facts.cidr
            else {"referenced_security_group_id": facts.security_group or Shared(str(facts.output))}
        )
        assembly.add(
            f"access-{client}{ending}",
            "aws:vpc:SecurityGroupIngressRule",
            f"`access` names {client}",
            {
                "region": region,
                "security_group_id": group["id"],
                "description": client,
                "ip_protocol": "tcp",
                "from_port": port,
                "to_port": port,
                **source,
            },
        )
    return group


def private_subnets(environment: Environment, region: str | None = None) -> Value:
    """The subnets that databases are in, in the environment's region or another of its regions."""
    if region:
        return list(environment.spec.regions[region].private_subnet_ids)
    return shared(environment, "private_subnet_ids")


def shared(environment: Environment, name: str) -> Value:
    """A value of the shared infrastructure: itself where environment.yaml has it in clear, else a reference."""
    source = environment.spec.shared_infrastructure
    if source is not None and source.literal is not None:
        value: Value = getattr(source.literal, name, None)
        if value is not None:
            return value
    return Shared(name)
