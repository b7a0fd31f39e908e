"""Controls of AWS Security Hub's foundational best practices that a database can meet or not.

Sources: the Security Hub user guide's pages of controls for RDS, ElastiCache, DynamoDB, KMS and Secrets Manager, and
the AWS Config rules behind them. What AWS looks for beyond what is judged here is said beside the control.
"""

from __future__ import annotations

from collections.abc import Iterator

from compiler.controls.control import Control, Fault, Level, Scene, at_least, must, primary
from compiler.graph import Ref, Resource, parts

_INSTANCE = ("aws:rds:Instance",)
_GROUP = ("aws:elasticache:ReplicationGroup",)
_TABLE = ("aws:dynamodb:Table",)
_TABLES = (*_TABLE, "aws:dynamodb:TableReplica")


def _off(**reasons: str) -> dict[str, tuple[Level, str]]:
    return {tier: (Level.OFF, reason) for tier, reason in reasons.items()}


def _everywhere(reason: str) -> dict[str, tuple[Level, str]]:
    return _off(development=reason, staging=reason, production=reason)


def _warned(reason: str) -> dict[str, tuple[Level, str]]:
    return {"development": (Level.WARNING, reason)}


def _nothing(resource: Resource, scene: Scene) -> tuple[Fault, ...]:
    """Met by whatever dbspec makes: no input of the type could change it."""
    del resource, scene
    return ()


def _logs(resource: Resource, scene: Scene) -> Iterator[Fault]:
    # AWS's rule wants the general and the audit log too: they write down what clients send, passwords included.
    del scene
    exports = resource.inputs.get("enabled_cloudwatch_logs_exports")
    missing = {"error", "slowquery"} - {each for each in exports or () if isinstance(each, str)}  # type: ignore[union-attr]
    if missing:
        says = f"keeps its {' and '.join(sorted(missing))} log to itself"
        yield Fault(resource, "enabled_cloudwatch_logs_exports", says)


def _transport(resource: Resource, scene: Scene) -> Iterator[Fault]:
    group = scene.target(resource.inputs.get("parameter_group_name"))
    if group is None:
        yield Fault(
            resource, "parameter_group_name", "has parameters of another group: it may not ask for TLS"
        )
        return
    parameters = group.inputs.get("parameters")
    required = any(
        isinstance(each, dict)
        and each.get("name") == "require_secure_transport"
        and str(each.get("value")).upper() in {"1", "ON"}
        for each in (parameters if isinstance(parameters, list) else ())
    )
    if not required:
        yield Fault(group, "parameters", "lets clients connect without TLS")


def _planned(resource: Resource, scene: Scene) -> Iterator[Fault]:
    selections = scene.of("aws:backup:Selection")
    chosen = [part for each in selections for part in parts(each.inputs.get("resources"))]
    if not any(isinstance(part, Ref) and part.resource == resource.name for part in chosen):
        yield Fault(resource, "", "is in no backup plan")


def _rotated(resource: Resource, scene: Scene) -> Iterator[Fault]:
    if _rotation(resource, scene) is None:
        yield Fault(resource, "", "does not rotate by itself")


def _rotated_in_time(resource: Resource, scene: Scene) -> Iterator[Fault]:
    rotation = _rotation(resource, scene)
    rules = rotation.inputs.get("rotation_rules") if rotation else None
    days = rules.get("automatically_after_days") if isinstance(rules, dict) else None
    if not isinstance(days, int) or days > 90:
        yield Fault(rotation or resource, "rotation_rules" if rotation else "", "may be older than 90 days")


def _rotation(secret: Resource, scene: Scene) -> Resource | None:
    for each in scene.of("aws:secretsmanager:SecretRotation"):
        if scene.target(each.inputs.get("secret_id")) is secret:
            return each
    return None


def _minor_versions(resource: Resource, scene: Scene) -> Iterator[Fault]:
    major = str(resource.inputs.get("engine_version")).partition(".")[0]
    if not major.isdecimal() or int(major) >= 6:  # before version 6 there are none to wait for
        yield from must("auto_minor_version_upgrade", "stays on its minor version")(resource, scene)


def _authenticated(resource: Resource, scene: Scene) -> Iterator[Fault]:
    # AWS asks for a token before version 6 and for RBAC from there on.
    del scene
    if not resource.inputs.get("auth_token") and not resource.inputs.get("user_group_ids"):
        yield Fault(resource, "user_group_ids", "lets in whoever can reach it")


