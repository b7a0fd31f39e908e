"""Slack by Socket Mode: a connection that the bot opens, so that it needs no public address."""

from __future__ import annotations

import http.client
import logging
import socket
from contextlib import suppress
from dataclasses import dataclass, field

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk.errors import SlackApiError

from bot.chat.chat import ChatError
from bot.chat.slack.app import CONCURRENCY
from compiler.diagnostics import Exit, fail

log = logging.getLogger(__name__)

# Seconds: a connection that died without a word is only noticed by pings that nobody answers, four of them.
_PING = 2
# Slack's client unwraps what it read by recursion, one level or more a message.
_BUFFER = 8192
# No other token helps but another one.
_HOPELESS = frozenset(
    {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "not_allowed_token_type"}
)


@dataclass(frozen=True, slots=True)
class Socket:
    """The connection of one App; after `connect` it is kept, and made anew when Slack or the network end it."""

    app: App
    app_token: str
    ping: float = _PING
    handler: SocketModeHandler = field(init=False)

    def __post_init__(self) -> None:
        handler = SocketModeHandler(
            self.app,
            self.app_token,
            logger=log,
            ping_interval=self.ping,
            receive_buffer_size=_BUFFER,
            concurrency=CONCURRENCY,
        )
        object.__setattr__(self, "handler", handler)

    @property
    def connected(self) -> bool:
        return self.handler.client.is_connected()

    def connect(self) -> None:
        """Opens it.

        Raises UserError where the token is to blame, ChatError where Slack cannot be reached.
        """
        try:
            self.handler.connect()  # type: ignore[no-untyped-call]
        except SlackApiError as error:
            code = error.response.get("error")
            if code in _HOPELESS:
                raise fail(
                    "slack/app-token",
                    f"Slack refuses the app-level token: {code}",
                    "set one that begins with xapp- and has the scope connections:write",
                    exit_code=Exit.ENGINE,
                ) from error
            raise ChatError(f"Slack opens no connection: {code}", again=True) from error
        except (OSError, http.client.HTTPException) as error:
            raise ChatError(f"Slack cannot be reached: {error}", again=True) from error
        if not self.connected:
            raise ChatError("Slack's connection broke while it was made", again=True)

    def close(self) -> None:
        """Takes nothing more, and waits until what was taken is acknowledged."""
        client = self.handler.client
        client.auto_reconnect_enabled = False
        client.closed = True
        client.message_workers.shutdown()
        session = client.current_session
        if session is not None and session.sock is not None:
            # Whoever waits for what Slack says next wakes up.
            with suppress(OSError):
                session.sock.shutdown(socket.SHUT_RDWR)
        self.handler.close()  # type: ignore[no-untyped-call]
