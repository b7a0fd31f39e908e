"""A bot between Slack and a desk, reached in both ways."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from slack_bolt import App

from bot.chat.dispatcher import Dispatcher
from bot.chat.slack.app import Listener
from bot.chat.slack.client import SlackChat, connect
from bot.chat.slack.socket import Socket
from tests.chat.desk import NotingDesk, main
from tests.chat.serving import served
from tests.chat.slack_person import ByHttp, BySocket, Person, Way
from tests.chat.slack_server import APP_TOKEN, BOT_TOKEN, SECRET, SlackServer
from tests.chat.slack_things import Message


@dataclass
class Scene:
    """Slack, the bot, and people who talk with it."""

    slack: SlackServer
    way: Way
    desk: NotingDesk
    listener: Listener
    chat: SlackChat

    @property
    def ada(self) -> Person:
        return Person(self.slack, self.way)

    @property
    def grace(self) -> Person:
        return Person(self.slack, self.way, "U0GRACE", "C0PLATFORM")

    def until(self, holds: Callable[[], object], seconds: float = 60) -> None:
        """Until something holds: what the bot does after its acknowledgement takes its time."""
        end = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > end:
                raise TimeoutError(f"it never came; Slack says {self.slack.problems}")
            time.sleep(0.01)

    def told(self, number: int = 1) -> Message:
        """The last answer that only its asker sees, once there are so many."""
        self.until(lambda: len(self.slack.replies) >= number)
        return self.slack.replies[-1]


@contextlib.contextmanager
def scene(way: str, patience: float = 30.0, ping: float = 2.0) -> Iterator[Scene]:
    """A bot that is reached by `socket` or `http`."""
    desk = NotingDesk(main())
    with SlackServer() as slack:
        listener = Listener(Dispatcher(desk), connect(BOT_TOKEN, slack.api), patience)
        chat = SlackChat.of(BOT_TOKEN, slack.api)
        way_in = served(listener.app(SECRET)) if way == "http" else connected(listener.app(), slack, ping)
        with way_in as url:
            talk: Way = ByHttp(f"{url}/slack/events") if way == "http" else BySocket(slack)
            yield Scene(slack, talk, desk, listener, chat)
        listener.close()


@contextlib.contextmanager
def connected(app: App, slack: SlackServer, ping: float) -> Iterator[str]:
    """An App by Socket Mode."""
    socket = Socket(app, APP_TOKEN, ping)
    socket.connect()
    slack.sockets.wait()
    try:
        yield ""
    finally:
        socket.close()


@pytest.fixture(scope="session")
def socket_scene() -> Iterator[Scene]:
    with scene("socket") as made:
        yield made


@pytest.fixture(scope="session")
def http_scene() -> Iterator[Scene]:
    with scene("http") as made:
        yield made


@pytest.fixture(scope="session")
def hasty_scene() -> Iterator[Scene]:
    """One that lets nobody wait for the compiler, and notices soon when its connection is dead."""
    with scene("socket", patience=0.1, ping=0.3) as made:
        yield made


def fresh(made: Scene) -> Iterator[Scene]:
    """The same bot, and a Slack in which nobody said anything yet."""
    made.slack.forget()
    made.desk.forget()
    yield made
    assert made.slack.problems == []


@pytest.fixture
def by_socket(socket_scene: Scene) -> Iterator[Scene]:
    yield from fresh(socket_scene)


@pytest.fixture
def by_http(http_scene: Scene) -> Iterator[Scene]:
    yield from fresh(http_scene)


@pytest.fixture
def hasty(hasty_scene: Scene) -> Iterator[Scene]:
    yield from fresh(hasty_scene)


@pytest.fixture(params=["by_socket", "by_http"])
def either(request: pytest.FixtureRequest) -> Scene:
    made: Scene = request.getfixturevalue(request.param)
    return made


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    """A Slack without a bot."""
    with SlackServer() as server:
        yield server
        assert server.problems == []
