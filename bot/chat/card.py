"""A message as data: what it says, how it is marked up, and what can be pressed; no chat's own markup."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, TypeAlias


class Link(NamedTuple):
    """Words that lead somewhere."""

    text: str
    url: str


class Mention(NamedTuple):
    """Somebody who is to be notified: their id in the chat."""

    user: str


class Strong(NamedTuple):
    """Words that stand out."""

    text: str


class Code(NamedTuple):
    """A name or value, shown as it is."""

    text: str


Span: TypeAlias = str | Link | Mention | Strong | Code
"""A text is as somebody typed it: whoever renders a card escapes it."""
Line: TypeAlias = tuple[Span, ...]


class Tone(StrEnum):
    """How it stands, at a glance."""

    WAITING = "waiting"
    WORKING = "working"
    GOOD = "good"
    BAD = "bad"
    OVER = "over"


class Style(StrEnum):
    PLAIN = "plain"
    PRIMARY = "primary"
    DANGER = "danger"


@dataclass(frozen=True, slots=True)
class Button:
    """`action` says what pressing it asks for, `value` is an opaque id: who presses is authorised again.

    `confirm` is asked before, where it is not empty.
    """

    action: str
    value: str
    label: str
    style: Style = Style.PLAIN
    confirm: str = ""


class Field(NamedTuple):
    """A short fact under a name."""

    name: str
    value: Line


@dataclass(frozen=True, slots=True)
class Card:
    """One message.

    `text` is all that a notification or a screen reader shows. `details` is what is kept as it is, line by line: a
    file, AWS's own words. Lengths are the renderer's to keep: what it cuts it says.
    """

    text: str
    title: str
    lines: tuple[Line, ...] = ()
    fields: tuple[Field, ...] = ()
    details: str = ""
    buttons: tuple[Button, ...] = ()
    tone: Tone = Tone.WORKING


def plain(line: Line) -> str:
    """The words of a line, without their markup."""
    return "".join(_word(each) for each in line)


def _word(span: Span) -> str:
    match span:
        case Link(text, url):
            return f"{text} ({url})" if text != url else url
        case Mention(user):
            return f"@{user}"
        case Strong(text) | Code(text):
            return text
        case _:
            return span
