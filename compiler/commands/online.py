"""What the verbs that need the engine have in common: which stacks, where they live, and who watches."""

from __future__ import annotations

import json
import os
import secrets as random
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from compiler import __version__, catalog, compilation
from compiler.catalog import Database, Environment
from compiler.commands import options
from compiler.diagnostics import Exit, Place, fail
from compiler.document import locate
from compiler.environment.model import SANDBOX_ACCOUNT
from compiler.graph import Stack
from compiler.parts import names
from compiler.render import report
from compiler.report import Report, exit_code, to_data
from compiler.sandbox import SETTING, default_path
from compiler.source import WorkTree

if TYPE_CHECKING:
    from compiler.engine.job import Job
    from compiler.engine.session import Session
    from compiler.engine.target import Target
    from compiler.shared.network import SharedNetwork

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
_REHEARSAL = "rehearsal"


@dataclass(frozen=True, slots=True)
class Selection:
    """What a command line selects; `sandbox` makes a rehearsal of it."""

    environments: Sequence[Environment]
    databases: Sequence[Database[Any]]
    specs: Path
    sandbox: bool

    @property
    def all_environments(self) -> list[Environment]:
        """Those that are selected, and those of the databases that are."""
        found = {each.name: each for each in self.environments}
        found |= {each.environment.name: each.environment for each in self.databases}
        return [found[name] for name in sorted(found)]

    def names(self, stack: str) -> bool:
        """Whether that stack was asked for, and is not only what others of the selection stand on."""
        return stack in self.stacks

    @property
    def stacks(self) -> frozenset[str]:
        """The stacks that were asked for."""
        own = map(names.environment_stack_id, self.environments)
        return frozenset([*own, *map(names.stack_id, self.databases)])


def select(
    specs: Path,
    selected: Sequence[str],
    *,
    sandbox: bool,
    every: bool = True,
    judged: date | None = None,
) -> Selection:
    """The stacks that a command line names; all where it names none, if `every` allows that.

    Raises UserError where a spec is wrong, a name is unknown, nothing was selected, or something selected fails a
    control or a limit on the day that `judged` is.
    """
    found = catalog.load(WorkTree(specs)).checked()
    if not selected and not every:
        raise fail(
            "usage/selection",
            "nothing is selected",
            "name a database (prod/orders) or an environment (prod), or say --all",
            exit_code=Exit.USAGE,
        )
    environments, databases = found.select(selected)
    if judged is not None:
        compilation.check(environments, databases, judged, found.environments.values())
    chosen = Selection(environments, databases, specs, sandbox)
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
    from compiler.engine.halt import Halt
    from compiler.engine.session import Session
    from compiler.render.progress import progress

    halt = Halt()
    found = cli.find(os.environ)
    quiet = options.quiet(context)
    live = sys.stderr.isatty() and format is options.Format.TEXT and not quiet
    with progress(sys.stderr, quiet=quiet, live=live) as watching, halt.on_signals(_said):
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


def jobs(session: Session, selection: Selection, *, applying: bool) -> list[Job]:
    """The stacks of a selection and where they live; an environment's own where it was never applied, too.

    Raises UserError with whatever is missing before anything can start.
    """
    from compiler.engine import readiness
    from compiler.engine.job import Job

    environments = selection.all_environments
    stacks = list(compilation.stacks(environments, selection.databases))
    targets = {
        each.name: _target(session, each, stacks, selection, applying=applying) for each in environments
    }
    readiness.check(session, targets.values())
    files = {names.environment_stack_id(each): each.path for each in environments}
    files |= {names.stack_id(each): each.path for each in selection.databases}
    found = [Job(stack, targets[stack.id.partition(".")[0]], Place(files[stack.id])) for stack in stacks]
    return [
        each
        for each in found
        if selection.names(each.stack.id) or not was_applied(session, each.stack.id, each.target)
    ]


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
    )


def _target(
    session: Session,
    environment: Environment,
    stacks: Sequence[Stack],
    selection: Selection,
    *,
    applying: bool,
) -> Target:
    from compiler.engine import surroundings
    from compiler.engine.target import Target

    spec = environment.spec
    own = [each for each in stacks if each.id.startswith(f"{environment.name}.")]
    used = surroundings.references(own)
    place = _place(selection) if spec.target is None else None
    target = Target(
        environment=environment.name,
        tier=spec.tier,
        region=spec.region,
        account=spec.account,
        role=_role(environment, applying=applying),
        backend=spec.state.backend if spec.state else (_place(selection).parent / "state").as_uri(),
        secrets=spec.state.secrets if spec.state else "passphrase",
        sandbox=place,
    )
    if place and target.secrets == "passphrase":
        target = replace(target, passphrase_file=_passphrase(place.parent))
    shared = _shared(session, environment, target, selection) if used or spec.simulated else None
    if place:
        made_up = {each.name for each in used}
        shared = shared or surroundings.invented(made_up, spec.region, SANDBOX_ACCOUNT)
        groups = [each.security_group for each in spec.clients.values()]
        target = replace(target, neighbours=surroundings.ids(shared, groups))
    if shared:
        surroundings.check(shared, used)
    return replace(target, shared=shared)


def _role(environment: Environment, *, applying: bool) -> str | None:
    real = environment.spec.target
    if real is None:
        return None
    return real.apply_role if applying else real.preview_role


def _shared(
    session: Session, environment: Environment, target: Target, selection: Selection
) -> SharedNetwork | None:
    """What others built; None where environment.yaml does not say, or a rehearsal must not ask."""
    from compiler.engine.outputs import outputs
    from compiler.shared.resolution import resolve

    source = environment.spec.shared_infrastructure
    if source is None or (selection.sandbox and source.literal is None and source.terraform_local is None):
        return None
    return resolve(
        source,
        folder=Path(environment.path).parent,
        stack_outputs=lambda stack, backend: outputs(session, stack, target, backend),
        at=locate(environment.node, ("shared_infrastructure",)),
    )


def _place(selection: Selection) -> Path:
    """The file of the simulated account; the state lies beside it."""
    own = default_path(selection.specs)
    if selection.sandbox:
        return own.parent / _REHEARSAL / own.name
    said = os.environ.get(SETTING)
    return Path(said).absolute() if said else own


def _passphrase(folder: Path) -> Path:
    """The file with the passphrase of simulated state, made once."""
    path = folder / "passphrase"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(random.token_hex())
    except FileExistsError:
        pass
    return path


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
