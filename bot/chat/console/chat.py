"""A chat that is a terminal: messages wait until whoever reads has time for them."""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass, field, replace

from bot.chat.card import Button, Card, Mention
from bot.chat.chat import Posted


@dataclass(slots=True)
class _Message:
    channel: str
    key: str
    card: Card
    thread: str = ""
    shown: Card | None = None


@dataclass(slots=True)
class ConsoleChat:
    """A Chat in memory, safe for many threads; `names` are people by their ids."""

    names: dict[str, str] = field(default_factory=dict)
    _start: str = field(default_factory=lambda: secrets.token_hex(4))
    _messages: dict[str, _Message] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def post(self, channel: str, key: str, card: Card) -> Posted:
        return self._add(_Message(channel, key, card))

    def reply(self, posted: Posted, key: str, card: Card) -> Posted:
        return self._add(_Message(posted.channel, key, card, posted.id))

    def update(self, posted: Posted, card: Card) -> None:
        with self._lock:
            known = self._messages.get(posted.id)
            if known is None:
                # From an earlier start: nobody sees it any more, so it is said again.
                known = self._messages[posted.id] = _Message(posted.channel, "", card)
            known.card = card

    def find(self, channel: str, key: str, thread: Posted | None = None) -> Posted | None:
        with self._lock:
            for id, each in self._messages.items():
                if (each.channel, each.key, each.thread) == (channel, key, thread.id if thread else ""):
                    return Posted(channel, id)
        return None

    def where(self, channel: str) -> str:
        return channel

    def news(self) -> list[tuple[str, Card]]:
        """What was said since the last time, by channel: of a message that changed several times, only how it is."""
        found = []
        with self._lock:
            for each in self._messages.values():
                if each.card != each.shown:
                    found.append(
                        (f"{each.channel}{' (thread)' if each.thread else ''}", self._named(each.card))
                    )
                    each.shown = each.card
        return found

    def button(self, said: str) -> Button | None:
        """That of the newest message that has one of this action or label."""
        with self._lock:
            cards = [each.card for each in reversed(self._messages.values())]
        found = (button for card in cards for button in card.buttons)
        wanted = said.strip().lower()
        return next((each for each in found if wanted in (each.action, each.label.lower())), None)

    def _add(self, message: _Message) -> Posted:
        with self._lock:
            id = f"{self._start}/{len(self._messages)}"
            self._messages[id] = message
            return Posted(message.channel, id)

    def _named(self, card: Card) -> Card:
        """People by their names instead of ids."""
        lines = tuple(
            tuple(
                Mention(self.names.get(span.user, span.user)) if isinstance(span, Mention) else span
                for span in line
            )
            for line in card.lines
        )
        return replace(card, lines=lines)
