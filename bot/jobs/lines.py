"""Which lines a pull request changes: where people look first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeAlias

from bot.jobs.revisions import Revisions

Lines: TypeAlias = Mapping[str, frozenset[int]]

NOWHERE: Lines = {}

_HUNK = re.compile(r"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


def changed(revisions: Revisions) -> Lines:
    """The lines of each file, as merging would have it, that base does not have so; by path."""
    from git import Repo

    with Repo(revisions.top) as repo:
        # Byte for byte, whatever the settings of whoever runs this.
        found = repo.git(c="core.quotePath=false").diff(
            "--unified=0",
            "--no-color",
            "--no-ext-diff",
            "--no-renames",
            "--no-prefix",
            revisions.base,
            revisions.merged,
            "--",
            revisions.folder,
            strip_newline_in_stdout=False,
        )
    return _read(found)


def _read(difference: str) -> Lines:
    """What git prints; lines of files are passed over by their number, since they may look like anything."""
    found: dict[str, frozenset[int]] = {}
    path = ""
    lines = iter(difference.split("\n"))
    for line in lines:
        if line.startswith("+++ "):
            path = line.removeprefix("+++ ").removesuffix("\t")
        elif hunk := _HUNK.match(line):
            gone, first, new = int(hunk[1] or 1), int(hunk[2]), int(hunk[3] or 1)
            for _ in range(gone + new):
                next(lines)
            found[path] = found.get(path, frozenset()) | frozenset(range(first, first + new))
    return {path: each for path, each in found.items() if each}
