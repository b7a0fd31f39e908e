"""Which environments and databases a run is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from compiler import catalog, compilation
from compiler.catalog import Database, Environment
from compiler.diagnostics import Exit, fail
from compiler.online.specs import Specs
from compiler.parts import names


@dataclass(frozen=True, slots=True)
class Selection:
    """What was asked for; `sandbox` makes a rehearsal of it.

    `orphans` are stacks, by id, that no spec has and that may have been applied all the same; `with_orphans` takes
    those of selected environments too.
    """

    environments: Sequence[Environment]
    databases: Sequence[Database[Any]]
    specs: Specs
    sandbox: bool = False
    orphans: Sequence[tuple[Environment, str]] = ()
    with_orphans: bool = False

    @property
    def all_environments(self) -> list[Environment]:
        """Those that are selected, and those of the databases that are."""
        found = {each.name: each for each in self.environments}
        found |= {each.environment.name: each.environment for each in self.databases}
        found |= {environment.name: environment for environment, _ in self.orphans}
        return [found[name] for name in sorted(found)]

    def names(self, stack: str) -> bool:
        """Whether that stack was asked for, and is not only what others of the selection stand on."""
        return stack in self.stacks

    @property
    def stacks(self) -> frozenset[str]:
        """The stacks that were asked for."""
        own = map(names.environment_stack_id, self.environments)
        return frozenset([*own, *map(names.stack_id, self.databases), *(stack for _, stack in self.orphans)])


def select(
    specs: Specs,
    selected: Sequence[str],
    *,
    sandbox: bool,
    every: bool = True,
    judged: date | None = None,
    orphans: bool = False,
) -> Selection:
    """The stacks that somebody names; all where nobody names one, if `every` allows that.

    With `orphans` a database may be named that has no spec any more. Raises UserError where a spec is wrong, a name is
    unknown, nothing was selected, or something selected fails a control or a limit on the day that `judged` is.
    """
    found = catalog.load(specs.source).checked()
    if not selected and not every:
        raise fail(
            "usage/selection",
            "nothing is selected",
            "name a database (prod/orders) or an environment (prod), or say --all",
            exit_code=Exit.USAGE,
        )
    gone = [
        (found.environments[environment], f"{environment}.{name}")
        for environment, _, name in (each.partition("/") for each in selected if each not in found.databases)
        if orphans and name and environment in found.environments
    ]
    known = [each for each in selected if each.replace("/", ".") not in {stack for _, stack in gone}]
    environments, databases = found.select(known) if known or not gone else ([], [])
    if judged is not None:
        compilation.check(environments, databases, judged, found.environments.values())
    chosen = Selection(environments, databases, specs, sandbox, gone, orphans)
    return rehearsed(chosen) if sandbox else chosen


def rehearsed(selection: Selection) -> Selection:
    """The same with every environment in the sandbox."""

    def simulated(environment: Environment) -> Environment:
        return replace(environment, spec=environment.spec.model_copy(update={"target": None, "state": None}))

    return replace(
        selection,
        environments=[simulated(each) for each in selection.environments],
        databases=[replace(each, environment=simulated(each.environment)) for each in selection.databases],
        orphans=[(simulated(environment), stack) for environment, stack in selection.orphans],
        sandbox=True,
    )
