"""A machine of its own for each test: a home, a PATH, a cache, no network, and scripts that act as tools."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]

INSTALL = """
import os, sys
from compiler.diagnostics import UserError
from compiler.engine import cli
try:
    found = cli.install(os.environ, lambda line: print(line, file=sys.stderr, flush=True))
except UserError as error:
    sys.exit(f"{error.exit_code:d} {error}")
print(found.source, found.path)
"""


@dataclass
class Machine:
    """What a test sees of the machine; `environ` is what the code under test is given."""

    root: Path
    environ: dict[str, str]
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def bin(self) -> Path:
        return self.root / "bin"

    @property
    def cache(self) -> Path:
        return self.root / "a cache" / "dbspec" / "pulumi"

    @property
    def cached(self) -> Path:
        return self.cache / "3.259.0" / "pulumi"

    def script(self, path: Path, body: str) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{body}\n", encoding="utf-8")
        path.chmod(0o755)
        return path

    def pulumi(self, path: Path, version: str) -> Path:
        """A CLI that says `version`; a line in the file `asked` tells of each time."""
        return self.script(path, f'echo "$@" >> "{self.root}/asked"; echo {version}')

    def go(self, body: str = "finish", version: str = "go1.26.8", toolchain: str = "local") -> Path:
        """A Go that writes the CLI as `body` says: `half` writes a piece of it, `gate` waits for `open`."""
        return self.script(
            self.bin / "go",
            f"""
root="{self.root}"
half() {{ printf '#!/bin/sh\\n' > "$made"; chmod 755 "$made"; }}
gate() {{
    echo $$ > "$root/inside"
    tries=0
    while [ ! -e "$root/open" ]; do
        sleep 0.02
        tries=$((tries + 1))
        [ $tries -lt 1500 ] || {{ touch "$root/gave-up"; exit 1; }}
    done
}}
finish() {{ half; echo 'echo v3.259.0' >> "$made"; }}
case "$1" in
env)
    echo '{{"GOVERSION":"{version}","GOTOOLCHAIN":"{toolchain}","GOHOSTOS":"linux","GOHOSTARCH":"arm64"}}'
    ;;
build)
    echo "$@" >> "$root/built"
    env > "$root/environment"
    while [ "$1" != -o ]; do shift; done
    made="$2"
    {body}
    ;;
esac""",
        )

    def start_install(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", INSTALL],
            env=self.environ,
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # Whoever runs the tests may ignore signals (nohup), which children inherit.
            preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
        )
        self.started.append(process)
        return process

    def leftovers(self) -> list[str]:
        return [each.name for each in self.cache.glob("partial-*")]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    environ = {
        "HOME": str(tmp_path / "home"),
        "PATH": str(tmp_path / "bin"),
        "XDG_CACHE_HOME": str(tmp_path / "a cache"),
        "PYTHONPATH": str(REPOSITORY),
        # The outside is refused at once, whatever the machine can reach.
        "https_proxy": "http://127.0.0.1:1",
        "no_proxy": "127.0.0.1",
    }
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    for name in ("https_proxy", "no_proxy"):
        monkeypatch.setenv(name, environ[name])
    (tmp_path / "bin").mkdir()
    machine = Machine(tmp_path, environ)
    yield machine
    (tmp_path / "open").touch()
    for process in machine.started:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture
def until() -> Callable[[Callable[[], bool]], None]:
    """Waits for what another process does; fails rather than hangs."""

    def wait(happened: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 60
        while not happened():
            assert time.monotonic() < deadline, "it did not happen within a minute"
            time.sleep(0.02)

    return wait
