"""A simulated AWS account: what providers ask of it, and what people do to it."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

from compiler.aws.types import resource_type
from compiler.diagnostics import Exit, UserError, fail
from compiler.route import Route
from compiler.sandbox import backups, life, maintenance, neighbours, ownership, power
from compiler.sandbox import inputs as checking
from compiler.sandbox.difference import Difference, differences
from compiler.sandbox.refusal import GoneError
from compiler.sandbox.services import TYPES
from compiler.sandbox.world import ACCOUNT, Thing, Values, World


class Made(NamedTuple):
    """What a step gives: the thing's id, all its outputs, and its inputs as they are now, drift among them.

    What AWS never tells again is in neither.
    """

    id: str
    outputs: dict[str, Any]
    inputs: dict[str, Any]


class FaultError(Exception):
    """A fault that somebody asked for; `made` is set where it struck after the work was done."""

    def __init__(self, message: str, made: Made | None = None) -> None:
        super().__init__(message)
        self.made = made


class Account:
    """The account in this file, which any number of threads and processes use at once.

    `number` is the account's in ARNs made from now on: a rehearsal takes that of the account it rehearses for.
    Types are short tokens, inputs and outputs have pulumi_aws's names. What AWS would refuse raises AwsError, what
    is not simulated NotSimulatedError, a fault FaultError, a file that is no account UserError.
    """

    def __init__(self, path: Path, number: str = ACCOUNT) -> None:
        self.path = path
        self._number = number
        self._turn = threading.Lock()
        self._hurry = threading.Event()

    # What a provider asks

    def check(self, type: str, inputs: Values) -> list[tuple[Route, str]]:
        """What is wrong with inputs before anything is asked of AWS; values may be UNKNOWN."""
        return checking.mistakes(type, life.declaration(type), inputs)

    def diff(self, type: str, old: Values, new: Values) -> tuple[Difference, ...]:
        """What differs and what of it replaces: `old` has each input as the state knows it, `new` may have UNKNOWN."""
        return differences(life.declaration(type), old, new)

    def create(self, type: str, inputs: Values, owner: tuple[str, str] = ("", "")) -> Made:
        """Makes a thing; `owner` is the stack and resource it is for, which only `show` and `drift` go by."""

        def work(world: World) -> Made:
            return _made(world, life.make(world, type, inputs, owner))

        return self._act(type, "create", work)

    def read(self, type: str, id: str, region: str = "") -> Made | None:
        """The thing as it is now, None where there is none; also by its ARN or name, as imports do."""
        with self._world() as world:
            thing = life.existing(world, type, region, id)
            return _made(world, thing) if thing else None

    def preview(self, type: str, id: str, inputs: Values, region: str = "") -> dict[str, Any] | None:
        """The outputs that an update would lead to, UNKNOWN where they will change; None where there is no thing."""
        with self._world() as world:
            thing = life.existing(world, type, region, id)
            return life.preview(world, thing, inputs) if thing else None

    def update(self, type: str, id: str, inputs: Values, region: str = "") -> Made:
        """Changes a thing; GoneError where there is none."""

        def work(world: World) -> Made:
            thing = life.existing(world, type, region, id)
            if thing is None:
                raise GoneError(f"{id} does not exist any more, as a refresh would find")
            return _made(world, life.change(world, thing, inputs))

        return self._act(type, "update", work)

    def delete(self, type: str, id: str, inputs: Values | None = None, region: str = "") -> None:
        """Deletes a thing, or does nothing where there is none; `inputs` are what the provider remembers of it."""

        def work(world: World) -> Made:
            thing = life.existing(world, type, region, id)
            if thing:
                life.delete(world, thing, {**thing.inputs, **(inputs or {})})
            return Made(id, {}, {})

        self._act(type, "delete", work)

    # What AWS can be asked besides

    def identity(self) -> str:
        """The account's number."""
        return self._number

    def find(
        self, type: str, stack: str, resource: str, inputs: Values, known: Collection[str] = ()
    ) -> str | None:
        """The id of what was made for that resource of that stack, going by our tags.

        What has no tags is ours where these inputs name it and its parent is of that stack. Ids in `known` are left
        out. UserError where it cannot be told: what has the name and not our tags is somebody else's.
        """
        with self._world() as world:
            return ownership.find(world, type, stack, resource, inputs, known)

    def backup(self, type: str, id: str, name: str) -> None:
        """Takes a backup of a table, which outlives it."""
        with self._world() as world:
            thing = life.existing(world, type, "", id)
            if thing:
                backups.take(world, thing, name)

    def pending(self, type: str, id: str, region: str = "") -> dict[str, Any]:
        """The inputs that AWS accepted and has not applied; `pending-reboot` where only a reboot will."""
        with self._world() as world:
            thing = life.existing(world, type, region, id)
            return dict(thing.pending) if thing else {}

    def start(self, type: str, id: str) -> bool:
        """Starts an instance that is stopped; whether it was."""
        with self._world() as world:
            thing = life.existing(world, type, "", id)
            return thing is not None and power.start(world, thing)

    # What people do to it

    def stop(self, id: str) -> None:
        """Stops a database instance, as a schedule does. AwsError where RDS would not, KeyError where there is none."""
        with self._world() as world:
            thing = life.existing(world, "aws:rds:Instance", "", id)
            if thing is None:
                raise KeyError(id)
            power.stop(world, thing)

    def advance(self, duration: timedelta) -> list[str]:
        """Lets time pass; a sentence for everything that happened meanwhile."""
        with self._world() as world:
            return maintenance.advance(world, duration)

    def owned(self, stack: str) -> list[Thing]:
        """What exists of a stack, oldest first."""
        with self._world() as world:
            return [thing for thing in world.owned(stack) if not thing.gone_at]

    def drift(self, thing: Thing, route: Route, value: Any) -> None:
        """Somebody changes a property behind our back; None takes it away. LookupError for a wrong route."""
        with self._world() as world:
            life.tamper(world, world.get(*thing.key) or thing, route, value)

    def fault(
        self,
        type: str,
        times: int = 1,
        message: str = "",
        delay: float = 0,
        phase: str = "create",
        late: bool = False,
    ) -> None:
        """The next `times` operations on a type fail with the message, or only take `delay` seconds longer.

        Late, a fault strikes after the work is done, when nobody has been told yet.
        """
        life.declaration(type)
        with self._world() as world:
            world.add_fault(type, phase, late, times, message, delay)

    def delays(self, on: bool) -> None:
        """Whether faults may delay; switched off, those that do end at once."""
        if on:
            self._hurry.clear()
        else:
            self._hurry.set()

    def prepare(self, ids: Iterable[str], region: str) -> None:
        """Makes what others built exist: VPCs, subnets, security groups, topics, keys, roles, by their ids and ARNs."""
        with self._world() as world:
            for thing in neighbours.things(world, ids, region):
                life.save(world, thing)

    def show(self) -> dict[str, Any]:
        """Everything in the account, as data, secrets left out."""
        with self._world() as world:
            return {
                "account": self._number,
                "now": world.now.isoformat(),
                "things": [_shown(world, thing) for thing in world.things()],
                "faults": world.faults(),
            }

    def reset(self) -> None:
        """Empties the account, faults and clock included; a file that is no account is replaced."""
        try:
            with self._world() as world:
                world.clear()
        except UserError:
            self.path.unlink()

    # Inside

    def _act(self, type: str, phase: str, work: Callable[[World], Made]) -> Made:
        with self._world() as world:
            early = world.take_fault(type, phase, late=False)
            if early is None:
                made, late = work(world), world.take_fault(type, phase, late=True)
        if early:
            self._strike(early, None)
            with self._world() as world:
                made, late = work(world), world.take_fault(type, phase, late=True)
        if late:
            self._strike(late, made)
        return made

    def _strike(self, fault: tuple[str, float], made: Made | None) -> None:
        message, delay = fault
        # Outside any transaction: what is slow must not hold up the account.
        self._hurry.wait(delay)
        if message:
            raise FaultError(message, made)

    @contextmanager
    def _world(self) -> Iterator[World]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.touch(mode=0o600)  # it holds the simulated secrets
        with self._turn:
            connection = sqlite3.connect(self.path, timeout=60, isolation_level=None)
            try:
                yield self._begin(connection)
                connection.execute("COMMIT")
            finally:
                connection.close()

    def _begin(self, connection: sqlite3.Connection) -> World:
        try:
            # A crash of the machine may lose the last moments of a simulation; the death of a process does not.
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("BEGIN IMMEDIATE")
            return World(connection, self._number)
        except sqlite3.DatabaseError as error:
            raise fail(
                "sandbox/file",
                f"{self.path} is not a sandbox of this version of dbspec ({error})",
                "start with an empty one: dbspec sandbox reset",
                exit_code=Exit.ENGINE,
            ) from error


def _made(world: World, thing: Thing) -> Made:
    return Made(thing.id, life.outputs(world, thing), dict(thing.inputs))


def _shown(world: World, thing: Thing) -> dict[str, Any]:
    outputs = life.outputs(world, thing)
    fields = resource_type(thing.type).outputs if thing.type in TYPES else {}
    secret = {name for name in outputs if name in fields and fields[name].secret}
    return {
        "type": thing.type,
        "id": thing.id,
        "region": thing.region,
        "stack": thing.owner[0],
        "resource": thing.owner[1],
        "pending": dict(thing.pending),
        "gone_at": thing.gone_at,
        "attributes": {name: "[secret]" if name in secret else value for name, value in outputs.items()},
    }
