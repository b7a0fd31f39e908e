"""Which Pulumi CLIs this release works with, and how a binary is asked which one it is."""

from __future__ import annotations

import functools
import os
import re
import stat
import subprocess
from collections.abc import Mapping
from pathlib import Path

PIN = "3.259.0"
"""The oldest CLI that is used, and the one that is installed; the same as the Python package's."""

ANSWERS_WITHIN = 60
"""Seconds for `pulumi version`, which takes 0.2: time for a loaded machine, an end to one that hangs."""


class UnusableError(Exception):
    """Why one way to a CLI gives none that can be used, in words for whoever needs one."""


def usable_version(binary: Path, environ: Mapping[str, str]) -> str:
    """The version of a CLI that can be used; asks a binary once per process. Raises UnusableError."""
    version, problem = _asked(binary, frozenset(environ.items()))
    if problem:
        raise UnusableError(f"{binary} {problem}")
    major = re.match(r"\d+", version)
    if not major or major.group() != PIN.split(".")[0]:
        raise UnusableError(f"pulumi {version} in {binary.parent} is not a {PIN.split('.')[0]}.x")
    if _rank(version) < _rank(PIN):
        raise UnusableError(f"pulumi {version} in {binary.parent} is older than {PIN}")
    return version


@functools.cache
def _asked(binary: Path, environment: frozenset[tuple[str, str]]) -> tuple[str, str]:
    """The version it states and an empty problem, or the other way round."""
    try:
        mode = binary.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return "", "does not exist"
    except OSError as error:
        return "", f"cannot be reached: {error.strerror}"
    if not stat.S_ISREG(mode):
        return "", "is not a file"
    if not os.access(binary, os.X_OK):
        return "", "is not executable"
    try:
        answer = subprocess.run(
            [str(binary), "version"],
            env={**dict(environment), "PULUMI_SKIP_UPDATE_CHECK": "true"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=ANSWERS_WITHIN,
            check=False,
        )
    except OSError as error:
        return "", f"does not run: {error.strerror}"
    except subprocess.TimeoutExpired:
        return "", f"did not tell its version within {ANSWERS_WITHIN} s"
    if answer.returncode:
        words = answer.stderr.strip().splitlines()
        return "", f"fails with code {answer.returncode}" + (f": {words[-1]}" if words else "")
    stated = answer.stdout.strip()
    if not _VERSION.fullmatch(stated):
        return "", f"is not a Pulumi CLI: its version reads {stated[:60]!r}"
    return stated.removeprefix("v"), ""


_VERSION = re.compile(r"v?(\d+)\.(\d+)\.(\d+)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?")


def _rank(version: str) -> tuple[int, int, int, bool]:
    """By numbers, a pre-release before its release, as Semantic Versioning orders them."""
    parts = _VERSION.fullmatch(version)
    if not parts:
        raise ValueError(version)
    major, minor, patch, pre_release, _ = parts.groups()
    return int(major), int(minor), int(patch), pre_release is None