def _capacity(resource: Resource, scene: Scene) -> Iterator[Fault]:
    if resource.inputs.get("billing_mode") == "PAY_PER_REQUEST":
        return
    scaled = {each.inputs.get("scalable_dimension") for each in scene.of("aws:appautoscaling:Target")}
    for name in ("Read", "Write"):
        if f"dynamodb:table:{name}CapacityUnits" not in scaled:
            yield Fault(
                resource, f"{name.lower()}_capacity", f"has a {name.lower()} capacity that follows nothing"
            )


def _recoverable(resource: Resource, scene: Scene) -> Iterator[Fault]:
    del scene
    recovery = resource.inputs.get("point_in_time_recovery")
    if not (recovery.get("enabled") if isinstance(recovery, dict) else recovery):
        yield Fault(
            resource,
            "point_in_time_recovery",
            "cannot be restored to a point in time",
            _of_replica(resource, "pitr"),
        )
    yield from _lacking(resource, "point_in_time_recovery", "cannot be restored to a point in time", "pitr")


def _protected(resource: Resource, scene: Scene) -> Iterator[Fault]:
    del scene
    if not resource.inputs.get("deletion_protection_enabled"):
        cure = _of_replica(resource, "deletion_protection")
        yield Fault(resource, "deletion_protection_enabled", "can be deleted", cure)
    yield from _lacking(resource, "deletion_protection_enabled", "can be deleted", "deletion_protection")


def _of_replica(resource: Resource, key: str) -> str:
    """The line of the spec, where the resource is a replica of a table by itself."""
    replica = resource.type == "aws:dynamodb:TableReplica"
    return f"replicas.{resource.inputs.get('region')}.{key}: true" if replica else ""


def _lacking(table: Resource, input: str, says: str, key: str) -> Iterator[Fault]:
    """Faults of the replicas that are inputs of the table itself, which inherit nothing from it."""
    replicas = table.inputs.get("replicas")
    for each in replicas if isinstance(replicas, list) else ():
        if isinstance(each, dict) and not each.get(input):
            region = each.get("region_name")
            yield Fault(table, "replicas", f"{says} in {region}", f"replicas.{region}.{key}: true")


_ZONE = "a development database may be down with its zone"
_AGAIN = "what is for development can be made again"
_STAGING = "what is for staging can be made again, and goes when its file goes"
_PLAN = "automated backups restore to any moment of backup.retention_days; a plan would be one more copy"
_ROTATION = (
    "clients that do not read the secret anew are locked out: it rotates on the days that the spec says"
)
_PORT = "what works in development works in production: the port is the same"

