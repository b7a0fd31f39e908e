"""What a Redis database has to say when it becomes a cluster."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.effects import Effect, Feasibility
from compiler.graph import Resource, Stack
from compiler.kinds.redis.modification import mode

_GROUP, _ALARM = "aws:elasticache:ReplicationGroup", "aws:cloudwatch:MetricAlarm"
_KEPT = Effect(
    "its nodes keep the names that they have, and alarms would look for those of a new cluster: they would ring",
    "Modifying cluster mode in the ElastiCache User Guide: it is done to the nodes that are there",
    feasibility=Feasibility.TWO_STEPS,
    fix="write `cluster_mode: enabled`, and leave it there: alarms go by role then",
)


def steps(base: Stack, head: Stack) -> Iterator[tuple[str, str, Effect]]:
    """Resource, input and effect of what needs a word in the spec."""
    was, becomes = _group(base), _group(head)
    if was is None or becomes is None:
        return
    if (mode(was.inputs), mode(becomes.inputs)) == ("compatible", "enabled") and _by_node(head):
        yield becomes.name, "cluster_mode", _KEPT


def _group(stack: Stack) -> Resource | None:
    return next((each for each in stack.resources if each.type == _GROUP), None)


def _by_node(stack: Stack) -> bool:
    dimensions = [each.inputs.get("dimensions") for each in stack.resources if each.type == _ALARM]
    return any(isinstance(each, dict) and "CacheClusterId" in each for each in dimensions)
