"""What a DynamoDB spec can say. What is not here goes without saying, or is not dbspec's to know."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from compiler.aws.dynamodb import LEAST_WARM_READ, LEAST_WARM_WRITE, LONGEST_KEY, MOST_PROJECTED, NAME
from compiler.kinds.dynamodb.restoring import AnyRestore
from compiler.kinds.dynamodb.usage import DynamoDBUsage
from compiler.kinds.kind import DatabaseSpec
from compiler.model import Model, invalid, shaped
from compiler.parts.encryption import KEY_ARN, KEY_ARN_EXAMPLE

Projection = Literal["ALL", "KEYS_ONLY", "INCLUDE"]
ViewType = Literal["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"]


def _key(value: str) -> str:
    if 1 <= len(value) <= LONGEST_KEY:
        return value
    raise invalid(
        "dynamodb/key-name",
        f"a key attribute's name has {len(value)} characters",
        f"give it 1 to {LONGEST_KEY}",
    )


def _index(value: str) -> str:
    if re.fullmatch(NAME, value):
        return value
    raise invalid(
        "dynamodb/index-name",
        f"{value!r} cannot name an index",
        "use 3 to 255 letters, digits, hyphens, underscores and dots",
    )


def _limit(value: int) -> int:
    if value == -1 or value >= 1:
        return value
    raise invalid("dynamodb/limit", f"{value} is no limit", "write 1 or more, or -1 to take a limit away")


_SCHEDULE = r"daily|cron\((\S+ ){5}\S+\)"


def _schedule(value: str) -> str:
    if re.fullmatch(_SCHEDULE, value):
        return value
    raise invalid(
        "dynamodb/backup-schedule",
        f"{value!r} is no schedule of AWS Backup",
        "write daily, or six fields in UTC such as cron(0 18 ? * SUN *)",
    )


def _units(value: Any) -> Any:
    """`read: 10` is short for 10 units that nothing scales."""
    if not isinstance(value, int) or isinstance(value, bool):
        return value
    if value < 1:
        raise invalid("dynamodb/capacity", f"a capacity of {value} serves nothing", "write 1 or more")
    return {"min": value, "max": value}


def _regions(value: Any) -> Any:
    """`replicas: [us-east-1]` is short for replicas that differ in nothing."""
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        return value
    twice = next((each for each in value if value.count(each) > 1), None)
    if twice is not None:
        raise invalid(
            "dynamodb/replica-twice", f"{twice} is named twice", "a region has one replica: take one out"
        )
    return {each: {} for each in value}


def _days(value: Any) -> Any:
    """`pitr: 14` is short for being on and going back 14 days; `pitr: true` goes as far as AWS does."""
    if isinstance(value, bool):
        return {"enabled": value, "days": 35}
    if isinstance(value, str):
        raise invalid("dynamodb/pitr", f"{value!r} is no number of days", "write 1 to 35, or true or false")
    return {"enabled": True, "days": value} if isinstance(value, int) else value


def _attribute(value: Any) -> Any:
    """`ttl: expires_at` is short for the attribute of that name."""
    if isinstance(value, bool):
        raise invalid(
            "dynamodb/ttl",
            "a table's items expire by an attribute, which has to be named",
            "write its name: expires_at, or take the line out where none expire",
        )
    return {"attribute": value} if isinstance(value, str) else value


def _mode(value: Any) -> Any:
    """`encryption: cmk` is short for the mode alone."""
    return {"mode": value} if isinstance(value, str) else value


Key = Annotated[str, AfterValidator(_key), shaped(rf".{{1,{LONGEST_KEY}}}", "created_at")]
IndexName = Annotated[str, AfterValidator(_index), shaped(NAME, "email-index")]
Limit = Annotated[int, AfterValidator(_limit)]


class Units(Model):
    """Capacity units: `min` of them, and where `max` is more, as many as traffic needs."""

    min: int = Field(description="The fewest, and what it starts with.", ge=1)
    max: int = Field(description="The most; the same as min where nothing scales.", ge=1)
    target: int | None = Field(
        None,
        description="The share in use that scaling aims at, where not autoscaling.target.",
        ge=20,
        le=90,
    )

    @property
    def scaled(self) -> bool:
        """Whether traffic decides how many there are."""
        return self.max > self.min


ShortUnits = Annotated[
    Units, BeforeValidator(_units, json_schema_input_type=Annotated[int, Field(ge=1)] | Units)
]


class Capacity(Model):
    """Provisioned capacity: a number, or `{min, max}` for one that follows traffic."""

    read: ShortUnits = Field(description="Reads a second, of up to 4 KB.")
    write: ShortUnits = Field(description="Writes a second, of up to 1 KB.")


class Limits(Model):
    """The most that is served, and billed, on demand."""

    read: Limit | None = Field(None, description="Read units a second; -1 for no limit.")
    write: Limit | None = Field(None, description="Write units a second; -1 for no limit.")


class Warm(Model):
    """What the table can serve from one moment to the next."""

    read: int = Field(description="Read units a second; it can be raised, never lowered.", ge=LEAST_WARM_READ)
    write: int = Field(
        description="Write units a second; it can be raised, never lowered.", ge=LEAST_WARM_WRITE
    )


class Autoscaling(Model):
    """How provisioned capacity follows traffic, wherever it is written as `{min, max}`."""

    target: int = Field(
        description="The share of capacity in use that is aimed at, in percent.", ge=20, le=90
    )


class Index(Model):
    """A global secondary index: items found by other keys."""

    hash_key: Key = Field(description="Its partition key.")
    range_key: Key | None = Field(None, description="Its sort key.")
    projection: Projection = Field(
        description="Which attributes it has; fixed for as long as it has its name."
    )
    non_key_attributes: list[Key] = Field(
        [],
        description="With INCLUDE: the attributes that it has besides the keys.",
        max_length=MOST_PROJECTED,
    )
    capacity: Capacity | None = Field(None, description="Its capacity, where the table's is provisioned.")
    on_demand: Limits | None = Field(None, description="The most it serves, where the table is on demand.")


class LocalIndex(Model):
    """A local secondary index: the items of a partition in another order. Fixed when the table is made."""

    range_key: Key = Field(description="Its sort key; its partition key is the table's.")
    projection: Projection = Field(description="Which attributes it has.")
    non_key_attributes: list[Key] = Field(
        [],
        description="With INCLUDE: the attributes that it has besides the keys.",
        max_length=MOST_PROJECTED,
    )


class Ttl(Model):
    """Items that delete themselves."""

    attribute: Key = Field(
        description="The attribute that says when, in seconds since 1970.", examples=["expires_at"]
    )


class Pitr(Model):
    """Point-in-time recovery: continuous backups, from which any second can be restored."""

    enabled: bool = Field(description="Whether it is on.")
    days: int = Field(description="How many days it goes back.", ge=1, le=35)


class Encryption(Model):
    """Encryption at rest, which is always on."""

    mode: Literal["aws_owned", "aws_managed", "cmk"] = Field(
        description="Whose key: DynamoDB's own, the account's alias/aws/dynamodb, or one of the table's own."
    )
    kms_key: str | None = Field(
        None,
        description="With cmk: the ARN of a key, where not one that dbspec makes and keeps.",
        pattern=KEY_ARN,
        examples=[KEY_ARN_EXAMPLE],
    )


class Replica(Model):
    """The table in another region."""

    kms_key: str | None = Field(
        None,
        description="The ARN of a key in that region, where not one that dbspec makes and keeps.",
        pattern=KEY_ARN,
        examples=[KEY_ARN_EXAMPLE],
    )
    pitr: bool | None = Field(
        None, description="Whether it has point-in-time recovery, where not as the table."
    )
    deletion_protection: bool | None = Field(
        None, description="Whether AWS refuses to delete it, where not as the table."
    )


class BackupPlan(Model):
    """Backups by AWS Backup, in the environment's vault."""

    schedule: Annotated[str, AfterValidator(_schedule), shaped(_SCHEDULE, "daily")] = Field(
        "daily",
        description="`daily`, at the table's slot of the environment's window, or `cron(...)` in UTC.",
    )
    delete_after_days: int = Field(description="How long a backup is kept.", ge=1, le=36500)
    cold_after_days: int | None = Field(
        None, description="When it moves to cold storage, where it stays 90 days or longer.", ge=1, le=36500
    )


