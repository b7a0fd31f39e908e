"""The specs that a run goes by: in the work tree or of a commit, and what lies beside them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from compiler.source import Revision, Source, WorkTree


@dataclass(frozen=True, slots=True)
class Specs:
    """`folder` is where they are on disk, or would be, were `commit` checked out; `top` what paths in messages start
    from. `commit` is None for a work tree.
    """

    source: Source
    folder: Path
    top: Path
    commit: str | None = None


def on_disk(folder: Path) -> Specs:
    """Those of the work tree."""
    return Specs(WorkTree(folder), folder, Path())


def of_commit(repository: Path, folder: str, commit: str) -> Specs:
    """Those of a commit of a repository, given by its full name; `folder` is relative to the repository's top."""
    return Specs(Revision(repository, commit, folder), repository / folder, repository, commit)
