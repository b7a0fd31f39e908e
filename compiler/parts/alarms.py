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


LONGEST_NAME = 255


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm on one metric, looked at once a `period` seconds; `points` of the last `points` must breach.

    `statistic` is one of CloudWatch's, or a percentile such as p90. `summed` adds the metric up over values of one
    more dimension, by its name: where CloudWatch has no total, an alarm without it would never sound.
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
    summed: tuple[str, tuple[str, ...]] | None = None


def add(
    assembly: Assembly,
    environment: Environment,
    namespace: str,
    prefix: str,
    target: str,
    dimensions: Mapping[str, Value],
    alarm: Alarm,
    region: str | None = None,
) -> None:
    """Adds an alarm that tells the environment's topic; `prefix` starts its resource name, `target` its name in AWS.

    `region` is that of what it watches, where not the environment's.
    """
    topic = names.alert_topic_arn(environment, region)
    name = names.shortened(f"{target}-{alarm.name}", LONGEST_NAME)
    assembly.add(
        f"{prefix}-{alarm.name}",
        "aws:cloudwatch:MetricAlarm",
        alarm.why,
        {
            "region": region,
            "name": name,
            "alarm_description": alarm.why,
            **(
                {"metric_queries": _sum(namespace, dimensions, alarm, *alarm.summed)}
                if alarm.summed
                else _metric(namespace, dimensions, alarm)
            ),
            "comparison_operator": "GreaterThanThreshold"
            if alarm.comparison == "above"
            else "LessThanThreshold",
            "threshold": alarm.threshold,
            "evaluation_periods": alarm.points,
            "datapoints_to_alarm": alarm.points,
            "treat_missing_data": alarm.missing,
            "alarm_actions": [topic],
            "ok_actions": [topic],
        },
    )


def _metric(namespace: str, dimensions: Mapping[str, Value], alarm: Alarm) -> dict[str, Value]:
    percentile = alarm.statistic.startswith("p")
    return {
        "namespace": namespace,
        "metric_name": alarm.metric,
        "statistic": None if percentile else alarm.statistic,
        "extended_statistic": alarm.statistic if percentile else None,
        "period": alarm.period,
        "dimensions": dimensions,
    }


def _sum(
    namespace: str, dimensions: Mapping[str, Value], alarm: Alarm, dimension: str, values: tuple[str, ...]
) -> list[Value]:
    metrics: list[Value] = [
        {
            "id": f"m{number}",
            "metric": {
                "namespace": namespace,
                "metric_name": alarm.metric,
                "stat": alarm.statistic,
                "period": alarm.period,
                "dimensions": {**dimensions, dimension: value},
            },
            "return_data": False,
        }
        for number, value in enumerate(values, 1)
    ]
    # What is not measured in a minute has not happened in it.
    total: Value = {
        "id": "total",
        "expression": "SUM(FILL(METRICS(), 0))",
        "label": alarm.metric,
        "return_data": True,
    }
    return [*metrics, total]
