"""What the bot shows of itself while it runs: logs, metrics, health, and its audit trail."""

from __future__ import annotations

import io
import json
import logging
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from bot import logs
from bot.audit import FIRST, BrokenError, Trail
from bot.http import application
from bot.metrics import Metrics
from bot.redactor import Redactor
from bot.requests.ledger import Ledger
from bot.requests.marks import Marks
from bot.requests.transaction import BusyError, engine, writing
from bot.telling.book import Book
from tests.requests import postgres

CANARY = "hunter2-canary-0123456789"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """What is logged, as the bot logs it."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level, sys.excepthook, threading.excepthook)
    levels = {name: logging.getLogger(name).level for name in logs.TALKATIVE}
    stream = io.StringIO()
    logs.begin("info", Redactor([CANARY]), stream)
    yield stream
    root.handlers[:], level, sys.excepthook, threading.excepthook = before
    root.setLevel(level)
    for name, was in levels.items():
        logging.getLogger(name).setLevel(was)


def _lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_json_with_the_request_that_it_is_about(stream: io.StringIO) -> None:
    log = logging.getLogger("bot.somewhere")
    with logs.about("0a1b2c3d"):
        log.info("opened %s", "#12", extra={"seconds": 0.5})
    log.debug("not said")
    (line,) = _lines(stream)
    at = datetime.fromisoformat(line.pop("at"))
    assert at.tzinfo is not None
    assert line == {
        "level": "info",
        "logger": "bot.somewhere",
        "message": "opened #12",
        "request": "0a1b2c3d",
        "seconds": 0.5,
    }


def test_no_secret_is_logged_wherever_it_stands(stream: io.StringIO) -> None:
    log = logging.getLogger("bot.somewhere")
    log.warning("%s", CANARY, extra={"headers": {"authorization": "x"}, "answer": [CANARY]})
    log.warning("-----BEGIN PRIVATE KEY-----\ncut off", extra={"kept": "whole"})
    try:
        raise ValueError(f"password={CANARY}")
    except ValueError:
        log.exception("failed")
    assert CANARY not in stream.getvalue()
    first, second, third = _lines(stream)
    assert first["headers"] == {"authorization": "[secret]"}
    assert second["kept"] == "whole"
    assert "ValueError: password=[secret]" in third["error"]


def test_what_nobody_caught_is_logged_without_its_secrets(stream: io.StringIO) -> None:
    def fails() -> None:
        raise RuntimeError(CANARY)

    thread = threading.Thread(target=fails)
    thread.start()
    thread.join()
    (line,) = _lines(stream)
    assert line["level"] == "critical"
    assert "RuntimeError: [secret]" in line["error"]


def test_libraries_that_log_what_they_send_are_kept_from_it(stream: io.StringIO) -> None:
    logs.begin("debug", Redactor(), stream)
    for name in logs.TALKATIVE:
        logging.getLogger(f"{name}.within").info("sent everything")
    logging.getLogger("bot.somewhere").debug("a detail")
    assert [line["message"] for line in _lines(stream)] == ["a detail"]


def test_calls_are_timed_failures_and_lines_counted_and_requests_asked_for_at_each_scrape() -> None:
    standing = {"review": 2}
    metrics = Metrics(lambda: standing)
    with metrics.timed("desk", "submit"):
        pass
    with pytest.raises(ValueError, match="x"), metrics.timed("forge", "open_pull"):
        raise ValueError("x")
    metrics.counting().handle(logging.makeLogRecord({"levelname": "ERROR"}))
    standing["merge"] = 1
    text = metrics.text().decode()
    assert 'dbspec_bot_call_seconds_count{call="submit",room="desk"} 1.0' in text
    assert 'dbspec_bot_call_failures_total{call="open_pull",error="ValueError",room="forge"} 1.0' in text
    assert 'dbspec_bot_log_lines_total{level="error"} 1.0' in text
    assert 'dbspec_bot_requests{stage="review"} 2.0' in text
    assert 'dbspec_bot_requests{stage="merge"} 1.0' in text


def test_health_readiness_metrics_and_what_others_add_are_served() -> None:
    wrong = {"database": "", "slack": ""}

    def broken() -> str:
        raise OSError(f"connecting with {CANARY}")

    async def added(request: object) -> PlainTextResponse:
        return PlainTextResponse("added")

    checks = {name: (lambda name=name: wrong[name]) for name in wrong}
    client = TestClient(application(Metrics(), checks, [Route("/slack/events", added)]))
    assert client.get("/healthz").text == "ok\n"
    assert client.get("/readyz").json() == {"ready": True, "wrong": {}}
    assert client.get("/slack/events").text == "added"
    assert "dbspec_bot_call_seconds" in client.get("/metrics").text
    wrong["slack"] = "the socket is not connected"
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["wrong"]) == (503, {"slack": "the socket is not connected"})
    answer = TestClient(application(Metrics(), {"database": broken})).get("/readyz")
    assert (answer.status_code, answer.json()["wrong"]) == (503, {"database": "OSError"})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "requests.sqlite"


@pytest.fixture
def trail(file: Path) -> Trail:
    trail = Trail(engine(f"sqlite:///{file}"), lambda: NOW)
    trail.create()
    trail.create()  # at every start
    return trail


def test_each_row_of_the_trail_vouches_for_all_before_it(trail: Trail) -> None:
    for number in range(3):
        trail.add("submit", "U1", "prod/orders", {"number": number})
    rows = list(trail.rows())
    assert [row.number for row in rows] == [1, 2, 3]
    assert [row.previous for row in rows] == [FIRST, rows[0].digest, rows[1].digest]
    assert rows[2].to_data()["data"] == {"number": 2}


def test_the_database_itself_refuses_to_change_or_remove_a_row(trail: Trail, file: Path) -> None:
    trail.add("submit", "U1", "prod/orders", {})
    with sqlite3.connect(file) as db:
        for statement in ("update audit set by = 'U2'", "delete from audit"):
            with pytest.raises(sqlite3.IntegrityError, match="only added to"):
                db.execute(statement)


@pytest.mark.parametrize(
    "tampering",
    [
        "update audit set by = 'U2' where number = 2",
        "update audit set data = '{\"x\": 1}' where number = 1",
        "delete from audit where number = 1",
        "delete from audit where number = 2",
        "update audit set number = 9 where number = 3",
    ],
)
def test_what_was_changed_behind_its_back_is_found(trail: Trail, file: Path, tampering: str) -> None:
    for each in range(3):
        trail.add("submit", "U1", f"prod/{each}", {})
    with sqlite3.connect(file) as db:
        db.execute("drop trigger audit_kept_update")
        db.execute("drop trigger audit_kept_delete")
        db.execute(tampering)
    with pytest.raises(BrokenError, match="not as it was written"):
        list(trail.rows())


def test_many_at_once_write_one_chain(trail: Trail, file: Path) -> None:
    other = Trail(engine(f"sqlite:///{file}"), lambda: NOW)  # another process would have its own
    with ThreadPoolExecutor(8) as pool:
        for each in range(40):
            pool.submit((trail, other)[each % 2].add, "submit", "U1", f"prod/{each}", {})
    rows = list(trail.rows())
    assert len(rows) == 40
    assert {row.about for row in rows} == {f"prod/{each}" for each in range(40)}


def test_a_trail_that_cannot_be_written_says_so(file: Path) -> None:
    trail = Trail(engine(f"sqlite:///{file}"), lambda: NOW)
    with pytest.raises(BusyError):
        trail.add("submit", "U1", "prod/orders", {})
    with pytest.raises(BusyError), writing(engine("sqlite:////nowhere/x")):
        pass


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """A PostgreSQL server's URL."""
    if postgres.binaries() is None:
        pytest.skip("no PostgreSQL server is installed here")
    with postgres.server() as url:
        yield url


@pytest.mark.parametrize(
    "made", [lambda it: Trail(it, lambda: NOW), Ledger, Marks, Book], ids=["audit", "ledger", "marks", "book"]
)
def test_replicas_that_start_together_make_their_tables_once(
    made: Callable[[Any], Any], database: str
) -> None:
    engines = [engine(database) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda each: made(each).create(), engines))
    for each in engines:
        each.dispose()


def test_replicas_on_postgresql_write_one_chain_that_the_database_keeps(database: str) -> None:
    from sqlalchemy import text

    trails = [Trail(engine(database), lambda: NOW) for _ in range(2)]
    trails[0].create()
    with ThreadPoolExecutor(8) as pool:
        for each in range(40):
            pool.submit(trails[each % 2].add, "submit", "U1", f"prod/{each}", {})
    rows = list(trails[0].rows())
    assert {row.about for row in rows} == {f"prod/{each}" for each in range(40)}
    other = engine(database)
    for statement in ("update audit set at = ''", "delete from audit"):
        with pytest.raises(BusyError, match="only added to"), writing(other) as db:
            db.execute(text(statement))
    for made in (other, *(each._engine for each in trails)):
        made.dispose()
