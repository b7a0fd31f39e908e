"""What previews of the account have shown, kept in our check runs on the commits that they were of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bot.forge.forge import Forge
from compiler.report import Report
from compiler.reviewed import Shown, from_data, to_data

_KEY = "shown"


def data(reports: Iterable[Report]) -> dict[str, Any]:
    """What belongs into the `data` of a check run on the pull request's head, whatever else is in there."""
    return {_KEY: {each.stack: to_data(each.shown) for each in reports if each.shown}}


def shown(forge: Forge, sha: str) -> Mapping[str, Shown]:
    """What our own check runs on a commit say was shown, by stack: those of others prove nothing."""
    ours = forge.pulls.me().login
    found: dict[str, Shown] = {}
    for check in forge.checks.checks(sha):
        said = check.data.get(_KEY)
        if check.app == ours and isinstance(said, Mapping):
            for stack, each in said.items():
                found[stack] = found.get(stack, Shown()) | from_data(each)
    return found
