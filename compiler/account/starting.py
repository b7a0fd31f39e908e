"""Instances that are stopped for the night: AWS changes none of them."""

from __future__ import annotations

from typing import Any

# Source: RDS User Guide, "Viewing Amazon RDS DB instance status".
NOT_YET = ("starting", "stopped", "stopping")


def status(rds: Any, id: str) -> str:
    """What AWS says of an instance, by its DbiResourceId; empty where there is none."""
    return str(_instance(rds, id).get("DBInstanceStatus", ""))


def start(rds: Any, id: str) -> None:
    """Starts a stopped instance, which takes minutes; one that somebody else has just started is no error."""
    try:
        rds.start_db_instance(DBInstanceIdentifier=_instance(rds, id)["DBInstanceIdentifier"])
    except rds.exceptions.InvalidDBInstanceStateFault:
        if status(rds, id) == "stopped":
            raise


def _instance(rds: Any, id: str) -> dict[str, Any]:
    found = rds.describe_db_instances(Filters=[{"Name": "dbi-resource-id", "Values": [id]}])["DBInstances"]
    return dict(found[0]) if found else {}
