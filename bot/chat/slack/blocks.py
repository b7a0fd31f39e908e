"""Cards as Slack's blocks: within every limit, in one column, so that they read on a phone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

from bot.chat import card
from bot.chat.card import Button, Card, Field, Line, Style, Tone
from bot.chat.slack import markup

Block: TypeAlias = dict[str, Any]

_HEADER = 150
_SECTION = 3000
_FIELD = 2000
_FIELDS = 10
_TEXT = 3000
_BUTTONS = 5
# Slack takes 50 blocks, and refuses messages that are very long in all; nobody reads them on a phone either.
_BLOCKS = 45
_LENGTH = 11_000
_SIGNS = {
    Tone.WAITING: "✋",
    Tone.WORKING: "⏳",
    Tone.GOOD: "✅",
    Tone.BAD: "❌",
    Tone.OVER: "▫️",
}
SEPARATOR = "/"
"""Between the place of a button and its action in the id that Slack sends back: a message may hold an action twice."""


def message(shown: Card) -> dict[str, Any]:
    """The arguments of chat.postMessage and chat.update that say what a card says."""
    text = markup.cut_escaped(markup.escaped(shown.text).strip(), _TEXT) or "-"
    return {
        "text": text,
        "blocks": [*content(shown), *_buttons(shown.buttons)],
        "unfurl_links": False,
        "unfurl_media": False,
    }


def content(shown: Card) -> list[Block]:
    """All of a card but its buttons; what is left out for its length is said."""
    title = markup.plain(f"{_SIGNS[shown.tone]} {shown.title}", _HEADER)
    blocks: list[Block] = [{"type": "header", "text": {"type": "plain_text", "text": title, "emoji": True}}]
    rest = [*_lines(shown.lines), *_fields(shown.fields), *_details(shown.details)]
    room = _LENGTH
    for place, each in enumerate(rest):
        room -= _length(each)
        if len(blocks) >= _BLOCKS or room < 0:
            left = len(rest) - place
            return [*blocks, context(f"{left} more part{'s' if left > 1 else ''} did not fit")]
        blocks.append(each)
    return blocks


def section(text: str) -> Block:
    """`text` is in Slack's markup already."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def context(text: str) -> Block:
    return {
        "type": "context",
        "elements": [{"type": "mrkdwn", "text": markup.cut_escaped(markup.escaped(text), 2000)}],
    }


def _lines(lines: Sequence[Line]) -> Iterator[Block]:
    piece = ""
    for each in lines:
        said = markup.line(each, _SECTION).strip()
        if not said:
            continue
        if piece and len(piece) + 1 + len(said) > _SECTION:
            yield section(piece)
            piece = said
        else:
            piece = f"{piece}\n{said}" if piece else said
    if piece:
        yield section(piece)


def _fields(fields: Sequence[Field]) -> Iterator[Block]:
    said = [each for each in map(_field, fields) if each]
    for begin in range(0, len(said), _FIELDS):
        texts = [{"type": "mrkdwn", "text": each} for each in said[begin : begin + _FIELDS]]
        yield {"type": "section", "fields": texts}


def _field(field: Field) -> str:
    name = markup.line((card.Strong(markup.cut(field.name, 200)),), 1500)
    value = markup.line(field.value, _FIELD - len(name) - 1).strip()
    return f"{name}\n{value}" if name and value else value or name


def _details(text: str) -> Iterator[Block]:
    return (section(each) for each in markup.fenced(text, _SECTION))


def _buttons(buttons: Iterable[Button]) -> Iterator[Block]:
    """In rows of as many as fit on a screen."""
    made = [_button(each, place) for place, each in enumerate(buttons)]
    for begin in range(0, min(len(made), 4 * _BUTTONS), _BUTTONS):
        yield {"type": "actions", "elements": made[begin : begin + _BUTTONS]}


def _button(button: Button, place: int) -> Block:
    made: Block = {
        "type": "button",
        "action_id": f"{place}{SEPARATOR}{button.action}",
        "value": button.value,
        "text": {"type": "plain_text", "text": markup.plain(button.label, 75), "emoji": True},
    }
    if button.style is not Style.PLAIN:
        made["style"] = button.style.value
    if button.confirm:
        made["confirm"] = {
            "title": {"type": "plain_text", "text": markup.plain(button.label, 100)},
            "text": {"type": "plain_text", "text": markup.plain(button.confirm, 300)},
            "confirm": {"type": "plain_text", "text": "Yes"},
            "deny": {"type": "plain_text", "text": "No"},
        }
    return made


def _length(block: Block) -> int:
    texts = block.get("fields") or [block["text"]]
    return sum(len(each["text"]) for each in texts)
