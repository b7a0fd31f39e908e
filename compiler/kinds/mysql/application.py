"""The user as which an application connects: the master user, whoever keeps its password, is nobody's to share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from compiler.graph import Concat, Json, Value
from compiler.kinds.mysql import versions
from compiler.parts.assembly import Made

if TYPE_CHECKING:
    from compiler.catalog import Database
    from compiler.kinds.mysql.spec import MySQL

# Source: "Account Names" in the MySQL reference manual.
_LONGEST_USER = 32


def outputs(database: Database[MySQL], instances: Iterable[tuple[str, Made]]) -> dict[str, Value]:
    """The user's name, the SQL that makes it, and with IAM the policy by which a role may log in as it.

    `instances` are the primary and its replicas, each with its region: IAM knows each by an id of its own.
    """
    user = f"{database.spec.database_name[: _LONGEST_USER - 4]}_app"
    found: dict[str, Value] = {"user_name": user, "user_sql": _sql(database.spec, user)}
    if database.spec.iam_database_authentication:
        found["connect_policy"] = _policy(database, user, instances)
    return found


def _sql(spec: MySQL, user: str) -> str:
    # An underscore stands for any character where privileges are granted.
    schema = spec.database_name.replace("_", r"\_")
    return (
        f"CREATE USER '{user}'@'%' IDENTIFIED {_credentials(spec)} REQUIRE SSL; "
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON `{schema}`.* TO '{user}'@'%';"
    )


def _credentials(spec: MySQL) -> str:
    if spec.iam_database_authentication:
        return "WITH AWSAuthenticationPlugin AS 'RDS'"
    # Before 8.0 MySQL makes no passwords; from there on it shows the one that it made, once.
    return "BY 'CHOOSE A PASSWORD'" if versions.major(spec.engine_version) == "5.7" else "BY RANDOM PASSWORD"


def _policy(database: Database[MySQL], user: str, instances: Iterable[tuple[str, Made]]) -> Value:
    """Source: RDS User Guide, "Creating and using an IAM policy for IAM database access"."""
    spec = database.environment.spec
    users: list[Value] = [
        Concat(
            (f"arn:{spec.partition}:rds-db:{region}:{spec.account}:dbuser:", made["resource_id"], f"/{user}")
        )
        for region, made in instances
    ]
    return Json(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "rds-db:connect", "Resource": users}],
        }
    )
