"""Who holds a lock: for people who wait for it, and for machines that have to prove it dead."""

from __future__ import annotations

import getpass
import json
import os
import platform
import socket
import subprocess
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from compiler.diagnostics import Exit, fail

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Holder:
    """`operation` is a verb (apply, destroy, refresh); `boot` names one boot of one kernel, or is empty.

    `lease` is in seconds and counts from `renewed`; `alive` is the holder's alive file on its own machine.
    """

    id: str
    who: str
    host: str
    boot: str
    pid: int
    operation: str
    since: datetime
    renewed: datetime
    lease: float
    alive: Path

    @property
    def expires(self) -> datetime:
        """From when on the holder counts as dead where nothing better is known."""
        return self.renewed + timedelta(seconds=self.lease)

    @property
    def is_here(self) -> bool:
        """Whether it ran on this machine since its last boot, so that its alive file can be asked."""
        return bool(self.boot) and (self.host, self.boot) == (socket.gethostname(), boot_id())

    def __str__(self) -> str:
        since = self.since.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        return f"{self.who} ({self.operation} since {since}, process {self.pid} on {self.host})"

    def renew(self, now: datetime) -> Holder:
        """The same with a lease that begins now."""
        return replace(self, renewed=now)

    def to_bytes(self) -> bytes:
        """What stands in the store."""
        data = {
            "format": _FORMAT,
            "id": self.id,
            "who": self.who,
            "host": self.host,
            "boot": self.boot,
            "pid": self.pid,
            "operation": self.operation,
            "since": self.since.isoformat(),
            "renewed": self.renewed.isoformat(),
            "lease": self.lease,
            "alive": str(self.alive),
        }
        return (json.dumps(data, indent=1) + "\n").encode()


def myself(operation: str, alive: Path, now: datetime, lease: float, environ: Mapping[str, str]) -> Holder:
    """This process as a holder; a CI job is known by the address of its run."""
    return Holder(
        id=uuid.uuid4().hex,
        who=_run_url(environ) or f"{_user()}@{socket.gethostname()}",
        host=socket.gethostname(),
        boot=boot_id(),
        pid=os.getpid(),
        operation=operation,
        since=now,
        renewed=now,
        lease=lease,
        alive=alive,
    )


def from_bytes(data: bytes, place: str) -> Holder:
    """The holder that stands in the store at `place`; UserError where it cannot be read."""
    way_out = f"once nothing runs on that stack, delete {place}"
    try:
        fields = json.loads(data)
        if isinstance(fields, dict) and fields.get("format") != _FORMAT:
            raise fail(
                "lock/format",
                f"the lock {place} has the format {fields.get('format')!r}, and this dbspec knows {_FORMAT}",
                f"use the dbspec that wrote it, or {way_out}",
                exit_code=Exit.ENGINE,
            )
        return Holder(
            id=str(fields["id"]),
            who=str(fields["who"]),
            host=str(fields["host"]),
            boot=str(fields["boot"]),
            pid=int(fields["pid"]),
            operation=str(fields["operation"]),
            since=datetime.fromisoformat(fields["since"]).astimezone(UTC),
            renewed=datetime.fromisoformat(fields["renewed"]).astimezone(UTC),
            lease=float(fields["lease"]),
            alive=Path(fields["alive"]),
        )
    except (ValueError, TypeError, KeyError) as error:
        raise fail(
            "lock/unreadable", f"the lock {place} is not readable", way_out, exit_code=Exit.ENGINE
        ) from error


@cache
def boot_id() -> str:
    """What changes with every boot of this machine and with nothing else; empty where nothing does."""
    if platform.system() == "Darwin":
        # Not kern.boottime, which moves when the clock is set.
        asked = subprocess.run(["sysctl", "-n", "kern.bootsessionuuid"], capture_output=True, check=False)
        return asked.stdout.decode().strip()
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def _run_url(environ: Mapping[str, str]) -> str:
    names = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")
    server, repository, run = (environ.get(name, "") for name in names)
    if not (server and repository and run):
        return ""
    return f"{server}/{repository}/actions/runs/{run}/attempts/{environ.get('GITHUB_RUN_ATTEMPT', '1')}"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run as a user without a name
        return f"uid-{os.getuid()}"
