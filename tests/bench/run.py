"""`make bench`: what the offline verbs cost at the keyboard, and what engine and jobs cost beside bare Pulumi.

Whole processes, several runs each; the figure is the median. Ours and bare runs alternate, their ratio is taken pair
by pair, so that a machine that slows down meanwhile slows both.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import tempfile
from pathlib import Path

from measure import BARE, BOT, DBSPEC, DEFAULTED, LARGER, PARALLEL, row, seconds, specs, times

from bot.forge.local.contributor import Contributor
from bot.forge.local.forge import LocalForge

MANY = 50


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="dbspec-bench-") as scratch:
        place = Path(scratch)
        print(f"{'':46}{'median':>9}{'of':>4}   beside bare Pulumi")
        _offline(place)
        for count, runs in ((1, 5), (20, 3)):
            _previews(place, count, runs)
        _jobs(place / "jobs")


def _offline(place: Path) -> None:
    one, thousand = _written(place / "one", 1), _written(place / "thousand", 1000)
    row("start (dbspec --version)", times([*DBSPEC, "--version"], one, 9))
    row("validate 1 spec", times([*DBSPEC, "validate"], one, 9))
    row("validate 1,000 specs", times([*DBSPEC, "validate"], thousand, 5))
    row("compile 1,000 specs", times([*DBSPEC, "compile", "--quiet"], thousand, 5))
    row(
        "diff of 1,000 specs, one default changed",
        times([*DBSPEC, "diff", "HEAD"], _changed(thousand), 5),
    )


def _written(folder: Path, count: int) -> Path:
    for path, text in specs(count).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


def _changed(folder: Path) -> Path:
    """The same folder committed, and then with a default that reaches every spec in it."""
    identity = ("-c", "user.name=bench", "-c", "user.email=bench@example.org")
    for arguments in (("init", "-q"), ("add", "."), ("commit", "-q", "-m", "before")):
        subprocess.run(["git", *identity, *arguments], cwd=folder, check=True)
    (folder / "specs" / "dev" / "environment.yaml").write_text(DEFAULTED)
    return folder


def _previews(place: Path, count: int, runs: int) -> None:
    """Previews of that many new stacks, ours and bare in turn, the first of each not counted."""
    ours, bare = [], []
    for number in range(runs + 1):
        folder = _written(place / f"ours-{count}-{number}", count)
        names = [f"dev/db-{each}" for each in range(count)]
        ours.append(seconds([*DBSPEC, "preview", "--quiet", "--parallel", PARALLEL, *names], folder))
        folder = place / f"bare-{count}-{number}"
        folder.mkdir()
        bare.append(seconds([*BARE, "preview", str(count), PARALLEL, str(folder)], folder))
        shutil.rmtree(folder)
    ratios = [mine / theirs for mine, theirs in zip(ours[1:], bare[1:], strict=True)]
    noun = f"{count} database{'s' * (count != 1)}"
    row(f"preview {noun} and their environment", ours[1:], f"x {statistics.median(ratios):.2f}")
    row("  the same by hand-written inline programs", bare[1:])


def _jobs(place: Path) -> None:
    """A repository of many databases on a forge of this machine: all applied, and then one default changed."""
    local = LocalForge.create(place / "forge")
    ada = local.contributor("ada")
    ada.commit("main", specs(MANY), "Begin")
    clone, programs = place / "clone", place / "bare"
    subprocess.run(["git", "clone", "-q", local.url, str(clone)], check=True)
    programs.mkdir()
    environ = {"DBSPEC_FORGE": str(local.root)}
    ours = seconds([*BOT, "ci", "apply", "--parallel", PARALLEL], clone, environ)
    bare = seconds([*BARE, "apply", str(MANY), PARALLEL, str(programs)], programs)
    row(f"apply job, {MANY} new databases", [ours], f"x {ours / bare:.2f}")
    row("  made by hand-written inline programs", [bare])

    pull = _pull(ada)
    about = [
        "--pull",
        str(pull),
        "--base",
        "origin/main",
        "--head",
        "origin/change",
        "--out",
        str(place / "results"),
    ]
    subprocess.run(["git", "-C", str(clone), "fetch", "-q"], check=True)
    row(
        f"preview job, {MANY} changed, their specs",
        [seconds([*BOT, "ci", "preview", *about], clone, environ)],
    )
    account = ["--tier", "account", "--environment", "dev", "--parallel", PARALLEL]
    ours = seconds([*BOT, "ci", "preview", *account, *about], clone, environ)
    bare = seconds([*BARE, "preview", str(MANY), PARALLEL, str(programs), LARGER], programs)
    row(f"preview job, {MANY} changed, their account", [ours], f"x {ours / bare:.2f}")
    row("  previewed by hand-written inline programs", [bare])


def _pull(ada: Contributor) -> int:
    ada.commit("change", {"specs/dev/environment.yaml": DEFAULTED}, "Take a larger class")
    return ada.open("change", "Take a larger class").number


if __name__ == "__main__":
    main()
