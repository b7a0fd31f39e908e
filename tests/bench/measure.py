"""How `make bench` measures: whole processes, the median of several runs, a row each."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
DBSPEC = [sys.executable, "-m", "compiler.commands.app"]
BOT = [sys.executable, "-m", "bot.commands.app"]
BARE = [sys.executable, str(HERE / "bare.py")]
PARALLEL = "2"

ENVIRONMENT = """\
tier: development
edition: "2026.11"
region: ap-northeast-2
target: sandbox
clients: {checkout-api: {cidr: 10.0.0.0/16}}
"""
SPEC = """\
kind: mysql
project: shop
owner: checkout
database_name: orders
access: [checkout-api]
"""
LARGER = "db.t4g.small"
DEFAULTED = f"{ENVIRONMENT}defaults: {{mysql: {{instance_class: {LARGER}}}}}\n"


def specs(count: int) -> dict[str, str]:
    """One development environment with that many databases, by path."""
    return {
        "specs/people.yaml": "teams: {checkout: {}}\n",
        "specs/dev/environment.yaml": ENVIRONMENT,
        **{f"specs/dev/db-{number}.yaml": SPEC for number in range(count)},
    }


def times(command: Sequence[str], folder: Path, runs: int) -> list[float]:
    return [seconds(command, folder) for _ in range(runs + 1)][1:]


def seconds(command: Sequence[str], folder: Path, environ: Mapping[str, str] | None = None) -> float:
    start = time.perf_counter()
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | (environ or {}),
        capture_output=True,
        text=True,
        check=False,
    )
    took = time.perf_counter() - start
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return took


def row(name: str, measured: Sequence[float], beside: str = "") -> None:
    print(f"{name:46}{statistics.median(measured):>7.2f} s{len(measured):>4}   {beside}", flush=True)
