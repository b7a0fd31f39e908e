"""Event subscriptions: what RDS tells a topic of what happens."""

from __future__ import annotations

import json
from typing import Any

from compiler.sandbox.declaration import Declaration, Hold, Reference, Says, Step
from compiler.sandbox.refusal import AwsError

_MOST = 20  # a region's quota
# Source: RDS User Guide, "Amazon RDS event categories and event messages".
_CATEGORIES = {
    "db-instance": {
        *("availability", "backup", "configuration change", "creation", "deletion", "failover", "failure"),
        *("low storage", "maintenance", "notification", "read replica", "recovery", "restoration"),
        *("security", "security patching"),
    },
    "db-parameter-group": {"configuration change"},
    "db-security-group": {"configuration change", "failure"},
    "db-snapshot": {"creation", "deletion", "notification", "restoration"},
}


def _subscription(step: Step) -> dict[str, Any]:
    name = step.inputs["name"]
    return {
        "id": name,
        "arn": step.world.arn("rds", step.region, f"es:{name}"),
        "customer_aws_id": step.world.account,
    }


def _categories_are_of_the_source(step: Step) -> None:
    source = step.get("source_type")
    if source is not None and source not in _CATEGORIES:
        raise AwsError("SourceNotFound", f"Invalid source type: {source}")
    for category in step.get("event_categories") or []:
        if source and category not in _CATEGORIES[source]:
            text = f"The event category {category} does not exist for source type {source}."
            raise AwsError("SubscriptionCategoryNotFound", text)


def _topic_lets_rds_in(step: Step) -> None:
    policy = step.find("aws:sns:TopicPolicy", step.get("sns_topic"))
    if policy is None:  # a topic without one takes what its own account says
        return
    services: set[str] = set()
    for statement in json.loads(policy.inputs["policy"])["Statement"]:
        said = statement["Principal"].get("Service", []) if statement["Effect"] == "Allow" else []
        services |= {said} if isinstance(said, str) else set(said)
    if "events.rds.amazonaws.com" not in services:
        text = "You do not have permission to publish to the SNS topic ARN."
        raise AwsError("SNSNoAuthorization", text)


def _there_are_not_too_many(step: Step) -> None:
    there = [each for each in step.world.things("aws:rds:EventSubscription") if each.region == step.region]
    if step.old is None and len(there) >= _MOST:
        raise AwsError("EventSubscriptionQuotaExceeded", f"You cannot have more than {_MOST} subscriptions.")


EVENT_SUBSCRIPTION = Declaration(
    noun="RDS Event Subscription",
    outputs=_subscription,
    name="name",
    identity=("name",),
    taken=Says("SubscriptionAlreadyExist", "Event Subscription name {name} already exists."),
    defaults={"enabled": True},
    sets=frozenset({"event_categories", "source_ids"}),
    references=(
        Reference(
            "sns_topic",
            ("aws:sns:Topic",),
            Hold.NEEDS,
            "SNSTopicArnNotFound",
            "SNS topic {value} does not exist",
        ),
    ),
    rules=(_categories_are_of_the_source, _topic_lets_rds_in, _there_are_not_too_many),
    replaces=frozenset({"name", "name_prefix"}),
)