# fmt: off
SECURITY_HUB = (
    Control("RDS.1", "snapshots are private", "critical", _INSTANCE, _nothing),
    Control("RDS.2", "nothing has a public address", "critical", _INSTANCE,
            must("publicly_accessible", "has a public address", lambda value: value is False), final=True),
    Control("RDS.3", "storage is encrypted", "medium", _INSTANCE, must("storage_encrypted", "is not encrypted")),
    Control("RDS.4", "snapshots are encrypted", "medium", _INSTANCE,
            must("storage_encrypted", "has snapshots that are not encrypted")),
    Control("RDS.5", "a standby in another zone takes over", "medium", _INSTANCE,
            primary(must("multi_az", "has no standby in another zone")),
            {"mysql": "multi_az: true"}, tiers=_off(development=_ZONE)),
    Control("RDS.6", "the operating system is monitored", "low", _INSTANCE,
            must("monitoring_interval", "has no enhanced monitoring"),
            {"mysql": "monitoring.interval: 60"}, tiers=_off(development="metrics of the engine do for development")),
    Control("RDS.8", "AWS refuses to delete it", "low", _INSTANCE,
            must("deletion_protection", "can be deleted"),
            {"mysql": "deletion_protection: true"}, tiers=_off(development=_AGAIN, staging=_STAGING)),
    Control("RDS.9", "the error and slow query logs are kept in CloudWatch", "medium", _INSTANCE, _logs,
            {"mysql": "logs.exports: [error, slowquery]"},
            tiers=_off(development="the error log does for development")),
    Control("RDS.10", "IAM identities can log in", "medium", _INSTANCE,
            must("iam_database_authentication_enabled", "knows passwords only"),
            {"mysql": "iam_database_authentication: true"}, tiers=_warned(_AGAIN)),
    Control("RDS.11", "backups are kept for a week or longer", "medium", _INSTANCE,
            primary(must("backup_retention_period", "keeps backups for {} days, less than 7", at_least(7))),
            {"mysql": "backup.retention_days: 7"}, tiers=_warned(_AGAIN)),
    Control("RDS.13", "AWS upgrades minor versions", "high", _INSTANCE,
            must("auto_minor_version_upgrade", "stays on its minor version"),
            {"mysql": "upgrades.auto_minor: true"}, tiers=_warned(_AGAIN)),
    Control("RDS.17", "snapshots have the tags of their database", "low", _INSTANCE,
            must("copy_tags_to_snapshot", "has snapshots without tags"),
            {"mysql": "backup.copy_tags_to_snapshot: true"}, tiers=_warned(_AGAIN)),
    Control("RDS.18", "it lies in a VPC", "high", _INSTANCE,
            primary(must("db_subnet_group_name", "is in no subnet group"))),
    Control("RDS.23", "the port is not the engine's own", "low", _INSTANCE,
            must("port", "listens on {}, the port that everybody tries first", lambda value: value not in {3306, None}),
            {"mysql": "port: 3307"},
            tiers=_off(development=_PORT, staging=_PORT) | {"production": (Level.WARNING, _PORT)}),
    Control("RDS.25", "the master user is not called admin", "medium", _INSTANCE,
            primary(must("username", "has a master user called {}", lambda value: value not in {"admin", None})),
            {"mysql": "credentials.username: dbadmin"}),
    Control("RDS.26", "a backup plan keeps a copy", "medium", _INSTANCE, primary(_planned), tiers=_everywhere(_PLAN)),
    Control("RDS.30", "instances have tags", "low", _INSTANCE, must("tags", "has no tags")),
    Control("RDS.33", "subnet groups have tags", "low", ("aws:rds:SubnetGroup",), must("tags", "has no tags")),
    Control("RDS.39", "clients have to use TLS", "medium", _INSTANCE, _transport,
            {"mysql": "parameters.require_secure_transport: 1"}),
    Control("ElastiCache.1", "snapshots are kept", "high", _GROUP,
            must("snapshot_retention_limit", "keeps no snapshots", at_least(1)),
            {"redis": "snapshot.retention_days: 1"}, tiers=_warned(_AGAIN)),
    Control("ElastiCache.2", "AWS upgrades minor versions", "high", _GROUP, _minor_versions,
            {"redis": "upgrades.auto_minor: true"}, tiers=_warned(_AGAIN)),
    Control("ElastiCache.3", "a replica takes over", "medium", _GROUP,
            must("automatic_failover_enabled", "has no replica that takes over"),
            {"redis": "replicas: 1"}, tiers=_off(development=_ZONE)),
    Control("ElastiCache.4", "data is encrypted at rest", "medium", _GROUP,
            must("at_rest_encryption_enabled", "is not encrypted")),
    Control("ElastiCache.5", "clients can use TLS", "medium", _GROUP,
            must("transit_encryption_enabled", "speaks in clear"), {"redis": "transit_encryption.mode: required"}),
    Control("ElastiCache.6", "clients have to authenticate", "medium", _GROUP, _authenticated,
            {"redis": "auth.mode: rbac"}),
    Control("ElastiCache.7", "the subnet group is not the default one", "high", _GROUP,
            must("subnet_group_name", "is in the default subnet group", lambda value: value not in {"default", None})),
    Control("DynamoDB.1", "capacity follows traffic", "medium", _TABLE, _capacity,
            {"dynamodb": "billing_mode: PAY_PER_REQUEST"}, tiers=_warned(_AGAIN)),
    Control("DynamoDB.2", "it can be restored to a point in time", "medium", _TABLES, _recoverable,
            {"dynamodb": "pitr.enabled: true"}, tiers=_off(development=_AGAIN)),
    Control("DynamoDB.4", "a backup plan keeps a copy", "medium", _TABLE, _planned,
            {"dynamodb": "backup_plan: {delete_after_days: 35}"}, tiers=_off(development=_AGAIN)),
    Control("DynamoDB.5", "tables have tags", "low", _TABLE, must("tags", "has no tags")),
    Control("DynamoDB.6", "AWS refuses to delete it", "medium", _TABLES, _protected,
            {"dynamodb": "deletion_protection: true"}, tiers=_off(development=_AGAIN)),
    Control("KMS.4", "keys rotate", "medium", ("aws:kms:Key",), must("enable_key_rotation", "never rotates")),
    Control("SecretsManager.1", "secrets rotate by themselves", "medium", ("aws:secretsmanager:Secret",), _rotated,
            tiers=_everywhere(_ROTATION)),
    Control("SecretsManager.4", "secrets are no older than 90 days", "medium", ("aws:secretsmanager:Secret",),
            _rotated_in_time, tiers=_everywhere(_ROTATION)),
)
# fmt: on
