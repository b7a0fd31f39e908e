"""Capacity that follows traffic."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from compiler.graph import Concat
from compiler.parts.assembly import Made
from compiler.parts.autoscaling import Scaled

if TYPE_CHECKING:
    from compiler.kinds.dynamodb.spec import Capacity, DynamoDB, Units


def ignored(spec: DynamoDB) -> tuple[str, ...]:
    """The inputs that scaling changes behind our back: what they are then is no drift."""
    prefixes = {
        name: f"global_secondary_indexes[{position}]." for position, name in enumerate(sorted(spec.indexes))
    }
    return tuple(f"{prefixes.get(name, '')}{key}_capacity" for name, key, _ in _places(spec))


def scaled(spec: DynamoDB, table: Made) -> Iterator[Scaled]:
    """What scales of the table and its indexes. Metrics and dimensions are Application Auto Scaling's.

    Source: MetricType and ScalableDimension in the Application Auto Scaling API reference.
    """
    for index, key, units in _places(spec):
        yield Scaled(
            f"index-{index}-{key}" if index else f"table-{key}",
            Concat(("table/", table["name"], *((f"/index/{index}",) if index else ()))),
            f"dynamodb:{'index' if index else 'table'}:{key.capitalize()}CapacityUnits",
            units.min,
            units.max,
            f"DynamoDB{key.capitalize()}CapacityUtilization",
            units.target or spec.autoscaling.target,
            f"traffic decides the {key} capacity",
        )


def _places(spec: DynamoDB) -> Iterator[tuple[str, str, Units]]:
    """The index, "" for the table itself; `read` or `write`; between what it scales."""
    capacities: list[tuple[str, Capacity | None]] = [
        ("", spec.capacity),
        *((name, index.capacity) for name, index in sorted(spec.indexes.items())),
    ]
    for name, capacity in capacities:
        if capacity:
            yield from (
                (name, key, units)
                for key, units in (("read", capacity.read), ("write", capacity.write))
                if units.scaled
            )
