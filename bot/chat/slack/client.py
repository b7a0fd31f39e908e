"""Slack's Web API as requests take it: one message for a key, found again where an answer got lost."""

from __future__ import annotations

import http.client
import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.error import URLError

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.http_retry import HttpRequest, HttpResponse, RetryHandler, RetryState
from slack_sdk.http_retry.builtin_handlers import (
    ConnectionErrorRetryHandler,
    RateLimitErrorRetryHandler,
    ServerErrorRetryHandler,
)

from bot.chat.card import Card
from bot.chat.chat import ChatError, GoneError, Posted
from bot.chat.slack import blocks

# What fails is raised as well, and told by whoever asked: not every try that goes wrong is an error of ours.
QUIET = logging.getLogger(f"{__name__}.sdk")
QUIET.setLevel(logging.CRITICAL)
EVENT = "dbspec"
"""The type of the metadata that carries a message's key."""
# Longer than that, whoever asked is told when to come back instead of waiting.
_PATIENCE = 5
_PAGE = 200
_GONE = frozenset(
    {"message_not_found", "cant_update_message", "channel_not_found", "edit_window_closed", "is_archived"}
)
_AGAIN = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout", "ratelimited"})
_FIXES = {
    "not_in_channel": "invite the bot into the channel",
    "channel_not_found": "correct the channel in people.yaml, or invite the bot where it is private",
    "invalid_auth": "set another bot token",
    "token_revoked": "set another bot token",
    "missing_scope": "install the App again from its manifest",
}
_BROKEN = (URLError, http.client.HTTPException, OSError, TimeoutError)


