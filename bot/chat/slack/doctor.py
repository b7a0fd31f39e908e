"""What the bot lacks in Slack: tokens, scopes, channels that it is told to write to and is no member of."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any

from bot.chat.card import Card
from bot.chat.chat import ChatError
from bot.chat.slack import client
from bot.chat.slack.client import SlackChat
from bot.chat.slack.manifest import SCOPES
from compiler.doctor.finding import Area, Finding, State, missing, ok, unknown

_AGAIN = "install the App again from the manifest that `dbspec-bot manifest` prints"
_LATE = 60
"""Seconds by which Slack lets a signed request be older than our clock says: five minutes, and some are needed."""


def slack(
    chat: SlackChat,
    app_token: str,
    channels: Collection[str],
    now: datetime,
    *,
    test: str = "",
) -> Area:
    """`app_token` is "" where Slack comes by HTTP. `test` names a channel that a test card is posted to."""
    found = list(_told("bot token", partial(_token, chat, now)))
    if found[0].state is not State.OK:
        return Area("Slack", tuple(found))  # all the rest would say the same
    if app_token:
        found += _told("app-level token", partial(_socket, chat, app_token))
    found += _told("channels", partial(_channels, chat, channels))
    if test:
        found += _told("test card", partial(_card, chat, test, now))
    return Area("Slack", tuple(found))


def _told(about: str, ask: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from ask()
    except ChatError as error:
        words, _, fix = str(error).partition("; ")
        yield unknown(about, words, "try again") if error.again else missing(about, words, fix)


def _token(chat: SlackChat, now: datetime) -> Iterator[Finding]:
    answer = client.asked(chat.client.auth_test)
    yield ok("bot token", f"acts as {answer['user']} in {answer['team']}")
    headers = {name.lower(): value for name, value in answer.headers.items()}
    said = _one(headers.get("x-oauth-scopes", "")).replace(" ", "")
    lacking = sorted(set(SCOPES) - set(said.split(",")))
    if not said:
        yield unknown("scopes", "Slack does not say which the bot token has", _AGAIN)
    elif lacking:
        yield missing("scopes", f"the bot token lacks {', '.join(lacking)}", _AGAIN)
    else:
        yield ok("scopes", "has those that it needs")
    if date := _one(headers.get("date", "")):
        late = abs((now - parsedate_to_datetime(date)).total_seconds())
        if late > _LATE:
            yield missing(
                "clock",
                f"it differs from Slack's by {late:,.0f} seconds, and signed requests are refused",
                "let it be set by the network (`timedatectl set-ntp true`)",
            )
        else:
            yield ok("clock", f"within {max(late, 1):.0f} seconds of Slack's")


def _socket(chat: SlackChat, app_token: str) -> Iterator[Finding]:
    # Asks for an address, and does not go there.
    client.asked(partial(chat.client.apps_connections_open, app_token=app_token))
    yield ok("app-level token", "opens a socket")


def _channels(chat: SlackChat, channels: Collection[str]) -> Iterator[Finding]:
    known = {each["name"]: each for each in chat.channels()}
    known |= {each["id"]: each for each in known.values()}
    for name in sorted(channels):
        found = known.get(name.removeprefix("#"))
        if found is None:
            yield missing(
                f"channel {name}",
                "Slack has none of that name, or it is private and the bot is no member",
                "correct it in people.yaml or in the bot's settings, or invite the bot: /invite @dbspec",
            )
        elif not found.get("is_member"):
            yield missing(f"channel {name}", "the bot is no member", f"in {name}: /invite @dbspec")
        else:
            yield ok(f"channel {name}", "the bot is a member")
    if not channels:
        yield unknown(
            "channels",
            "no team has one, and neither do the settings: nobody is told of anything",
            "give teams a `channel` in people.yaml, or the settings `slack.channel`",
        )


def _card(chat: SlackChat, channel: str, now: datetime) -> Iterator[Finding]:
    posted = chat.post(
        channel,
        f"doctor/{now:%Y%m%dT%H%M%S}",
        Card("dbspec can write here", "A test card", (("Nothing has to be done about it.",),)),
    )
    yield ok("test card", f"posted to {channel} ({posted.id})")


def _one(header: Any) -> str:
    return str(header[0]) if isinstance(header, list) and header else str(header or "")
