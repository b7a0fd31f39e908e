"""One message that is written once and kept up to date, whatever answer was lost."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NamedTuple

from bot.chat.card import Card
from bot.chat.chat import Chat, ChatError, GoneError, Posted


class Written(NamedTuple):
    """What is known of a message: `begun` since before it was first sent, `shown` is a digest of what it says."""

    posted: Posted | None = None
    begun: bool = False
    shown: str = ""


NOTHING = Written()


def bring(
    chat: Chat,
    channels: Sequence[str],
    key: str,
    card: Card,
    written: Written,
    keep: Callable[[Written], None],
) -> Posted:
    """Posts it to the first channel that takes it, or updates it where it says something else.

    `keep` writes down what is known, before and after. Raises ChatError.
    """
    posted, digest = written.posted, hashlib.sha256(repr(card).encode()).hexdigest()[:16]
    if posted is None and written.begun:
        # An earlier try may have been heard, and its answer lost.
        posted = _found(chat, channels, key)
    if posted is None:
        keep(Written(None, True))
        posted = _posted(chat, channels, key, card)
    elif written.shown == digest:
        return posted
    else:
        # Somebody may have deleted it: there is no message then, and nobody who wants one.
        with suppress(GoneError):
            chat.update(posted, card)
    keep(Written(posted, True, digest))
    return posted


def _posted(chat: Chat, channels: Sequence[str], key: str, card: Card) -> Posted:
    *first, last = dict.fromkeys(channels)
    for channel in first:
        try:
            return chat.post(channel, key, card)
        except ChatError as error:
            if error.again:
                raise
    return chat.post(last, key, card)


def _found(chat: Chat, channels: Sequence[str], key: str) -> Posted | None:
    for channel in dict.fromkeys(channels):
        try:
            found = chat.find(channel, key)
        except ChatError as error:
            if error.again:
                raise
            continue
        if found:
            return found
    return None
