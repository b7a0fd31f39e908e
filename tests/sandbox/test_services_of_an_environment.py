"""What trails, buckets, events, schedules, dashboards and rotations are refused for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from compiler.sandbox.account import Account
from compiler.sandbox.refusal import AwsError

REGION = "ap-northeast-2"
TRAIL = f"arn:aws:cloudtrail:{REGION}:000000000000:trail/audit"


def _policy(*actions: str, trail: str = TRAIL, service: str = "cloudtrail.amazonaws.com") -> str:
    statements = [
        {
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": action,
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:SourceArn": trail}},
        }
        for action in actions
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


BOTH = ("s3:GetBucketAcl", "s3:PutObject")


def _bucket(account: Account, policy: str | None) -> None:
    account.create("aws:s3:Bucket", {"region": REGION, "bucket": "audit-bucket"})
    if policy:
        account.create("aws:s3:BucketPolicy", {"region": REGION, "bucket": "audit-bucket", "policy": policy})


def _trail(account: Account, **change: Any) -> None:
    account.create(
        "aws:cloudtrail:Trail",
        {"region": REGION, "name": "audit", "s3_bucket_name": "audit-bucket", **change},
    )


@pytest.mark.parametrize(
    "policy",
    [
        None,
        _policy(*BOTH, service="config.amazonaws.com"),
        _policy(*BOTH, trail=f"{TRAIL}-2"),
        _policy("s3:PutObject"),
    ],
    ids=["no policy", "another service", "another trail", "half of it"],
)
def test_a_bucket_has_to_let_its_trail_in(account: Account, policy: str | None) -> None:
    _bucket(account, policy)
    with pytest.raises(AwsError, match="Incorrect S3 bucket policy"):
        _trail(account)
    account.create(
        "aws:s3:BucketPolicy", {"region": REGION, "bucket": "audit-bucket", "policy": _policy(*BOTH)}
    )
    _trail(account)


def test_a_trail_needs_its_bucket_and_an_account_has_five_in_a_region(account: Account) -> None:
    with pytest.raises(AwsError, match="S3 bucket audit-bucket does not exist"):
        _trail(account)
    policy = json.loads(_policy(*BOTH))
    for each in policy["Statement"]:
        del each["Condition"]
    _bucket(account, json.dumps(policy))
    for number in range(5):
        _trail(account, name=f"audit-{number}")
    with pytest.raises(AwsError, match="already has 5 trails"):
        _trail(account, name="one-more")


@pytest.mark.parametrize(
    ("selector", "refusal"),
    [
        ([{"field": "readOnly", "equals": ["false"]}], "needs eventCategory"),
        ([{"field": "eventCategory", "equals": ["Data"]}], "need resources.type"),
    ],
)
def test_what_a_trail_selects_is_whole(account: Account, selector: list[Any], refusal: str) -> None:
    _bucket(account, _policy(*BOTH))
    with pytest.raises(AwsError, match=refusal):
        _trail(account, advanced_event_selectors=[{"field_selectors": selector}])


def test_a_bucket_with_a_trail_in_it_does_not_go(account: Account) -> None:
    _bucket(account, _policy(*BOTH))
    _trail(account)
    with pytest.raises(AwsError, match="not empty"):
        account.delete("aws:s3:Bucket", "audit-bucket")
    account.delete("aws:cloudtrail:Trail", TRAIL)
    account.delete("aws:s3:Bucket", "audit-bucket")


def test_the_name_of_a_bucket_is_the_whole_worlds(account: Account) -> None:
    _bucket(account, None)
    with pytest.raises(AwsError, match="BucketAlreadyOwnedByYou"):
        account.create("aws:s3:Bucket", {"region": REGION, "bucket": "audit-bucket"})
    with pytest.raises(AwsError, match="BucketAlreadyExists"):
        account.create("aws:s3:Bucket", {"region": "us-west-2", "bucket": "audit-bucket"})


def test_a_policy_for_everybody_is_blocked(account: Account) -> None:
    _bucket(account, None)
    block = {"region": REGION, "bucket": "audit-bucket", "block_public_policy": True}
    account.create("aws:s3:BucketPublicAccessBlock", block)
    public = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [public]})
    with pytest.raises(AwsError, match="BlockPublicPolicy"):
        account.create("aws:s3:BucketPolicy", {"region": REGION, "bucket": "audit-bucket", "policy": policy})


def _topic(account: Account, policy: str | None) -> str:
    arn = str(account.create("aws:sns:Topic", {"region": REGION, "name": "alerts"}).outputs["arn"])
    if policy:
        account.create("aws:sns:TopicPolicy", {"region": REGION, "arn": arn, "policy": policy})
    return arn


EVENTS = {"region": REGION, "name": "events", "source_type": "db-instance", "event_categories": ["failure"]}


def test_a_topic_has_to_let_rds_in(account: Account) -> None:
    arn = _topic(account, _policy("sns:Publish", service="cloudwatch.amazonaws.com"))
    with pytest.raises(AwsError, match="permission to publish"):
        account.create("aws:rds:EventSubscription", {**EVENTS, "sns_topic": arn})
    policy = _policy("sns:Publish", service="events.rds.amazonaws.com")
    account.create("aws:sns:TopicPolicy", {"region": REGION, "arn": arn, "policy": policy})
    account.create("aws:rds:EventSubscription", {**EVENTS, "sns_topic": arn})


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"event_categories": ["fire"]}, "category fire does not exist for source type db-instance"),
        ({"source_type": "db-parameter-group"}, "category failure does not exist"),
        ({"source_type": "table"}, "Invalid source type: table"),
        ({"sns_topic": "arn:aws:sns:ap-northeast-2:000000000000:nothing"}, "does not exist"),
    ],
)
def test_events_are_refused(account: Account, change: dict[str, Any], refusal: str) -> None:
    wanted = {**EVENTS, "sns_topic": _topic(account, None)}
    with pytest.raises(AwsError, match=refusal):
        account.create("aws:rds:EventSubscription", {**wanted, **change})


def test_an_account_has_twenty_event_subscriptions_in_a_region(account: Account) -> None:
    wanted = {**EVENTS, "sns_topic": _topic(account, None)}
    for number in range(20):
        account.create("aws:rds:EventSubscription", {**wanted, "name": f"events-{number}"})
    with pytest.raises(AwsError, match="more than 20"):
        account.create("aws:rds:EventSubscription", wanted)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"schedule_expression": "at eight"}, "Invalid Schedule Expression at eight"),
        ({"schedule_expression_timezone": "Seoul"}, "Invalid Schedule Expression Timezone Seoul"),
        ({"target": {"arn": "arn:aws:scheduler:::rds:stop", "role_arn": "ROLE"}}, "not in correct format"),
        ({"target": {"arn": "arn:aws:sqs:x:1:y", "role_arn": "arn:aws:iam::000000000000:role/no"}}, "assume"),
    ],
)
def test_a_schedule_is_refused(account: Account, change: dict[str, Any], refusal: str) -> None:
    role = account.create("aws:iam:Role", {"name": "schedule", "assume_role_policy": "{}"}).outputs["arn"]
    schedule = {
        "region": REGION,
        "name": "stop",
        "schedule_expression": "cron(0 20 ? * MON *)",
        "flexible_time_window": {"mode": "OFF"},
        "target": {"arn": "arn:aws:scheduler:::aws-sdk:rds:stopDBInstance", "role_arn": role},
    }
    wrong = json.loads(json.dumps({**schedule, **change}).replace("ROLE", role))
    with pytest.raises(AwsError, match=refusal):
        account.create("aws:scheduler:Schedule", wrong)
    account.create("aws:scheduler:Schedule", schedule)
    with pytest.raises(AwsError, match="already exists"):
        account.create("aws:scheduler:Schedule", schedule)


@pytest.mark.parametrize(
    ("widget", "refusal"),
    [
        ({"type": "picture"}, "known types"),
        ({"type": "metric", "x": 20, "width": 8, "properties": {}}, "within 24 columns"),
        ({"type": "metric", "properties": {"region": REGION}}, "region and metrics"),
    ],
)
def test_a_dashboard_is_refused(account: Account, widget: dict[str, Any], refusal: str) -> None:
    body = json.dumps({"widgets": [widget]})
    with pytest.raises(AwsError, match=refusal):
        account.create(
            "aws:cloudwatch:Dashboard", {"region": REGION, "dashboard_name": "d", "dashboard_body": body}
        )


def test_a_secret_rotates_where_somebody_can(account: Account) -> None:
    secret = account.create("aws:secretsmanager:Secret", {"region": REGION, "name": "orders"}).id
    rotation = {"region": REGION, "secret_id": secret, "rotation_rules": {"automatically_after_days": 30}}
    with pytest.raises(AwsError, match="No Lambda rotation function"):
        account.create("aws:secretsmanager:SecretRotation", rotation)
    managed = account.create(
        "aws:rds:Instance",
        {
            "region": REGION,
            "identifier": "orders",
            "engine": "mysql",
            "instance_class": "db.t4g.micro",
            "allocated_storage": 20,
            "username": "dbadmin",
            "manage_master_user_password": True,
        },
    ).outputs["master_user_secrets"][0]["secret_arn"]
    account.create("aws:secretsmanager:SecretRotation", {**rotation, "secret_id": managed})
    with pytest.raises(AwsError, match="can't find the specified secret"):
        account.create("aws:secretsmanager:SecretRotation", {**rotation, "secret_id": f"{managed}x"})


def test_what_another_region_has_under_the_same_name_is_not_found_here(account: Account) -> None:
    group = {"name": "orders", "family": "mysql8.4"}
    for region in (REGION, "us-west-2"):
        tags = {"dbspec:stack": "prod.orders", "dbspec:resource": f"parameters-{region}"}
        account.create("aws:rds:ParameterGroup", {**group, "region": region, "tags": tags})
    wanted = {**group, "region": "eu-west-1"}
    assert account.find("aws:rds:ParameterGroup", "prod.orders", "parameters-eu-west-1", wanted) is None
