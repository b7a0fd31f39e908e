"""What each stack costs, and sums of them by environment, project, owner or database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

from compiler import compilation, kinds
from compiler.catalog import Database, Environment
from compiler.cost.component import Component
from compiler.cost.totals import Delta, Total, delta, total
from compiler.environment import cost as environment_cost
from compiler.graph import Stack
from compiler.kinds.kind import DatabaseSpec
from compiler.parts import cost as shared

# What somebody wrote, and the stack that it compiles to.
Billed: TypeAlias = tuple[Environment | Database[Any], Stack]


class By(StrEnum):
    """What sums are made by."""

    ENVIRONMENT = "environment"
    PROJECT = "project"
    OWNER = "owner"
    DATABASE = "database"


@dataclass(frozen=True, slots=True)
class Bill:
    """One stack. What an environment's databases share has no database, project or owner: they are empty."""

    stack: str
    environment: str
    components: tuple[Component, ...]
    database: str = ""
    kind: str = ""
    project: str = ""
    owner: str = ""

    @property
    def name(self) -> str:
        """`prod/orders`, or `prod, shared by its databases`."""
        return self.database or f"{self.environment}, shared by its databases"


def bills(environments: Iterable[Environment], databases: Iterable[Database[DatabaseSpec]]) -> Iterator[Bill]:
    """The bills of these environments themselves, and then of these databases."""
    for environment in environments:
        yield of_environment(environment, next(compilation.stacks([environment], [])))
    for database in databases:
        yield of_database(database, next(compilation.stacks([], [database])))


def change(base: Billed | None, head: Billed | None) -> Delta:
    """How the cost of a stack changes; None is a stack that does not exist.

    What is retained where its stack no longer has it (a key) goes on costing what it does.
    """
    before, after = (of(*each).components if each else () for each in (base, head))
    if base:
        there = {each.name for each in head[1].resources} if head else set()
        kept = {each.name for each in base[1].resources if each.options.retain_on_delete} - there
        before = tuple(each for each in before if each.resource not in kept)
    return delta(before, after)


def of(written: Environment | Database[DatabaseSpec], stack: Stack) -> Bill:
    """The bill of a stack, whichever it is of."""
    if isinstance(written, Environment):
        return of_environment(written, stack)
    return of_database(written, stack)


def of_environment(environment: Environment, stack: Stack) -> Bill:
    """The bill of an environment's own stack."""
    return Bill(stack.id, environment.name, tuple(environment_cost.components(environment, stack)))


def of_database(database: Database[DatabaseSpec], stack: Stack) -> Bill:
    """The bill of a database's stack; a kind that says nothing of its own parts leaves them unknown."""
    spec = database.spec
    cost = kinds.named(spec.kind).cost
    components = (
        tuple(cost(database, stack))
        if cost and stack.resources  # one that is decommissioned has none
        else tuple(each for resource in stack.resources for each in shared.components(resource))
    )
    name = database.environment.name
    return Bill(stack.id, name, components, database.id, spec.kind, spec.project, spec.owner)


def sums(found: Iterable[Bill], by: By) -> Mapping[str, Total]:
    """The total of each environment, project, owner or database, by name.

    What an environment's databases share belongs to no project and no owner, and stands for itself.
    """
    groups: dict[str, list[Component]] = {}
    for bill in found:
        if bill.components:
            groups.setdefault(getattr(bill, by) or bill.name, []).extend(bill.components)
    return {name: total(components) for name, components in sorted(groups.items())}
