"""Dashboards in CloudWatch, as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from compiler.graph import Json, Value
from compiler.parts.assembly import Assembly

# A dashboard is 24 columns wide. Source: CloudWatch User Guide, "Dashboard body structure and syntax".
_COLUMNS = 24
_WIDTH, _HEIGHT = 8, 6


@dataclass(frozen=True, slots=True)
class Line:
    """One metric: `dimensions` tell of what, `statistic` is one of CloudWatch's or a percentile."""

    namespace: str
    metric: str
    dimensions: Mapping[str, str]
    statistic: str = "Average"
    label: str = ""


@dataclass(frozen=True, slots=True)
class Search:
    """Every metric that an expression finds when somebody looks.

    Source: CloudWatch User Guide, "CloudWatch search expression syntax".
    """

    expression: str


@dataclass(frozen=True, slots=True)
class Graph:
    """A widget: metrics over time, and a line across at `limit`."""

    title: str
    lines: Sequence[Line | Search]
    limit: float | None = None


def add(assembly: Assembly, resource: str, name: str, region: str, graphs: Sequence[Graph], why: str) -> None:
    """Adds a dashboard with these graphs, three in a row."""
    body: dict[str, Value] = {
        "widgets": [_widget(graph, number, region) for number, graph in enumerate(graphs)]
    }
    assembly.add(
        resource, "aws:cloudwatch:Dashboard", why, {"dashboard_name": name, "dashboard_body": Json(body)}
    )


def _widget(graph: Graph, number: int, region: str) -> Value:
    row, column = divmod(number, _COLUMNS // _WIDTH)
    properties: dict[str, Value] = {
        "title": graph.title,
        "region": region,
        "view": "timeSeries",
        "stacked": False,
        "period": 60,
        "metrics": [_metric(line, position) for position, line in enumerate(graph.lines, 1)],
    }
    if graph.limit is not None:
        properties["annotations"] = {"horizontal": [{"value": graph.limit}]}
    return {
        "type": "metric",
        "x": column * _WIDTH,
        "y": row * _HEIGHT,
        "width": _WIDTH,
        "height": _HEIGHT,
        "properties": properties,
    }


def _metric(line: Line | Search, position: int) -> Value:
    if isinstance(line, Search):
        return [{"expression": line.expression, "id": f"e{position}"}]
    names: list[Value] = [line.namespace, line.metric]
    for dimension, value in line.dimensions.items():
        names += [dimension, value]
    shown: dict[str, Value] = {"stat": line.statistic}
    if line.label:
        shown["label"] = line.label
    return [*names, shown]
