"""The CLI built from the module proxy with Go, for machines that reach nothing but package registries."""

from __future__ import annotations

import json
import os
import queue
import re
import shutil
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from compiler.engine.cli.version import PIN, UnusableError

MODULE = Path(__file__).with_name("gomodule")
USUAL_PLACE = Path("/usr/local/go/bin/go")
"""Where Go's own archive is unpacked to; often not in PATH."""

_COMMAND = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
_VERSION = f"github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v{PIN}"
_FLAGS = (
    "-v",
    "-mod=readonly",
    "-trimpath",
    "-buildvcs=false",
    # As in Pulumi's own release: users are looked up without cgo, and gRPC's tracing, which would keep the
    # linker from leaving out dead code, is not compiled.
    "-tags=osusergo,grpcnotrace",
    f"-ldflags=-s -w -X {_VERSION}",
)
_SAY_EVERY = 15
_PATIENCE = 5.0
"""Seconds that Go has to end when it is asked to."""
_SILENT_FOR = 1200
"""Seconds without a word after which a build is given up: it has hung, most likely in the network."""


def build(into: Path, environ: Mapping[str, str], progress: Callable[[str], None]) -> tuple[Path, str]:
    """The CLI and the version of Go that built it. Raises UnusableError or OSError."""
    go = _go(environ)
    facts = _facts(go, environ)
    needed = _needed()
    progress(f"building Pulumi {PIN} with {facts.version} ({go}); it takes minutes: four on two processors")
    if _numbers(facts.version) < _numbers(needed):
        if not facts.changes:
            raise UnusableError(f"{facts.version} ({go}) is older than {needed}{facts.hindrance}")
        progress(f"{facts.version} is older than {needed}, so it fetches that first")
    made = into / "pulumi"
    command = [str(go), "build", *_FLAGS, "-o", str(made), _COMMAND]
    _run(command, _environment(environ, facts, into), progress)
    return made, facts.version


class _Facts(NamedTuple):
    version: str
    toolchain: str
    system: str
    machine: str

    @property
    def changes(self) -> bool:
        """Whether it gets the Go that a module asks for: https://go.dev/doc/toolchain."""
        return self.toolchain in ("auto", "path") or self.toolchain.endswith(("+auto", "+path"))

    @property
    def hindrance(self) -> str:
        return f", which GOTOOLCHAIN={self.toolchain} keeps it from fetching" if self.toolchain else ""


def _go(environ: Mapping[str, str]) -> Path:
    named = shutil.which("go", path=environ.get("PATH", ""))
    if named:
        return Path(named).absolute()
    if os.access(USUAL_PLACE, os.X_OK):
        return USUAL_PLACE
    raise UnusableError(f"there is no go in PATH, nor {USUAL_PLACE}")


def _facts(go: Path, environ: Mapping[str, str]) -> _Facts:
    """What Go says of itself outside of any module, where it does not change to another version of Go yet."""
    asked = ("GOVERSION", "GOTOOLCHAIN", "GOHOSTOS", "GOHOSTARCH")
    try:
        answer = subprocess.run(
            [str(go), "env", "-json", *asked],
            cwd=go.anchor,
            env={**environ, "GOWORK": "off"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=True,
        )
        values = json.loads(answer.stdout)
        return _Facts(*(values[name] for name in asked))
    except OSError as error:
        raise UnusableError(f"{go} does not run: {error.strerror}") from None
    except subprocess.CalledProcessError as error:
        words = "; ".join(error.stderr.strip().splitlines())
        raise UnusableError(f"{go} fails: {words}") from None
    except (ValueError, KeyError):
        raise UnusableError(f"{go} does not answer as Go does") from None


def _needed() -> str:
    """The least Go that our module asks for, as Go writes versions: `go1.25.11`."""
    stated = re.search(r"^go (\S+)$", (MODULE / "go.mod").read_text(encoding="utf-8"), re.MULTILINE)
    if not stated:
        raise ValueError("go.mod says no version of Go")
    return f"go{stated[1]}"


def _numbers(version: str) -> tuple[int, ...]:
    """`go1.26.8`, `go1.26rc1` and `devel go1.27-abc` as numbers; empty, the oldest, where there are none."""
    found = re.search(r"go(\d+)\.(\d+)(?:\.(\d+))?", version)
    return tuple(int(each or 0) for each in found.groups()) if found else ()


def _environment(environ: Mapping[str, str], facts: _Facts, into: Path) -> dict[str, str]:
    return {
        **environ,
        # What somebody sets for their own code (another system, a work space, flags) is not meant for this.
        "GOOS": facts.system,
        "GOARCH": facts.machine,
        "GOWORK": "off",
        "GO111MODULE": "on",
        "GOFLAGS": "-mod=readonly",
        "CGO_ENABLED": "0",
        # A gigabyte, which goes with our folder even when Go is killed.
        "GOTMPDIR": str(into),
    }


def _run(command: list[str], environment: Mapping[str, str], progress: Callable[[str], None]) -> None:
    # In a session of its own, so that Ctrl-C reaches us alone and nothing goes on after we said it ended.
    # Should we be killed, Go dies at the next package it names (-v) for want of a reader.
    with subprocess.Popen(
        command,
        cwd=MODULE,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    ) as process:
        lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        reader = threading.Thread(target=_read, args=(process, lines), daemon=True)
        reader.start()
        try:
            words = _watch(lines, progress)
            process.wait()
        finally:
            _end(process)
            reader.join()
    if process.returncode:
        raise UnusableError(f"go build failed with code {process.returncode}: {words}")


def _watch(lines: queue.SimpleQueue[str | None], progress: Callable[[str], None]) -> str:
    """Tells how far it is until it ends; the last of what it said beside the packages it names."""
    fetched = compiled = 0
    words: deque[str] = deque(maxlen=12)
    started = said = heard = time.monotonic()
    while True:
        try:
            line = lines.get(timeout=1)
        except queue.Empty:
            line = ""
        now = time.monotonic()
        if line is None:
            return "; ".join(words) or "it said nothing"
        if line:
            heard = now
            if line.startswith("go: downloading "):
                fetched += 1
            elif re.fullmatch(r"[\w.~/-]+", line):
                compiled += 1
            else:
                words.append(line)
        elif now - heard > _SILENT_FOR:
            raise UnusableError(f"go build said nothing for {_SILENT_FOR // 60} minutes and was ended")
        if now - said >= _SAY_EVERY:
            said = now
            progress(
                f"building: {now - started:.0f} s, {fetched} modules fetched, {compiled} packages compiled"
            )


def _read(process: subprocess.Popen[str], lines: queue.SimpleQueue[str | None]) -> None:
    if process.stdout:
        for line in process.stdout:
            lines.put(line.rstrip())
    lines.put(None)


def _end(process: subprocess.Popen[str]) -> None:
    """Ends Go and all it started, if it still runs."""
    for number, patience in ((signal.SIGTERM, _PATIENCE), (signal.SIGKILL, None)):
        if process.poll() is not None:
            return
        try:
            os.killpg(process.pid, number)
            process.wait(patience)
        except (subprocess.TimeoutExpired, ProcessLookupError):
            continue
