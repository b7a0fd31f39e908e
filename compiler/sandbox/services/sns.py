"""Simple Notification Service: topics and their policies."""

from __future__ import annotations

import json
from typing import Any

from compiler.sandbox.declaration import Declaration, Hold, Reference, Step
from compiler.sandbox.refusal import AwsError
from compiler.sandbox.services.kms import encrypts


def _topic(step: Step) -> dict[str, Any]:
    arn = step.world.arn("sns", step.region, step.inputs["name"])
    own = {
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": ["SNS:Publish", "SNS:Subscribe"],
        "Resource": arn,
    }
    own["Condition"] = {"StringEquals": {"AWS:SourceOwner": step.world.account}}
    return {
        "id": arn,
        "arn": arn,
        "owner": step.world.account,
        "beginning_archive_time": "",
        "policy": step.kept("policy", json.dumps({"Version": "2008-10-17", "Statement": [own]})),
        "signature_version": step.kept("signature_version", 0),
        "tracing_config": step.kept("tracing_config", ""),
    }


def _fits_its_kind(step: Step) -> None:
    if step.inputs["fifo_topic"] != step.inputs["name"].endswith(".fifo"):
        text = "Invalid parameter: Fifo Topic names must end with .fifo and must be made up of only uppercase and"
        raise AwsError(
            "InvalidParameter", f"{text} lowercase ASCII letters, numbers, underscores, and hyphens"
        )
    if step.inputs["content_based_deduplication"] and not step.inputs["fifo_topic"]:
        raise AwsError("", "content-based deduplication can only be set for FIFO topics")


def _is_made_once(step: Step) -> None:
    """CreateTopic gives back the topic of that name, if it is the same in everything."""
    there = step.find("aws:sns:Topic", step.world.arn("sns", step.region, step.inputs["name"]))
    if step.old is None and there is not None and there.tags != (step.get("tags") or {}):
        raise AwsError(
            "InvalidParameter", "Invalid parameter: Tags Reason: Topic already exists with different tags"
        )


TOPIC = Declaration(
    noun="SNS Topic",
    outputs=_topic,
    name="name",
    identity=("name",),
    defaults={"content_based_deduplication": False, "fifo_topic": False},
    chosen=frozenset({"policy", "signature_version", "tracing_config"}),
    choices={"signature_version": (1, 2), "tracing_config": ("Active", "PassThrough")},
    patterns={"name": r"[A-Za-z0-9_-]{1,256}(\.fifo)?"},
    documents=frozenset({"archive_policy", "delivery_policy", "policy"}),
    references=(encrypts("kms_master_key_id", "InvalidParameter"),),
    rules=(_fits_its_kind, _is_made_once),
    replaces=frozenset({"fifo_topic", "name", "name_prefix"}),
)


def _topic_policy(step: Step) -> dict[str, Any]:
    return {"id": step.inputs["arn"], "owner": step.world.account}


TOPIC_POLICY = Declaration(
    noun="SNS Topic Policy",
    outputs=_topic_policy,
    identity=("arn",),
    documents=frozenset({"policy"}),
    references=(Reference("arn", ("aws:sns:Topic",), Hold.PARENT, "NotFound", "Topic does not exist"),),
    replaces=frozenset({"arn"}),
)


def _subscription(step: Step) -> dict[str, Any]:
    id = step.token("id", 32)
    arn = f"{step.inputs['topic']}:{id[:8]}-{id[8:12]}-{id[12:16]}-{id[16:20]}-{id[20:]}"
    confirms = step.inputs["protocol"] in ("email", "email-json", "http", "https")
    return {
        "id": step.old.id if step.old else arn,
        "arn": step.old.id if step.old else arn,
        "owner_id": step.world.account,
        "pending_confirmation": step.kept("pending_confirmation", confirms),
        "confirmation_was_authenticated": not confirms,
        "filter_policy_scope": step.kept("filter_policy_scope", ""),
    }


def _queues_and_functions_are_in_reach(step: Step) -> None:
    """SNS delivers to queues and functions of other regions too, but of other accounts only where they say so."""
    endpoint = step.get("endpoint")
    if (
        isinstance(endpoint, str)
        and step.inputs["protocol"] in ("sqs", "lambda")
        and not endpoint.startswith("arn:")
    ):
        raise AwsError("InvalidParameter", f"Invalid parameter: {step.inputs['protocol']} endpoint ARN")


# Subscribe gives back the subscription of that endpoint, if there is one.
TOPIC_SUBSCRIPTION = Declaration(
    noun="SNS Topic Subscription",
    outputs=_subscription,
    identity=("topic", "protocol", "endpoint"),
    defaults={
        "confirmation_timeout_in_minutes": 1,
        "endpoint_auto_confirms": False,
        "raw_message_delivery": False,
    },
    chosen=frozenset({"filter_policy_scope"}),
    unread=frozenset({"confirmation_timeout_in_minutes", "endpoint_auto_confirms"}),
    choices={
        "protocol": (
            *("application", "email", "email-json", "firehose", "http", "https", "lambda", "sms", "sqs"),
        )
    },
    documents=frozenset({"delivery_policy", "filter_policy", "redrive_policy", "replay_policy"}),
    references=(Reference("topic", ("aws:sns:Topic",), Hold.PARENT, "NotFound", "Topic does not exist"),),
    rules=(_queues_and_functions_are_in_reach,),
    replaces=frozenset({"endpoint", "protocol", "topic"}),
)
