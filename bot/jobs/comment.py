"""The one comment on a pull request: what merging it does, for whoever has ten seconds."""

from __future__ import annotations

from bot.forge.forge import DeniedError, Pulls
from bot.jobs.findings import told
from bot.jobs.page import Detail, page
from bot.jobs.result import Result

KEY = "preview"
"""The comment's key: there is one on each pull request."""

BUDGET = 60_000
"""Bytes; a forge takes 65,536 characters, and its own marker is among them."""

_DETAILS = (Detail(50, 1000, 50), Detail(25, 500, 30), Detail(10, 300), Detail(3, 200))


def comment(result: Result, budget: int = BUDGET) -> str:
    """The text, in at most so many bytes (see `page`)."""
    return page(told(result), budget, _DETAILS)


def post(pulls: Pulls, number: int, result: Result) -> str:
    """Writes the comment, or brings it up to date; says why where the token may not, which is no failure.

    A fork's token can write nothing: what the comment would say is in the job's summary. Raises as Pulls does.
    """
    try:
        pulls.put_comment(number, KEY, comment(result))
    except DeniedError as error:
        return f"no comment was written: {'; '.join(each.words for each in error.diagnostics)}"
    return ""
