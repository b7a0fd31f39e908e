"""What GitHub says a job was started for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.jobs.event import Event, event
from compiler.diagnostics import UserError

SHA, BASE = "a" * 40, "b" * 40


def _told(folder: Path, data: Any) -> Event:
    file = folder / "event.json"
    file.write_text(data if isinstance(data, str) else json.dumps(data))
    return event({"GITHUB_EVENT_PATH": str(file)})


def _pull(home: Any) -> dict[str, Any]:
    return {
        "pull_request": {"number": 12, "head": {"sha": SHA, "repo": home}, "base": {"sha": BASE}},
        "repository": {"full_name": "acme/databases"},
    }


@pytest.mark.parametrize(
    ("home", "from_fork"),
    [({"full_name": "acme/databases"}, False), ({"full_name": "ada/databases"}, True), (None, True)],
)
def test_a_pull_request_is_a_forks_where_its_branch_is_elsewhere_or_nowhere_any_more(
    tmp_path: Path, home: Any, from_fork: bool
) -> None:
    assert _told(tmp_path, _pull(home)) == Event(12, SHA, BASE, from_fork)


def test_a_group_of_a_merge_queue_names_its_pull_request_in_its_ref(tmp_path: Path) -> None:
    group = {
        "head_sha": SHA,
        "base_sha": BASE,
        "head_ref": f"refs/heads/gh-readonly-queue/release/1.0/pr-7-{BASE}",
    }
    assert _told(tmp_path, {"merge_group": group}) == Event(7, SHA, BASE, group=True)


@pytest.mark.parametrize(
    "data",
    [
        "",
        "{",
        "[]",
        "{}",
        {"push": 1},
        {"merge_group": {"head_ref": "refs/heads/main"}},
        {"pull_request": None},
    ],
    ids=str,
)
def test_any_other_event_is_wrong_usage(tmp_path: Path, data: Any) -> None:
    with pytest.raises(UserError, match="no job of a pull request"):
        _told(tmp_path, data)


def test_no_event_at_all_is_wrong_usage() -> None:
    with pytest.raises(UserError, match="no job of a pull request"):
        event({})
