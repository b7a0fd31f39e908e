"""The whole bot as a process: `dbspec-bot serve` between a Slack, a forge and its database."""

from __future__ import annotations

import copy
import json
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.chat.console.scratch import scratch
from tests.chat.bot_process import ROOT, Bot
from tests.chat.slack_server import APP_TOKEN, BOT_TOKEN, SECRET, SlackServer

CANARY = "AKIAIOSFODNN7EXAMPLE"


@pytest.fixture
def bot(tmp_path: Path, slack: SlackServer) -> Iterator[Bot]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    made = Bot(tmp_path, slack, scratch(tmp_path, ROOT / "specs"), port)
    yield made
    if made.process is not None:
        made.process.kill()
        made.process.wait()


def test_a_request_becomes_one_pull_request_and_one_message_over_a_restart(bot: Bot) -> None:
    bot.mode = "http"
    bot.start()
    ada = bot.ada
    assert ada.command("request mysql dev/returns").acknowledged
    ada.becomes("instance_class")
    ada.fill(project="ecommerce", owner="checkout", database_name="returns")
    ada.submit()
    sent = copy.deepcopy(ada.becomes("Sending this"))
    assert "one approval, by grace" in sent.text
    assert ada.submit().acknowledged
    bot.until(lambda: bot.pulls)
    bot.until(lambda: "#1" in bot.slack.in_channel("C0CHECKOUT")[0].text)
    assert bot.stop() == 0
    bot.start()
    assert ada.resubmit(sent).acknowledged
    told = ada.command(f"change dev/orders instance_class=db.t3.small because {CANARY} is slow")
    assert "is on its way" in told.payload["text"]
    bot.until(lambda: len(bot.pulls) == 2)
    bot.until(lambda: len(bot.slack.in_channel("C0CHECKOUT")) == 2)
    assert bot.get("/metrics") == 200
    assert bot.stop(signal.SIGINT) == 0
    assert len(bot.slack.in_channel("C0CHECKOUT")) == 2
    lines = [json.loads(line) for line in bot.log.splitlines()]
    assert {each["level"] for each in lines} <= {"info", "warning"}
    assert any("was asked for" in each["message"] and each["request"] for each in lines)
    written = [bot.log, *(each.text for each in bot.slack.messages), *map(str, bot.written())]
    assert not any(secret in text for secret in (BOT_TOKEN, APP_TOKEN, SECRET, CANARY) for text in written)
    assert any("[secret] is slow" in text for text in written)


def test_the_bot_waits_for_slack_and_ends_where_slack_refuses_its_token(bot: Bot) -> None:
    bot.slack.tokens[APP_TOKEN] = frozenset()
    bot.begin()
    bot.until(lambda: bot.get("/readyz") == 503)
    assert bot.get("/healthz") == 200
    bot.until(lambda: "missing_scope; trying again" in bot.log)
    del bot.slack.tokens[APP_TOKEN]
    assert bot.process is not None
    assert bot.process.wait(30) == 3
    assert "Slack refuses the app-level token: invalid_auth" in bot.log
