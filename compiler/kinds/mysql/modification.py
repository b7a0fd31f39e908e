"""What RDS does when an instance is modified, where that depends on what it was and what it becomes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from compiler.effects import Data, Effect, Feasibility, Inputs, Service, When
from compiler.graph import Ref
from compiler.parts.restore import RESTORE
from compiler.parts.timing import when

# What is not marked otherwise is what RDS says of the parameter of that name.
API = "ModifyDBInstance in the RDS API reference"
MULTI_AZ = "https://repost.aws/knowledge-center/rds-mysql-downtime-impact"
_UPGRADES = "Upgrades of the RDS for MySQL DB engine in the RDS User Guide"
_SAME_VPC = "https://github.com/hashicorp/terraform-provider-aws/issues/512"
_INSIGHTS_KEY = "https://github.com/hashicorp/terraform-provider-aws/pull/9746"
_FORCE_NEW = "plans of the AWS provider: it makes another instance"


def another(what: str, fix: str) -> Effect:
    """What is fixed when an instance is made: the provider makes another one, which is empty."""
    return Effect(
        f"{what} is fixed when the instance is made: the instance is deleted, and an empty one made in its place",
        _FORCE_NEW,
        replaces=True,
        data=Data.LOST,
        service=Service.OUTAGE,
        duration="until the new one is made and filled",
        reversible=False,
        fix=fix,
    )


def moved(says: str) -> Callable[[Inputs, Inputs], Effect]:
    """What moves an instance to another host: a failover where there is a standby, else an outage."""

    def entry(before: Inputs, after: Inputs) -> Effect:
        standby = before.get("multi_az") is True and after.get("multi_az") is True
        return Effect(
            f"{says}: the standby first, then it takes over" if standby else f"{says}, and is down meanwhile",
            MULTI_AZ,
            service=Service.FAILOVER if standby else Service.OUTAGE,
            when=when(after),
            duration="one to two minutes, longer with open transactions" if standby else "minutes",
        )

    return entry


def storage(before: Inputs, after: Inputs) -> Effect:
    was, becomes = before.get("allocated_storage"), after.get("allocated_storage")
    if isinstance(was, int) and isinstance(becomes, int) and becomes < was:
        return Effect(
            f"a volume never shrinks: RDS refuses to go from {was} to {becomes} GiB",
            API,
            feasibility=Feasibility.REFUSED,
            fix=f"keep storage.allocated_gib at {was}, or move the data into a new database with a dump",
        )
    if isinstance(was, int) and isinstance(becomes, int) and becomes * 10 < was * 11:
        least = -(-was * 11 // 10)
        return Effect(
            f"a volume grows by a tenth at least: RDS makes {least} GiB of {becomes}, which would differ for ever",
            API,
            feasibility=Feasibility.REFUSED,
            fix=f"write storage.allocated_gib: {least} or more",
        )
    return Effect(
        "the volume grows while it is in use, by a tenth at least; it never shrinks again, and its storage cannot be "
        "changed again before RDS is done with it",
        API,
        service=Service.DEGRADED,
        when=when(after),
        duration="hours",
        reversible=False,
    )


def storage_type(before: Inputs, after: Inputs) -> Effect:
    types = {before.get("storage_type"), after.get("storage_type")}
    provisioned, general = {"io1", "io2"}, {"gp2", "gp3"}
    across = bool(types & provisioned) and bool(types & general)
    if "standard" in types:
        return Effect(
            "the instance restarts, and its data moves between magnetic and solid-state storage",
            MULTI_AZ,
            service=Service.OUTAGE,
            when=when(after),
            duration="minutes, then hours to days with slower storage and no backup",
        )
    # Every instance of this kind has a parameter group of its own, which is what makes the difference.
    if across and not before.get("multi_az"):
        return Effect(
            "RDS restarts a single instance with its own parameter group to change between these types",
            MULTI_AZ,
            service=Service.OUTAGE,
            when=when(after),
            duration="minutes, then hours to days with slower storage",
        )
    return Effect(
        "the data moves to the other type while it is in use; no other change is possible meanwhile",
        API,
        service=Service.DEGRADED,
        when=when(after),
        duration="hours to days",
    )


def version(before: Inputs, after: Inputs) -> Effect:
    was, becomes = before.get("engine_version"), after.get("engine_version")
    old, new = _numbers(was), _numbers(becomes)
    if not old or not new:
        return _at_its_time_of(after, "the engine becomes that version", "minutes")
    both = min(len(old), len(new))
    if new[:both] < old[:both]:
        return Effect(
            f"MySQL never goes back: RDS refuses to go from {was} to {becomes}",
            _UPGRADES,
            feasibility=Feasibility.REFUSED,
            fix=f"keep engine_version at {was}; an older version takes a new database and a dump",
        )
    if old[:2] != new[:2]:
        return _major(str(was), str(becomes), after)
    if new[:both] == old[:both] and len(new) > len(old):
        says = (
            f"the engine becomes {becomes} where it is older; where AWS runs a newer one already, it refuses"
        )
        return _at_its_time_of(after, says, "minutes")
    if len(new) < len(old):
        says = f"the engine becomes AWS's default of {becomes} where it is older, and follows it from then on"
        return _at_its_time_of(after, says, "minutes")
    return _at_its_time_of(after, f"the engine is upgraded from {was} to {becomes}", "minutes")


def _major(was: str, becomes: str, after: Inputs) -> Effect:
    upgrade = _at_its_time_of(
        after,
        f"the engine is upgraded from {was} to {becomes}, another major version: nothing leads back but a restore, "
        "and clients must have been tested with it",
        "ten minutes and more, by the number of tables",
    )
    if not after.get("allow_major_version_upgrade"):
        return replace(
            upgrade,
            says=f"from {was} to {becomes} is a major upgrade, and RDS refuses it unless it is allowed",
            feasibility=Feasibility.REFUSED,
            fix="write upgrades.allow_major: true with it, after a rehearsal on a restored snapshot",
        )
    # Replicas go first, while their primary still has the old group.
    if upgrade.when is When.WINDOW and not after.get("replicate_source_db"):
        return replace(
            upgrade,
            says=f"the engine goes from {was} to {becomes} in the window, which would be too late: its old parameter "
            "group goes now, and RDS deletes none that is in use",
            source="DeleteDBParameterGroup in the RDS API reference: InvalidDBParameterGroupState",
            feasibility=Feasibility.REFUSED,
            fix="write upgrades.apply_immediately: true with it, and apply it when an interruption is welcome",
        )
    return upgrade


def _at_its_time_of(after: Inputs, says: str, duration: str) -> Effect:
    green = _is_blue_green(after)
    return Effect(
        f"{says}; a copy is upgraded and takes over" if green else says,
        API,
        service=Service.FAILOVER if green else Service.OUTAGE,
        when=When.NOW if green else when(after),
        duration="a minute at the switch, hours before it" if green else duration,
        reversible=False,
    )


def _is_blue_green(inputs: Inputs) -> bool:
    said = inputs.get("blue_green_update")
    return isinstance(said, dict) and said.get("enabled") is True


def _numbers(version: object) -> tuple[int, ...]:
    return tuple(map(int, version.split("."))) if re.fullmatch(r"[\d.]*\d", str(version)) else ()  # type: ignore[attr-defined]


def retention(before: Inputs, after: Inputs) -> Effect:
    was, becomes = before.get("backup_retention_period") or 0, after.get("backup_retention_period") or 0
    switched = Effect(
        "automated backups begin, with a first one at once",
        API,
        service=Service.OUTAGE,
        when=when(after),
        duration="seconds to minutes: storage stands still",
    )
    if not was:
        return switched
    if not becomes:
        return replace(
            switched,
            says="automated backups end, and those there are go with them: no moment can be restored any more",
            data=Data.LOST,
            reversible=False,
            fix="keep backup.retention_days at 1 at least",
        )
    if isinstance(was, int) and isinstance(becomes, int) and becomes < was:
        return Effect(f"automated backups older than {becomes} days go", API, reversible=False)
    return Effect("automated backups are kept longer from now on", API)


def standby(_: Inputs, after: Inputs) -> Effect:
    if after.get("multi_az"):
        return Effect(
            "a standby is made in another zone from a snapshot, and takes over from then on",
            API,
            service=Service.DEGRADED,
            when=when(after),
            duration="minutes to hours of slower storage",
        )
    return Effect("the standby goes: a failure of the zone is an outage from then on", API, when=when(after))


def renamed(before: Inputs, after: Inputs) -> Effect:
    return Effect(
        f"the instance is renamed and restarts; its endpoint changes, and clients of {before.get('identifier')} find "
        "nobody there",
        API,
        service=Service.OUTAGE,
        when=when(after),
        duration="minutes, and until clients connect elsewhere",
    )


def source(before: Inputs, after: Inputs) -> Effect:
    if before.get("replicate_source_db") and not after.get("replicate_source_db"):
        return Effect(
            "the replica is promoted: it becomes a database of its own, and never follows another again",
            "PromoteReadReplica in the RDS API reference",
            service=Service.OUTAGE,
            duration="minutes: it restarts",
            reversible=False,
        )
    if before.get("replicate_source_db") == after.get("replicate_source_db"):
        return Effect(
            "the primary that it follows is made anew, and leaves it behind",
            "CreateDBInstanceReadReplica in the RDS API reference",
            feasibility=Feasibility.TWO_STEPS,
            fix="write read_replicas: 0 first and apply that",
        )
    return Effect(
        "an instance follows the source that it was made from, and no other",
        "CreateDBInstanceReadReplica in the RDS API reference",
        feasibility=Feasibility.REFUSED,
        fix="add a replica with another name, and take this one out afterwards",
    )


def deleted(before: Inputs, _: Inputs) -> Effect:
    if before.get("replicate_source_db"):
        return Effect(
            "the replica goes, and who reads from it loses its endpoint; all it has is in the primary",
            "DeleteDBInstance in the RDS API reference",
            service=Service.OUTAGE,
            duration="until they read elsewhere",
        )
    kept = "a final snapshot stays" if before.get("skip_final_snapshot") is False else "no snapshot is taken"
    backups = before.get("delete_automated_backups") is False
    return Effect(
        f"the database is deleted: {kept}, automated backups {'stay until they expire' if backups else 'go with it'}",
        "DeleteDBInstance in the RDS API reference",
        data=Data.LOST,
        service=Service.OUTAGE,
        reversible=False,
    )


def managed(_: Inputs, after: Inputs) -> Effect:
    if after.get("manage_master_user_password"):
        return Effect(
            "RDS makes another password and a secret of its own for it: clients must read that one from now on",
            API,
            service=Service.OUTAGE,
            duration="until clients read the new secret",
        )
    return Effect(
        "the secret that RDS kept is deleted, and the password becomes that in the secret of dbspec",
        API,
        service=Service.OUTAGE,
        duration="until clients read the new secret",
        reversible=False,
    )


def secret_key(before: Inputs, after: Inputs) -> Effect:
    if before.get("manage_master_user_password") and after.get("manage_master_user_password"):
        return Effect(
            "RDS refuses another key for a secret that it keeps already",
            API,
            feasibility=Feasibility.TWO_STEPS,
            fix="write credentials.mode: self_managed first, apply it, and then go back to managed",
        )
    return Effect("RDS encrypts the secret that it keeps with that key", API)


def parameter_group(before: Inputs, after: Inputs) -> Effect:
    old, new = before.get("parameter_group_name"), after.get("parameter_group_name")
    upgraded = before.get("engine_version") != after.get("engine_version")
    # Groups of two families are two resources.
    if isinstance(old, Ref) and isinstance(new, Ref) and old != new and not upgraded:
        return Effect(
            "the primary goes to another major version, and RDS wants its replicas there first",
            _UPGRADES,
            feasibility=Feasibility.TWO_STEPS,
            fix=f"write engine_version: {_version_of(new)} for each of read_replicas first and apply that",
        )
    if _numbers(before.get("engine_version"))[:2] != _numbers(after.get("engine_version"))[:2]:
        return Effect("the new version takes its parameters from its own group", API, when=when(after))
    return Effect(
        "the other group holds at once, its parameters from the next reboot on, which nobody makes by itself",
        API,
        when=When.REBOOT,
    )


def _version_of(group: Ref) -> str:
    """`8.4` of the resource `parameters-mysql84`."""
    digits = "".join(each for each in group.resource.partition("mysql")[2] if each.isdigit())
    return f"{digits[:-1]}.{digits[-1:]}"


def subnets(_: Inputs, after: Inputs) -> Effect:
    if after.get("replicate_source_db"):
        return Effect(
            "a replica stays where its source is", API, feasibility=Feasibility.REFUSED, fix=RESTORE
        )
    return Effect(
        "RDS refuses another subnet group in the same VPC, and dbspec never moves a database to another VPC",
        _SAME_VPC,
        feasibility=Feasibility.REFUSED,
        fix=f"keep what names the group (`identifier`, `project`); to move to another VPC, {RESTORE}",
    )


def iam(_: Inputs, after: Inputs) -> Effect:
    if after.get("iam_database_authentication_enabled"):
        return Effect("IAM identities may log in", API, when=when(after))
    return Effect(
        "nobody can log in as an IAM identity any more",
        API,
        service=Service.OUTAGE,
        when=when(after),
        duration="for good, for those who do",
    )


def insights_key(before: Inputs, after: Inputs) -> Effect:
    if before.get("performance_insights_kms_key_id") and after.get("performance_insights_kms_key_id"):
        return Effect(
            "the key of Insights is chosen when it is first turned on, and RDS refuses another, even after it was off",
            _INSIGHTS_KEY,
            feasibility=Feasibility.REFUSED,
            fix="keep the key, or take the override out",
        )
    return Effect("Insights encrypts what it collects with that key, once and for all", API)
