"""The file environment.yaml."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, WrapValidator

from compiler.edition import EDITIONS, TIERS
from compiler.environment.alerts import Alerts
from compiler.environment.audit import Audit
from compiler.environment.usage import EnvironmentUsage
from compiler.environment.vault import Backups
from compiler.lifecycle.model import Hold
from compiler.limits import Limits
from compiler.model import REGION, Model, Version, exactly_one, invalid, one_of, shaped
from compiler.parts.windows import length
from compiler.shared.sources import SharedSource, SubnetId, VpcId
from compiler.suggest import closest
from compiler.waivers import ControlId, Waivers

Tier = Literal["development", "staging", "production"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

SANDBOX_ACCOUNT = "000000000000"


def _edition(value: str) -> str:
    if value in EDITIONS:
        return value
    raise invalid(
        "environment/edition", f"there is no edition {value!r}", f"write one of {', '.join(EDITIONS)}"
    )


_CLOCK = r"([01]\d|2[0-3]):[0-5]\d"


def _clock(value: str) -> str:
    if re.fullmatch(_CLOCK, value):
        return value
    raise invalid("environment/time", f"{value!r} is not a time of day", 'write hours and minutes: "03:00"')


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise invalid(
            "environment/timezone",
            f"there is no time zone {value!r}",
            "write an IANA name such as Asia/Seoul or UTC",
        ) from None
    return value


Zone = Annotated[str, AfterValidator(_zone)]


def _cidr(value: str) -> str:
    import ipaddress

    try:
        network = ipaddress.ip_network(value)
    except ValueError as error:
        raise invalid(
            "environment/cidr", f"{value!r} is not a network: {error}", "write it as 10.0.0.0/16"
        ) from None
    if network.prefixlen < 8:
        raise invalid(
            "environment/cidr-too-wide",
            f"{value} lets in most of the internet",
            "name the networks of the clients",
        )
    return value


class Account(Model):
    """An AWS account and the roles used in it."""

    account: str = Field(
        description="The account's number, which is checked before anything starts.",
        pattern=r"^\d{12}$",
        examples=['"123456789012"'],
    )
    preview_role: str = Field(
        examples=["arn:aws:iam::123456789012:role/dbspec-preview"],
        description="The role that previews assume: it only reads.",
        pattern=r"^arn:aws[a-z-]*:iam::\d{12}:role/.+$",
    )
    apply_role: str = Field(
        examples=["arn:aws:iam::123456789012:role/dbspec-apply"],
        description="The role that applies assume.",
        pattern=r"^arn:aws[a-z-]*:iam::\d{12}:role/.+$",
    )


class State(Model):
    """Where Pulumi keeps the state of the environment's stacks, and what encrypts the secrets in it."""

    backend: str = Field(
        description="Where Pulumi keeps it: an S3 bucket, or a folder.",
        pattern=r"^(s3|file)://.+$",
        examples=["s3://acme-dbspec-prod?region=ap-northeast-2"],
    )
    secrets: str = Field(
        "passphrase",
        description="`awskms:///alias/NAME?region=...` or `passphrase`.",
        pattern=r"^(awskms://.+|passphrase)$",
        examples=["awskms:///alias/dbspec-prod?region=ap-northeast-2"],
    )


class Client(Model):
    """Who may connect: one of a security group, a network, or an output of the shared infrastructure that is either."""

    model_config = exactly_one()

    security_group: str | None = Field(
        None, description="The id of a security group.", pattern=r"^sg-[0-9a-z]+$", examples=["sg-0a1b2c3d"]
    )
    cidr: Annotated[str, AfterValidator(_cidr)] | None = Field(
        None, description="A private network, `10.0.0.0/16`.", examples=["10.0.0.0/16"]
    )
    output: str | None = Field(
        None,
        description="An output of the shared infrastructure that holds a security group's id.",
        examples=["checkout_security_group_id"],
    )


AnyClient = Annotated[Client, one_of("environment/client", "this client", "security_group", "cidr", "output")]


class Elsewhere(Model):
    """The network of another region, for replicas there."""

    vpc_id: VpcId = Field(description="The VPC.")
    private_subnet_ids: list[SubnetId] = Field(
        description="Private subnets of it in two zones or more.", min_length=2
    )
    clients: dict[str, AnyClient] = Field(
        {}, description="Those of the environment's clients that connect there too."
    )


class Windows(Model):
    """When AWS may touch databases: every one gets slots of its own for backup and maintenance in it."""

    timezone: Zone = Field(description="The IANA time zone of `from` and `to`.", examples=["Asia/Seoul"])
    days: list[Weekday] = Field(description="The days on which maintenance may happen.", min_length=1)
    start: Annotated[str, AfterValidator(_clock), shaped(_CLOCK, "03:00")] = Field(
        alias="from", description="The window's start, `HH:MM`."
    )
    end: Annotated[str, AfterValidator(_clock), shaped(_CLOCK, "06:00")] = Field(
        alias="to", description="Its end; it may lie after midnight."
    )


def _long_enough(windows: Windows) -> Windows:
    minutes = length(windows)
    if minutes >= 120:
        return windows
    raise invalid(
        "environment/window-too-short",
        f"a window of {minutes} minutes has no room for a slot each for backup and maintenance",
        "make it two hours or longer",
    )


def _region(value: str) -> str:
    if re.fullmatch(REGION, value):
        return value
    raise invalid("environment/region", f"{value!r} is no region", "write one such as us-west-2")


