"""Who may connect: a security group of each database's own, a rule for each client, nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compiler.graph import Options, Shared, Value
from compiler.parts import names, network
from compiler.parts.assembly import Assembly, Made
from compiler.parts.network import shared as shared

if TYPE_CHECKING:
    from compiler.catalog import Database
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
            "description": f"dbspec {names.identifier(database)}",
            "vpc_id": network.vpc(database.environment, region),
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
