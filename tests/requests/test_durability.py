"""Requests outlive the process, which is killed here for good, and started again on what it left."""

from __future__ import annotations

import io
import json
import logging
import os
import sqlite3
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dbos  # here once, for all the processes that are made
import pytest

from bot import logs
from bot.redactor import Redactor
from bot.requests import durable, workflow
from bot.requests.service import Place, Service
from bot.requests.transaction import BusyError
from compiler.diagnostics import UserError
from tests.requests.world import FakeChat, Killed, World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def service(world: World) -> Service:
    place = Place(world.forge.url, world.database, world.root / "data")
    return Service(place, world.hub, world.chat, Redactor(), clock=lambda: datetime.now(UTC))


def in_a_process(work: Callable[[], None]) -> int:
    """Runs it in a process of its own; what it exits with."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        work()
    finally:
        os._exit(70)


def test_killed_in_each_step_the_next_process_goes_on(world: World) -> None:
    """The steps count over all processes; each dies after what its step did, before that is written down."""
    request = world.request()

    def live(dies_in: str) -> None:
        kept = durable._Run.step

        def step(self: object, name: str, function: Callable[[], dict]) -> dict:  # type: ignore[type-arg]
            def killed() -> dict:  # type: ignore[type-arg]
                answer = function()
                if name == dies_in:
                    os._exit(9)
                return answer

            return kept(self, name, killed)  # type: ignore[arg-type]

        durable._Run.step = step  # type: ignore[method-assign]
        running = service(world)
        running.start()
        running.durable.submit(request)
        for _ in range(600):
            entry = running.office.ledger.entry(request.id)
            if entry and entry.number:
                os._exit(0)
            time.sleep(0.05)

    for name in ("permit", "draft", "commit", "push", "open"):
        assert in_a_process(lambda each=name: live(each)) == 9
    assert in_a_process(lambda: live("")) == 0
    assert len(world.branches()) == 1
    assert len(world.pulls()) == 1


def test_a_service_carries_what_it_is_asked_for(world: World) -> None:
    running = service(world)
    running.start()
    try:
        assert running.desk.submit(world.request())
        assert not running.desk.submit(world.request())
        for _ in range(400):
            found = world.chat.of("request/a1")
            if found and world.says() == "being checked":
                break
            time.sleep(0.05)
        assert world.says() == "being checked"
        assert len(world.pulls()) == 1
    finally:
        running.stop(0)


def test_what_stopped_without_an_end_goes_on_in_the_same_process(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durable, "_APART", timedelta(seconds=1))
    real, dies = workflow.permitted, [True]

    def permitted(*given: Any) -> Any:
        if dies:
            dies.clear()
            raise Killed("a thread")
        return real(*given)

    monkeypatch.setattr(workflow, "permitted", permitted)
    running = service(world)
    running.start()
    try:
        running.desk.submit(world.request())
        for _ in range(400):
            if world.pulls():
                break
            time.sleep(0.05)
        assert len(world.pulls()) == 1
        assert not dies
    finally:
        running.stop(0)


def test_steps_are_forgotten_and_requests_never(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    running = service(world)
    running.start()
    try:
        running.desk.submit(world.request(by="UKIM"))
        for _ in range(400):
            if (entry := running.office.ledger.entry("a1")) and entry.ended:
                break
            time.sleep(0.05)
        running.durable.forget()
        assert dbos.DBOS.get_workflow_status("a1")
        monkeypatch.setattr(durable, "_KEPT", timedelta(minutes=-5))
        running.durable.forget()
        assert dbos.DBOS.get_workflow_status("a1") is None
        assert not running.desk.submit(world.request(by="UKIM"))
        assert len(world.chat.of("request/a1")) == 1
    finally:
        running.stop(0)


def test_a_workflow_that_failed_by_itself_is_told_as_failed(world: World) -> None:
    running = service(world)
    running.start()
    try:
        # What DBOS itself gives up, nobody's step could catch.
        running.office.ledger.add(world.request(), world.clock())
        with dbos.SetWorkflowID("a1"):
            dbos.DBOS.enqueue_workflow("nobody-listens", running.durable._carry, {})
        dbos.DBOS.cancel_workflow("a1")
        running.durable.sweep()
        for _ in range(3):
            running.office.ledger.wake(running.office.clock())
            running.reconciler.guarded(running.reconciler.round)
        assert "failed at it" in world.card().details
    finally:
        running.stop(0)


def test_a_database_that_is_locked_takes_nothing_and_says_so(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.requests.transaction._WAIT", 0.1)
    running = service(world)
    running.office.ledger.create()
    running.marks.create()
    other = sqlite3.connect(world.database.removeprefix("sqlite:///"))
    other.execute("begin immediate")
    with pytest.raises(BusyError, match="locked"):
        running.durable.submit(world.request())
    with pytest.raises(UserError, match="nothing was recorded"):
        running.desk.submit(world.request())
    other.rollback()
    assert not running.office.ledger.entry("a1")
    assert isinstance(world.chat, FakeChat)


def test_a_database_that_is_full_takes_nothing_and_says_so(world: World) -> None:
    from sqlalchemy import event

    running = service(world)
    running.office.ledger.create()
    engine = running.office.ledger.engine
    engine.dispose()
    event.listen(engine, "connect", lambda connection, record: connection.execute("pragma max_page_count=1"))
    with pytest.raises(BusyError, match="full"):
        running.office.ledger.add(world.request(reason="x" * 300_000), world.clock())


def test_what_was_written_down_and_never_begun_is_begun_by_the_sweep(world: World) -> None:
    running = service(world)
    running.office.ledger.create()
    running.office.ledger.add(world.request(), world.clock())
    running.start()
    try:
        for _ in range(400):
            if world.pulls():
                break
            time.sleep(0.05)
        assert len(world.pulls()) == 1
    finally:
        running.stop(0)


def test_what_goes_wrong_inside_is_logged_with_its_request_and_without_secrets(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "hunter2-and-more-of-it"
    said = io.StringIO()
    kept = logging.getLogger().handlers[:], logging.getLogger().level

    def broken(*_: object) -> None:
        raise RuntimeError(f"no such {secret}")

    monkeypatch.setattr("bot.requests.workflow.permitted", broken)
    running = service(world)
    try:
        logs.begin("info", Redactor([secret]), said)
        running.start()
        running.desk.submit(world.request())
        for _ in range(400):
            if (entry := running.office.ledger.entry("a1")) and entry.ended:
                break
            time.sleep(0.05)
        logging.getLogger("dbos").error("%s", secret)
    finally:
        running.stop(0)
        logging.getLogger().handlers[:], level = kept
        logging.getLogger().setLevel(level)
    lines = [json.loads(line) for line in said.getvalue().splitlines()]
    assert any(
        each["request"] == "a1" and "nobody foresaw" in each["message"] for each in lines if "request" in each
    )
    assert any(each["logger"] == "dbos" for each in lines)
    assert secret not in said.getvalue()
    assert "nobody foresaw" in world.card().details
