"""Dashboards in CloudWatch: of an environment, and of a database where its spec asks for one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from compiler.graph import Json, Ref, Resource, Value
from compiler.parts import names
from compiler.parts.assembly import Assembly

if TYPE_CHECKING:
    from compiler.catalog import Database
    from compiler.kinds.kind import DatabaseSpec

# A dashboard is 24 columns wide, and one widget shows up to 100 alarms.
# Source: CloudWatch User Guide, "Dashboard body structure and syntax".
_COLUMNS = 24
_WIDTH, _HEIGHT = 8, 6
_SHOWN_ALARMS = 100

_ALARM = "aws:cloudwatch:MetricAlarm"


@dataclass(frozen=True, slots=True)
class Line:
    """One metric: `dimensions` tell of what, `statistic` is one of CloudWatch's or a percentile."""

    namespace: str
    metric: str
    dimensions: Mapping[str, Value]
    statistic: str
    region: str = ""


@dataclass(frozen=True, slots=True)
class Search:
    """Every metric that an expression finds when somebody looks.

    Source: CloudWatch User Guide, "CloudWatch search expression syntax".
    """

    expression: str


@dataclass(frozen=True, slots=True)
class Graph:
    """Metrics over time, with a line across at each of `limits`."""

    title: str
    lines: Sequence[Line | Search]
    limits: Sequence[Value] = ()


def add(
    assembly: Assembly,
    name: str,
    region: str,
    graphs: Sequence[Graph],
    why: str,
    alarms: Sequence[Ref] = (),
) -> None:
    """Adds a dashboard: these alarms on top, and the graphs below, three in a row."""
    top: list[Value] = [_alarms(alarms)] if alarms else []
    below = [_graph(graph, number, region, len(top)) for number, graph in enumerate(graphs)]
    body: Value = Json({"widgets": [*top, *below]})
    assembly.add(
        "dashboard", "aws:cloudwatch:Dashboard", why, {"dashboard_name": name, "dashboard_body": body}
    )


def of_database(assembly: Assembly, database: Database[DatabaseSpec], more: Iterable[Graph]) -> None:
    """Adds the dashboard of a database that has all its other resources, where its spec asks for one.

    Everything that has an alarm is on it, with the alarm's threshold as a line across, and these graphs too.
    """
    if not database.spec.dashboard:
        return
    home = database.environment.spec.region
    alarms = [each for each in assembly.resources if each.type == _ALARM]
    here = [Ref(each.name, "arn") for each in alarms if each.inputs["region"] == home]
    add(
        assembly,
        # A dashboard's name takes no dots, which the name of a table may have.
        names.shortened(names.identifier(database).replace(".", "-"), 255),
        home,
        [*_watched(alarms, home), *more],
        "`dashboard` asks for it",
        here[:_SHOWN_ALARMS],
    )


def _watched(alarms: Iterable[Resource], home: str) -> Iterator[Graph]:
    """A graph for each metric that has an alarm."""
    lines: dict[str, list[Line]] = {}
    limits: dict[str, list[Value]] = {}
    for alarm in alarms:
        for line in _lines(alarm, home):
            lines.setdefault(line.metric, []).append(line)
            threshold = alarm.inputs["threshold"]
            if threshold not in limits.setdefault(line.metric, []):
                limits[line.metric].append(threshold)
    for metric, found in lines.items():
        yield Graph(metric, found, limits[metric])


def _lines(alarm: Resource, home: str) -> Iterator[Line]:
    inputs = alarm.inputs
    region = "" if inputs["region"] == home else str(inputs["region"])
    queries = inputs.get("metric_queries")
    if not isinstance(queries, list):
        yield _line(inputs, inputs.get("statistic") or inputs.get("extended_statistic"), region)
        return
    for query in queries:
        metric = query.get("metric") if isinstance(query, Mapping) else None
        if isinstance(metric, Mapping):
            yield _line(metric, metric.get("stat"), region)


def _line(metric: Mapping[str, Value], statistic: Value, region: str) -> Line:
    dimensions = metric.get("dimensions")
    assert isinstance(dimensions, Mapping)  # no alarm of ours is on anything else
    return Line(str(metric["namespace"]), str(metric["metric_name"]), dimensions, str(statistic), region)


def _alarms(alarms: Sequence[Ref]) -> Value:
    properties: Value = {"title": "Alarms", "alarms": list(alarms)}
    return {"type": "alarm", "x": 0, "y": 0, "width": _COLUMNS, "height": _HEIGHT, "properties": properties}


def _graph(graph: Graph, number: int, region: str, above: int) -> Value:
    row, column = divmod(number, _COLUMNS // _WIDTH)
    properties: dict[str, Value] = {
        "title": graph.title,
        "region": region,
        "view": "timeSeries",
        "stacked": False,
        "period": 60,
        "metrics": [_metric(line, position) for position, line in enumerate(graph.lines, 1)],
    }
    if graph.limits:
        properties["annotations"] = {"horizontal": [{"value": limit} for limit in graph.limits]}
    return {
        "type": "metric",
        "x": column * _WIDTH,
        "y": (row + above) * _HEIGHT,
        "width": _WIDTH,
        "height": _HEIGHT,
        "properties": properties,
    }


def _metric(line: Line | Search, position: int) -> Value:
    if isinstance(line, Search):
        return [{"expression": line.expression, "id": f"e{position}"}]
    parts: list[Value] = [line.namespace, line.metric]
    for dimension, value in line.dimensions.items():
        parts += [dimension, value]
    shown: dict[str, Value] = {"stat": line.statistic}
    if line.region:
        shown["region"] = line.region
    return [*parts, shown]
