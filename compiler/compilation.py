"""From the catalog to stacks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from compiler import kinds
from compiler.catalog import Database, Environment
from compiler.environment import stack as environment_stack
from compiler.graph import Stack
from compiler.kinds.kind import DatabaseSpec


def stacks(environments: Iterable[Environment], databases: Iterable[Database[DatabaseSpec]]) -> Iterator[Stack]:
    """The stacks of these environments themselves, and then of these databases."""
    for environment in environments:
        yield environment_stack.compile_stack(environment)
    for database in databases:
        yield kinds.named(database.spec.kind).compile(database)
