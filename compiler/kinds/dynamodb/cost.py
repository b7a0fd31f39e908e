"""What a DynamoDB table costs a month, part by part.

Everything is read from the graph, so an override costs what it costs. Capacity that follows traffic costs what it has
at least. What is paid once (the first read of all items for an index, a raised warm throughput) is no monthly cost.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from compiler.cost import HOURS, Component, Rate, number, priced
from compiler.graph import Resource, Stack
from compiler.parts import cost

if TYPE_CHECKING:
    from compiler.catalog import Database
    from compiler.kinds.dynamodb.spec import DynamoDB

Traffic = Mapping[str, float | None]


def components(database: Database[DynamoDB], stack: Stack) -> Iterator[Component]:
    """Every component of the stack."""
    usage: Traffic = database.spec.usage.model_dump()
    table = next((each for each in stack.resources if each.type == "aws:dynamodb:Table"), None)
    for resource in stack.resources:
        if resource is table:
            places = [_Place(table, table, usage, _is_global(table, stack)), *_inside(table, usage)]
            for place in places:
                yield from place.components()
        elif resource.type == "aws:dynamodb:TableReplica" and table:
            yield from _Place(resource, table, usage, replicated=True).components()
        elif resource.type == "aws:backup:Plan":
            yield _backups(resource, usage)
        else:
            yield from cost.components(resource)


def _is_global(table: Resource, stack: Stack) -> bool:
    others = any(each.type == "aws:dynamodb:TableReplica" for each in stack.resources)
    return others or bool(table.inputs.get("replicas"))


def _inside(table: Resource, usage: Traffic) -> Iterator[_Place]:
    """The replicas that are inputs of the table."""
    for each in _items(table, "replicas"):
        there = replace(table, inputs={**each, "region": each.get("region_name")})
        yield _Place(there, table, usage, replicated=True)


@dataclass(frozen=True, slots=True)
class _Place:
    """A table in one region: `holder` has the inputs that hold there, `table` those that hold everywhere."""

    holder: Resource
    table: Resource
    usage: Traffic
    replicated: bool

    def components(self) -> Iterator[Component]:
        if self.table.inputs.get("billing_mode") == "PAY_PER_REQUEST":
            yield from self.requests()
        else:
            yield from self.capacity(self.table.inputs, "")
            for each in _items(self.table, "global_secondary_indexes"):
                yield from self.capacity(each, f" of {each.get('name')}")
        yield self.by_usage("storage", "storage_gib", "GiB-month", self.of_class("TimedStorage-ByteHrs"))
        if self.recovers():
            yield self.by_usage(
                "point-in-time recovery", "storage_gib", "GiB-month", "TimedPITRStorage-ByteHrs"
            )
        if self.holder is self.table and self.table.inputs.get("stream_enabled") is True:
            yield self.by_usage(
                "reads of the stream", "stream_requests_per_month", "request", "Streams-Requests"
            )
        if self.holder is self.table and self.table.inputs.get("global_table_witness"):
            yield Component(self.table.name, "witness", "month", 1, None)

    def requests(self) -> Iterator[Component]:
        key = "read_request_units_per_month"
        key = key if self.holder is self.table else f"replica_{key}"
        yield self.by_usage("reads", key, "read request unit", self.of_class("ReadRequestUnits"))
        name = "ReplWriteRequestUnits" if self.replicated else "WriteRequestUnits"
        key = "write_request_units_per_month"
        yield self.by_usage("writes", key, "write request unit", self.of_class(name))

    def capacity(self, inputs: Mapping[str, Any], of: str) -> Iterator[Component]:
        write = "ReplWriteCapacityUnit-Hrs" if self.replicated else "WriteCapacityUnit-Hrs"
        for key, usage in (("read", "ReadCapacityUnit-Hrs"), ("write", write)):
            units = number(inputs.get(f"{key}_capacity"))
            yield priced(
                self.holder,
                self.named(f"{key} capacity{of}"),
                None if units is None else units * HOURS,
                f"{key} capacity unit-hour",
                Rate("dynamodb", self.of_class(usage)),
            )

    def by_usage(self, name: str, key: str, unit: str, usage: str) -> Component:
        return priced(
            self.holder, self.named(name), self.usage.get(key), unit, Rate("dynamodb", usage), usage=key
        )

    def named(self, name: str) -> str:
        """Replicas inside the table have its name in the graph: only the region tells their components apart."""
        inside = self.holder is not self.table and self.holder.name == self.table.name
        return f"{name} in {self.holder.inputs.get('region')}" if inside else name

    def of_class(self, usage: str) -> str:
        """Source: usage types of AWS's price list AmazonDynamoDB."""
        infrequent = self.table.inputs.get("table_class") == "STANDARD_INFREQUENT_ACCESS"
        return f"IA-{usage}" if infrequent else usage

    def recovers(self) -> bool:
        said = self.holder.inputs.get("point_in_time_recovery")
        return said.get("enabled") is True if isinstance(said, Mapping) else said is True


def _items(resource: Resource, key: str) -> list[Mapping[str, Any]]:
    items = resource.inputs.get(key)
    return [each for each in items if isinstance(each, Mapping)] if isinstance(items, list) else []


def _backups(plan: Resource, usage: Traffic) -> Component:
    """AWS Backup asks for warm storage what DynamoDB asks for its own backups; for cold storage no price is known.

    Source: https://aws.amazon.com/backup/pricing/, "Amazon DynamoDB".
    """
    cold = any((rule.get("lifecycle") or {}).get("cold_storage_after") for rule in _items(plan, "rules"))
    if cold:
        return Component(
            plan.name,
            "backups, some in cold storage",
            "GiB-month",
            usage.get("backup_gib"),
            None,
            "backup_gib",
        )
    rate = Rate("dynamodb", "TimedBackupStorage-ByteHrs")
    return priced(plan, "backups", usage.get("backup_gib"), "GiB-month", rate, usage="backup_gib")
