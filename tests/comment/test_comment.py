"""What reviewers read: a golden file for each case, and what holds for every one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML

from bot.jobs import result as results
from bot.jobs.comment import comment
from bot.jobs.result import Result
from tests.comment.html import parsed

if TYPE_CHECKING:
    from conftest import Compared

CASES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))
HEAD, BASE = "d670460b4b4aece5915caf5c68d12f560a9fe3e4", "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567"


def _result(case: Mapping[str, Any], compared: Compared) -> Result:
    """The case: files `before`, files `after`, and what else is in the result, laid over its JSON."""
    found = compared(case.get("before", {}), case.get("after", {}))
    data = results.to_data(Result(7, HEAD, BASE, reports=found.reports, unchanged=found.unchanged))
    over = dict(case.get("result", {}))
    for each in data["reports"]:
        _lay(each, over.get("reports", {}).get(each["stack"], {}))
    over.pop("reports", None)
    return results.from_data({**data, **over})


def _lay(onto: dict[str, Any], over: Mapping[str, Any]) -> None:
    for key, value in over.items():
        if isinstance(value, Mapping) and isinstance(onto.get(key), dict):
            _lay(onto[key], value)
        else:
            onto[key] = value


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_reviewer_reads(path: Path, compared: Compared, golden: Callable[[Path, str], None]) -> None:
    text = comment(_result(YAML(typ="safe").load(path), compared))

    golden(path.with_suffix(".md"), text)
    page = parsed(text)
    assert all(len(row) == len(table[0]) for table in page.tables for row in table)
    assert all(each.startswith("https://github.example/") for each in page.links)
    assert page.mentions == []
