"""What is held is left alone to its last day, and nobody forgets a hold that is over."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.commands.app import run
from compiler.lifecycle.said import Held, Lifecycle

DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))

ENVIRONMENT = """\
tier: development
edition: "2026.11"
region: ap-northeast-2
target: sandbox
"""
ORDERS = "kind: mysql\nproject: ecommerce\nowner: checkout\ndatabase_name: orders\n"


@given(st.lists(DAYS, max_size=3), DAYS)
def test_the_hold_that_counts_is_the_longest_and_its_last_day_is_in_it(
    untils: list[date], today: date
) -> None:
    found = Lifecycle(holds=tuple(Held(f"reason {each}", each) for each in untils)).held(today)

    assert (found is not None) == any(today <= each for each in untils)
    if found:
        assert found.until == max(untils)


@pytest.mark.parametrize("where", ["spec", "environment"])
def test_a_hold_that_is_over_is_a_warning(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hold = "hold:\n  reason: the audit\n  until: 2026-11-30\n"
    monkeypatch.chdir(tmp_path)
    for path, text in {
        "people.yaml": "teams: {checkout: {}}\n",
        "dev/environment.yaml": ENVIRONMENT + (hold if where == "environment" else ""),
        "dev/orders.yaml": ORDERS + (hold if where == "spec" else ""),
    }.items():
        file = tmp_path / "specs" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    last_day = date(2026, 11, 30)
    assert run(["validate", "--today", last_day.isoformat()]) == 0
    assert "no problems" in capsys.readouterr().out
    assert run(["validate", "--today", (last_day + timedelta(1)).isoformat()]) == 0
    said = capsys.readouterr().out
    place = "dev/orders.yaml:7:10" if where == "spec" else "dev/environment.yaml:7:10"
    assert f"specs/{place}: warning: this held until 2026-11-30, and applies go on since" in said
    assert "[hold/over]" in said