class DynamoDB(DatabaseSpec):
    """A DynamoDB table."""

    kind: Literal["dynamodb"] = Field(description="The kind of database.")
    attributes: dict[Key, Literal["S", "N", "B"]] = Field(
        description="The attributes that keys are made of, and no others: S for text, N for numbers, B for bytes.",
        min_length=1,
    )
    hash_key: Key = Field(description="The partition key; fixed when the table is made.")
    range_key: Key | None = Field(None, description="The sort key; fixed when the table is made.")
    indexes: dict[IndexName, Index] = Field({}, description="Global secondary indexes by name.")
    local_indexes: dict[IndexName, LocalIndex] = Field(
        {}, description="Local secondary indexes by name; fixed when the table is made."
    )
    billing_mode: Literal["PAY_PER_REQUEST", "PROVISIONED"] = Field(
        description="Whether requests are billed, or capacity."
    )
    on_demand: Limits | None = Field(None, description="With PAY_PER_REQUEST: the most that is served.")
    capacity: Capacity | None = Field(None, description="With PROVISIONED: what is served.")
    autoscaling: Autoscaling = Field(description="How capacity follows traffic.")
    warm_throughput: Warm | None = Field(None, description="What is ready for a sudden peak.")
    streams: ViewType | None = Field(
        None, description="What the stream says of each change; a table without it has no stream."
    )
    ttl: Annotated[Ttl, BeforeValidator(_attribute, json_schema_input_type=Key | Ttl)] | None = Field(
        None, description="The attribute by which items expire."
    )
    table_class: Literal["STANDARD", "STANDARD_INFREQUENT_ACCESS"] = Field(
        description="Cheap requests, or cheap storage."
    )
    pitr: Annotated[
        Pitr, BeforeValidator(_days, json_schema_input_type=bool | Annotated[int, Field(ge=1, le=35)] | Pitr)
    ] = Field(description="Point-in-time recovery.")
    encryption: Annotated[
        Encryption,
        BeforeValidator(
            _mode, json_schema_input_type=Literal["aws_owned", "aws_managed", "cmk"] | Encryption
        ),
    ] = Field(description="Encryption at rest.")
    replicas: Annotated[
        dict[str, Replica],
        BeforeValidator(_regions, json_schema_input_type=list[str] | dict[str, Replica]),
    ] = Field({}, description="The table in other regions, as a list of them or a mapping.")
    consistency: Literal["EVENTUAL", "STRONG"] = Field(
        description="Whether replicas follow within seconds, or are always the same; fixed with the first replica."
    )
    witness: str | None = Field(
        None,
        description="With STRONG and one replica: the region that has no table but decides with the others.",
        examples=["ap-northeast-3"],
    )
    backup_plan: BackupPlan | None = Field(None, description="Backups by AWS Backup.")
    contributor_insights: bool = Field(
        description="Whether CloudWatch says which keys are read and written most."
    )
    deletion_protection: bool = Field(description="Whether AWS and Pulumi refuse to delete it.")
    restore: AnyRestore | None = Field(
        None, description="What a new table is made from; the line stays, and counts when it is made."
    )
    usage: DynamoDBUsage = Field(
        DynamoDBUsage(), description="What traffic decides, for the cost; it changes nothing else."
    )
