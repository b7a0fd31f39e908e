"""What the verbs that need the engine have in common: which stacks, where they live, and who watches."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from compiler import __version__, catalog, compilation, graph
from compiler.catalog import Database, Environment
from compiler.commands import options
from compiler.diagnostics import Exit, Place, fail
from compiler.graph import Stack
from compiler.lifecycle import said as lifecycle
from compiler.lifecycle.said import Lifecycle
from compiler.parts import names
from compiler.render import report
from compiler.report import Report, exit_code, to_data
from compiler.source import WorkTree

if TYPE_CHECKING:
    from compiler.engine.job import Job
    from compiler.engine.session import Session
    from compiler.engine.target import Target

T = TypeVar("T")

Parallel = Annotated[
    int, typer.Option("--parallel", min=1, max=64, metavar="N", help="How many stacks to work on at once.")
]
Sandbox = Annotated[
    bool, typer.Option("--sandbox", help="Rehearse in a simulated account, with a state of its own.")
]
Wait = Annotated[
    float, typer.Option("--wait", min=0, metavar="SECONDS", help="How long to wait for a stack's lock.")
]
Deadline = Annotated[
    float | None,
    typer.Option(
        "--deadline",
        min=1,
        metavar="SECONDS",
        help="How long the engine may take for a stack; what runs then still finishes.",
    ),
]
Format = Annotated[options.Format, typer.Option("--format", help="How to print it.")]
All = Annotated[bool, typer.Option("--all", help="All environments and databases.")]

PARALLEL = min(4, os.cpu_count() or 1)


@dataclass(frozen=True, slots=True)
class Selection:
    """What a command line selects; `sandbox` makes a rehearsal of it.

    `orphans` are stacks, by id, that no spec has and that may have been applied all the same; `with_orphans` takes
    those of selected environments too.
    """

    environments: Sequence[Environment]
    databases: Sequence[Database[Any]]
    specs: Path
    sandbox: bool
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
    specs: Path,
    selected: Sequence[str],
    *,
    sandbox: bool,
    every: bool = True,
    judged: date | None = None,
    orphans: bool = False,
) -> Selection:
    """The stacks that a command line names; all where it names none, if `every` allows that.

    With `orphans` a database may be named that has no spec any more. Raises UserError where a spec is wrong, a name is
    unknown, nothing was selected, or something selected fails a control or a limit on the day that `judged` is.
    """
    found = catalog.load(WorkTree(specs)).checked()
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
    return _rehearsed(chosen) if sandbox else chosen


@contextmanager
def session(
    context: typer.Context,
    *,
    format: options.Format,
    deadline: float | None = None,
    wait: float = 0,
) -> Iterator[Session]:
    """A run of the engine: signals end it politely, and stderr tells how it goes."""
    from compiler.engine import cli
    from compiler.engine.halt import Halt, HaltError
    from compiler.engine.session import Session
    from compiler.render.progress import progress

    if context.find_root().obj["debug"]:
        # Only our own: what libraries log holds credentials.
        logger = logging.getLogger("compiler")
        logger.setLevel(logging.DEBUG)
        logger.addHandler(logging.StreamHandler())
    halt = Halt()
    found = cli.find(os.environ)
    quiet = options.quiet(context)
    live = sys.stderr.isatty() and format is options.Format.TEXT and not quiet
    with progress(sys.stderr, quiet=quiet, live=live) as watching, halt.on_signals(_said):
        try:
            yield Session(
                found,
                dict(os.environ),
                halt,
                watching,
                lambda: datetime.now(UTC),
                __version__,
                seconds=deadline,
                wait=wait,
            )
        except HaltError:
            raise fail(
                "engine/interrupted", "interrupted before anything was begun", exit_code=Exit.ENGINE
            ) from None


def jobs(
    session: Session,
    selection: Selection,
    *,
    applying: bool,
    foundations: bool = True,
    today: date | None = None,
) -> list[Job]:
    """The stacks of a selection and where they live.

    With `foundations` also an environment's own, where it was never applied. `today` decides what is held; without it
    nothing is. Raises UserError with whatever is
    missing before anything can start.
    """
    from compiler.commands.targets import base, with_shared
    from compiler.engine import readiness
    from compiler.engine.job import Job

    environments = selection.all_environments
    targets = {
        each.name: base(each, selection.specs, selection.sandbox, applying=applying) for each in environments
    }
    readiness.check(session, targets.values())
    stacks = list(compilation.stacks(environments, selection.databases))
    selection = _with_orphans(session, selection, targets)
    stacks += [
        _applied(session, stack, targets[environment.name]) for environment, stack in selection.orphans
    ]
    for each in environments:
        own = [stack for stack in stacks if stack.id.startswith(f"{each.name}.")]
        targets[each.name] = with_shared(session, targets[each.name], each, own, rehearsing=selection.sandbox)
    files = {names.environment_stack_id(each): Place(each.path) for each in environments}
    files |= {names.stack_id(each): Place(each.path) for each in selection.databases}
    said = {names.environment_stack_id(each): lifecycle.of(each) for each in environments}
    said |= {names.stack_id(each): lifecycle.of(each) for each in selection.databases}
    found = [
        Job(
            stack,
            targets[stack.id.partition(".")[0]],
            files.get(stack.id),
            lifecycle=said.get(stack.id, Lifecycle()),
            held=said[stack.id].held(today) if today and stack.id in said else None,
        )
        for stack in stacks
    ]
    return [
        each
        for each in found
        if selection.names(each.stack.id)
        or (foundations and not was_applied(session, each.stack.id, each.target))
    ]


def _with_orphans(session: Session, selection: Selection, targets: Mapping[str, Target]) -> Selection:
    from compiler.engine.store import record

    found = list(selection.orphans)
    for environment in selection.environments if selection.with_orphans else ():
        records = record.read_all(session.store(targets[environment.name]), environment.name)
        there = {
            stack
            for stack, each in records.applied.items()
            if each.last.outcome is not record.Outcome.DESTROYED
        }
        found += [(environment, stack) for stack in sorted(there - selection.stacks)]
    return replace(selection, orphans=found)


def _applied(session: Session, stack: str, target: Target) -> Stack:
    """The graph that a stack without a spec last converged on; an empty one where it never got there."""
    from compiler.engine.store import record

    said = record.read(session.store(target), stack)
    if said is None or said[0].last.outcome is record.Outcome.DESTROYED:
        raise fail(
            "usage/selection",
            f"there is no database {stack.replace('.', '/', 1)!r}, and nothing was ever applied under that name",
            "see what there is with dbspec status",
            exit_code=Exit.USAGE,
        )
    converged = said[0].converged
    return graph.from_data(converged.graph) if converged else Stack(stack, ())


def was_applied(session: Session, stack: str, target: Target) -> bool:
    """Whether the stack has ever converged."""
    from compiler.engine.store import record

    said = record.read(session.store(target), stack)
    return said is not None and said[0].converged is not None


def _rehearsed(selection: Selection) -> Selection:
    """The same with every environment in the sandbox."""

    def simulated(environment: Environment) -> Environment:
        return replace(environment, spec=environment.spec.model_copy(update={"target": None, "state": None}))

    return replace(
        selection,
        environments=[simulated(each) for each in selection.environments],
        databases=[replace(each, environment=simulated(each.environment)) for each in selection.databases],
        orphans=[(simulated(environment), stack) for environment, stack in selection.orphans],
    )


def _said(times: int) -> None:
    """Told in a signal handler, so it writes without any lock."""
    if times == 1:
        words = "\nending: the running steps finish and the state is saved; nothing new is begun\n"
    else:
        words = "\nstill ending: the running steps have to finish, or what they make would be lost\n"
    os.write(2, words.encode())


def show(
    context: typer.Context, reports: Sequence[Report], format: options.Format, *, detailed: bool = False
) -> Exit:
    """Prints the reports; the exit code that follows from them."""
    if format is options.Format.JSON:
        sys.stdout.write(json.dumps(to_data(reports), indent=2, ensure_ascii=True) + "\n")
    else:
        sys.stdout.write(report.text(reports, color=options.color(context)))
    return exit_code(reports, detailed=detailed)
