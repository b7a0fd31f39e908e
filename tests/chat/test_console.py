"""The console walks a newcomer from a request to an endpoint, in a real terminal."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pexpect
import pytest

pytestmark = pytest.mark.xdist_group("engine")
ROOT = Path(__file__).parents[2]
SPECS = {
    "people.yaml": "teams: {checkout: {channel: '#checkout'}}\ngrants: {'*': {request: [owner], change: [owner]}}\n",
    "dev/environment.yaml": """\
tier: development
edition: "2026.11"
region: ap-northeast-2
target: sandbox
clients: {checkout-api: {cidr: 10.0.0.0/16}}
""",
}


def test_a_newcomer_comes_from_a_request_to_an_endpoint(tmp_path: Path) -> None:
    for name, text in SPECS.items():
        path = tmp_path / "specs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "dumb"}
    terminal = pexpect.spawn(
        sys.executable,
        ["-m", "bot.commands.app", "console", "--folder", str(tmp_path / "town")],
        cwd=str(tmp_path),
        env=environ,
        encoding="utf-8",
        timeout=120,
        dimensions=(40, 100),
    )
    terminal.setecho(False)

    def answer(question: str, words: str) -> None:
        terminal.expect_exact(question)
        terminal.sendline(words)

    answer("ada> ", "")
    answer("ada> ", "reqest dynamodb dev/sessions")
    terminal.expect_exact("did you mean `request`?")
    answer("ada> ", "request dynamodb dev/sessions")
    answer("project *: ", "")
    terminal.expect_exact("this has to be said; ? explains")
    answer("project *: ", "?")
    terminal.expect_exact("The project it belongs to: the first part of its name in AWS.")
    answer("project *: ", "Shop")
    answer("owner *: ", "platform")
    terminal.expect_exact("'platform' is no choice; write one of checkout")
    answer("owner *: ", "checkout")
    answer("attributes *: ", "{session_id: S}")
    answer("hash_key *: ", "session_id")
    for optional in (
        "range_key: ",
        "ttl: ",
        "billing_mode [PAY_PER_REQUEST]: ",
        "replicas: ",
        "description: ",
    ):
        answer(optional, "expires_at" if optional == "ttl: " else "")
    answer("reason: ", "somebody has to remember who is in")
    answer("or return to go on: ", "")
    terminal.expect_exact("! project: 'Shop' cannot be part of AWS names")
    answer("project *: ", "shop")
    terminal.expect_exact("| ttl: expires_at")
    answer("send this? It opens a pull request [Y/n] ", "")
    terminal.expect_exact("CI: checking pull request #1")
    terminal.expect_exact("it waits to be approved")
    terminal.expect_exact("next: grace: review the pull request")
    answer("ada> ", "approve")
    terminal.expect_exact("grace approved #1")
    answer("ada> ", "merge")
    terminal.expect_exact("CI: applying")
    terminal.expect_exact("arn:aws:dynamodb:ap-northeast-2:000000000000:table/shop-dev-sessions")
    answer("ada> ", "status dev/sessions")
    terminal.expect_exact("last change")
    terminal.expect_exact("applied")
    answer("ada> ", "quit")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0
