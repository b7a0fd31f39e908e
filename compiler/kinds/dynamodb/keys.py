"""Which keys and indexes AWS refuses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from compiler.aws.dynamodb import MOST_INDEXES, MOST_LOCAL_INDEXES, MOST_PROJECTED_IN_ALL
from compiler.diagnostics import Diagnostic
from compiler.route import Route

if TYPE_CHECKING:
    from compiler.catalog import Database
    from compiler.kinds.dynamodb.spec import DynamoDB, Index, LocalIndex


def check(database: Database[DynamoDB]) -> Iterator[Diagnostic]:
    """What is wrong with the keys of the table and its indexes, and with what the indexes project."""
    yield from _attributes(database)
    yield from _pairs(database)
    yield from _local_indexes(database)
    yield from _number(database)
    yield from _projections(database)


def used(spec: DynamoDB) -> dict[str, Route]:
    """The attributes that keys are made of, each with the first key that uses it."""
    found: dict[str, Route] = {}
    for route, name in _keys(spec):
        found.setdefault(name, route)
    return found


def _keys(spec: DynamoDB) -> Iterator[tuple[Route, str]]:
    yield ("hash_key",), spec.hash_key
    if spec.range_key:
        yield ("range_key",), spec.range_key
    for name, index in spec.indexes.items():
        yield ("indexes", name, "hash_key"), index.hash_key
        if index.range_key:
            yield ("indexes", name, "range_key"), index.range_key
    for name, local in spec.local_indexes.items():
        yield ("local_indexes", name, "range_key"), local.range_key


def _attributes(database: Database[DynamoDB]) -> Iterator[Diagnostic]:
    spec = database.spec
    keys = used(spec)
    for name, route in keys.items():
        if name not in spec.attributes:
            yield database.problem(
                "dynamodb/key-undeclared",
                route,
                f"{name} is a key, and `attributes` does not say of what type",
                f"add it there: {{{name}: S}}, or N or B",
                {"the attributes": ("attributes",)},
            )
    for name in spec.attributes:
        if name not in keys:
            yield database.problem(
                "dynamodb/attribute-unused",
                ("attributes", name),
                f"{name} is no key of the table or of an index, and AWS refuses to declare anything else",
                "take it out: items can have any attribute without its being declared",
            )


def _pairs(database: Database[DynamoDB]) -> Iterator[Diagnostic]:
    spec = database.spec
    pairs: list[tuple[Route, Route, str, str | None]] = [
        (("range_key",), ("hash_key",), spec.hash_key, spec.range_key)
    ]
    for name, index in spec.indexes.items():
        at: Route = ("indexes", name)
        pairs.append(((*at, "range_key"), (*at, "hash_key"), index.hash_key, index.range_key))
    for name, local in spec.local_indexes.items():
        pairs.append((("local_indexes", name, "range_key"), ("hash_key",), spec.hash_key, local.range_key))
    for range_at, hash_at, hash_key, range_key in pairs:
        if hash_key == range_key:
            yield database.problem(
                "dynamodb/same-key",
                range_at,
                f"{range_key} cannot be both partition key and sort key",
                "name another attribute, or take the line out",
                {"the partition key": hash_at},
            )


def _local_indexes(database: Database[DynamoDB]) -> Iterator[Diagnostic]:
    spec = database.spec
    if spec.local_indexes and spec.range_key is None:
        yield database.problem(
            "dynamodb/local-index-needs-range-key",
            ("local_indexes",),
            "a local index puts a partition in another order, and without a range_key the table's have none",
            "add range_key, or move the index to `indexes`",
        )
    for name in spec.local_indexes:
        if name in spec.indexes:
            yield database.problem(
                "dynamodb/index-twice",
                ("local_indexes", name),
                f"two indexes are named {name}",
                "rename one of them",
                {"the other one": ("indexes", name)},
            )


def _number(database: Database[DynamoDB]) -> Iterator[Diagnostic]:
    spec = database.spec
    for key, count, most, why in (
        ("indexes", len(spec.indexes), MOST_INDEXES, "a table has"),
        ("local_indexes", len(spec.local_indexes), MOST_LOCAL_INDEXES, "a table has"),
    ):
        if count > most:
            yield database.problem(
                "dynamodb/too-many-indexes",
                (key,),
                f"{count} {key.replace('_', ' ')} are too many: {why} up to {most}",
                "take some out, or share one between queries by general keys such as gsi1_pk",
            )


def _projections(database: Database[DynamoDB]) -> Iterator[Diagnostic]:
    spec = database.spec
    indexes: list[tuple[Route, Index | LocalIndex]] = [
        *((("indexes", name), index) for name, index in spec.indexes.items()),
        *((("local_indexes", name), local) for name, local in spec.local_indexes.items()),
    ]
    for at, index in indexes:
        attributes = index.non_key_attributes
        if index.projection == "INCLUDE" and not attributes:
            yield database.problem(
                "dynamodb/projection-empty",
                (*at, "projection"),
                "INCLUDE means the attributes of non_key_attributes, and there are none",
                "add non_key_attributes, or write KEYS_ONLY",
            )
        if index.projection != "INCLUDE" and attributes:
            yield database.problem(
                "dynamodb/projection-list",
                (*at, "non_key_attributes"),
                f"{index.projection} says already which attributes the index has",
                "take the line out, or write projection: INCLUDE",
                {"the projection": (*at, "projection")},
            )
        for position, attribute in enumerate(attributes):
            if attribute in attributes[:position]:
                yield database.problem(
                    "dynamodb/projection-twice",
                    (*at, "non_key_attributes", position),
                    f"{attribute} is in the list already",
                    "take it out",
                )
    total = sum(len(index.non_key_attributes) for _, index in indexes)
    if total > MOST_PROJECTED_IN_ALL:
        at = next(at for at, index in reversed(indexes) if index.non_key_attributes)
        yield database.problem(
            "dynamodb/projections-in-all",
            (*at, "non_key_attributes"),
            f"the indexes include {total} attributes together, and AWS allows {MOST_PROJECTED_IN_ALL}",
            "include fewer, or write projection: ALL, which does not count",
        )
