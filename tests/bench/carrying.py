"""The bot's rows of `make bench`: requests carried to pull requests, and what ten thousand of them leave in memory.

On a forge of this machine, with a chat that only keeps what it is told, so that what is measured is the bot's own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.requests import postgres

CARRIED = 60
REFUSED = 10_000


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="dbspec-bench-") as scratch:
        _rows("SQLite", f"sqlite:///{scratch}/bot.sqlite")
    if postgres.binaries() is None:
        print("PostgreSQL: no server is installed on this machine")
        return
    with postgres.server() as url:
        _rows("PostgreSQL", url)


def _rows(name: str, url: str) -> None:
    """In a process of its own, whose memory is nobody else's."""
    done = subprocess.run(
        [sys.executable, __file__, url], check=True, stdout=subprocess.PIPE, text=True, timeout=3600
    )
    found = json.loads(done.stdout.splitlines()[-1])
    print(f"{f'carried to a pull request, {name}':46}{found['carried']:>9.0f}      a minute")
    print(f"{f'answered and refused, {name}':46}{found['refused']:>9.0f}      a minute")
    print(f"{f'memory before, {name}':46}{found['before']:>9.0f}      MiB")
    print(f"{f'memory after {REFUSED:,} requests, {name}':46}{found['after']:>9.0f}      MiB")


def measured(url: str) -> dict[str, float]:
    """Requests a minute, and MiB."""
    from bot.redactor import Redactor
    from bot.requests.service import Place, Service
    from tests.requests.world import World

    with tempfile.TemporaryDirectory(prefix="dbspec-bench-") as scratch:
        world = World(Path(scratch), approvals=0, database=url)
        place = Place(world.forge.url, url, Path(scratch) / "data")
        running = Service(place, world.hub, world.chat, Redactor(), clock=lambda: datetime.now(UTC))
        running.start()
        desk, ledger = running.desk, running.office.ledger
        begun = time.monotonic()
        for number in range(CARRIED):
            desk.submit(world.new(f"dev/db-{number}", id=f"c{number}"))
        while any(not each.number for each in ledger.entries(limit=CARRIED)):
            time.sleep(0.05)
        carried = CARRIED / (time.monotonic() - begun) * 60
        before = _memory()
        begun = time.monotonic()
        # Whoever may not is answered as everybody is, and opens nothing.
        for number in range(REFUSED):
            desk.submit(world.new(f"dev/no-{number}", id=f"r{number}", by="UKIM"))
        while any(not each.number for each in ledger.entries(by="UKIM", limit=1)):
            time.sleep(0.2)
        refused = REFUSED / (time.monotonic() - begun) * 60
        world.chat.messages.clear()
        after = _memory()
        running.stop(0)
    return {"carried": carried, "refused": refused, "before": before, "after": after}


def _memory() -> float:
    """MiB of this process that are in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1024**2


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measured(sys.argv[1])))
    else:
        main()
