"""Where the CLI works on a stack: a private directory, and which stacks its backend has."""

from __future__ import annotations

import json
import logging
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pulumi import automation
from pulumi.automation._stack import StackInitMode
from pulumi.automation.errors import StackAlreadyExistsError

from compiler.engine.process import Command
from compiler.engine.store.file import FileStore
from compiler.engine.target import Target

PROJECT = "dbspec"

# What these have to say of a CLI that ended early would reach the terminal as it is, secrets included.
logging.getLogger("grpc").setLevel(logging.CRITICAL)
warnings.filterwarnings("ignore", module=r"pulumi\.automation\._stack")

Program = Callable[[], None]


@contextmanager
def workspace(stack: str, target: Target, command: Command, providers: str) -> Iterator[Workspace]:
    """A work dir for one stack, gone at the end; a plan made in it is obeyed in it.

    `providers` are simulated ones that listen already (`aws:PORT,random:PORT`), or empty.
    """
    place = Path(tempfile.mkdtemp(prefix="dbspec-"))  # readable by nobody else
    try:
        yield Workspace(stack, target, command, providers, place)
    finally:
        shutil.rmtree(place, ignore_errors=True)


class Workspace(automation.LocalWorkspace):
    """A work dir of one stack. It selects nothing: every command says which stack it means."""

    def __init__(self, stack: str, target: Target, command: Command, providers: str, place: Path) -> None:
        backend = _backend(target.backend)
        # The stack's own settings the CLI takes from the state, and keeps them here for the plan.
        (place / "Pulumi.yaml").write_text(json.dumps({"name": PROJECT, "runtime": "python"}))
        super().__init__(
            work_dir=str(place),
            pulumi_command=command,
            secrets_provider=target.secrets,
            env_vars=_variables(target, backend, providers),
        )
        self.name = stack
        self.plan = place / "plan.json"

    def selected(self, program: Program | None = None) -> Stack:
        """The stack, which must exist, with this program."""
        self.program = program
        return Stack(self.name, self, StackInitMode.SELECT)

    def printed(self, *args: str) -> str:
        """What a command about this stack prints."""
        return self._run_pulumi_cmd_sync([*args, "--stack", self.name]).stdout

    def deployment(self, *, secrets: bool = False) -> Mapping[str, Any]:
        """What the state says of the stack, as `stack export` gives it; with `secrets` they are in clear."""
        shown = ["--show-secrets"] if secrets else []
        found: Mapping[str, Any] = json.loads(self.printed("stack", "export", *shown))["deployment"]
        return found

    def unlock(self) -> None:
        """Removes Pulumi's own lock, whoever holds it."""
        self._run_pulumi_cmd_sync(["cancel", "--yes", "--stack", self.name])

    def stacks(self) -> frozenset[str]:
        """All stacks of the project that the backend has."""
        return frozenset(each.name.rpartition("/")[2] for each in self.list_stacks())

    def select_stack(self, stack_name: str) -> None:
        """Nothing: it would cost a process, and every command has `--stack`."""

    def rename(self, stack_name: str) -> None:
        """Gives the stack another name in the backend."""
        self._run_pulumi_cmd_sync(["stack", "rename", stack_name, "--stack", self.name])

    def create_stack(self, stack_name: str) -> None:
        """Makes the stack; one that somebody else just made is as good."""
        try:
            self._run_pulumi_cmd_sync(
                ["stack", "init", stack_name, "--no-select", "--secrets-provider", str(self.secrets_provider)]
            )
        except StackAlreadyExistsError:
            return


class Stack(automation.Stack):
    """A stack whose operations are one process each: what they changed is told by events."""

    def outputs(self) -> automation.OutputMap:
        return {}

    def info(self, show_secrets: bool = True) -> automation.UpdateSummary:
        """A summary that says nothing: the history would be one more process, with secrets in clear."""
        del show_secrets
        return automation.UpdateSummary("", datetime.min.replace(tzinfo=UTC), "", {}, {}, "")


def _variables(target: Target, backend: str, providers: str) -> Mapping[str, str]:
    variables = {
        "PULUMI_BACKEND_URL": backend,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        # The settings file is new in every run: what encrypts the secrets is written in the state.
        "PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER": "true",
    }
    if target.passphrase_file:
        variables["PULUMI_CONFIG_PASSPHRASE_FILE"] = str(target.passphrase_file)
    if target.sandbox:
        variables["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] = "true"
        variables["PULUMI_DEBUG_PROVIDERS"] = providers
    return variables


def _backend(url: str) -> str:
    if not url.startswith("file://"):
        return url
    FileStore.at(url).root.parent.mkdir(parents=True, exist_ok=True)
    # Otherwise a CLI that is killed leaves an empty file beside the state, and the stack is unreadable.
    return url if "metadata=" in url else url + ("&" if "?" in url else "?") + "metadata=skip"