class _BriefLimit(RateLimitErrorRetryHandler):
    """Waits where Slack asks for a moment; a longer limit is the caller's to wait for."""

    def _can_retry(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        limited = super()._can_retry(state=state, request=request, response=response, error=error)
        return limited and response is not None and _seconds(response.headers) <= _PATIENCE


def connect(token: str, base_url: str, *, repeatable: bool = True, timeout: int = 10) -> WebClient:
    """A client; `repeatable` is for what may be sent twice, where an answer got lost.

    Slack refuses what it limits without doing it, so that is always sent again.
    """
    handlers: list[RetryHandler] = [_BriefLimit(max_retry_count=2)]
    if repeatable:
        handlers += [
            ConnectionErrorRetryHandler(max_retry_count=2),
            ServerErrorRetryHandler(max_retry_count=2),
        ]
    return WebClient(token=token, base_url=base_url, timeout=timeout, retry_handlers=handlers, logger=QUIET)


@dataclass(frozen=True, slots=True)
class SlackChat:
    """A Chat. `client` is for what may be sent twice, `poster` for messages, which may not."""

    client: WebClient
    poster: WebClient
    _channels: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def of(cls, token: str, base_url: str) -> SlackChat:
        return cls(connect(token, base_url), connect(token, base_url, repeatable=False))

    def post(self, channel: str, key: str, card: Card) -> Posted:
        return self._post(channel, key, card)

    def reply(self, posted: Posted, key: str, card: Card) -> Posted:
        return self._post(posted.channel, key, card, thread_ts=posted.id)

    def update(self, posted: Posted, card: Card) -> None:
        said = blocks.message(card)
        call = partial(self.client.chat_update, channel=posted.channel, ts=posted.id)
        asked(partial(call, text=said["text"], blocks=said["blocks"]), gone=True)

    def find(self, channel: str, key: str, thread: Posted | None = None) -> Posted | None:
        there = thread.channel if thread else self.where(channel)
        mine = self._me()
        for message in self._messages(there, thread):
            metadata = message.get("metadata") or {}
            if (
                metadata.get("event_type") == EVENT
                and metadata.get("event_payload", {}).get("key") == key
                and mine & {message.get("user"), message.get("bot_id")}
            ):
                return Posted(there, str(message["ts"]))
        return None

    def _post(self, channel: str, key: str, card: Card, thread_ts: str | None = None) -> Posted:
        there = self.where(channel)
        answer = asked(
            partial(
                self.poster.chat_postMessage,
                channel=there,
                metadata={"event_type": EVENT, "event_payload": {"key": key}},
                thread_ts=thread_ts,
                **blocks.message(card),
            )
        )
        return Posted(str(answer["channel"]), str(answer["ts"]))

    def _messages(self, channel: str, thread: Posted | None) -> Iterator[dict[str, Any]]:
        """Newest first, those of a thread oldest first."""
        call = partial(self.client.conversations_history, channel=channel)
        if thread:
            call = partial(self.client.conversations_replies, channel=channel, ts=thread.id)
        for page in _pages(partial(call, limit=_PAGE, include_all_metadata=True)):
            yield from page["messages"]

    def where(self, channel: str) -> str:
        """The id of a channel, or of the conversation with a user."""
        if channel.startswith(("C", "G", "D")):
            return channel
        with self._lock:
            known = self._channels.get(channel)
        if known is None:
            known = self._opened(channel) if channel.startswith(("U", "W")) else self._named(channel)
            with self._lock:
                self._channels[channel] = known
        return known

    def _opened(self, user: str) -> str:
        answer = asked(partial(self.client.conversations_open, users=user))
        return str(answer["channel"]["id"])

    def channels(self) -> Iterator[dict[str, Any]]:
        """All that can be seen: the public ones, and the private ones of which the bot is a member."""
        listed = partial(
            self.client.conversations_list,
            types="public_channel,private_channel",
            exclude_archived=True,
            limit=_PAGE,
        )
        for page in _pages(listed):
            yield from page["channels"]

    def _named(self, channel: str) -> str:
        name = channel.removeprefix("#")
        for each in self.channels():
            if each["name"] == name:
                return str(each["id"])
        raise ChatError(f"Slack has no channel {channel}: {_FIXES['channel_not_found']}")

    def _me(self) -> set[str]:
        """As whom the bot's own messages can be signed: its user, its bot, or both."""
        with self._lock:
            known = self._channels.get("")
        if known is None:
            answer = asked(self.client.auth_test)
            known = f"{answer['user_id']} {answer.get('bot_id') or ''}"
            with self._lock:
                self._channels[""] = known
        return set(known.split())


def _pages(call: Callable[..., Any]) -> Iterator[Any]:
    """Every page of a list."""
    cursor: str | None = None
    while True:
        page = asked(partial(call, cursor=cursor))
        yield page
        cursor = (page.get("response_metadata") or {}).get("next_cursor") or None
        if cursor is None:
            return


def asked(call: Callable[[], Any], *, gone: bool = False) -> Any:
    """What Slack answers; raises ChatError."""
    try:
        return call()
    except SlackApiError as error:
        raise _refusal(error, gone=gone) from error
    except (SlackClientError, *_BROKEN) as error:
        raise ChatError(f"Slack cannot be reached: {error}", again=True) from error


def _refusal(error: SlackApiError, *, gone: bool) -> ChatError:
    response = error.response
    code = str(response.get("error", "")) if isinstance(response.data, dict) else ""
    if response.status_code == 429 or code == "ratelimited":
        after = datetime.now(UTC) + timedelta(seconds=_seconds(response.headers))
        return ChatError("Slack takes no more messages for now", again=True, after=after)
    if response.status_code >= 500 or code in _AGAIN:
        return ChatError(f"Slack failed: {code or response.status_code}", again=True)
    if gone and code in _GONE:
        return GoneError(f"the message is gone: {code}")
    needed = f" ({response['needed']})" if code == "missing_scope" and response.get("needed") else ""
    fix = _FIXES.get(code)
    return ChatError(f"Slack refused: {code}{needed}" + (f"; {fix}" if fix else ""))


def _seconds(headers: Any) -> int:
    """What Retry-After says, in either of the ways in which headers are kept."""
    found = next((value for name, value in headers.items() if name.lower() == "retry-after"), 1)
    first = found[0] if isinstance(found, list) else found
    return int(first) if str(first).isdigit() else 1
