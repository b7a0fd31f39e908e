"""The resources that a MySQL database is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compiler.graph import Options, Stack, Value
from compiler.kinds.mysql import application, instances, schedule
from compiler.kinds.mysql.graphs import graphs
from compiler.kinds.mysql.site import Site
from compiler.parts import dashboards, encryption, names, secrets
from compiler.parts.assembly import Assembly, Made

if TYPE_CHECKING:
    from compiler.catalog import Database
    from compiler.kinds.mysql.backups import Copies
    from compiler.kinds.mysql.spec import MySQL

_REPLICA_KEY = "encrypts the replicas of its region; outlives them"
_COPY_KEY = "encrypts what is copied to its region; outlives the copies"


def compile_stack(database: Database[MySQL]) -> Stack:
    """The stack of a database that `rules.check` found nothing in."""
    spec, environment = database.spec, database.environment
    stack_id = names.stack_id(database)
    assembly = Assembly(stack_id, environment.spec.region, names.tags(environment, stack_id, database))
    home = Site(assembly, database)
    sites: dict[str, Site] = {}

    def site(region: str) -> Site:
        if region not in sites:
            sites[region] = Site(assembly, database, region)
        return sites[region]

    key = home.key(spec.encryption.kms_key, encryption.OWN)
    password = _password(assembly, database)
    instance = instances.primary(assembly, database, home, key, password)
    outputs: dict[str, Value] = {
        "endpoint": instance["address"],
        "port": instance["port"],
        "arn": instance["arn"],
        "kms_key_arn": key,
        "secret_arn": _secret(assembly, database, instance, key, password),
    }
    nodes = [(environment.spec.region, instance)]
    for replica in spec.read_replicas:
        there = site(replica.region) if replica.region else home
        its_key = there.key(replica.kms_key, _REPLICA_KEY) if replica.region else key
        made = instances.replica(assembly, database, replica, instance, there, its_key)
        outputs[f"replica_{replica.name.replace('-', '_')}_endpoint"] = made["address"]
        nodes.append((replica.region or environment.spec.region, made))
    outputs |= application.outputs(database, nodes)
    if copies := spec.backup.cross_region:
        _copies(assembly, copies, instance, site(copies.region).key(copies.kms_key, _COPY_KEY))
    if spec.schedule:
        schedule.add(assembly, database, spec.schedule, instance)
    dashboards.of_database(assembly, database, graphs(database))
    return assembly.stack(outputs, after=(names.environment_stack_id(environment),))


def _password(assembly: Assembly, database: Database[MySQL]) -> Made | None:
    """The master user's password, made anew when `credentials.rotate` changes; None where RDS keeps it."""
    credentials = database.spec.credentials
    if credentials.mode == "managed":
        return None
    rotated = credentials.rotate.isoformat() if credentials.rotate else None
    return secrets.password(assembly, "password", "the master user's password", rotated=rotated)


def _secret(
    assembly: Assembly, database: Database[MySQL], instance: Made, key: Value, password: Made | None
) -> Value:
    """The ARN of the secret that holds the master user's credentials."""
    spec = database.spec
    if password is None:
        managed = instance["master_user_secrets[0].secret_arn"]
        if spec.credentials.rotation_days:
            assembly.add(
                "rotation",
                "aws:secretsmanager:SecretRotation",
                "`credentials.rotation_days` says when RDS changes the password",
                {
                    "secret_id": managed,
                    "rotate_immediately": False,
                    "rotation_rules": {"automatically_after_days": spec.credentials.rotation_days},
                },
            )
        return managed
    secret = secrets.secret(
        assembly,
        database,
        {
            "engine": "mysql",
            "username": instance["username"],  # a restored database has that of what it was made from
            "password": password["result"],
            "host": instance["address"],
            "port": instance["port"],
            "dbname": spec.database_name,
        },
        kms_key=key,
        recovery_days=spec.secret_recovery_days,
    )
    return secret["arn"]


def _copies(assembly: Assembly, copies: Copies, instance: Made, key: Value) -> None:
    assembly.add(
        "backup-copies",
        "aws:rds:InstanceAutomatedBackupsReplication",
        "`backup.cross_region` asks for it",
        {
            "region": copies.region,
            "source_db_instance_arn": instance["arn"],
            "kms_key_id": key,
            "retention_period": copies.retention_days,
        },
        Options(delete_before_replace=True),  # a source has copies in a region once
    )
