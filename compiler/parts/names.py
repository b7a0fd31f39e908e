"""What things are called in AWS."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from compiler.graph import Value
from compiler.parts import network

if TYPE_CHECKING:
    from compiler.catalog import Database, Environment
    from compiler.kinds.kind import DatabaseSpec


def identifier(database: Database[DatabaseSpec]) -> str:
    """The physical name: what the spec says, else project, environment and name."""
    spec = database.spec
    return spec.identifier or f"{spec.project}-{database.environment.name}-{database.name}"


def stack_id(database: Database[DatabaseSpec]) -> str:
    """`prod.orders`."""
    return f"{database.environment.name}.{database.name}"


def environment_stack_id(environment: Environment) -> str:
    """`prod.environment`."""
    return f"{environment.name}.environment"


def alert_topic(environment: Environment) -> str:
    """The name of the topic that every alarm of the environment goes to."""
    return f"dbspec-{environment.name}-alerts"


def alert_topic_arn(environment: Environment, region: str | None = None) -> Value:
    """Follows from the environment, so that a database's preview need not read the environment's stack.

    An alarm only tells a topic of its own region: the environment has one in each of its regions, of which others
    may have built that of the home region.
    """
    spec = environment.spec
    if spec.alerts.topic == "shared" and region is None:
        return network.shared(environment, "alert_topic_arn")
    return f"arn:{spec.partition}:sns:{region or spec.region}:{spec.account}:{alert_topic(environment)}"


def monitoring_role(environment: Environment) -> str:
    """The name of the role by which RDS writes enhanced monitoring. Roles are global, so the region is in it."""
    return f"dbspec-{environment.name}-{environment.spec.region}-monitoring"


def monitoring_role_arn(environment: Environment) -> str:
    """Follows from the environment, like the topic's."""
    spec = environment.spec
    return f"arn:{spec.partition}:iam::{spec.account}:role/{monitoring_role(environment)}"


def backup_vault(environment: Environment) -> str:
    """The name of the vault that AWS Backup keeps the environment's backups in."""
    return shortened(f"dbspec-{environment.name}", 50)


def backup_role(environment: Environment) -> str:
    """The name of the role by which AWS Backup reads databases and writes backups."""
    return shortened(f"dbspec-{environment.name}-{environment.spec.region}-backup", 64)


def backup_role_arn(environment: Environment) -> str:
    """Follows from the environment, like the topic's."""
    spec = environment.spec
    return f"arn:{spec.partition}:iam::{spec.account}:role/{backup_role(environment)}"


def schedule_role(environment: Environment) -> str:
    """The name of the role by which EventBridge Scheduler stops and starts databases."""
    return shortened(f"dbspec-{environment.name}-{environment.spec.region}-schedule", 64)


def schedule_role_arn(environment: Environment) -> str:
    """Follows from the environment, like the topic's."""
    spec = environment.spec
    return f"arn:{spec.partition}:iam::{spec.account}:role/{schedule_role(environment)}"


def audit_trail(environment: Environment) -> str:
    """The name of the trail that writes down who called AWS's APIs."""
    return shortened(f"dbspec-{environment.name}-audit", 128)


def audit_bucket(environment: Environment) -> str:
    """The name of the bucket that holds the trail: no other bucket of the world has it."""
    spec = environment.spec
    return shortened(f"dbspec-audit-{spec.account}-{spec.region}-{environment.name}", 63)


def dashboard(environment: Environment) -> str:
    """The name of the dashboard of all its databases."""
    return f"dbspec-{environment.name}"


def shortened(name: str, longest: int) -> str:
    """The name, or where it is too long its beginning and a hash of all of it, which no other name has."""
    if len(name) <= longest:
        return name
    return f"{name[: longest - 9]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def tags(
    environment: Environment, stack: str, database: Database[DatabaseSpec] | None = None
) -> dict[str, Value]:
    """The tags of everything in a stack, the more particular over the more general."""
    own: dict[str, Value] = {"Environment": environment.name, "ManagedBy": "dbspec"}
    if database:
        own |= {"Project": database.spec.project, "Owner": database.spec.owner}
    own |= environment.spec.tags
    if database:
        own |= database.spec.tags
    return own | {"dbspec:stack": stack}


def rds_name_problems(name: str, longest: int = 63) -> Iterator[str]:
    """What keeps a name from naming an RDS instance.

    Source: DBInstanceIdentifier of CreateDBInstance in the RDS API reference.
    """
    if len(name) > longest:
        yield f"has {len(name)} characters, {longest} fit"
    if not name[:1].isalpha():
        yield "starts with no letter"
    if not all(char.isascii() and (char.isalnum() or char == "-") for char in name):
        yield "has a character other than letters, digits and hyphens"
    if "--" in name or name.endswith("-"):
        yield "has a hyphen at its end, or two in a row"
