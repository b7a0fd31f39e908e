"""Who is told when something goes wrong: the topic of every alarm, in each region of an environment."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field

from compiler.graph import Json, Ref, Value
from compiler.model import Model, invalid
from compiler.parts import names
from compiler.parts.assembly import Assembly, Made

if TYPE_CHECKING:
    from compiler.catalog import Environment

# What an address looks like, by the protocol that SNS delivers with.
# Source: Protocol and Endpoint of Subscribe in the SNS API reference.
_ADDRESSES = {
    "email": r"[^@\s]+@[^@\s]+\.[^@\s]+",
    "https": r"https://\S+",
    "sms": r"\+[1-9]\d{6,14}",
    "sqs": r"arn:aws[a-z-]*:sqs:[a-z0-9-]+:\d{12}:.+",
    "lambda": r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:.+",
}

# The resource that lets services speak, in the home region.
POLICY = "alerts-policy"

# Services that say something to the topic, and nobody else does.
_SPEAKERS = (
    "backup.amazonaws.com",
    "cloudwatch.amazonaws.com",
    "elasticache.amazonaws.com",
    "events.rds.amazonaws.com",
)


def _address(value: str) -> str:
    if protocol(value):
        return value
    raise invalid(
        "environment/subscription",
        f"{value!r} is nothing that SNS delivers to",
        "write an e-mail address, an https:// address, a telephone number such as +821012345678, or the ARN of a "
        "queue or function",
    )


class Alerts(Model):
    """Where alarms and events go."""

    topic: Literal["own", "shared"] = Field(
        description="Whether the environment has a topic of its own, or uses `alert_topic_arn` of the shared "
        "infrastructure."
    )
    subscriptions: list[Annotated[str, AfterValidator(_address)]] = Field(
        [],
        description="Who is told: e-mail addresses (which have to confirm), https addresses, telephone numbers, "
        "ARNs of queues and functions.",
    )


def protocol(address: str) -> str | None:
    """The protocol that SNS delivers to an address with; None where it is none."""
    return next((name for name, pattern in _ADDRESSES.items() if re.fullmatch(pattern, address)), None)


def add(assembly: Assembly, environment: Environment) -> Made | None:
    """Adds the topics with their policies and subscriptions; the one of the home region, where it is the own one."""
    own = environment.spec.alerts.topic == "own"
    home = _topic(assembly, environment, None) if own else None
    for region in sorted(environment.spec.regions):
        _topic(assembly, environment, region)
    return home


def _topic(assembly: Assembly, environment: Environment, region: str | None) -> Made:
    ending = f"-{region}" if region else ""
    topic = assembly.add(
        f"alerts{ending}",
        "aws:sns:Topic",
        "every alarm of the environment tells it",
        {"region": region, "name": names.alert_topic(environment)},
    )
    assembly.add(
        f"{POLICY}{ending}",
        "aws:sns:TopicPolicy",
        "lets AWS's own services publish to the topic for this account, and nobody else",
        {
            "region": region,
            "arn": topic["arn"],
            "policy": _policy(topic["arn"], environment.spec.account),
        },
    )
    for address in environment.spec.alerts.subscriptions:
        # Named by the address: another order of the list changes nothing.
        digits = hashlib.sha256(address.encode()).hexdigest()[:8]
        assembly.add(
            f"subscription-{digits}{ending}",
            "aws:sns:TopicSubscription",
            f"`alerts.subscriptions` names {address}",
            {"region": region, "topic": topic["arn"], "protocol": protocol(address), "endpoint": address},
        )
    return topic


def _policy(topic: Ref, account: str) -> Value:
    return Json(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": list(_SPEAKERS)},
                    "Action": "sns:Publish",
                    "Resource": topic,
                    "Condition": {"StringEquals": {"aws:SourceAccount": account}},
                }
            ],
        }
    )
