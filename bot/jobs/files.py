"""What jobs of one run leave for each other: results as files of a folder."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from bot.jobs import result as results
from bot.jobs.result import Result, Tier


def write(result: Result, folder: Path, name: str) -> Path:
    """The file `name`.result.json; names of one run are different."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.result.json"
    file.write_text(json.dumps(results.to_data(result), indent=1, ensure_ascii=False), encoding="utf-8")
    return file


def expect(names: Iterable[str], folder: Path, tier: Tier) -> None:
    """Leaves word of results that are to come."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{tier}.expected.json").write_text(json.dumps(sorted(names)), encoding="utf-8")


def expected(folder: Path) -> frozenset[str]:
    """The names of all results that somebody left word of."""
    return frozenset(
        str(name)
        for file in sorted(folder.rglob("*.expected.json"))
        for name in json.loads(file.read_bytes())
    )


def read_all(folder: Path) -> Iterator[tuple[str, Result | str]]:
    """All of them with their names, however deep they lie; in words what is wrong with one that is none."""
    for file in sorted(folder.rglob("*.result.json")):
        name = file.name.removesuffix(".result.json")
        try:
            yield name, results.from_data(json.loads(file.read_bytes()))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            yield name, f"`{name}` left no result of this version: {error}"
