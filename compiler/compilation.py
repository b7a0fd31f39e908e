"""From the catalog to stacks, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date

from compiler import controls, kinds, limits, overrides
from compiler.catalog import Catalog, Database, Environment
from compiler.controls import Judgement
from compiler.diagnostics import Diagnostic, UserError, any_error, ordered
from compiler.environment import stack as environment_stack
from compiler.graph import Stack
from compiler.kinds.kind import DatabaseSpec


def stacks(
    environments: Iterable[Environment], databases: Iterable[Database[DatabaseSpec]]
) -> Iterator[Stack]:
    """The stacks of these environments themselves, and then of these databases.

    A database whose overrides are wrong has none: at the end UserError is raised with all that is wrong.
    """
    for environment in environments:
        yield environment_stack.compile_stack(environment)
    found: list[Diagnostic] = []
    for database in databases:
        stack, wrong = compiled(database)
        found += wrong
        if not wrong:
            yield stack
    if found:
        raise UserError(*ordered(found))


def compiled(database: Database[DatabaseSpec]) -> tuple[Stack, tuple[Diagnostic, ...]]:
    """The stack of one database, and what is wrong with its overrides: those are not in it."""
    return overrides.apply(database, kinds.named(database.spec.kind).compile(database))


def diagnostics(found: Catalog, today: date) -> tuple[Diagnostic, ...]:
    """Everything that is wrong in a catalog, what only compiling shows included."""
    # Whether a waiver is needed can only be known of an environment that is here as a whole.
    whole = [] if any_error(found.diagnostics) else list(found.environments.values())
    return ordered([*found.diagnostics, *problems(whole, found.databases.values(), today)])


def problems(
    environments: Collection[Environment], databases: Iterable[Database[DatabaseSpec]], today: date
) -> tuple[Diagnostic, ...]:
    """What is wrong with these databases once they are compiled: overrides, controls, limits.

    The environments are those that are here with all their databases: of these it is known whether a waiver is needed.
    """
    found: list[Diagnostic] = []
    judged: dict[str, list[Judgement]] = {each.name: [] for each in environments}
    for database in databases:
        stack, wrong = compiled(database)
        judgements = controls.judge(database, stack, today)
        found += wrong
        found += controls.problems(database, judgements, today)
        found += limits.problems(database, stack)
        judged.setdefault(database.environment.name, []).extend(judgements)
    for environment in environments:
        found += controls.unneeded(environment, judged[environment.name])
    return ordered(found)


def check(
    environments: Collection[Environment], databases: Iterable[Database[DatabaseSpec]], today: date
) -> None:
    """Raises UserError with all of `problems` where one is an error."""
    found = problems(environments, databases, today)
    if any_error(found):
        raise UserError(*found)
