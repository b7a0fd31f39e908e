"""What many threads write into the bot's database at once is all there afterwards."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from bot.requests.ledger import Ledger
from bot.requests.request import Intent, Request
from bot.requests.transaction import engine

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def test_what_two_note_of_one_request_at_once_is_both_kept(tmp_path: Path) -> None:
    ledger = Ledger(engine(f"sqlite:///{tmp_path / 'requests.sqlite'}"))
    ledger.create()
    ledger.add(Request("0a1b", Intent.CHANGE, "prod/orders", "U1", "C1", NOW), NOW)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda each: ledger.note("0a1b", **{f"note{each}": each}), range(60)))
    (entry,) = ledger.entries()
    assert set(entry.more) == {f"note{each}" for each in range(60)}
