"""Who may connect: a security group of each database's own, a rule for each client, nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compiler.graph import Options, Shared, Value
from compiler.parts import names
from compiler.parts.assembly import Assembly, Made

if TYPE_CHECKING:
    from compiler.catalog import Database, Environment
    from compiler.kinds.kind import DatabaseSpec


def firewall(assembly: Assembly, database: Database[DatabaseSpec], port: int) -> Made:
    """The security group, with a rule for each client of `access`. It lets nothing out: a database calls nobody."""
    group = assembly.add(
        "firewall",
        "aws:ec2:SecurityGroup",
        "lets in the clients of `access` and nobody else",
        {
            "name": names.identifier(database),
            # A changed description replaces the group: it says nothing that may change.
            "description": f"dbspec {names.stack_id(database)}",
            "vpc_id": shared(database.environment, "vpc_id"),
        },
        Options(delete_before_replace=True),  # both would have the one name
    )
    for client in database.spec.access:
        facts = database.environment.spec.clients[client]
        source: dict[str, Value] = (
            {"cidr_ipv4": facts.cidr}
            if facts.cidr
            else {"referenced_security_group_id": facts.security_group or Shared(str(facts.output))}
        )
        assembly.add(
            f"access-{client}",
            "aws:vpc:SecurityGroupIngressRule",
            f"`access` names {client}",
            {
                "security_group_id": group["id"],
                "description": client,
                "ip_protocol": "tcp",
                "from_port": port,
                "to_port": port,
                **source,
            },
        )
    return group


def shared(environment: Environment, name: str) -> Value:
    """A value of the shared infrastructure: itself where environment.yaml has it in clear, else a reference."""
    source = environment.spec.shared_infrastructure
    if source is not None and source.literal is not None:
        value: Value = getattr(source.literal, name, None)
        if value is not None:
            return value
    return Shared(name)
