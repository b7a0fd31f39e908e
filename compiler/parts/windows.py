"""Backup and maintenance windows: every database its own slot inside the environment's window, in UTC."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from compiler.model import invalid, shaped

if TYPE_CHECKING:
    from compiler.environment.model import Windows

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = 24 * 60
WEEK = 7 * DAY

# What editors are told of windows in UTC.
_CLOCK = r"([01]\d|2[0-3]):[0-5]\d"
_WEEKDAY = rf"({'|'.join(DAYS)})"
DAILY = shaped(f"{_CLOCK}-{_CLOCK}", "18:00-19:00")
WEEKLY = shaped(f"{_WEEKDAY}:{_CLOCK}-{_WEEKDAY}:{_CLOCK}", "sun:19:30-sun:20:30")


@dataclass(frozen=True, slots=True)
class Window:
    """A window in UTC: minutes from the start of the day, or of the week (Monday) where `weekly`."""

    start: int
    length: int
    weekly: bool

    def __str__(self) -> str:
        """As AWS writes it: `hh:mm-hh:mm` or `ddd:hh:mm-ddd:hh:mm`."""
        return f"{self._moment(self.start)}-{self._moment(self.start + self.length)}"

    def _moment(self, minute: int) -> str:
        clock = f"{minute % DAY // 60:02}:{minute % 60:02}"
        return f"{DAYS[minute % WEEK // DAY]}:{clock}" if self.weekly else clock

    def overlaps(self, other: Window) -> bool:
        """Whether some moment of some week lies in both; midnight and the end of the week count."""
        return any(
            (first - second) % WEEK < other.length or (second - first) % WEEK < self.length
            for first in self._starts()
            for second in other._starts()
        )

    def _starts(self) -> list[int]:
        return [self.start % WEEK] if self.weekly else [self.start % DAY + day * DAY for day in range(7)]


def parse(text: str) -> Window:
    """The window that AWS would read; ValueError with what is wrong otherwise."""
    daily = re.fullmatch(r"(\d\d):(\d\d)-(\d\d):(\d\d)", text)
    weekly = re.fullmatch(r"([a-z]{3}):(\d\d):(\d\d)-([a-z]{3}):(\d\d):(\d\d)", text)
    if daily:
        start, end = _minute(daily[1], daily[2]), _minute(daily[3], daily[4])
        return Window(start, (end - start) % DAY, weekly=False)
    if weekly and weekly[1] in DAYS and weekly[4] in DAYS:
        start = DAYS.index(weekly[1]) * DAY + _minute(weekly[2], weekly[3])
        end = DAYS.index(weekly[4]) * DAY + _minute(weekly[5], weekly[6])
        return Window(start, (end - start) % WEEK, weekly=True)
    raise ValueError('is no window; write "18:00-19:00", or "sun:19:30-sun:20:30" for a weekly one, in UTC')


def validator(kind: str, *, weekly: bool, least: int) -> Callable[[str], str]:
    """What a field that holds a window checks: its form, and `least` minutes, which differ from service to service."""

    def check(value: str) -> str:
        example = "sun:19:30-sun:20:30" if weekly else "18:00-19:00"
        try:
            window = parse(value)
        except ValueError as error:
            raise invalid(f"{kind}/window", f"{value!r} {error}") from None
        if window.weekly is not weekly:
            raise invalid(
                f"{kind}/window",
                f"{value!r} is no {'weekly' if weekly else 'daily'} window",
                f'write it as "{example}", in UTC',
            )
        if window.length < least or (weekly and window.length > DAY):
            raise invalid(
                f"{kind}/window",
                f"{value!r} lasts {window.length} minutes",
                f"give it at least {least} minutes, and less than a day",
            )
        return value

    return check


def backup_slot(windows: Windows, key: str, minutes: int) -> Window:
    """The daily slot for backups, in the first half of the environment's window; `key` decides which."""
    start, length = _span(windows)
    return Window((start + _slot(length // 2, minutes, key, "backup")) % DAY, minutes, weekly=False)


def maintenance_slot(windows: Windows, key: str, minutes: int, avoid: Window) -> Window:
    """The weekly slot for maintenance, in the second half of the window on one of its days.

    Where somebody's own backup window lies there, the first slot of the days that it leaves free.
    """
    start, length = _span(windows)
    half = length // 2
    day = DAYS.index(windows.days[_number(key, "day") % len(windows.days)])
    wanted = _slot(length - half, minutes, key, "maintenance")
    free = [
        wanted,
        *range(0, max(length - half - minutes, 0) + 1, minutes),
        *range(-half, DAY - half, minutes),
    ]
    slots = (Window((day * DAY + start + half + offset) % WEEK, minutes, weekly=True) for offset in free)
    return next((slot for slot in slots if not slot.overlaps(avoid)), Window(day * DAY, minutes, weekly=True))


def length(windows: Windows) -> int:
    """How many minutes the environment's window has; from a time to itself is a whole day."""
    return _span(windows)[1]


def _span(windows: Windows) -> tuple[int, int]:
    """The start of the window in minutes of the UTC day (below 0 or past the day's end too), and its length."""
    start, end = (_minute(*text.split(":")) for text in (windows.start, windows.end))
    return start - _offset(windows.timezone), (end - start) % DAY or DAY


def _offset(timezone: str) -> int:
    """Minutes east of UTC in standard time. AWS's windows know no daylight saving, so summers are an hour off."""
    # The date is fixed: the same spec gives the same graph on every day.
    moment = datetime(2026, 1, 1, tzinfo=ZoneInfo(timezone))
    offset = (moment.utcoffset() or timedelta()) - (moment.dst() or timedelta())
    return int(offset.total_seconds()) // 60


def _slot(length: int, minutes: int, key: str, salt: str) -> int:
    return _number(key, salt) % max(length // minutes, 1) * minutes


def _number(key: str, salt: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{salt}:{key}".encode()).digest()[:4], "big")


def _minute(hours: str, minutes: str) -> int:
    if int(hours) > 23 or int(minutes) > 59:
        raise ValueError(f"has the time {hours}:{minutes}; hours go to 23, minutes to 59")
    return int(hours) * 60 + int(minutes)
