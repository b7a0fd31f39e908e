"""Changes that AWS has accepted and not yet made: of RDS instances, and of ElastiCache's replication groups."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

# Source: PendingModifiedValues in the RDS API reference. A password is among them and is nobody's business.
_NAMES: Mapping[str, str] = {
    "AllocatedStorage": "allocated_storage",
    "BackupRetentionPeriod": "backup_retention_period",
    "CACertificateIdentifier": "ca_cert_identifier",
    "DBInstanceClass": "instance_class",
    "DBInstanceIdentifier": "identifier",
    "DBSubnetGroupName": "db_subnet_group_name",
    "DedicatedLogVolume": "dedicated_log_volume",
    "Engine": "engine",
    "EngineVersion": "engine_version",
    "IAMDatabaseAuthenticationEnabled": "iam_database_authentication_enabled",
    "Iops": "iops",
    "LicenseModel": "license_model",
    "MultiAZ": "multi_az",
    "Port": "port",
    "StorageThroughput": "storage_throughput",
    "StorageType": "storage_type",
}


def of_instance(rds: Any, id: str) -> dict[str, Any]:
    """By input; `parameters` is `pending-reboot` where its parameter group waits for one.

    `id` is the identifier, or the DbiResourceId that a state has. Nothing where there is no such instance.
    """
    out: dict[str, Any] = {}
    # Asked with a filter, AWS answers an unknown id with an empty list.
    name = "dbi-resource-id" if re.fullmatch(r"db-[A-Z0-9]{10,}", id) else "db-instance-id"
    for instance in rds.describe_db_instances(Filters=[{"Name": name, "Values": [id]}])["DBInstances"]:
        accepted = instance.get("PendingModifiedValues") or {}
        out |= {ours: accepted[theirs] for theirs, ours in _NAMES.items() if theirs in accepted}
        if logs := accepted.get("PendingCloudwatchLogsExports"):
            exported = {*instance.get("EnabledCloudwatchLogsExports", ()), *logs.get("LogTypesToEnable", ())}
            out["enabled_cloudwatch_logs_exports"] = sorted(exported - {*logs.get("LogTypesToDisable", ())})
        groups = instance.get("DBParameterGroups", ())
        if any(each.get("ParameterApplyStatus") == "pending-reboot" for each in groups):
            out["parameters"] = "pending-reboot"
    return out


# Source: ReplicationGroupPendingModifiedValues and PendingModifiedValues in the ElastiCache API reference: what nodes
# wait for is told of each of them.
_OF_GROUPS: Mapping[str, str] = {
    "ClusterMode": "cluster_mode",
    "TransitEncryptionEnabled": "transit_encryption_enabled",
    "TransitEncryptionMode": "transit_encryption_mode",
}
_OF_NODES: Mapping[str, str] = {
    "CacheNodeType": "node_type",
    "EngineVersion": "engine_version",
    "TransitEncryptionEnabled": "transit_encryption_enabled",
    "TransitEncryptionMode": "transit_encryption_mode",
}


def of_replication_group(elasticache: Any, id: str) -> dict[str, Any]:
    """By input, as far as ElastiCache tells. Nothing where there is no such group."""
    try:
        (group,) = elasticache.describe_replication_groups(ReplicationGroupId=id)["ReplicationGroups"]
    except elasticache.exceptions.ReplicationGroupNotFoundFault:
        return {}
    out = _told(group, _OF_GROUPS)
    for member in group.get("MemberClusters", ())[:1]:  # all nodes wait for the same
        for node in elasticache.describe_cache_clusters(CacheClusterId=member)["CacheClusters"]:
            out |= _told(node, _OF_NODES)
    return out


def _told(thing: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    accepted = thing.get("PendingModifiedValues") or {}
    return {
        ours: value.lower()
        if isinstance(value := accepted[theirs], str) and ours == "cluster_mode"
        else value
        for theirs, ours in names.items()
        if theirs in accepted
    }
