"""Webhooks: only GitHub's count, each once, and they only make the next look come sooner."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from bot.requests import webhook
from bot.requests.marks import Marks
from bot.requests.transaction import engine

SECRET = "a-secret"
NOW = datetime(2026, 11, 23, tzinfo=UTC)


class Hook:
    def __init__(self, root: Path, secret: str = SECRET) -> None:
        self.marks = Marks(engine(f"sqlite:///{root / 'marks.sqlite'}"))
        self.marks.create()
        self.woken: list[int] = []
        route = webhook.route(secret, self.marks, lambda: NOW, self.woken.append)
        self.app = Starlette(routes=[route])

    def post(self, body: bytes, headers: Mapping[str, str | bytes]) -> int:
        async def posted() -> int:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://bot") as client:
                return (await client.post(webhook.PATH, content=body, headers=headers)).status_code  # type: ignore[arg-type]

        return asyncio.run(posted())

    def send(self, data: Any, event: str = "pull_request", delivery: str = "d1", signature: str = "") -> int:
        body = json.dumps(data).encode()
        mac = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        headers = {
            "x-github-event": event,
            "x-github-delivery": delivery,
            "x-hub-signature-256": signature or f"sha256={mac}",
        }
        return self.post(body, headers)


@pytest.fixture
def hook(tmp_path: Path) -> Hook:
    return Hook(tmp_path)


@pytest.mark.parametrize(
    ("event", "data", "woken"),
    [
        ("pull_request", {"pull_request": {"number": 7}}, [7]),
        ("pull_request_review", {"pull_request": {"number": 7}}, [7]),
        ("check_run", {"check_run": {"pull_requests": [{"number": 7}]}}, [7]),
        ("check_run", {"check_run": {"pull_requests": []}}, [0]),
        ("push", {}, [0]),
        ("deployment_status", {}, [0]),
        ("star", {}, []),
        ("pull_request", {"pull_request": "x"}, [0]),
        ("pull_request", [], []),
    ],
)
def test_an_event_wakes_whoever_looks_at_its_pull_request(
    hook: Hook, event: str, data: Any, woken: list[int]
) -> None:
    assert hook.send(data, event) == 202
    assert hook.woken == woken


def test_a_delivery_that_is_sent_again_wakes_nobody(hook: Hook) -> None:
    for _ in range(2):
        assert hook.send({"pull_request": {"number": 7}}) == 202
    assert hook.woken == [7]


@pytest.mark.parametrize("signature", ["sha256=", "sha256=" + "0" * 64, "sha1=x", "ä"])
def test_what_is_not_signed_is_refused(hook: Hook, signature: str) -> None:
    headers = {"x-hub-signature-256": signature.encode(), "x-github-event": "push", "x-github-delivery": "1"}
    assert hook.post(b"{}", headers) == 401
    assert not hook.woken


def test_what_is_too_large_is_not_read_to_its_end(hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "_LARGEST", 10)
    assert hook.send({"pull_request": {"number": 7}}) == 413
    assert not hook.woken


def test_without_a_secret_nothing_is_believed(tmp_path: Path) -> None:
    hook = Hook(tmp_path, secret="")
    empty = hmac.new(b"", b"{}", hashlib.sha256).hexdigest()
    headers = {"x-hub-signature-256": f"sha256={empty}", "x-github-event": "push", "x-github-delivery": "1"}
    assert hook.post(b"{}", headers) == 401


def test_a_body_that_is_no_json_wakes_nobody(hook: Hook) -> None:
    body = b"{"
    mac = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    headers = {"x-hub-signature-256": f"sha256={mac}", "x-github-event": "push", "x-github-delivery": "1"}
    assert hook.post(body, headers) == 202
    assert not hook.woken
