"""The user's cache of installed CLIs: a name in it is only ever given to a whole, tried binary."""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from compiler.engine.cli.version import PIN, UnusableError

_PARTIAL = "partial-"
_SAY_EVERY = 15
"""Seconds between two lines of somebody who waits."""


def binary(environ: Mapping[str, str]) -> Path:
    """Where the pinned CLI lies once it is installed. Raises UnusableError where no folder can be named."""
    return _folder(environ) / PIN / "pulumi"


@contextmanager
def locked(environ: Mapping[str, str], progress: Callable[[str], None]) -> Iterator[Path]:
    """The cache's folder, held alone: another install is waited for, and what a dead one left is removed.

    The lock is the kernel's, so it dies with whoever holds it, however that ends. Raises OSError.
    """
    folder = _folder(environ)
    folder.mkdir(parents=True, exist_ok=True)
    # The lock's file stays for good: were it removed, two could each hold a lock on a file of that name.
    with (folder / "lock").open("a+", encoding="ascii") as lock:
        _acquire(lock.fileno(), progress, lambda: _holder(folder / "lock"))
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        for leftover in folder.glob(f"{_PARTIAL}*"):
            shutil.rmtree(leftover, ignore_errors=True)
        yield folder


@contextmanager
def partial(folder: Path) -> Iterator[Path]:
    """A folder for what is not whole yet, on the cache's own file system; gone afterwards. Raises OSError."""
    place = Path(tempfile.mkdtemp(prefix=_PARTIAL, dir=folder))
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def adopt(made: Path, environ: Mapping[str, str]) -> Path:
    """Gives a binary that was tried its name in the cache, in one step that also outlives a power cut."""
    final = binary(environ)
    final.parent.mkdir(exist_ok=True)
    with made.open("rb") as content:
        os.fsync(content.fileno())
    made.replace(final)
    return final


def _folder(environ: Mapping[str, str]) -> Path:
    given = Path(environ.get("XDG_CACHE_HOME", ""))
    if given.is_absolute():  # the XDG specification ignores a relative one
        return given / "dbspec" / "pulumi"
    home = Path(environ.get("HOME", ""))
    if not home.is_absolute():
        raise UnusableError("neither XDG_CACHE_HOME nor HOME names a folder")
    caches = home / "Library" / "Caches" if sys.platform == "darwin" else home / ".cache"
    return caches / "dbspec" / "pulumi"


def _acquire(lock: int, progress: Callable[[str], None], holder: Callable[[], str]) -> None:
    started = time.monotonic()
    said = started - _SAY_EVERY
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            now = time.monotonic()
            if now - said >= _SAY_EVERY:
                said = now
                progress(f"waiting for another install{holder()} to end ({now - started:.0f} s)")
            time.sleep(0.1)
        else:
            return


def _holder(lock: Path) -> str:
    process = lock.read_text(encoding="ascii", errors="replace")
    return f" (process {process})" if process.isdigit() else ""
