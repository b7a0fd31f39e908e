"""Two replicas on PostgreSQL: whatever both are told, there is one branch, one pull request and one message of each."""

from __future__ import annotations

import json
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dbos  # noqa: F401 - once, for all the processes that are made here
import pytest

from bot.chat.card import Card
from bot.chat.chat import Posted
from bot.redactor import Redactor
from bot.requests import durable
from bot.requests.service import Place, Service
from tests.requests import postgres
from tests.requests.world import World

pytestmark = pytest.mark.skipif(postgres.binaries() is None, reason="no PostgreSQL server is installed here")


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with postgres.server() as url:
        yield url


class FileChat:
    """A chat that several processes write to."""

    def __init__(self, file: Path) -> None:
        self.file = file
        file.touch()

    def post(self, channel: str, key: str, card: Card) -> Posted:
        with self.file.open("a") as out:
            out.write(json.dumps([channel, key]) + "\n")
        return Posted(channel, key)

    def reply(self, posted: Posted, key: str, card: Card) -> Posted:
        return self.post(posted.channel, key, card)

    def update(self, posted: Posted, card: Card) -> None: ...

    def find(self, channel: str, key: str, thread: Posted | None = None) -> Posted | None:
        return Posted(channel, key) if [channel, key] in self.written() else None

    def where(self, channel: str) -> str:
        return channel

    def written(self) -> list[list[str]]:
        return [json.loads(line) for line in self.file.read_text().splitlines()]


def replica(world: World, name: str, work: Callable[[Service], None], ahead: timedelta = timedelta()) -> int:
    """A process with a service; its number."""
    child = os.fork()
    if child:
        return child
    try:
        place = Place(world.forge.url, world.database, world.root / name, executor=name)
        chat = FileChat(world.root / "chat")
        running = Service(place, world.hub, chat, Redactor(), clock=lambda: datetime.now(UTC) + ahead)
        running.start()
        work(running)
        running.stop(0)
        os._exit(0)
    finally:
        os._exit(70)


def test_two_replicas_that_are_told_the_same_carry_it_once(tmp_path: Path, database: str) -> None:
    world = World(tmp_path, database=database)
    ids = [f"t{number}" for number in range(4)]

    def work(running: Service) -> None:
        for id in ids:
            running.desk.submit(world.new(f"dev/{id}", id=id))
        for _ in range(300):
            found = [running.office.ledger.entry(id) for id in ids]
            if all(each and each.number and each.posted for each in found):
                return
            time.sleep(0.1)
        os._exit(1)

    children = [replica(world, name, work) for name in ("one", "two")]
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0, 0]
    assert len(world.pulls()) == len(world.branches()) == len(ids)
    written = Counter(key for _, key in FileChat(tmp_path / "chat").written())
    assert {f"request/{id}": 1 for id in ids}.items() <= written.items()
    assert set(written.values()) == {1}


def test_a_replica_takes_over_what_another_had_when_it_died(tmp_path: Path, database: str) -> None:
    world = World(tmp_path, database=database)

    def dies(running: Service) -> None:
        def step(self: object, name: str, function: Callable[[], dict]) -> dict:  # type: ignore[type-arg]
            if name == "push":
                os.kill(os.getpid(), signal.SIGKILL)
            return kept(self, name, function)  # type: ignore[arg-type]

        kept = durable._Run.step
        durable._Run.step = step  # type: ignore[method-assign]
        running.desk.submit(world.new(id="d1"))
        time.sleep(30)

    def takes_over(running: Service) -> None:
        for _ in range(300):
            entry = running.office.ledger.entry("d1")
            if entry and entry.number and entry.posted:
                return
            time.sleep(0.1)
        os._exit(1)

    first = replica(world, "three", dies)
    assert os.waitstatus_to_exitcode(os.waitpid(first, 0)[1]) == -signal.SIGKILL
    second = replica(world, "four", takes_over, timedelta(minutes=10))
    assert os.waitstatus_to_exitcode(os.waitpid(second, 0)[1]) == 0
    assert len(world.pulls()) == 1
    written = Counter(key for _, key in FileChat(tmp_path / "chat").written())
    assert written["request/d1"] == 1


def test_a_replica_that_only_works_is_not_taken_for_dead(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another one is the reconciler: this one gives its signs of life all the same."""
    monkeypatch.setattr(durable, "_APART", timedelta(seconds=0.4))
    world = World(tmp_path, database=database)

    def work(running: Service) -> None:
        now = datetime.now(UTC)
        running.marks.set("reconciler", "another", now + timedelta(hours=1))
        time.sleep(1)
        os._exit(0 if running.marks.named("executor/five", now + timedelta(seconds=0.3)) else 1)

    assert os.waitstatus_to_exitcode(os.waitpid(replica(world, "five", work), 0)[1]) == 0


def test_two_who_ask_two_replicas_for_one_name_get_one_pull_request(tmp_path: Path, database: str) -> None:
    world = World(tmp_path, database=database)
    ids = {"six": "UADA", "seven": "UGRACE"}

    def work(running: Service) -> None:
        name = running.durable.executor
        running.desk.submit(world.new("dev/same", id=name, by=ids[name]))
        for _ in range(300):
            found = [running.office.ledger.entry(id) for id in ids]
            if all(each and (each.number or each.ended) for each in found):
                return
            time.sleep(0.1)
        os._exit(1)

    children = [replica(world, name, work) for name in ids]
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0, 0]
    (pull,) = world.pulls()
    loser, winner = sorted((world.office.ledger.entry(id) for id in ids), key=lambda each: each.number)  # type: ignore[union-attr]
    assert (loser.number, winner.number) == (0, pull.number)
    assert f"pull request #{pull.number}" in loser.note
