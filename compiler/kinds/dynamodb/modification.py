"""What DynamoDB does when a table is modified, where that depends on what it was and what it becomes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from compiler.effects import Data, Effect, Feasibility, Inputs, Service

API = "UpdateTable in the DynamoDB API reference"
_CAPACITY = "Considerations when changing capacity modes in the DynamoDB developer guide"
_PITR = "Point-in-time recovery in the DynamoDB developer guide"
_PLANS = "plans of the AWS provider, asked input by input"
STREAMS = "StreamSpecification of UpdateTable in the DynamoDB API reference"
STRONG = "GlobalTableWitnessUpdates and MultiRegionConsistency of UpdateTable in the DynamoDB API reference"
_TTL = "UpdateTimeToLive in the DynamoDB API reference"

NEW_TABLE = "keep it, make a second table in a spec of its own, and move the items there"


def another(what: str, fix: str = NEW_TABLE, source: str = _PLANS) -> Effect:
    """What is fixed when a table is made: the provider makes another one, which is empty."""
    return Effect(
        f"{what} is fixed when the table is made: the table is deleted, and an empty one made in its place",
        source,
        replaces=True,
        data=Data.LOST,
        service=Service.OUTAGE,
        duration="until the new one is made and filled",
        reversible=False,
        fix=fix,
    )


def deleted(before: Inputs, _: Inputs) -> Effect:
    """The end of a table. There is no final snapshot."""
    kept = (
        "; AWS keeps a backup of its last moment for 35 days, since point-in-time recovery is on"
        if _on(before.get("point_in_time_recovery"))
        else "; what AWS Backup has of it stays, if there is any"
    )
    return Effect(
        f"the table and its items are deleted{kept}",
        _PITR,
        data=Data.LOST,
        service=Service.OUTAGE,
        duration="for good",
        reversible=False,
    )


def billing_mode(_: Inputs, after: Inputs) -> Effect:
    """Each mode can be left again, a few times a day."""
    if after.get("billing_mode") == "PROVISIONED":
        return Effect(
            "capacity is billed instead of requests, and what goes beyond it is refused; a table that scales begins "
            "at its least, and follows traffic from there",
            _CAPACITY,
            service=Service.DEGRADED,
            duration="minutes, until capacity has followed traffic",
        )
    return Effect(
        "requests are billed instead of capacity; four times in 24 hours at most",
        _CAPACITY,
        duration="minutes",
    )


def capacity(before: Inputs, after: Inputs) -> Effect:
    """More and less, of what is not scaled."""
    lower = any(
        isinstance(was := before.get(key), int)
        and isinstance(becomes := after.get(key), int)
        and becomes < was
        for key in ("read_capacity", "write_capacity")
    )
    if not lower:
        return Effect("the table serves more, while it is in use", API, duration="minutes")
    return Effect(
        "the table serves less, and refuses what goes beyond it; AWS lowers capacity only a few times a day",
        "Service, account, and table quotas in the DynamoDB developer guide",
        service=Service.DEGRADED,
        duration="as long as traffic is beyond it",
    )


def warm_throughput(before: Inputs, after: Inputs) -> Effect:
    """It rises, and never falls."""
    old, new = before.get("warm_throughput"), after.get("warm_throughput")
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        pairs = [(value, new.get(key)) for key, value in old.items()]
        if any(isinstance(was, int) and isinstance(becomes, int) and becomes < was for was, becomes in pairs):
            return another(
                "what a table is warmed up for never goes down: it",
                "keep warm_throughput as it is, or take it out: the table stays as warm as it is",
                "internal/service/dynamodb/table.go of terraform-provider-aws",
            )
    if new is None:
        return Effect("the table stays as warm as it is", API)
    return Effect(
        "the table is made ready for that much; it is billed once", API, duration="minutes", reversible=False
    )


def ttl(before: Inputs, after: Inputs) -> Effect:
    """Items that expire."""
    old, new = (_attribute(inputs) for inputs in (before, after))
    if old and new and old != new:
        return Effect(
            f"items expire by {old}, and AWS refuses another attribute before that is off",
            _TTL,
            feasibility=Feasibility.TWO_STEPS,
            fix="take `ttl` out, apply that, wait an hour, and then name the other attribute",
        )
    if new:
        return Effect(
            f"items whose {new} has passed are deleted for good, within days, and from now on",
            _TTL,
            duration="up to an hour before it begins",
            reversible=False,
        )
    return Effect("items no longer expire", _TTL, duration="up to an hour before it ends")


def _attribute(inputs: Inputs) -> str:
    said = inputs.get("ttl")
    return str(said.get("attribute_name")) if isinstance(said, Mapping) and _on(said) else ""


def recovery(before: Inputs, after: Inputs) -> Effect:
    """Continuous backups."""
    old, new = before.get("point_in_time_recovery"), after.get("point_in_time_recovery")
    if not _on(new):
        return Effect(
            "no moment before now can be restored any more, and none from now on: all continuous backups go",
            _PITR,
            reversible=False,
        )
    if not _on(old):
        return Effect("any moment from now on can be restored", _PITR)
    was, becomes = (
        each.get("recovery_period_in_days", 35) if isinstance(each, Mapping) else 35 for each in (old, new)
    )
    if isinstance(was, int) and isinstance(becomes, int) and becomes < was:
        return Effect(
            f"no moment more than {becomes} days ago can be restored any more: the older backups go",
            _PITR,
            reversible=False,
        )
    return Effect("backups are kept longer from now on", _PITR)


def encryption(_: Inputs, after: Inputs) -> Effect:
    """Any key can become any other, in a call of its own."""
    said = after.get("server_side_encryption")
    whose = "a key of DynamoDB's own"
    if _on(said):
        own = isinstance(said, Mapping) and said.get("kms_key_arn")
        whose = "the key that is named" if own else "the account's key alias/aws/dynamodb"
    return Effect(
        f"the table goes over to {whose} while it is in use; its backups need the key they were made with",
        "SSESpecification of UpdateTable; Managing encrypted tables in the DynamoDB developer guide",
        duration="minutes",
    )


def stream(before: Inputs, after: Inputs) -> Effect:
    """Another view is another stream."""
    if not after.get("stream_enabled"):
        return Effect(
            "the stream ends: what is in it can be read for 24 hours, what happens from now on cannot",
            STREAMS,
            service=Service.OUTAGE,
            duration="for good, for whoever reads the stream",
            reversible=False,
        )
    if not before.get("stream_enabled"):
        return Effect("the table gets a stream, with what happens from now on", STREAMS)
    return Effect(
        "the stream ends and another begins, under another ARN: its readers have to move there, and changes in between "
        "are in neither",
        STREAMS,
        service=Service.OUTAGE,
        duration="until its readers read the new one",
        reversible=False,
    )


def strong_replicas(before: Inputs, after: Inputs) -> Effect:
    """Replicas that are inputs of the table: those of strong consistency, whose regions are fixed."""
    old, new = (
        {str(each.get("region_name")): each for each in _items(inputs, "replicas")}
        for inputs in (before, after)
    )
    if old.keys() != new.keys() or any(_mode(old[name]) != _mode(new[name]) for name in old):
        return Effect(
            "the regions of a strongly consistent table, and that it is one, are fixed before it has its first item",
            STRONG,
            service=Service.OUTAGE,
            feasibility=Feasibility.REFUSED,
            fix=NEW_TABLE,
        )
    if any(old[name].get("kms_key_arn") != new[name].get("kms_key_arn") for name in old):
        return Effect(
            "the replica is deleted and made anew with the other key: clients in its region find no table meanwhile, "
            "and a strongly consistent table cannot lose one",
            "KMSMasterKeyId of ReplicationGroupUpdate; the provider's documentation of replica.kms_key_arn",
            service=Service.OUTAGE,
            feasibility=Feasibility.REFUSED,
            fix="keep the key that the replica has",
        )
    return Effect("protection and backups of the replica change while it is in use", API)


def _mode(replica: Mapping[str, Any]) -> object:
    return replica.get("consistency_mode") or "EVENTUAL"


def _on(block: object) -> bool:
    return isinstance(block, Mapping) and bool(block.get("enabled"))


def _items(inputs: Inputs, key: str) -> Iterable[Mapping[str, Any]]:
    items = inputs.get(key)
    return [each for each in items if isinstance(each, Mapping)] if isinstance(items, list) else []
