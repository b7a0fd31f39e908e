"""Backup and maintenance windows, in UTC: how long they are and whether they meet."""

from __future__ import annotations

import re

_DAY = 24 * 60
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def too_short(window: str, least: int = 30) -> bool:
    """Whether a daily (`18:00-19:00`) or weekly (`sun:19:30-sun:20:30`) window is under so many minutes."""
    return _span(window)[1] < least


def overlap(daily: str, weekly: str) -> bool:
    """Whether a daily and a weekly window share a minute, also past midnight and past the end of the week."""
    start, length = _span(weekly)
    week = {(start + minute) % (7 * _DAY) for minute in range(length)}
    begin, lasts = _span(daily)
    return any(
        (day * _DAY + begin + minute) % (7 * _DAY) in week for day in range(7) for minute in range(lasts)
    )


def _span(window: str) -> tuple[int, int]:
    """The minute at which it starts, from midnight or from Monday's, and its length in minutes."""
    start, end = (_minute(each) for each in window.lower().split("-"))
    return start, (end - start) % (7 * _DAY if ":" in window and window[0].isalpha() else _DAY)


def _minute(moment: str) -> int:
    match = re.fullmatch(r"(?:([a-z]{3}):)?(\d\d):(\d\d)", moment)
    assert match is not None  # the input's pattern lets nothing else through
    day, hour, minute = match.groups()
    return (_DAYS.index(day) if day else 0) * _DAY + int(hour) * 60 + int(minute)
