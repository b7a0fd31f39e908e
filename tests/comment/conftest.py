"""Specs to compare, at prices that stay."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

import pytest

from compiler import catalog
from compiler.difference import Difference, difference
from compiler.source import WorkTree

BASE = Path(__file__).parent / "base"

Files: TypeAlias = Mapping[str, str | None]
Compared: TypeAlias = Callable[[Files, Files], Difference]


@pytest.fixture
def compared(known_prices: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Compared:
    """What differs between two sets of files over those of `base`; None is a file that is not there."""

    def compare(before: Files, after: Files) -> Difference:
        sides = []
        for name, files in (("before", before), ("after", {**before, **after})):
            monkeypatch.chdir(_written(tmp_path / name, files))
            sides.append(catalog.load(WorkTree(Path("specs"))))
        return difference(*sides)

    return compare


def _written(root: Path, files: Files) -> Path:
    shutil.copytree(BASE, root / "specs")
    for path, text in files.items():
        file = root / "specs" / path
        if text is None:
            file.unlink()
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        if text.startswith("+"):
            text = file.read_text(encoding="utf-8") + text[1:].lstrip()
        file.write_text(text, encoding="utf-8")
    return root
