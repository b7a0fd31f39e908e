"""One run of a verb over many stacks: what they share."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pulumi.automation.errors import CommandError

from compiler.account import Account
from compiler.diagnostics import Exit, fail
from compiler.engine.cli import Found
from compiler.engine.halt import Halt
from compiler.engine.process import Command, inherited
from compiler.engine.store import Store, lock, open_store
from compiler.engine.store.lock import Lock
from compiler.engine.target import Target
from compiler.engine.workspace import Workspace, workspace
from compiler.progress import Progress

# How often AWS is asked whether it is done with something, in seconds.
_AWS_POLL = 15.0


class _Here(threading.local):
    """Which stack a thread works on."""

    stack = ""


@dataclass(slots=True)
class Session:
    """`seconds` is the deadline of one stack's CLI, `wait` how long a lock is waited for.

    `now` gives the time that records are written with; `version` is dbspec's.
    """

    cli: Found
    environ: Mapping[str, str]
    halt: Halt
    progress: Progress
    now: Callable[[], datetime]
    version: str
    seconds: float | None = None
    wait: float = 0.0
    providers: Mapping[Path, str] = field(default_factory=dict)
    simulated: Mapping[Path, Account] = field(default_factory=dict)
    _stores: dict[str, Store] = field(default_factory=dict)
    _stacks: dict[str, frozenset[str]] = field(default_factory=dict)
    _accounts: dict[tuple[str, str | None], Account] = field(default_factory=dict)
    _here: _Here = field(default_factory=_Here)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def simulating(self, targets: Collection[Target]) -> Iterator[None]:
        """Serves the simulated accounts of these targets meanwhile."""
        files = {each.sandbox for each in targets if each.sandbox}
        with ExitStack() as served:
            if files:
                from compiler.sandbox.account import Account
                from compiler.sandbox.provider import serve

                accounts = {file: Account(file) for file in files}
                self.simulated = accounts
                for target in targets:
                    if target.sandbox:
                        for region, ids in ((target.region, target.neighbours), *target.elsewhere):
                            accounts[target.sandbox].prepare(ids, region)
                self.providers = {file: served.enter_context(serve(accounts[file])) for file in files}
            yield

    def account(self, stack: str, target: Target) -> Account:
        """Who answers what the engine cannot be asked about that stack."""
        if target.sandbox:
            return self.simulated[target.sandbox]
        from compiler.account.aws import AwsAccount

        self._here.stack = stack
        with self._guard:
            # One for all stacks of a target: each assumes its role anew.
            if (target.region, target.role) not in self._accounts:
                self._accounts[target.region, target.role] = AwsAccount(
                    target.region, target.role, self._wait
                )
            return self._accounts[target.region, target.role]

    def _wait(self, reason: str) -> bool:
        """Waits a little for AWS; whether to ask it again."""
        self.tell(lambda it: it.waiting(self._here.stack, reason))
        return not self.halt.stop.wait(_AWS_POLL)

    @contextmanager
    def workspace(self, stack: str, target: Target, lock: Lock | None = None) -> Iterator[Workspace]:
        """A work dir for that stack, with a CLI that ends when the run does."""
        environ = inherited(self.environ, aws=target.needs_aws, passphrase=target.needs_passphrase)
        command = Command(self.cli.path, self.cli.version, environ, self.halt, lock, self.seconds)
        providers = self.providers.get(target.sandbox, "") if target.sandbox else ""
        with workspace(stack, target, command, providers) as work:
            yield work

    def lock(self, stack: str, target: Target, verb: str, shown: str = "") -> AbstractContextManager[Lock]:
        """The lock of a stack, waited for as long as this run may; those who watch are told so of `shown`, or of it.

        Raises UserError where it is not to be had.
        """
        return lock.acquire(
            self.store(target),
            stack,
            verb,
            wait=self.wait,
            on_wait=lambda other: self.tell(lambda it: it.waiting(shown or stack, f"for {other}")),
            stop=self.halt.stop,
        )

    def store(self, target: Target) -> Store:
        """The store beside the target's state."""
        with self._guard:
            if target.backend not in self._stores:
                self._stores[target.backend] = open_store(target.backend)
            return self._stores[target.backend]

    def stacks(self, target: Target) -> frozenset[str]:
        """All stacks in the target's backend, asked once a run."""
        with self._guard:
            if target.backend not in self._stacks:
                with self.workspace("", target) as work:
                    self._stacks[target.backend] = _listed(work, target)
            return self._stacks[target.backend]

    def tell(self, what: Callable[[Progress], None]) -> None:
        """Tells the progress something; a progress that fails stops nothing."""
        with suppress(Exception):
            what(self.progress)


def _listed(work: Workspace, target: Target) -> frozenset[str]:
    try:
        return work.stacks()
    except CommandError as error:
        words = str(error).partition("\n stderr: ")[2].strip().removeprefix("error: ")
        raise fail(
            "engine/state",
            f"the stacks in the state of {target.environment} cannot be listed: {words}",
            "make its backend reachable, or correct `state.backend`",
            exit_code=Exit.ENGINE,
        ) from error