def _target(value: Any, validate: Callable[[Any], Account | None]) -> Account | None:
    if value == "sandbox":
        return None
    if isinstance(value, str) or value is None:
        raise invalid(
            "environment/target",
            f"{value!r} is no target",
            "write `target: sandbox`, or account, preview_role and apply_role",
        )
    return validate(value)


def _tags(value: Mapping[str, str]) -> Mapping[str, str]:
    for key, item in value.items():
        if key.lower().startswith("aws:"):
            raise invalid(
                "tags/reserved",
                f"tag {key!r} starts with aws:, which AWS keeps for itself",
                "choose another name",
            )
        if key.startswith("dbspec:"):
            raise invalid(
                "tags/reserved",
                f"tag {key!r} starts with dbspec:, by which dbspec finds its own",
                "choose another name",
            )
        if not 1 <= len(key) <= 128 or len(item) > 256:
            raise invalid(
                "tags/length",
                f"tag {key[:40]!r} is too long",
                "a key has up to 128 characters, a value up to 256",
            )
        if not re.fullmatch(r"[\w\s.:/=+@-]*", key + item):
            raise invalid(
                "tags/characters",
                f"tag {key!r} has a character that AWS refuses",
                "use letters, digits, spaces and _ . : / = + - @",
            )
    return value


Tags = Annotated[dict[str, str], AfterValidator(_tags)]


def _tier(value: Any) -> Any:
    if isinstance(value, str) and value not in TIERS:
        near = closest(value, TIERS) or {"prod": "production", "stage": "staging", "test": "staging"}.get(
            value
        )
        raise invalid(
            "environment/tier",
            f"there is no tier {value!r}" + (f"; did you mean {near!r}?" if near else ""),
            f"write one of {', '.join(TIERS)}",
        )
    return value


class EnvironmentSpec(Model):
    """Everything that the databases of one environment share."""

    tier: Annotated[Tier, BeforeValidator(_tier)] = Field(
        description="How much size, redundancy, retention and protection the defaults give."
    )
    edition: Annotated[Version, AfterValidator(_edition)] = Field(
        description="The dated set of defaults.", examples=["2026.11"]
    )
    region: str = Field(description="The AWS region.", pattern=REGION, examples=["ap-northeast-2"])
    target: Annotated[
        Account | None, WrapValidator(_target, json_schema_input_type=Literal["sandbox"] | Account)
    ] = Field(description="`sandbox`, or the account and its roles.")
    state: State | None = Field(None, description="Where the state lies; the sandbox has its own.")
    shared_infrastructure: SharedSource | None = Field(
        None, description="Where the network comes from that others built."
    )
    clients: dict[str, AnyClient] = Field({}, description="Who can be named in a spec's `access`.")
    regions: dict[Annotated[str, AfterValidator(_region), shaped(REGION[1:-1])], Elsewhere] = Field(
        {}, description="Other regions that replicas of databases may be in."
    )
    windows: Annotated[Windows, AfterValidator(_long_enough)] = Field(
        description="When AWS may touch databases."
    )
    alerts: Alerts = Field(description="Where alarms and events go.")
    account_wide: bool = Field(
        description="Whether it speaks for its account in its region: RDS events, alarms on what is measured for all "
        "tables together. One environment of an account and region does."
    )
    audit: Audit = Field(description="The audit trail of the account in its region, by CloudTrail.")
    backups: Backups = Field(description="Backups by AWS Backup.")
    dashboard: bool = Field(
        description="Whether CloudWatch has a dashboard of all its databases, for $3 a month. It finds them by the "
        "environment's name in theirs: one whose `identifier` lacks that is not on it, and can have a dashboard of its "
        "own."
    )
    tags: Tags = Field({}, description="Tags of everything in the environment.")
    defaults: dict[str, dict[str, Any]] = Field(
        {}, description="By kind: values that a spec of the environment starts from."
    )
    waive: Waivers = Field({}, description="Controls that are accepted as not met.")
    require: list[ControlId] = Field(
        [],
        description="Controls that have to be met whatever the tier makes of them; what waives one still does.",
        examples=[["RDS.26", "RDS.23"]],
    )
    hold: Hold | None = Field(None, description="Applies leave all of the environment alone for a while.")
    approvals: int | None = Field(
        None,
        description="How many people have to approve a change of it or of a database in it, none of whom had a hand in "
        "that change. Left out, one; none in development and on the sandbox.",
        ge=0,
        le=6,
    )
    limits: Limits = Field(Limits(), description="What databases of the environment may be.")
    usage: EnvironmentUsage = Field(
        EnvironmentUsage(), description="What traffic decides, for the cost; it changes nothing else."
    )

    @property
    def simulated(self) -> bool:
        """Whether the environment lives in the sandbox."""
        return self.target is None

    @property
    def approvers(self) -> int:
        """How many people have to approve a change."""
        if self.approvals is not None:
            return self.approvals
        return 0 if self.simulated or self.tier == "development" else 1

    @property
    def account(self) -> str:
        """The number of the account, simulated or real."""
        return self.target.account if self.target else SANDBOX_ACCOUNT

    @property
    def partition(self) -> str:
        """The part of AWS that ARNs in this region start with."""
        if self.region.startswith("cn-"):
            return "aws-cn"
        return "aws-us-gov" if self.region.startswith("us-gov-") else "aws"
