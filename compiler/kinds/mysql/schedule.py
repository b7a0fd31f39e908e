"""When a development database is stopped and started."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field

from compiler.diagnostics import Diagnostic
from compiler.environment.model import Weekday, Zone
from compiler.graph import Json, Value
from compiler.model import Model, invalid, shaped
from compiler.parts import names
from compiler.parts.assembly import Assembly, Made

if TYPE_CHECKING:
    from compiler.catalog import Database
    from compiler.kinds.mysql.spec import MySQL


_CLOCK = r"([01]\d|2[0-3]):[0-5]\d"


def _clock(value: str) -> str:
    if re.fullmatch(_CLOCK, value):
        return value
    raise invalid(
        "mysql/schedule-time", f"{value!r} is not a time of day", 'write hours and minutes: "20:00"'
    )


Clock = Annotated[str, AfterValidator(_clock), shaped(_CLOCK, "20:00")]


class Schedule(Model):
    """When a development database is stopped and started; stopped, it costs its storage alone."""

    stop: Clock = Field(description="When it is stopped, `HH:MM`.")
    start: Clock | None = Field(
        None,
        description="When it is started again; without it AWS does so after seven days, or the next apply.",
    )
    days: list[Weekday] = Field(
        ["mon", "tue", "wed", "thu", "fri"], description="The days on which both happen.", min_length=1
    )
    timezone: Zone = Field(description="The IANA time zone of both.", examples=["Asia/Seoul"])


def check(database: Database[MySQL]) -> Iterator[Diagnostic]:
    """What cannot be stopped. Source: RDS User Guide, "Stopping an Amazon RDS DB instance temporarily"."""
    spec, schedule = database.spec, database.spec.schedule
    if schedule is None:
        return
    if database.environment.spec.tier != "development":
        yield database.problem(
            "mysql/schedule-tier",
            ("schedule",),
            f"a database is stopped in development only, and the tier is {database.environment.spec.tier}",
            "take it out",
        )
    if spec.read_replicas:
        yield database.problem(
            "mysql/schedule-replicas",
            ("schedule",),
            "RDS stops no database that has read replicas",
            "take it out, or set read_replicas to 0",
            {"the replicas": ("read_replicas",)},
        )
    if schedule.start == schedule.stop:
        yield database.problem(
            "mysql/schedule-time",
            ("schedule", "start"),
            f"it would be started and stopped at {schedule.stop}",
            "write another time",
        )


def add(assembly: Assembly, database: Database[MySQL], schedule: Schedule, instance: Made) -> None:
    """Adds what stops and starts the instance; the environment has the role that may."""
    times = {"stop": schedule.stop, "start": schedule.start}
    for verb, time in times.items():
        if time is None:
            continue
        hour, minute = (int(each) for each in time.split(":"))
        target: dict[str, Value] = {
            "arn": f"arn:{database.environment.spec.partition}:scheduler:::aws-sdk:rds:{verb}DBInstance",
            "role_arn": names.schedule_role_arn(database.environment),
            "input": Json({"DbInstanceIdentifier": instance["identifier"]}),
        }
        assembly.add(
            f"schedule-{verb}",
            "aws:scheduler:Schedule",
            f"`schedule.{verb}` asks for it",
            {
                "name": names.shortened(f"{names.identifier(database)}-{verb}", 64),
                "description": f"dbspec {names.stack_id(database)}",
                "schedule_expression": f"cron({minute} {hour} ? * {','.join(schedule.days).upper()} *)",
                "schedule_expression_timezone": schedule.timezone,
                "flexible_time_window": {"mode": "OFF"},
                "target": target,
            },
        )
