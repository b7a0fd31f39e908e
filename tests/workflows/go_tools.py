"""Tools that are Go modules: found, or built once where Go is on the machine."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUILT = ROOT / ".cache" / "go" / "bin"

ACTIONLINT = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.7"
ACT = "github.com/nektos/act@v0.2.82"


def tool(module: str, *, build: bool) -> Path:
    """The program of that module and version; skips the test that asks where it cannot be had."""
    path, _, version = module.partition("@")
    name = path.rsplit("/", 1)[-1]
    built = BUILT / version / name
    if built.is_file():
        return built
    go = shutil.which("go")
    if go is None:
        pytest.skip(f"{name} is a Go module, and there is no Go")
    if not build:
        pytest.skip(f"{name} is not built: `make act` does it")
    built.parent.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [go, "install", module],
        env=os.environ | {"GOBIN": str(built.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"{name} cannot be built here: {done.stderr.strip().splitlines()[-1:]}")
    return built
