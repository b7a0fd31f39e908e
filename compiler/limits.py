"""What databases of an environment may be: looked for in what they compile to, so that overrides count."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field

from compiler import document, kinds
from compiler.diagnostics import Diagnostic, Note
from compiler.model import REGION, Model, invalid
from compiler.suggest import closest

if TYPE_CHECKING:
    from compiler.catalog import Database
    from compiler.graph import Resource, Stack
    from compiler.kinds.kind import DatabaseSpec
    from compiler.route import Route


def _kind(value: str) -> str:
    if value in kinds.KINDS:
        return value
    near = closest(value, kinds.KINDS)
    raise invalid(
        "environment/limits",
        f"there is no kind {value!r}" + (f"; did you mean {near!r}?" if near else ""),
        f"write one of {', '.join(kinds.KINDS)}",
    )


def _region(value: str) -> str:
    if re.fullmatch(REGION, value):
        return value
    raise invalid("environment/limits", f"{value!r} is no region", "write one such as ap-northeast-2")


def _class(value: str) -> str:
    from compiler.aws.rds import class_names

    return _pattern(value, class_names(), "instance class", "db.t4g.*")


def _node_type(value: str) -> str:
    from compiler.aws.elasticache import node_types

    return _pattern(value, node_types(), "node type", "cache.t4g.*")


def _pattern(value: str, known: list[str], noun: str, example: str) -> str:
    if any(fnmatchcase(each, value) for each in known):
        return value
    raise invalid(
        "environment/limits",
        f"{value!r} allows no {noun} that there is",
        f"write one, or a pattern such as {example}",
    )


class Limits(Model):
    """What databases of an environment may be; what is not here is not limited."""

    kinds: list[Annotated[str, AfterValidator(_kind)]] | None = Field(
        None, description="The kinds there may be."
    )
    regions: list[Annotated[str, AfterValidator(_region)]] | None = Field(
        None, description="The regions that data may lie in."
    )
    instance_classes: list[Annotated[str, AfterValidator(_class)]] | None = Field(
        None, description="Instance classes of RDS, or patterns such as `db.t4g.*`."
    )
    node_types: list[Annotated[str, AfterValidator(_node_type)]] | None = Field(
        None, description="Node types of ElastiCache, or patterns such as `cache.t4g.*`."
    )
    storage_gib: int | None = Field(None, description="How far an instance's storage may grow, in GiB.", ge=5)
    replicas: int | None = Field(
        None, description="How many replicas a database may have, or each shard of one.", ge=0
    )
    cost_month: float | None = Field(
        None, description="What a database may cost, in dollars a month, as far as its cost is known.", gt=0
    )


def problems(database: Database[DatabaseSpec], stack: Stack) -> Iterator[Diagnostic]:
    """Every limit of its environment that a database exceeds."""
    if not database.environment.spec.limits.model_fields_set:
        return
    yield from _kinds(database)
    yield from _regions(database, stack)
    yield from _classes(database, stack)
    yield from _storage(database, stack)
    yield from _replicas(database, stack)
    yield from _cost(database, stack)


def _kinds(database: Database[DatabaseSpec]) -> Iterator[Diagnostic]:
    allowed = database.environment.spec.limits.kinds
    if allowed is not None and database.spec.kind not in allowed:
        message = f"{database.environment.name} allows no database of kind {database.spec.kind}"
        yield _exceeded(database, "kinds", ("kind",), message, f"it allows {_listed(allowed)}")


def _regions(database: Database[DatabaseSpec], stack: Stack) -> Iterator[Diagnostic]:
    allowed = database.environment.spec.limits.regions
    if allowed is None:
        return
    used: dict[str, Resource] = {}
    for each in stack.resources:
        for region in _regions_of(each):
            used.setdefault(region, each)
    name, home = database.environment.name, database.environment.spec.region
    for region, resource in sorted(used.items()):
        if region in allowed:
            continue
        fix = f"it allows {_listed(allowed)}"
        if region == home:
            message = f"{name} lies in {region}, and allows no data there"
            place = document.locate(database.environment.node, ("region",))
            yield replace(_exceeded(database, "regions", (), message, fix), at=place)
        else:
            at: Route = ("replicas", region) if database.spec.kind == "dynamodb" else ()
            message = f"{resource.name} lies in {region}, where {name} allows no data"
            yield _exceeded(database, "regions", at, message, fix)


def _regions_of(resource: Resource) -> Iterator[str]:
    replicas = resource.inputs.get("replicas")
    places = [resource.inputs.get("region"), *_named(resource.inputs.get("global_table_witness"))]
    for each in replicas if isinstance(replicas, list) else ():
        places += _named(each)
    yield from (each for each in places if isinstance(each, str))


def _named(value: object) -> list[object]:
    return [value.get("region_name")] if isinstance(value, dict) else []


def _classes(database: Database[DatabaseSpec], stack: Stack) -> Iterator[Diagnostic]:
    limits = database.environment.spec.limits
    for key, input, noun, allowed in (
        ("instance_classes", "instance_class", "class", limits.instance_classes),
        ("node_types", "node_type", "type", limits.node_types),
    ):
        for each in stack.resources if allowed is not None else ():
            name = each.inputs.get(input)
            if isinstance(name, str) and not any(fnmatchcase(name, pattern) for pattern in allowed or ()):
                replica = bool(each.inputs.get("replicate_source_db"))
                same = any(other.inputs.get(input) == name for other in stack.resources if other is not each)
                at: Route = ("read_replicas",) if replica and not same else (input,)
                message = f"{each.name} is of {noun} {name}, which {database.environment.name} does not allow"
                fix = f"write one of {_listed(allowed or [])}"
                yield _exceeded(database, key, at, message, fix, (each, input))


def _storage(database: Database[DatabaseSpec], stack: Stack) -> Iterator[Diagnostic]:
    most = database.environment.spec.limits.storage_gib
    for each in stack.resources if most is not None else ():
        for input, key in (
            ("allocated_storage", "allocated_gib"),
            ("max_allocated_storage", "max_allocated_gib"),
        ):
            size = each.inputs.get(input)
            if isinstance(size, int) and size > (most or 0) and not each.inputs.get("replicate_source_db"):
                verb = "has" if input == "allocated_storage" else "may grow to"
                message = f"{each.name} {verb} {size} GiB"
                fix = f"write storage.{key}: {most} or less"
                yield _exceeded(database, "storage_gib", ("storage", key), message, fix, (each, input))


def _replicas(database: Database[DatabaseSpec], stack: Stack) -> Iterator[Diagnostic]:
    most = database.environment.spec.limits.replicas
    if most is None:
        return
    replicas = [
        each
        for each in stack.resources
        if each.type == "aws:dynamodb:TableReplica" or each.inputs.get("replicate_source_db")
    ]
    counts: list[tuple[int, tuple[Resource, str] | None]] = [(len(replicas), None)]
    for each in stack.resources:
        for input, primaries in (("replicas_per_node_group", 0), ("num_cache_clusters", 1)):
            count = each.inputs.get(input)
            if isinstance(count, int):
                counts.append((count - primaries, (each, input)))
        scaled = str(each.inputs.get("scalable_dimension")).endswith(":Replicas")
        if each.type == "aws:appautoscaling:Target" and scaled:
            count = each.inputs.get("max_capacity")
            counts += [(count, (each, "max_capacity"))] if isinstance(count, int) else []
        others = each.inputs.get("replicas")
        if isinstance(others, list):
            counts.append((len(others), (each, "replicas")))
    for count, decides in counts:
        if count > most:
            at = ("read_replicas",) if database.spec.kind == "mysql" else ("replicas",)
            message = f"{count} replicas are more than {database.environment.name} allows"
            yield _exceeded(database, "replicas", at, message, f"write {most} or fewer", decides)


def _cost(database: Database[DatabaseSpec], stack: Stack) -> Iterator[Diagnostic]:
    most = database.environment.spec.limits.cost_month
    if most is None:
        return
    from compiler.cost import total  # only those who limit it load the prices
    from compiler.cost.bills import of_database
    from compiler.cost.totals import dollars

    found = total(of_database(database, stack).components)
    if found.dollars > most:
        message = f"it costs {found} a month, more than the {dollars(most)} that a database may"
        fix = f"make it smaller; `dbspec cost {database.id}` says what costs how much"
        yield _exceeded(database, "cost_month", (), message, fix)


def _exceeded(
    database: Database[DatabaseSpec],
    limit: str,
    at: Route,
    message: str,
    fix: str,
    decides: tuple[Resource, str] | None = None,
) -> Diagnostic:
    """A diagnostic at the override that decides, else at the key; the limit is the second place."""
    from compiler import overrides

    place = overrides.place(database, *decides) if decides else None
    found = database.problem(f"limits/{limit.replace('_', '-')}", at, message, fix)
    note = Note("the limit", document.locate(database.environment.node, ("limits", limit)))
    return Diagnostic(found.rule, message, fix, place or found.at, (note,))


def _listed(values: list[str]) -> str:
    return ", ".join(values) or "none"
