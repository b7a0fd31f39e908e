"""What this machine has to have."""

from __future__ import annotations

import platform
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from compiler.aws import types
from compiler.doctor.finding import Area, Finding, asked, missing, ok, unknown


def machine(environ: Mapping[str, str], *, accounts: bool) -> Area:
    """`accounts` is whether any environment lives in one: the sandbox needs no plugins."""
    found = [
        ok("Python", platform.python_version()),
        *asked("git", lambda: _git(environ)),
        *asked("Pulumi CLI", lambda: _cli(environ)),
    ]
    if accounts:
        found += asked("AWS plugin", lambda: _plugin(environ))
    return Area("this machine", tuple(found))


def _git(environ: Mapping[str, str]) -> Iterator[Finding]:
    path = shutil.which("git", path=environ.get("PATH"))
    if path is None:
        yield missing(
            "git", "there is no git in PATH", "install it: `apt-get install git`, `brew install git`"
        )
        return
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    yield ok("git", said.removeprefix("git version ") or path)


def _cli(environ: Mapping[str, str]) -> Iterator[Finding]:
    from compiler.engine import cli

    found = cli.find(environ)
    yield ok("Pulumi CLI", f"{found.version}, {found.path} ({found.why})")


def _plugin(environ: Mapping[str, str]) -> Iterator[Finding]:
    """The provider's plugin, which the CLI gets by itself where it may."""
    version = types.resource_type("aws:rds:Instance").version
    home = environ.get("PULUMI_HOME") or f"{environ.get('HOME') or Path.home()}/.pulumi"
    folder = Path(home) / "plugins" / f"resource-aws-v{version}"
    if folder.is_dir():
        yield ok("AWS plugin", f"{version}, {folder}")
    else:
        yield unknown(
            "AWS plugin",
            f"{version} is not here yet: the first preview downloads some 150 MB",
            f"get it now, where that may take its time: `pulumi plugin install resource aws v{version}`",
        )
