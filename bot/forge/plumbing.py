"""Files written into a bare repository by plumbing, with an index of their own: any number of threads at once."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, Protocol

NOTHING = "0" * 40
"""What git takes for no object at all."""


class Run(Protocol):
    """Runs one git command in a bare repository."""

    def __call__(
        self, *arguments: str, env: Mapping[str, str] | None = None, given: BinaryIO | None = None
    ) -> str: ...


def write_tree(run: Run, within: Path, parent: str | None, changes: Mapping[str, bytes | None]) -> str:
    """The tree of `parent`, an empty one for None, with these files written; those that are None are removed.

    What is needed meanwhile lies in a folder `within`, which is the one place that the bot may surely write to.
    """
    with tempfile.TemporaryDirectory(dir=within) as name:
        folder = Path(name)
        env = {"GIT_INDEX_FILE": str(folder / "index")}
        run("read-tree", parent or "--empty", env=env)
        entries = folder / "entries"
        entries.write_bytes(b"".join(_entry(run, folder, path, data) for path, data in changes.items()))
        with entries.open("rb") as given:
            run("update-index", "-z", "--index-info", env=env, given=given)
        return run("write-tree", env=env)


def _entry(run: Run, folder: Path, path: str, data: bytes | None) -> bytes:
    """How git is told of a file in the index, or that there is none."""
    if data is None:
        return f"0 {NOTHING}\t{path}\0".encode()
    blob = folder / "blob"
    blob.write_bytes(data)
    sha = run("hash-object", "-w", "--no-filters", "--", str(blob))
    return f"100644 {sha}\t{path}\0".encode()
