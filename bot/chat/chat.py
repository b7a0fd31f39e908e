"""What requests ask of a chat: one message for each key, updated in place, with a thread below it."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple, Protocol

from bot.chat.card import Card


class ChatError(Exception):
    """The chat refused, or could not be reached; the message may have been written all the same.

    `again` tells whether the same call may succeed later, `after` from when on, where the chat said so.
    """

    def __init__(self, message: str, *, again: bool = False, after: datetime | None = None) -> None:
        super().__init__(message)
        self.again = again
        self.after = after


class GoneError(ChatError):
    """The message was deleted, or its channel was: it cannot be updated any more."""


class Posted(NamedTuple):
    """A message that is there: its channel's id and its own in it."""

    channel: str
    id: str


class Chat(Protocol):
    """A chat, as one app in it. `channel` is an id, a name as people.yaml has it (`#checkout`), or a user's id.

    All methods raise ChatError. Nothing here looks before it writes: whoever asks a second time looks with `find`.
    """

    def post(self, channel: str, key: str, card: Card) -> Posted:
        """A new message, which carries the key where people do not see it."""
        ...

    def update(self, posted: Posted, card: Card) -> None:
        """Raises GoneError where there is nothing to update."""
        ...

    def reply(self, posted: Posted, key: str, card: Card) -> Posted:
        """A new message in the thread of another."""
        ...

    def find(self, channel: str, key: str, thread: Posted | None = None) -> Posted | None:
        """Our message with this key in the channel, or in the thread, however long ago it was written."""
        ...

    def where(self, channel: str) -> str:
        """The id of a channel, however it is named: the one that `Posted` has."""
        ...
