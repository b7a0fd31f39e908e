"""From the catalog to stacks, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from compiler import controls, kinds, limits, overrides
from compiler.catalog import Catalog, Database, Environment
from compiler.controls import Judgement
from compiler.diagnostics import Diagnostic, UserError, any_error, ordered
from compiler.environment import stack as environment_stack
from compiler.graph import Stack
from compiler.kinds.kind import DatabaseSpec
from compiler.lifecycle import rules as lifecycle


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
    """The stack of one database, empty where it is decommissioned; and what is wrong with its overrides, left out."""
    stack, wrong = whole(database)
    return (Stack(stack.id, ()) if database.spec.decommission else stack), wrong


def whole(database: Database[DatabaseSpec]) -> tuple[Stack, tuple[Diagnostic, ...]]:
    """The same as if it were not decommissioned."""
    return overrides.apply(database, kinds.named(database.spec.kind).compile(database))


def diagnostics(found: Catalog, today: date) -> tuple[Diagnostic, ...]:
    """Everything that is wrong in a catalog, what only compiling shows included."""
    # Of an environment that is not here as a whole nothing can be said.
    whole = [] if any_error(found.diagnostics) else list(found.environments.values())
    return ordered([*found.diagnostics, *problems(whole, found.databases.values(), today, whole)])


@dataclass(frozen=True, slots=True)
class Judged:
    """A stack, what it was compiled from, how that stands to controls, and what is wrong with its overrides."""

    written: Database[DatabaseSpec] | Environment
    stack: Stack
    judgements: tuple[Judgement, ...]
    wrong: tuple[Diagnostic, ...] = ()


def judged(
    environments: Iterable[Environment],
    databases: Iterable[Database[DatabaseSpec]],
    today: date,
    known: Collection[Environment],
) -> Iterator[Judged]:
    """These databases, and then these environments, all of whose databases are among them.

    `known` are all environments: one of them may speak for the account of another.
    """
    by_environment: dict[str, list[Judgement]] = {}
    for database in databases:
        stack, wrong = compiled(database)
        found = () if database.spec.decommission else controls.judge(database, stack, today)
        by_environment.setdefault(database.environment.name, []).extend(found)
        yield Judged(database, stack, found, wrong)
    for environment in environments:
        stack = environment_stack.compile_stack(environment)
        speaker = controls.speaks_for(environment, known)
        said = environment_stack.compile_stack(speaker) if speaker else None
        of_databases = by_environment.get(environment.name, [])
        found = controls.judge_environment(environment, stack, said, of_databases, today)
        yield Judged(environment, stack, found)


def problems(
    environments: Collection[Environment],
    databases: Iterable[Database[DatabaseSpec]],
    today: date,
    known: Collection[Environment],
) -> tuple[Diagnostic, ...]:
    """What is wrong with what `judged` gives: overrides, controls, limits, waivers that nobody needs."""
    found: list[Diagnostic] = []
    by_environment: dict[str, list[Judgement]] = {}
    for each in judged(environments, databases, today, known):
        written = each.written
        environment = written.environment if isinstance(written, Database) else written
        by_environment.setdefault(environment.name, []).extend(each.judgements)
        found += each.wrong
        found += controls.problems(written, each.judgements, today)
        if isinstance(written, Database) and not written.spec.decommission:
            found += limits.problems(written, each.stack)
        if isinstance(written, Database):
            found += lifecycle.problems(written, each.stack)
        found += lifecycle.over(written, today)
    for environment in environments:
        found += controls.unneeded(environment, by_environment[environment.name])
    return ordered(found)


def check(
    environments: Collection[Environment],
    databases: Iterable[Database[DatabaseSpec]],
    today: date,
    known: Collection[Environment],
) -> None:
    """Raises UserError with all of `problems` where one is an error."""
    found = problems(environments, databases, today, known)
    if any_error(found):
        raise UserError(*found)
