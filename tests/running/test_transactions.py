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


def test_what_a_killed_process_was_writing_it_may_write_after_a_restart_and_nobody_else(
    tmp_path: Path,
) -> None:
    made = engine(f"sqlite:///{tmp_path / 'requests.sqlite'}")
    killed = Ledger(made, "bot-1")
    killed.create()
    killed.add(Request("0a1b", Intent.CHANGE, "prod/orders", "U1", "C1", NOW), NOW)
    assert killed.lease("0a1b", NOW)
    other, again = Ledger(made, "bot-2"), Ledger(made, "bot-1")
    other.free_all()
    assert not other.lease("0a1b", NOW)
    again.free_all()
    assert again.lease("0a1b", NOW)
