"""Capacity that follows traffic."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from compiler.graph import Concat
from compiler.parts.assembly import Assembly, Made

if TYPE_CHECKING:
    from compiler.kinds.dynamodb.spec import Capacity, DynamoDB, Units


def ignored(spec: DynamoDB) -> tuple[str, ...]:
    """The inputs that scaling changes behind our back: what they are then is no drift."""
    prefixes = {
        name: f"global_secondary_indexes[{position}]." for position, name in enumerate(sorted(spec.indexes))
    }
    return tuple(f"{prefixes.get(name, '')}{key}_capacity" for name, key, _ in _scaled(spec))


def add(assembly: Assembly, spec: DynamoDB, table: Made) -> tuple[str, ...]:
    """Adds a target and a policy for each capacity that is scaled; the names of the policies."""
    return tuple(
        _add(assembly, table, name, key, units, units.target or spec.autoscaling.target)
        for name, key, units in _scaled(spec)
    )


def _scaled(spec: DynamoDB) -> Iterator[tuple[str, str, Units]]:
    """The index, \"\" for the table itself; `read` or `write`; between what it scales."""
    places: list[tuple[str, Capacity | None]] = [
        ("", spec.capacity),
        *((name, index.capacity) for name, index in sorted(spec.indexes.items())),
    ]
    for name, capacity in places:
        if capacity:
            yield from (
                (name, key, units)
                for key, units in (("read", capacity.read), ("write", capacity.write))
                if units.scaled
            )


def _add(assembly: Assembly, table: Made, index: str, key: str, units: Units, aim: int) -> str:
    name = f"index-{index}-{key}-scaling" if index else f"table-{key}-scaling"
    metric = key.capitalize()
    target = assembly.add(
        name,
        "aws:appautoscaling:Target",
        f"lets the {key} capacity go from {units.min} to {units.max}",
        {
            "service_namespace": "dynamodb",
            "resource_id": Concat(("table/", table["name"], *((f"/index/{index}",) if index else ()))),
            "scalable_dimension": f"dynamodb:{'index' if index else 'table'}:{metric}CapacityUnits",
            "min_capacity": units.min,
            "max_capacity": units.max,
        },
    )
    return assembly.add(
        f"{name}-policy",
        "aws:appautoscaling:Policy",
        f"keeps {aim} % of it in use",
        {
            "name": f"{key}-utilization",
            "policy_type": "TargetTrackingScaling",
            "service_namespace": target["service_namespace"],
            "resource_id": target["resource_id"],
            "scalable_dimension": target["scalable_dimension"],
            "target_tracking_scaling_policy_configuration": {
                "predefined_metric_specification": {
                    "predefined_metric_type": f"DynamoDB{metric}CapacityUtilization"
                },
                "target_value": aim,
            },
        },
    ).name
