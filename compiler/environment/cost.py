"""What the databases of an environment share costs a month: its alarms, dashboard, topics and audit trail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from compiler.cost import Component, Rate, priced
from compiler.graph import Resource, Stack
from compiler.parts import cost

if TYPE_CHECKING:
    from compiler.catalog import Environment


def components(environment: Environment, stack: Stack) -> Iterator[Component]:
    """Every component of the environment's own stack."""
    usage: Mapping[str, float | None] = environment.spec.usage.model_dump()
    for resource in stack.resources:
        if resource.type == "aws:cloudtrail:Trail":
            yield from _trail(resource, usage)
        elif resource.type == "aws:s3:Bucket":
            key = "audit_gib"
            rate = Rate("s3", "TimedStorage-ByteHrs")
            yield priced(resource, "audit trail kept", usage.get(key), "GiB-month", rate, usage=key)
        else:
            yield from cost.components(resource)


def _trail(resource: Resource, usage: Mapping[str, float | None]) -> Iterator[Component]:
    """The first copy of management events is free, every data event is not.

    Source: https://aws.amazon.com/cloudtrail/pricing/.
    """
    if _writes_data_events(resource):
        key = "data_events_per_month"
        rate = Rate("cloudtrail", "DataEventsRecorded")
        yield priced(resource, "reads and writes written down", usage.get(key), "event", rate, usage=key)


def _writes_data_events(trail: Resource) -> bool:
    selectors = trail.inputs.get("advanced_event_selectors")
    fields = [
        field
        for each in (selectors if isinstance(selectors, list) else [])
        if isinstance(each, Mapping) and isinstance(each.get("field_selectors"), list)
        for field in each["field_selectors"]
    ]
    said = {"field": "eventCategory", "equals": ["Data"]}
    return said in fields or bool(trail.inputs.get("event_selectors"))
