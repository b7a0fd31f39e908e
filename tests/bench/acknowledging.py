"""How soon Slack hears that 200 commands which were typed at once have arrived: the slowest but one in a hundred.

The bot is a process of its own, with its database and a forge on this machine; Slack is simulated in this one.
"""

from __future__ import annotations

import socket
import statistics
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bot.chat.console.scratch import scratch
from tests.chat.bot_process import ROOT, Bot
from tests.chat.slack_server import SlackServer
from tests.requests import postgres

AT_ONCE = 200
# One is written down for good before it is acknowledged, one opens a form, one is answered later.
COMMANDS = {
    "written down": "change dev/orders backup.retention_days={0} because number {0}",
    "a form": "request mysql dev/db-{0}",
    "answered": "status dev/orders",
}


def main() -> None:
    print(f"{f'{AT_ONCE} commands at once, acknowledged after':46}{'median':>9}{'p99':>9}")
    for mode in ("socket", "http"):
        _measured(f"{mode}, SQLite", mode)
    if postgres.binaries() is None:
        print("PostgreSQL: no server is installed on this machine")
        return
    with postgres.server() as url:
        _measured("http, PostgreSQL", "http", f"database: {url}")


def _measured(name: str, mode: str, more: str = "") -> None:
    with tempfile.TemporaryDirectory(prefix="dbspec-bench-") as made, SlackServer(trigger_life=3) as slack:
        folder = Path(made)
        bot = Bot(folder, slack, scratch(folder, ROOT / "specs"), _free(), mode, more=more)
        bot.start()
        try:
            bot.ada.command("help")
            for what, text in COMMANDS.items():
                _row(f"{what}, {name}", bot, text)
        finally:
            bot.stop()


def _row(name: str, bot: Bot, text: str) -> None:
    said = [text.format(number) for number in range(1, AT_ONCE + 1)]
    with ThreadPoolExecutor(AT_ONCE) as people:
        done = list(people.map(bot.ada.command, said))
    took = sorted(each.taken for each in done)
    late = sum(not each.in_time for each in done)
    row = f"{f'  {name}':46}{statistics.median(took):>7.2f} s{took[AT_ONCE * 99 // 100 - 1]:>7.2f} s"
    print(row + (f"   {late} too late" if late else ""), flush=True)


def _free() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


if __name__ == "__main__":
    main()
