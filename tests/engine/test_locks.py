"""Two runs on one stack, and runs that something unclear stands in the way of."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from compiler.engine.store.lock import Lock
from compiler.graph import Stack
from compiler.report import Ending, Report

if TYPE_CHECKING:
    from conftest import Room

Parameters = Callable[..., Stack]


def test_a_second_apply_waits_for_the_first(room: Room, parameters: Parameters) -> None:
    first, second = _both(room, parameters, wait=30.0)

    assert first.outcome.ending is Ending.APPLIED
    assert second.outcome.ending is Ending.UNCHANGED
    assert any("apply since" in each for each in room.heard.waits)


def test_a_second_apply_that_does_not_wait_names_who_is_at_it(room: Room, parameters: Parameters) -> None:
    first, second = _both(room, parameters, wait=0.0)

    assert first.outcome.ending is Ending.APPLIED
    assert second.outcome.ending is Ending.FAILED
    assert f"process {os.getpid()} on {socket.gethostname()}" in second.outcome.failures[0].message


def test_the_lock_of_somebody_elses_pulumi_is_left_alone(room: Room, parameters: Parameters) -> None:
    room.apply(parameters("dev.a"))
    folder = room.place / "state" / ".pulumi" / "locks" / "organization" / "dbspec" / "dev.a"
    folder.mkdir(parents=True, exist_ok=True)
    theirs = folder / "7.json"
    holder = {
        "pid": os.getpid(),
        "username": "u",
        "hostname": socket.gethostname(),
        "timestamp": "2026-11-23T00:00:00Z",
    }
    theirs.write_text(json.dumps(holder))

    report = room.apply(parameters("dev.a", value="0"))

    assert report.outcome.ending is Ending.FAILED
    (failure,) = report.outcome.failures
    assert failure.message.startswith(f"another Pulumi run works on this stack (process {os.getpid()} on ")
    assert theirs.exists()
    theirs.write_text(json.dumps(holder | {"pid": _dead()}))
    assert room.apply(parameters("dev.a", value="0")).outcome.ending is Ending.APPLIED


def test_a_lock_that_is_lost_ends_the_run_in_order(
    room: Room, parameters: Parameters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        Lock, "lost", property(lambda self: any(step.stage == "started" for _, step in room.heard.steps))
    )
    room.account.fault("aws:rds:ParameterGroup", delay=1, late=True)

    report = room.apply(parameters("dev.a"))

    assert report.outcome.ending is Ending.INTERRUPTED
    assert report.outcome.notes == ("the lock was lost: another run may have taken it",)
    monkeypatch.undo()
    assert room.apply(parameters("dev.a")).outcome.ending in (Ending.APPLIED, Ending.UNCHANGED)
    assert room.things("dev.a") == [("aws:rds:ParameterGroup", "parameters")]


def test_what_is_somebody_elses_is_never_taken(room: Room, parameters: Parameters) -> None:
    stack = parameters("dev.a")
    (group,) = stack.resources
    room.account.create(group.type, {**group.inputs, "tags": {"Team": "others"}})

    first = room.apply(stack)
    second = room.apply(stack)

    assert "DBParameterGroupAlreadyExists" in first.outcome.failures[0].message
    assert second.outcome.ending is Ending.FAILED
    assert "dev-a exists and is not ours" in second.outcome.failures[0].message
    assert room.things("dev.a") == []


def _both(room: Room, parameters: Parameters, wait: float) -> tuple[Report, Report]:
    room.account.fault("aws:rds:ParameterGroup", delay=2)
    done: list[Report] = []
    first = threading.Thread(target=lambda: done.append(room.apply(parameters("dev.a"))))
    first.start()
    while not any(step.stage == "started" for _, step in room.heard.steps):
        assert first.is_alive(), done
        time.sleep(0.02)
    second = room.apply(parameters("dev.a"), wait=wait)
    first.join()
    return done[0], second


def _dead() -> int:
    """A process that is gone."""
    process = os.fork()
    if process == 0:
        os._exit(0)
    os.waitpid(process, 0)
    return process
