"""The bot as a server: Slack before it, requests behind it, and how all of it begins and ends."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from bot import http
from bot.audit import Trail
from bot.chat.chat import ChatError
from bot.chat.cleaning import cleaned
from bot.chat.dispatcher import Dispatcher
from bot.chat.slack import http as slack_http
from bot.chat.slack.app import Listener
from bot.chat.slack.client import SlackChat, connect
from bot.chat.slack.socket import Socket
from bot.forge.cloning import origin
from bot.forge.connect import connect as connect_forge
from bot.forge.connect import connect_commits, starter
from bot.forge.forge import ForgeError
from bot.metrics import Metrics
from bot.requests import webhook
from bot.requests.service import Place, Service
from bot.settings import Settings
from bot.watched import WatchedDesk, watched
from compiler.diagnostics import UserError

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.routing import BaseRoute

log = logging.getLogger(__name__)

_LONGEST = 30.0
"""Seconds between two tries to reach Slack."""


@dataclass(slots=True)
class Server:
    """Made of settings that lack nothing; `executor` names this process among its replicas, the same after a restart.

    `app` is what is served by HTTP. `failed` is set where going on makes no sense, and `failure` says why.
    """

    settings: Settings
    executor: str = "local"
    service: Service = field(init=False)
    listener: Listener = field(init=False)
    socket: Socket | None = field(init=False, default=None)
    app: Starlette = field(init=False)
    failed: threading.Event = field(default_factory=threading.Event)
    failure: UserError | None = None
    _metrics: Metrics = field(init=False)
    _trail: Trail = field(init=False)
    _ending: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        settings, slack = self.settings, self.settings.file.slack
        assert slack is not None
        secrets, redactor = settings.secrets, settings.redactor()
        self._metrics = Metrics(self._standing)
        github = settings.file.forge.github
        url, token = origin(settings.forge_environ, github.url if github else "", self._rest)
        place = Place(
            url=url,
            database=settings.database_url,
            folder=settings.data,
            token=token,
            branch=settings.file.branch,
            specs=settings.file.specs,
            executor=self.executor,
            channel=slack.channel,
            poll=timedelta(seconds=settings.file.poll_seconds),
            sweep=timedelta(minutes=settings.file.sweep_minutes),
        )
        forge = connect_forge(settings.forge_environ, self._rest)
        chat = SlackChat.of(secrets.slack_bot_token, slack.api_url)
        settings.data.mkdir(parents=True, exist_ok=True)
        signed = github is not None and github.signed_commits
        self.service = Service(
            place,
            forge,
            chat,
            redactor,
            apply=starter(settings.forge_environ, self._rest),
            commits=connect_commits(settings.forge_environ, self._rest) if signed else None,
            answering=connect_forge(settings.forge_environ, self._rest, hurry=True),
        )
        self._trail = Trail(self.service.office.ledger.engine, lambda: datetime.now(UTC))
        self.service.office.forge = watched(forge, self._trail, self._metrics)
        desk = WatchedDesk(self.service.desk, self._trail, self._metrics, redactor)
        self.listener = Listener(
            Dispatcher(desk, slack.command),
            connect(secrets.slack_bot_token, slack.api_url),
            clean=partial(cleaned, redactor=redactor),
        )
        self.app = http.application(self._metrics, self._checks(), list(self._routes()))
        logging.getLogger().addHandler(self._metrics.counting())

    def start(self) -> None:
        """Takes up what an earlier process left, and then listens.

        Raises ForgeError where the repository is away, BusyError where the database is.
        """
        self._trail.create()
        self.service.start()
        if self.socket is not None:
            threading.Thread(target=self._connect, args=(self.socket,), name="connect", daemon=True).start()

    def stop(self, patience: float = 20.0) -> None:
        """Takes nothing more, finishes what was taken, and leaves the rest to the next start."""
        self._ending.set()
        if self.socket is not None:
            self.socket.close()
        self.listener.close()
        self.service.stop(patience)

    @contextmanager
    def running(self) -> Iterator[Server]:
        """Started, and stopped whatever happens then."""
        self.start()
        try:
            yield self
        finally:
            self.stop()

    def _rest(self, seconds: float) -> None:
        """What GitHub asks for; nobody who ends waits for it."""
        if self._ending.wait(seconds):
            raise ForgeError("the bot ends", again=True)

    def _connect(self, socket: Socket) -> None:
        """Until Slack can be reached, which it may not be when the bot starts."""
        wait = 1.0
        while not self._ending.is_set():
            try:
                socket.connect()
                log.info("connected to Slack")
                return
            except ChatError as error:
                log.warning("%s; trying again in %d s", error, wait)
            except UserError as error:
                self.failure = error
                self.failed.set()
                return
            self._ending.wait(wait)
            wait = min(wait * 2, _LONGEST)

    def _routes(self) -> Iterator[BaseRoute]:
        settings, slack = self.settings, self.settings.file.slack
        assert slack is not None
        if slack.mode == "http":
            yield slack_http.route(self.listener.app(settings.secrets.slack_signing_secret))
        else:
            self.socket = Socket(self.listener.app(), settings.secrets.slack_app_token)
        if settings.file.webhooks:
            service = self.service
            yield webhook.route(
                settings.secrets.github_webhook_secret,
                service.marks,
                service.office.clock,
                service.reconciler.wake,
            )

    def _checks(self) -> http.Checks:
        return {"slack": self._slack, "database": self._database}

    def _slack(self) -> str:
        if self.socket is None or self.socket.connected:
            return ""
        return "not connected"

    def _database(self) -> str:
        self.service.office.ledger.entry("")
        return ""

    def _standing(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for each in self.service.office.ledger.entries(limit=10_000):
            stage = each.stage or "asked"
            found[stage] = found.get(stage, 0) + 1
        return found
