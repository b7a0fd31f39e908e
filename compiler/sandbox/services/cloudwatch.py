"""CloudWatch: log groups and metric alarms."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from compiler.sandbox.declaration import Declaration, Says, Step
from compiler.sandbox.refusal import AwsError
from compiler.sandbox.services.kms import encrypts
from compiler.sandbox.world import Thing, Values, World


def _log_group(step: Step) -> dict[str, Any]:
    name = step.inputs["name"]
    return {
        "id": name,
        "arn": step.world.arn("logs", step.region, f"log-group:{name}"),
        "log_group_class": step.kept("log_group_class", "STANDARD"),
        "deletion_protection_enabled": step.kept("deletion_protection_enabled", False),
    }


def _delete_log_group(world: World, thing: Thing, inputs: Values) -> timedelta | None:  # noqa: ARG001
    if inputs.get("skip_destroy"):
        return None
    if thing.attributes.get("deletion_protection_enabled"):
        raise AwsError("ValidationException", f"The log group {thing.id} has deletion protection enabled.")
    return timedelta(0)


LOG_GROUP = Declaration(
    noun="CloudWatch Logs Log Group",
    outputs=_log_group,
    name="name",
    identity=("name",),
    taken=Says("ResourceAlreadyExistsException", "The specified log group already exists"),
    defaults={"retention_in_days": 0, "skip_destroy": False},
    chosen=frozenset({"deletion_protection_enabled", "log_group_class"}),
    unread=frozenset({"skip_destroy"}),
    imported={"skip_destroy": False},
    choices={
        "log_group_class": ("STANDARD", "INFREQUENT_ACCESS", "DELIVERY"),
        "retention_in_days": (
            *(0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
            *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
        ),
    },
    patterns={"name": r"[.\-_/#A-Za-z0-9]{1,512}"},
    references=(encrypts("kms_key_id", "InvalidParameterException"),),
    replaces=frozenset({"log_group_class", "name", "name_prefix"}),
    deletes=_delete_log_group,
)


def _alarm(step: Step) -> dict[str, Any]:
    name = step.inputs["name"]
    return {
        "id": name,
        "arn": step.world.arn("cloudwatch", step.region, f"alarm:{name}"),
        "evaluate_low_sample_count_percentiles": step.kept("evaluate_low_sample_count_percentiles", ""),
    }


def _alarm_is_measurable(step: Step) -> None:
    if step.get("metric_name") is None:
        return
    if step.get("statistic") is None and step.get("extended_statistic") is None:
        raise AwsError("ValidationError", "Either Statistic or ExtendedStatistic must be set")
    period, points = step.get("period"), step.get("evaluation_periods")
    if period is None or points is None:
        raise AwsError("ValidationError", "Period and EvaluationPeriods must not be null")
    if period not in (10, 20, 30) and (period < 60 or period % 60):
        raise AwsError("ValidationError", "Period must be 10, 20, 30 or a multiple of 60")
    if period * points > (7 * 86400 if period >= 3600 else 86400):
        text = (
            "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400)"
        )
        raise AwsError("ValidationError", text)
    if (step.get("datapoints_to_alarm") or 0) > points:
        raise AwsError("ValidationError", "DatapointsToAlarm must be less than or equal to EvaluationPeriods")


_ARN = r"arn:[\w-]+:[a-zA-Z0-9-]+:([a-z]{2}(-[a-z]+)+-\d)?:(\d{12})?:.+"

# An alarm of the same name is overwritten, not refused: so does PutMetricAlarm.
METRIC_ALARM = Declaration(
    noun="CloudWatch Metric Alarm",
    outputs=_alarm,
    name="name",
    identity=("name",),
    defaults={"actions_enabled": True, "treat_missing_data": "missing"},
    chosen=frozenset({"evaluate_low_sample_count_percentiles"}),
    sets=frozenset({"alarm_actions", "insufficient_data_actions", "metric_queries", "ok_actions"}),
    exclusive=(("statistic", "extended_statistic"), ("metric_name", "metric_queries")),
    choices={
        "comparison_operator": (
            "GreaterThanOrEqualToThreshold",
            "GreaterThanThreshold",
            "LessThanThreshold",
            "LessThanOrEqualToThreshold",
            "LessThanLowerOrGreaterThanUpperThreshold",
            "LessThanLowerThreshold",
            "GreaterThanUpperThreshold",
        ),
        "evaluate_low_sample_count_percentiles": ("evaluate", "ignore"),
        "statistic": ("SampleCount", "Average", "Sum", "Minimum", "Maximum"),
        "treat_missing_data": ("breaching", "notBreaching", "ignore", "missing"),
    },
    ranges={"datapoints_to_alarm": range(1, 1 << 31), "evaluation_periods": range(1, 1 << 31)},
    patterns={
        "alarm_actions": _ARN,
        "extended_statistic": r"(p|tm|tc|ts|wm)\d{1,2}(\.\d+)?|IQM|(PR|TM|TC|TS|WM)\(.+\)|p100",
        "insufficient_data_actions": _ARN,
        "ok_actions": _ARN,
    },
    rules=(_alarm_is_measurable,),
    replaces=frozenset({"name"}),
)


def _dashboard(step: Step) -> dict[str, Any]:
    name = step.inputs["dashboard_name"]
    return {"id": name, "dashboard_arn": step.world.arn("cloudwatch", "", f"dashboard/{name}")}


def _widgets_fit(step: Step) -> None:
    """Source: CloudWatch User Guide, "Dashboard body structure and syntax"."""
    body = step.get("dashboard_body")
    for number, widget in enumerate(json.loads(body).get("widgets", []) if body else []):
        if widget.get("type") not in ("metric", "text", "log", "alarm", "explorer"):
            raise AwsError(
                "InvalidParameterInput", f"/widgets/{number}/type: should be one of the known types"
            )
        if widget.get("x", 0) + widget.get("width", 6) > 24:
            raise AwsError("InvalidParameterInput", f"/widgets/{number}: should end within 24 columns")
        if widget["type"] == "metric" and not {"region", "metrics"} <= widget.get("properties", {}).keys():
            raise AwsError(
                "InvalidParameterInput", f"/widgets/{number}/properties: should have region and metrics"
            )


# PutDashboard writes over the dashboard of that name.
DASHBOARD = Declaration(
    noun="CloudWatch Dashboard",
    outputs=_dashboard,
    name="dashboard_name",
    identity=("dashboard_name",),
    patterns={"dashboard_name": r"[A-Za-z0-9_-]{1,255}"},
    documents=frozenset({"dashboard_body"}),
    rules=(_widgets_fit,),
    replaces=frozenset({"dashboard_name"}),
)
