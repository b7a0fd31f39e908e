"""What a job was started for: a pull request, or the group of a merge queue."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compiler.diagnostics import Exit, fail

# https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository
_GROUP = re.compile(r"refs/heads/gh-readonly-queue/.+/pr-(\d+)-[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class Event:
    """`number` is the pull request's, of a group that of its last one.

    `head` is the commit that the answer is about, `base` what it is to be merged into, as it was then; full shas.
    `from_fork` is whether the token may write nothing.
    """

    number: int
    head: str
    base: str
    from_fork: bool = False
    group: bool = False


def event(environ: Mapping[str, str]) -> Event:
    """What GitHub started this job for; raises UserError (usage) where that names no pull request."""
    path = environ.get("GITHUB_EVENT_PATH", "")
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8"))
        return _group(data["merge_group"]) if "merge_group" in data else _pull(data)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise fail(
            "usage/event",
            "this is no job of a pull request or a merge queue: GITHUB_EVENT_PATH names no such event",
            "name it with --pull, --head and --base",
            exit_code=Exit.USAGE,
        ) from error


def _pull(data: Mapping[str, Any]) -> Event:
    pull = data["pull_request"]
    # A fork that was deleted meanwhile has no repository.
    home = (pull["head"].get("repo") or {}).get("full_name")
    return Event(
        int(pull["number"]),
        str(pull["head"]["sha"]),
        str(pull["base"]["sha"]),
        from_fork=home != data["repository"]["full_name"],
    )


def _group(group: Mapping[str, Any]) -> Event:
    found = _GROUP.fullmatch(group["head_ref"])
    if found is None:
        raise ValueError("a group's ref names its pull request")
    return Event(int(found[1]), str(group["head_sha"]), str(group["base_sha"]), group=True)
