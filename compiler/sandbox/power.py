"""Instances that are stopped and started, by people and by schedules."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from compiler.sandbox.refusal import AwsError
from compiler.sandbox.world import Thing, World

_DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")


def start(world: World, instance: Thing) -> bool:
    """Starts it; whether it was stopped."""
    if instance.computed.get("status") != "stopped":
        return False
    world.amend(replace(instance, computed={**instance.computed, "status": "available"}))
    return True


def stop(world: World, instance: Thing) -> None:
    """Stops it. AwsError where RDS would not: with replicas, or being one.

    Source: RDS User Guide, "Stopping an Amazon RDS DB instance temporarily".
    """
    replicates = any(input == "replicate_source_db" for input, _ in world.users(instance))
    if replicates or instance.inputs.get("replicate_source_db"):
        text = f"Cannot stop or start a read replica, or an instance that has one: {instance.inputs['identifier']}"
        raise AwsError("InvalidDBInstanceState", text)
    world.amend(replace(instance, computed={**instance.computed, "status": "stopped"}))


def scheduled(world: World, before: datetime) -> Iterator[str]:
    """Does what schedules said between that moment and now; a sentence for each time."""
    due = sorted(
        (moment, thing.key)
        for thing in world.things("aws:scheduler:Schedule")
        if thing.inputs["state"] == "ENABLED"
        for moment in _moments(thing, before, world.now)
    )
    for moment, key in due:
        schedule = world.get(*key)
        assert schedule is not None
        if did := _do(world, schedule):
            yield f"{schedule.type} {schedule.id} {did} at {moment.isoformat()}"


def _moments(schedule: Thing, before: datetime, now: datetime) -> Iterator[datetime]:
    """When `cron(MINUTE HOUR ? * DAYS *)` comes due; other expressions never do here."""
    match = re.fullmatch(r"cron\((\d+) (\d+) \? \* ([A-Z,]+) \*\)", schedule.inputs["schedule_expression"])
    if match is None:
        return
    zone = ZoneInfo(schedule.inputs["schedule_expression_timezone"])
    days = [_DAYS.index(each) for each in match[3].split(",")]
    day = before.astimezone(zone).date()
    while day <= now.astimezone(zone).date():
        moment = datetime(day.year, day.month, day.day, int(match[2]), int(match[1]), tzinfo=zone).astimezone(
            UTC
        )
        if day.weekday() in days and before < moment <= now:
            yield moment
        day += timedelta(days=1)


def _do(world: World, schedule: Thing) -> str:
    target = schedule.inputs["target"]
    verb = target["arn"].rpartition(":")[2]
    identifier = json.loads(target.get("input") or "{}").get("DbInstanceIdentifier")
    instance = world.find(("aws:rds:Instance",), schedule.region, identifier)
    if instance is None:
        return ""
    if verb == "startDBInstance":
        return f"started {identifier}" if start(world, instance) else ""
    if verb == "stopDBInstance" and instance.computed.get("status") == "available":
        stop(world, instance)
        return f"stopped {identifier}"
    return ""
