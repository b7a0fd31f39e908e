"""`dbspec-bot serve` as a process of its own, between a Slack and a forge of this machine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bot.chat.console.scratch import Scratch
from tests.chat.slack_person import ByHttp, BySocket, Person, Way
from tests.chat.slack_server import APP_TOKEN, BOT_TOKEN, SECRET, SlackServer

ROOT = Path(__file__).parents[2]
SETTINGS = """\
forge: {forge}
slack: {{mode: {mode}, api_url: "{api}", channel: "#platform"}}
http: {{port: {port}}}
poll_seconds: 1
{more}
"""


@dataclass
class Bot:
    """A process; `port` is where it says how it is."""

    folder: Path
    slack: SlackServer
    place: Scratch
    port: int
    mode: str = "socket"
    forge: str = "{local: {folder: forge}}"
    more: str = ""
    environ: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        self.begin()
        self.until(lambda: self.get("/readyz") == 200)

    def begin(self) -> None:
        settings = SETTINGS.format(
            forge=self.forge, mode=self.mode, api=self.slack.api, port=self.port, more=self.more
        )
        (self.folder / "dbspec-bot.yaml").write_text(settings)
        environ = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "DBSPEC_SLACK_BOT_TOKEN": BOT_TOKEN,
            "DBSPEC_SLACK_APP_TOKEN": APP_TOKEN,
            "DBSPEC_SLACK_SIGNING_SECRET": SECRET,
            **self.environ,
        }
        command = [sys.executable, "-m", "bot.commands.app", "serve"]
        with (self.folder / "log").open("a") as log:
            self.process = subprocess.Popen(command, cwd=self.folder, env=environ, stderr=log, text=True)

    def stop(self, number: int = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        code = self.process.wait(30)
        self.process = None
        return code

    def get(self, path: str) -> int:
        assert self.process is not None
        assert self.process.poll() is None, self.log
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}") as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def until(self, holds: Callable[[], object], seconds: float = 90) -> None:
        end = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < end, f"it never came\n{self.log}"
            time.sleep(0.05)

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    @property
    def ada(self) -> Person:
        way: Way = BySocket(self.slack)
        if self.mode == "http":
            way = ByHttp(f"http://127.0.0.1:{self.port}/slack/events")
        return Person(self.slack, way)

    @property
    def pulls(self) -> list[str]:
        return [each.title for each in self.place.forge.connect("mei").pulls.open_pulls("main")]

    def written(self) -> list[object]:
        """All that is on the forge: pull requests, and the commits in them."""
        pulls = self.place.forge.connect("mei").pulls
        return [part for each in pulls.open_pulls("main") for part in (each, *pulls.commits(each.number))]
