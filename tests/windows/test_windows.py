"""Slots and overlaps, for all windows there are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from compiler.environment.model import Windows
from compiler.parts.windows import DAY, DAYS, WEEK, Window, backup_slot, length, maintenance_slot, parse

clocks = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
zones = st.sampled_from(
    ["UTC", "Asia/Seoul", "America/New_York", "Asia/Kolkata", "Pacific/Kiritimati", "Pacific/Apia"]
)
keys = st.text(min_size=1, max_size=20)


@st.composite
def environments(draw: st.DrawFn) -> Windows:
    days = draw(st.lists(st.sampled_from(DAYS), min_size=1, unique=True))
    return Windows.model_validate(
        {"timezone": draw(zones), "days": days, "from": draw(clocks), "to": draw(clocks)}
    )


def _minutes(window: Window) -> set[int]:
    starts = [window.start] if window.weekly else [window.start + day * DAY for day in range(7)]
    return {(start + minute) % WEEK for start in starts for minute in range(window.length)}


@given(environments(), keys)
def test_backup_and_maintenance_slots_never_overlap(windows: Windows, key: str) -> None:
    backup = backup_slot(windows, key, 30)
    assert not maintenance_slot(windows, key, 30, backup).overlaps(backup)


@given(environments().filter(lambda windows: length(windows) >= 120), keys)
def test_slots_lie_inside_the_environments_window(windows: Windows, key: str) -> None:
    hours, minutes = windows.start.split(":")
    offset = {
        "UTC": 0,
        "Asia/Seoul": 540,
        "America/New_York": -300,
        "Asia/Kolkata": 330,
        "Pacific/Kiritimati": 840,
        "Pacific/Apia": 780,
    }
    opening = int(hours) * 60 + int(minutes) - offset[windows.timezone]
    backup = backup_slot(windows, key, 30)
    assert (backup.start - opening) % DAY + 30 <= length(windows)
    maintenance = maintenance_slot(windows, key, 30, backup)
    openings = [DAYS.index(day) * DAY + opening for day in windows.days]
    assert any((maintenance.start - each) % WEEK + 30 <= length(windows) for each in openings)


@given(st.integers(0, DAY - 1), st.integers(1, DAY - 1), st.integers(0, WEEK - 1), st.integers(1, DAY))
def test_two_windows_overlap_exactly_when_they_share_a_minute(a: int, la: int, b: int, lb: int) -> None:
    daily, weekly = Window(a, la, weekly=False), Window(b, lb, weekly=True)
    assert daily.overlaps(weekly) == weekly.overlaps(daily) == bool(_minutes(daily) & _minutes(weekly))


@given(st.integers(0, WEEK - 1), st.integers(30, DAY - 1), st.booleans())
def test_a_window_reads_as_it_was_written(start: int, minutes: int, weekly: bool) -> None:
    window = Window(start if weekly else start % DAY, minutes, weekly)
    assert parse(str(window)) == window


def test_databases_of_one_environment_are_spread_over_its_window() -> None:
    windows = Windows.model_validate(
        {"timezone": "Asia/Seoul", "days": ["sun"], "from": "00:00", "to": "08:00"}
    )
    assert len({backup_slot(windows, f"database-{number}", 30).start for number in range(50)}) == 8


def test_a_window_of_sunday_morning_in_seoul_is_saturday_evening_in_utc() -> None:
    windows = Windows.model_validate(
        {"timezone": "Asia/Seoul", "days": ["sun"], "from": "03:00", "to": "05:00"}
    )
    assert str(maintenance_slot(windows, "x", 30, backup_slot(windows, "x", 30))).startswith("sat:19:")
