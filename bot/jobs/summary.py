"""The summary of a job's run: all that was found out, with notes and what is billed."""

from __future__ import annotations

from bot.jobs.findings import told
from bot.jobs.page import Detail, page
from bot.jobs.result import Result

BUDGET = 1_000_000
"""Bytes; GitHub takes 1,024 KiB of a step, and drops what is longer."""

_DETAILS = (
    Detail(5000, 4000, 2000, costs=True),
    Detail(500, 1000, 200),
    Detail(200, 500),
    Detail(50, 200),
)


def summary(result: Result, budget: int = BUDGET) -> str:
    """The text, in at most so many bytes (see `page`)."""
    return page(told(result, notes=True), budget, _DETAILS)
