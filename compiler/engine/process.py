"""One run of the Pulumi CLI: what it inherits, how it is ended, what it leaves."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pulumi.automation import CommandResult, OnOutput, PulumiCommand
from pulumi.automation.errors import create_command_error
from semver import VersionInfo

from compiler.engine.halt import Halt, HaltError
from compiler.engine.store.lock import Lock

# What a CLI and its plugins need of the environment; nothing else of it is their business.
_PASSED = re.compile(
    r"HOME|PATH|USER|LOGNAME|TMPDIR|TZ|LANG|LC_\w+|SSL_CERT_(FILE|DIR)|(HTTPS?|NO|ALL)_PROXY|(https?|no|all)_proxy"
    r"|PULUMI_HOME|PULUMI_DIY_BACKEND_\w+"
)
_AWS = re.compile(r"AWS_\w+")
_PASSPHRASE = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")

# What the Automation API has no argument for. Whether something protected may go is for our gates to say: they
# know more, and refuse with the reason. An `up` still obeys it.
_FLAGS = {"preview": ("--ignore-protect",), "destroy": ("--ignore-protect",)}


class DeadlineError(Exception):
    """A CLI was ended because its deadline passed."""


def inherited(environ: Mapping[str, str], *, aws: bool, passphrase: bool) -> dict[str, str]:
    """What a CLI gets of our environment; AWS credentials and the passphrase only where it needs them."""
    passed = {
        name: value
        for name, value in environ.items()
        if _PASSED.fullmatch(name) or (aws and _AWS.fullmatch(name)) or (passphrase and name in _PASSPHRASE)
    }
    file = passed.get("PULUMI_CONFIG_PASSPHRASE_FILE")
    if file:  # the CLI runs in another directory
        passed["PULUMI_CONFIG_PASSPHRASE_FILE"] = str(Path(file).absolute())
    return passed


class Command(PulumiCommand):
    """The CLI of one stack, in a session of its own.

    `lock` is the stack's, where it has one: its alive file lives as long as the CLI does. Output goes to files: a
    pipe could fill, break when we die, or be held open by a plugin. A run raises CommandError where the CLI fails,
    HaltError where the run is ending already, DeadlineError where it took longer than `seconds`.
    """

    def __init__(
        self,
        path: Path,
        version: str,
        environ: Mapping[str, str],
        halt: Halt,
        lock: Lock | None = None,
        seconds: float | None = None,
    ) -> None:
        # Not the parent's: it would run the CLI to ask for the version that is known already.
        self.command = str(path)
        self.version = VersionInfo.parse(version)
        self.environ = dict(environ)
        # Plugins that came with the CLI lie beside it.
        self.environ["PATH"] = os.pathsep.join([str(path.parent), environ.get("PATH", os.defpath)])
        self.halt = halt
        self.lock = lock
        self.seconds = seconds

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: OnOutput | None = None,
        on_error: OnOutput | None = None,
    ) -> CommandResult:
        if self.halt.requested or self._lost():
            raise HaltError
        verb, *rest = args
        with tempfile.TemporaryFile(dir=cwd) as output, tempfile.TemporaryFile(dir=cwd) as errors:
            process = subprocess.Popen(
                [self.command, "--non-interactive", verb, *_FLAGS.get(verb, ()), *rest],
                cwd=cwd,
                env={**self.environ, **additional_env, "PULUMI_AUTOMATION_API": "true"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                start_new_session=True,
                pass_fds=(self.lock.alive_fd,) if self.lock else (),
            )
            with self.halt.following(process, self.seconds, self._lost) as late:
                code = process.wait()
                in_time = not late()
            result = CommandResult(stdout=_text(output), stderr=_text(errors), code=code)
        for callback, text in ((on_output, result.stdout), (on_error, result.stderr)):
            if callback:
                for line in text.splitlines():
                    callback(line)
        if code == 0:
            return result
        if not in_time:
            raise DeadlineError
        raise create_command_error(result)

    def _lost(self) -> bool:
        return self.lock is not None and self.lock.lost


def _text(file: Any) -> str:
    file.seek(0)
    return str(file.read().decode("utf-8", errors="replace").rstrip())
