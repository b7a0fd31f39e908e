"""What each kind goes through in the acceptance run, each as small as can be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Life:
    """`spec` is made as it is, `change` is added in place, and `replaces` is what nobody may merge.

    `type` is that of `resource`, which holds the data. `tamper` changes its `property` to `value` behind dbspec's back;
    `left` tells whether AWS still has the database of that name.
    """

    spec: str
    change: str
    replaces: tuple[str, str]
    resource: str
    type: str
    property: str
    value: str
    tamper: Callable[[Callable[[str], Any], str], Any]
    left: Callable[[Callable[[str], Any], str], bool]


def _has(client: Any, call: str, error: str, **named: str) -> bool:
    try:
        getattr(client, call)(**named)
    except getattr(client.exceptions, error):
        return False
    return True


LIVES = {
    "dynamodb": Life(
        "kind: dynamodb\nproject: accepted\nowner: team\nattributes: {id: S}\nhash_key: id\n",
        "ttl: gone_at\n",
        ("attributes: {id: S}\nhash_key: id", "attributes: {key: S}\nhash_key: key"),
        "table",
        "aws:dynamodb:Table",
        "table_class",
        "STANDARD_INFREQUENT_ACCESS",
        lambda client, name: client("dynamodb").update_table(
            TableName=name, TableClass="STANDARD_INFREQUENT_ACCESS"
        ),
        lambda client, name: _has(
            client("dynamodb"), "describe_table", "ResourceNotFoundException", TableName=name
        ),
    ),
    "mysql": Life(
        "kind: mysql\nproject: accepted\nowner: team\ndatabase_name: accepted\n",
        "backup: {retention_days: 9}\n",
        ("database_name: accepted", "database_name: replaced"),
        "instance",
        "aws:rds:Instance",
        "backup_retention_period",
        "5",
        lambda client, name: client("rds").modify_db_instance(
            DBInstanceIdentifier=name, BackupRetentionPeriod=5, ApplyImmediately=True
        ),
        lambda client, name: _has(
            client("rds"), "describe_db_instances", "DBInstanceNotFoundFault", DBInstanceIdentifier=name
        ),
    ),
    "redis": Life(
        "kind: redis\nproject: accepted\nowner: team\nport: 6379\n",
        "snapshot: {retention_days: 9}\n",
        ("port: 6379", "port: 6380"),
        "replication-group",
        "aws:elasticache:ReplicationGroup",
        "snapshot_retention_limit",
        "5",
        lambda client, name: client("elasticache").modify_replication_group(
            ReplicationGroupId=name, SnapshotRetentionLimit=5, ApplyImmediately=True
        ),
        lambda client, name: _has(
            client("elasticache"),
            "describe_replication_groups",
            "ReplicationGroupNotFoundFault",
            ReplicationGroupId=name,
        ),
    ),
}
