"""A request's whole life: Slack by WebSocket, GitHub and git by HTTP, the real engine on the simulated account.

On the way Slack and GitHub lose their answers, and the bot is killed; one of each is left, and all of it is true.
"""

from __future__ import annotations

import os
import signal
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.chat.console.ci import Ci
from bot.chat.console.scratch import scratch
from bot.forge.connect import connect
from tests.chat.bot_process import Bot
from tests.chat.git_server import GitServer
from tests.chat.slack_server import SlackServer
from tests.chat.slack_things import Fault
from tests.chat.test_console import SPECS
from tests.forge.github_server import ALL, GithubServer, Principal
from tests.forge.github_server import Fault as GithubFault

pytestmark = pytest.mark.xdist_group("engine")


def test_a_request_lives_from_the_command_to_the_endpoint_whatever_gets_lost(
    tmp_path: Path, slack: SlackServer
) -> None:
    for name, text in SPECS.items():
        path = tmp_path / "first" / "specs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    place = scratch(tmp_path, tmp_path / "first" / "specs")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (
        GithubServer(place.forge) as github,
        GitServer(place.forge.repository.folder, github.name, "good") as git,
    ):
        forge = f'{{github: {{repository: {github.name}, api_url: "{github.url}", url: "{git.url}"}}}}'
        bot = Bot(tmp_path, slack, place, port, forge=forge, environ={"GITHUB_TOKEN": "good"})
        try:
            github.tokens["ci"] = Principal("github-actions[bot]", ALL)
            forge_of_ci = connect(github.environ("ci"))
            ci = Ci(place, forge_of_ci, os.environ, lambda: datetime.now(UTC).date(), print)
            _lives(bot, github, ci)
        finally:
            if bot.process is not None:
                bot.process.kill()
                bot.process.wait()
        assert github.problems == []


def _lives(bot: Bot, github: GithubServer, ci: Ci) -> None:
    slack, place = bot.slack, bot.place
    bot.start()
    ada = bot.ada
    ada.command("request dynamodb dev/sessions")
    ada.becomes("hash_key")
    ada.fill(project="shop", owner="checkout", attributes="{session_id: S}", hash_key="session_id")
    ada.submit()
    ada.becomes("one approval, by grace")
    # Posted, opened: both answers get lost. And then the process, in the middle of it.
    slack.faults.append(Fault.LOST)
    github.faults.append(GithubFault.LOST)
    ada.submit()
    bot.until(lambda: slack.in_channel("C0CHECKOUT"))
    bot.stop(signal.SIGKILL)
    slack.sockets.open.clear()
    bot.start()
    bot.until(lambda: bot.pulls)
    (message,) = slack.in_channel("C0CHECKOUT")

    bot.until(lambda: "being checked" in message.text)
    assert ci.work()
    bot.until(lambda: "it waits to be approved" in message.text)
    bot.until(lambda: any("<@U0GRACE>" in each.text for each in slack.thread(message)))
    assert [each.to for each in slack.thread(message)] == [""] * len(slack.thread(message))
    place.forge.contributor("grace").review(1)
    assert ci.work()
    bot.until(lambda: "it waits to be merged" in message.text)
    place.forge.contributor("ada").merge(1)
    assert ci.work()
    bot.until(lambda: "table/shop-dev-sessions" in message.text)
    assert "applied" in message.text
    assert "read_policy, read_write_policy: see `status dev/sessions`" in message.text

    assert slack.in_channel("C0CHECKOUT") == [message]
    pulls = place.forge.connect("mei").pulls
    assert len(pulls.pulls_from(pulls.pull(1).head_branch)) == 1
    assert pulls.open_pulls("main") == ()
    bot.until(lambda: _ended(bot))
    assert bot.stop() == 0


def _ended(bot: Bot) -> bool:
    """Whether nothing is said to be under way any more, which is a moment after the message says so."""
    known = len(bot.slack.replies)
    bot.ada.command("status dev/sessions")
    bot.until(lambda: len(bot.slack.replies) > known)
    return "nothing is under way" in bot.slack.replies[-1].text
