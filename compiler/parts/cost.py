"""What the things that kinds share cost a month: alarms, keys, secrets, dashboards, logs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from compiler.cost import Component, Rate, number, priced
from compiler.graph import Resource

ALARM = "alarm metric-month"
_STANDARD = Rate("cloudwatch", "CW:AlarmMonitorUsage")
_HIGH_RESOLUTION = Rate("cloudwatch", "CW:HighResAlarmMonitorUsage")
_INGESTED = Rate("cloudwatch", "DataProcessing-Bytes")
_KEPT = Rate("cloudwatch", "TimedStorage-ByteHrs")

# Unit and rate of a secret, which services keep too.
SECRET = ("secret-month", Rate("secretsmanager", "AWSSecretsManager-Secrets"))

# What a month of one costs.
_ONE_EACH = {
    "aws:cloudwatch:Dashboard": ("dashboard", "dashboard-month", Rate("cloudwatch", "DashboardsUsageHour")),
    "aws:kms:Key": ("key", "key-month", Rate("kms", "KMS-Keys")),
    "aws:secretsmanager:Secret": ("secret", *SECRET),
}

# What costs nothing by being there. Requests, messages and transfer are so little, or so much of something else's,
# that dbspec does not count them (docs/cost.md); logs are counted by `logs`.
FREE = frozenset(
    {
        "aws:appautoscaling:Policy",
        "aws:appautoscaling:Target",
        "aws:backup:Plan",
        "aws:backup:Selection",
        "aws:backup:Vault",
        "aws:cloudwatch:LogGroup",
        "aws:ec2:SecurityGroup",
        "aws:elasticache:ParameterGroup",
        "aws:elasticache:SubnetGroup",
        "aws:elasticache:User",
        "aws:elasticache:UserGroup",
        "aws:iam:Policy",
        "aws:iam:Role",
        "aws:iam:RolePolicy",
        "aws:iam:RolePolicyAttachment",
        "aws:kms:Alias",
        "aws:rds:EventSubscription",
        "aws:rds:OptionGroup",
        "aws:rds:ParameterGroup",
        "aws:rds:SubnetGroup",
        "aws:s3:BucketLifecycleConfiguration",
        "aws:s3:BucketPolicy",
        "aws:s3:BucketPublicAccessBlock",
        "aws:scheduler:Schedule",
        "aws:secretsmanager:SecretRotation",
        "aws:secretsmanager:SecretVersion",
        "aws:sns:Topic",
        "aws:sns:TopicPolicy",
        "aws:sns:TopicSubscription",
        "aws:vpc:SecurityGroupEgressRule",
        "aws:vpc:SecurityGroupIngressRule",
        "random:RandomId",
        "random:RandomPassword",
    }
)


def components(resource: Resource) -> Iterator[Component]:
    """What one resource costs by being there. A type that nobody has priced is unknown: it is not free."""
    if resource.type == "aws:cloudwatch:MetricAlarm":
        yield _alarm(resource)
    elif resource.type in _ONE_EACH:
        name, unit, rate = _ONE_EACH[resource.type]
        yield priced(resource, name, 1, unit, rate)
    elif resource.type not in FREE:
        yield Component(resource.name, resource.type, "month", 1, None)


def logs(writer: Resource, usage: Mapping[str, float | None]) -> Iterator[Component]:
    """What all logs of a stack cost, by `logs_gib_per_month` and `logs_gib`, shown at the resource that writes them."""
    for key, name, unit, rate in (
        ("logs_gib_per_month", "logs written", "GiB", _INGESTED),
        ("logs_gib", "logs kept", "GiB-month", _KEPT),
    ):
        yield priced(writer, name, usage.get(key), unit, rate, usage=key)


def _alarm(resource: Resource) -> Component:
    """AWS counts the metrics an alarm looks at, and asks more for periods below a minute.

    Source: https://aws.amazon.com/cloudwatch/pricing/, "Alarms".
    """
    queries = resource.inputs.get("metric_queries")
    of_queries = (
        [each.get("metric") for each in queries if isinstance(each, Mapping)]
        if isinstance(queries, list)
        else []
    )
    metrics = [each for each in of_queries if isinstance(each, Mapping)] or [resource.inputs]
    periods = [number(each.get("period")) for each in metrics]
    fast = any(period is not None and period < 60 for period in periods)
    name = "high-resolution alarm" if fast else "alarm"
    return priced(resource, name, len(metrics), ALARM, _HIGH_RESOLUTION if fast else _STANDARD)
