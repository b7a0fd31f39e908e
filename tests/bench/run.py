"""`make bench`: what the offline verbs cost at the keyboard, and what the engine costs beside bare Pulumi.

Whole processes, several runs each; the figure is the median. Ours and bare runs alternate, their ratio is taken pair
by pair, so that a machine that slows down meanwhile slows both.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
DBSPEC = [sys.executable, "-m", "compiler.commands.app"]
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


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="dbspec-bench-") as scratch:
        place = Path(scratch)
        one, thousand = _specs(place / "one", 1), _specs(place / "thousand", 1000)
        print(f"{'':46}{'median':>9}{'of':>4}   beside bare Pulumi")
        _row("start (dbspec --version)", _times([*DBSPEC, "--version"], one, 9))
        _row("validate 1 spec", _times([*DBSPEC, "validate"], one, 9))
        _row("validate 1,000 specs", _times([*DBSPEC, "validate"], thousand, 5))
        _row("compile 1,000 specs", _times([*DBSPEC, "compile", "--quiet"], thousand, 5))
        _row(
            "diff of 1,000 specs, one default changed",
            _times([*DBSPEC, "diff", "HEAD"], _changed(thousand), 5),
        )
        for count, runs in ((1, 5), (20, 3)):
            ours, bare = _pairs(place, count, runs)
            ratios = [mine / theirs for mine, theirs in zip(ours, bare, strict=True)]
            noun = f"{count} database{'s' * (count != 1)}"
            _row(f"preview {noun} and their environment", ours, f"x {statistics.median(ratios):.2f}")
            _row("  the same by hand-written inline programs", bare)


def _specs(folder: Path, count: int) -> Path:
    specs = folder / "specs"
    (specs / "dev").mkdir(parents=True)
    (specs / "people.yaml").write_text("teams: {checkout: {}}\n")
    (specs / "dev" / "environment.yaml").write_text(ENVIRONMENT)
    for number in range(count):
        (specs / "dev" / f"db-{number}.yaml").write_text(SPEC)
    return folder


def _changed(folder: Path) -> Path:
    """The same folder committed, and then with a default that reaches every spec in it."""
    identity = ("-c", "user.name=bench", "-c", "user.email=bench@example.org")
    for arguments in (("init", "-q"), ("add", "."), ("commit", "-q", "-m", "before")):
        subprocess.run(["git", *identity, *arguments], cwd=folder, check=True)
    environment = folder / "specs" / "dev" / "environment.yaml"
    environment.write_text(ENVIRONMENT + "defaults: {mysql: {instance_class: db.t4g.small}}\n")
    return folder


def _pairs(place: Path, count: int, runs: int) -> tuple[list[float], list[float]]:
    """Seconds of previews of that many new stacks, ours and bare in turn, the first of each not counted."""
    ours, bare = [], []
    for number in range(runs + 1):
        folder = _specs(place / f"ours-{count}-{number}", count)
        names = [f"dev/db-{each}" for each in range(count)]
        ours.append(_time([*DBSPEC, "preview", "--quiet", "--parallel", PARALLEL, *names], folder))
        folder = place / f"bare-{count}-{number}"
        folder.mkdir()
        bare.append(_time([sys.executable, str(HERE / "bare.py"), str(count), PARALLEL, str(folder)], folder))
        shutil.rmtree(folder)
    return ours[1:], bare[1:]


def _times(command: Sequence[str], folder: Path, runs: int) -> list[float]:
    return [_time(command, folder) for _ in range(runs + 1)][1:]


def _time(command: Sequence[str], folder: Path) -> float:
    environ = os.environ | {"PYTHONPATH": str(ROOT)}
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    took = time.perf_counter() - start
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr}")
    return took


def _row(name: str, seconds: Sequence[float], beside: str = "") -> None:
    print(f"{name:46}{statistics.median(seconds):>7.2f} s{len(seconds):>4}   {beside}", flush=True)


if __name__ == "__main__":
    main()
