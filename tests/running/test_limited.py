"""A GitHub that wants to be left alone for minutes keeps nobody waiting: neither people, nor whoever ends the bot."""

from __future__ import annotations

import socket
from pathlib import Path

from bot.chat.console.scratch import scratch
from tests.chat.bot_process import ROOT, Bot
from tests.chat.git_server import GitServer
from tests.chat.slack_server import SlackServer
from tests.forge.github_server import WRITES, Fault, GithubServer


def test_a_limit_of_github_keeps_no_answer_and_no_end_waiting_and_is_outlived(tmp_path: Path) -> None:
    place = scratch(tmp_path, ROOT / "specs")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (
        SlackServer() as slack,
        GithubServer(place.forge) as github,
        GitServer(place.forge.repository.folder, github.name, "good") as git,
    ):
        forge = f'{{github: {{repository: {github.name}, api_url: "{github.url}", url: "{git.url}"}}}}'
        bot = Bot(tmp_path, slack, place, port, forge=forge, environ={"GITHUB_TOKEN": "good"})
        try:
            bot.start()
            github.pauses, github.faults_on = ("600", 600), WRITES | {"GET"}
            github.faults.extend([Fault.RETRY_AFTER] * 100)
            bot.ada.command("change dev/orders storage.allocated_gib=30 because it fills up")
            for _ in range(5):
                bot.ada.command("status dev/orders")
            bot.ada.command("list dev")
            bot.until(lambda: len(slack.replies) == 7)
            told = [each.text for each in slack.replies]
            assert sum("The forge cannot be reached" in each for each in told) == 5
            assert sum("dev/user-sessions" in each for each in told) == 1
            # The request itself waits for GitHub meanwhile.
            bot.until(lambda: len(github.faults) < 95)
            assert bot.stop() == 0
            assert not bot.pulls
            github.faults.clear()
            slack.sockets.open.clear()
            bot.start()
            bot.until(lambda: bot.pulls)
        finally:
            if bot.process is not None:
                bot.process.kill()
                bot.process.wait()
