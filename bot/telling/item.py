"""One thing that a channel is told, as it is now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.chat.card import Code, Line, Link, Mention, Span, Strong, Tone

_SPANS = {"strong": Strong, "code": Code, "mention": Mention, "link": Link}


@dataclass(frozen=True, slots=True)
class Item:
    """`key` says what it is about: the same key is the same thing, however it stands.

    `title` is what a message is called that tells nothing else, `line` how it stands, `words` what AWS said of it.
    `call` are those in the chat who are to be notified of it as it is now.
    """

    key: str
    channel: str
    title: str
    line: Line
    tone: Tone
    words: str = ""
    call: tuple[str, ...] = ()


def to_data(item: Item) -> dict[str, Any]:
    """As JSON knows it."""
    return {
        "key": item.key,
        "channel": item.channel,
        "title": item.title,
        "line": [_span(each) for each in item.line],
        "tone": item.tone.value,
        "words": item.words,
    }


def from_data(data: Mapping[str, Any]) -> Item:
    """The inverse, without whom to call."""
    line = tuple(_read(each) for each in data["line"])
    return Item(data["key"], data["channel"], data["title"], line, Tone(data["tone"]), data["words"])


def _span(span: Span) -> list[str]:
    if isinstance(span, str):
        return ["", span]
    return [type(span).__name__.lower(), *span]


def _read(data: Sequence[str]) -> Span:
    kind, *parts = data
    span: Span = _SPANS[kind](*parts) if kind else parts[0]
    return span
