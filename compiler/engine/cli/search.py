"""Which Pulumi CLI is used: the setting, else PATH, else the one in the user's cache."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from compiler.diagnostics import Diagnostic, Exit, Severity, UserError, fail
from compiler.engine.cli import cache
from compiler.engine.cli.version import PIN, UnusableError, usable_version

SETTING = "DBSPEC_PULUMI"


class Source(StrEnum):
    """Where a CLI came from; the last two only in the run that installed it."""

    SETTING = "setting"
    PATH = "path"
    CACHE = "cache"
    RELEASE = "release"
    GO = "go"


@dataclass(frozen=True, slots=True)
class Found:
    """A Pulumi CLI that runs: `path` is absolute, `passed_over` says why each way before it gave none."""

    path: Path
    version: str
    source: Source
    why: str
    passed_over: tuple[str, ...] = ()


def find(environ: Mapping[str, str]) -> Found:
    """The CLI to use, without getting one. Raises UserError naming all that was tried."""
    found, tried = search(environ)
    if found:
        return found
    raise missing(f"no Pulumi CLI {PIN} or newer is here", tried, "run `dbspec engine install`, or ")


def search(environ: Mapping[str, str]) -> tuple[Found | None, tuple[str, ...]]:
    """The CLI if there is one, and why each way before it gave none.

    Raises UserError where the setting names what cannot be used: who sets it wants that one or none.
    """
    setting = environ.get(SETTING)
    if setting:
        return _set(setting, environ), ()
    tried = [f"{SETTING} is not set"]

    candidates = list(_in_path(environ))
    for candidate in candidates:
        try:
            version = usable_version(candidate, environ)
        except UnusableError as reason:
            tried.append(f"PATH: {reason}")
        else:
            why = f"the first in PATH that is {PIN} or newer"
            return Found(candidate, version, Source.PATH, why, tuple(tried)), ()
    if not candidates:
        tried.append("PATH holds no pulumi")

    try:
        cached = cache.binary(environ)
    except UnusableError as reason:
        return None, (*tried, f"cache: {reason}")
    # What has this name was run before it got it, so it is not run again to ask for its version.
    if os.access(cached, os.X_OK) and cached.is_file():
        return Found(cached, PIN, Source.CACHE, "dbspec installed it before", tuple(tried)), ()
    return None, (*tried, f"cache: there is no {cached}")


def missing(message: str, tried: Sequence[str], first: str = "") -> UserError:
    """The error that no CLI is to be had, with everything that was tried, in its order, as notes."""
    fix = f"{first}set {SETTING} to the path of a Pulumi {PIN} binary"
    notes = (
        Diagnostic("engine/cli-tried", f"{number}. {each}", severity=Severity.NOTE)
        for number, each in enumerate(tried, start=1)
    )
    return UserError(Diagnostic("engine/cli-missing", message, fix), *notes, exit_code=Exit.ENGINE)


def _set(setting: str, environ: Mapping[str, str]) -> Found:
    named = Path(setting).expanduser().absolute()
    try:
        version = usable_version(named, environ)
    except UnusableError as reason:
        raise fail(
            "engine/cli-setting",
            f"{SETTING} cannot be used: {reason}",
            f"set it to the path of a Pulumi {PIN} binary, or unset it",
            exit_code=Exit.ENGINE,
        ) from None
    return Found(named, version, Source.SETTING, f"{SETTING} names it")


def _in_path(environ: Mapping[str, str]) -> Iterator[Path]:
    """Every pulumi in PATH, in its order.

    Relative folders are left out: what a checked-out repository holds must not become the engine. A link
    keeps its own name, since version managers tell by it what to run.
    """
    folders = dict.fromkeys(environ.get("PATH", "").split(os.pathsep))
    for folder in map(Path, folders):
        candidate = folder / "pulumi"
        if folder.is_absolute() and os.access(candidate, os.X_OK) and candidate.is_file():
            yield candidate
