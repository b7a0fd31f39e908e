"""The alarms that AWS recommends, with thresholds that follow from what a database is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from compiler.graph import Value
from compiler.parts import names
from compiler.parts.assembly import Assembly

if TYPE_CHECKING:
    from compiler.catalog import Environment


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm on one metric, looked at once a `period` seconds; `points` of the last `points` must breach.

    `statistic` is one of CloudWatch's, or a percentile such as p90.
    """

    name: str
    metric: str
    statistic: str
    comparison: Literal["above", "below"]
    threshold: float
    points: int
    missing: Literal["breaching", "notBreaching", "missing"]
    why: str
    period: int = 60


def add(
    assembly: Assembly,
    environment: Environment,
    namespace: str,
    prefix: str,
    target: str,
    dimensions: Mapping[str, Value],
    alarm: Alarm,
) -> None:
    """Adds an alarm that tells the environment's topic; `prefix` starts its resource name, `target` its name in AWS."""
    percentile = alarm.statistic.startswith("p")
    topic = names.alert_topic_arn(environment)
    assembly.add(
        f"{prefix}-{alarm.name}",
        "aws:cloudwatch:MetricAlarm",
        alarm.why,
        {
            "name": f"{target}-{alarm.name}",
            "alarm_description": alarm.why,
            "namespace": namespace,
            "metric_name": alarm.metric,
            "statistic": None if percentile else alarm.statistic,
            "extended_statistic": alarm.statistic if percentile else None,
            "comparison_operator": "GreaterThanThreshold"
            if alarm.comparison == "above"
            else "LessThanThreshold",
            "threshold": alarm.threshold,
            "period": alarm.period,
            "evaluation_periods": alarm.points,
            "datapoints_to_alarm": alarm.points,
            "treat_missing_data": alarm.missing,
            "dimensions": dimensions,
            "alarm_actions": [topic],
            "ok_actions": [topic],
        },
    )
