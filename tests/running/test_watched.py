"""What people ask of the bot and what it does to pull requests is written down, and timed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from bot.audit import Trail
from bot.chat.card import Card
from bot.forge.local.forge import LocalForge
from bot.metrics import Metrics
from bot.redactor import Redactor
from bot.requests.desk import Desk
from bot.requests.request import Intent, Request
from bot.requests.transaction import engine
from bot.watched import WatchedDesk, watched
from compiler.diagnostics import UserError

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CANARY = "hunter2-canary-0123456789"
ASKED = Request(
    "0a1b", Intent.CHANGE, "prod/orders", "U0ADA", "C1", NOW, answers={"port": 3306}, reason=CANARY
)


@dataclass
class _Desk:
    """Notes what reached it."""

    reached: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*given: Any) -> Any:
            self.reached.append((name, given))
            return {"submit": True, "identify": "0a1b"}.get(name, Card(name, name))

        return call


@pytest.fixture
def trail(tmp_path: Path) -> Trail:
    trail = Trail(engine(f"sqlite:///{tmp_path / 'requests.sqlite'}"), lambda: NOW)
    trail.create()
    return trail


def _watched(trail: Trail, metrics: Metrics, desk: _Desk) -> WatchedDesk:
    return WatchedDesk(cast("Desk", desk), trail, metrics, Redactor([CANARY]))


def test_what_somebody_asks_for_and_presses_is_written_down_without_secrets(trail: Trail) -> None:
    desk = _Desk()
    watched_desk = _watched(trail, Metrics(), desk)
    assert watched_desk.submit(ASKED) is True
    watched_desk.press("retry", "0a1b", "U0GRACE")
    submitted, pressed = trail.rows()
    assert (submitted.event, submitted.by, submitted.about) == ("submit", "U0ADA", "prod/orders")
    assert submitted.data["answers"] == {"port": 3306}
    assert CANARY not in str(submitted.to_data())
    assert (pressed.event, pressed.by, pressed.about) == ("press", "U0GRACE", "0a1b")
    assert desk.reached == [("submit", (ASKED,)), ("press", ("retry", "0a1b", "U0GRACE"))]


def test_what_cannot_be_written_down_is_not_done(tmp_path: Path) -> None:
    desk = _Desk()
    without_table = Trail(engine(f"sqlite:///{tmp_path / 'empty.sqlite'}"), lambda: NOW)
    watched_desk = _watched(without_table, Metrics(), desk)
    with pytest.raises(UserError, match="could not be written down"):
        watched_desk.submit(ASKED)
    with pytest.raises(UserError, match="could not be written down"):
        watched_desk.press("retry", "0a1b", "U0GRACE")
    assert desk.reached == []


def test_everything_else_that_is_asked_reaches_the_desk_and_is_timed(trail: Trail) -> None:
    desk, metrics = _Desk(), Metrics()
    watched_desk = _watched(trail, metrics, desk)
    watched_desk.catalog()
    watched_desk.identify(Intent.CHANGE, "prod/orders")
    watched_desk.draft(ASKED)
    watched_desk.status("prod/orders", "U0ADA")
    watched_desk.listing("prod")
    watched_desk.why("prod/orders", "U0ADA")
    watched_desk.cost("prod")
    names = [name for name, _ in desk.reached]
    assert names == ["catalog", "identify", "draft", "status", "listing", "why", "cost"]
    for name in names:
        assert f'dbspec_bot_call_seconds_count{{call="{name}",room="desk"}} 1.0' in metrics.text().decode()
    assert list(trail.rows()) == []


def test_pull_requests_that_the_bot_opens_and_closes_are_written_down(trail: Trail, tmp_path: Path) -> None:
    local = LocalForge.create(tmp_path / "forge")
    ada = local.contributor("ada")
    ada.commit("main", {"specs/prod/orders.yaml": "kind: mysql\n"}, "Begin")
    sha = ada.commit("dbspec/change", {"specs/prod/orders.yaml": "kind: redis\n"}, "Change")
    metrics = Metrics()
    forge = watched(local.connect("dbspec[bot]"), trail, metrics)
    pull = forge.pulls.open_pull("dbspec/change", "main", "Change", "why")
    forge.pulls.update_pull(pull.number, closed=True)
    assert forge.pulls.pull(pull.number).state == "closed"
    opened, closed = trail.rows()
    assert (opened.event, opened.by, opened.about) == ("open_pull", "dbspec[bot]", f"#{pull.number}")
    assert opened.data == {"branch": "dbspec/change", "sha": sha}
    assert closed.data == {"state": "closed", "fields": ["closed"]}
    assert 'call="pull",room="forge"' in metrics.text().decode()
