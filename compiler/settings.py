"""Where every value of a database comes from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from compiler import edition, kinds, route
from compiler.catalog import Database
from compiler.diagnostics import Place
from compiler.document import Node, plain
from compiler.kinds.kind import DatabaseSpec
from compiler.route import Route


@dataclass(frozen=True, slots=True)
class Setting:
    """One value: `origin` says who decided it; `at` is where, None for what follows by a rule."""

    route: Route
    value: Any
    origin: str
    at: Place | None


def settings(database: Database[DatabaseSpec]) -> tuple[Setting, ...]:
    """Every value that the database has, by its key; a derived one stands for what no file says."""
    found = {each.route: each for each in _leaves(database, database.node, ())}
    for key, derived in kinds.named(database.spec.kind).derive(database).items():
        at = route.parse(key)
        found[at] = Setting(at, derived.value, f"derived: {derived.rule}", None)
    return tuple(found[key] for key in sorted(found, key=route.text))


def _leaves(database: Database[DatabaseSpec], node: Node, at: Route) -> Iterator[Setting]:
    if isinstance(node.value, dict) and node.value:
        for key, item in node.value.items():
            yield from _leaves(database, item, (*at, key))
    else:
        yield Setting(at, plain(node), _origin(database, node.at), node.at)


def _origin(database: Database[DatabaseSpec], at: Place) -> str:
    if at.path == database.path:
        return "spec"
    spec = database.environment.spec
    if edition.holds(at):
        return f"edition {spec.edition}, {spec.tier}"
    return "environment"
