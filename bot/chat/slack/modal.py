"""Forms as Slack's modals: what is asked, the sections behind "more", each problem at its field, and a last look."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from bot.chat import answers
from bot.chat.answers import Said
from bot.chat.card import Card
from bot.chat.fields import Control, Field
from bot.chat.forms import Form
from bot.chat.slack import blocks, markup
from bot.chat.slack.blocks import Block
from bot.requests import request as requests
from bot.requests.draft import Problem
from bot.requests.request import Intent, Request

START, FORM, CONFIRM, SHOWN = "start", "form", "confirm", "shown"
"""The callback ids of modals: three that are sent, and those that only say something."""
MORE = "more"
"""The action of the menu that opens sections."""
_VALUE = "value"
_METADATA = 3000
_TITLE = 24
_TEXT = 3000
# Of the 100 blocks of a view, some say what it is about.
_FIELDS = 90
_OPTIONS = 100
_OPTION = 75
_WORDS = {
    Intent.REQUEST: "New database",
    Intent.CHANGE: "Change a database",
    Intent.REMOVE: "Remove a database",
    Intent.JOIN: "Join",
}


class TooLongError(Exception):
    """The answers are longer than what a modal can carry."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a modal remembers: the request's id since the form opened, what it is about, and which sections are open."""

    id: str
    action: Intent
    target: str = ""
    kind: str = ""
    channel: str = ""
    sections: tuple[str, ...] = ()

    def pack(self) -> str:
        data = [self.id, self.action.value, self.target, self.kind, self.channel, *self.sections]
        return json.dumps(data, separators=(",", ":"))

    @classmethod
    def unpack(cls, text: str) -> Sheet:
        id, action, target, kind, channel, *sections = json.loads(text)
        return cls(id, Intent(action), target, kind, channel, tuple(sections))

    def opening(self, section: str) -> Sheet:
        """With one more section open."""
        kept = tuple(each for each in self.sections if each != section)
        return Sheet(self.id, self.action, self.target, self.kind, self.channel, (*kept, section))


class State(NamedTuple):
    """What the fields of a view hold: all of them, and only those that somebody touched."""

    every: Mapping[str, Said]
    touched: Mapping[str, Said]


def start(form: Form, sheet: Sheet) -> dict[str, Any]:
    """The first modal, where the command named no database."""
    return _view(START, "Ask for a database", "Next", "Close", map(_input, form.first), sheet.pack())


def view(form: Form, sheet: Sheet) -> dict[str, Any]:
    """A form with the sections of `sheet` open; those opened first are closed again where there is no room for all."""
    sections = list(sheet.sections)
    while sections and len(form.shown(sections)) + len(sections) > _FIELDS:
        sections.pop(0)
    shown: list[Block] = [_about(form)] if form.target else []
    shown += map(_input, form.first[:_FIELDS])
    for group in form.more:
        if group.title in sections:
            shown += [blocks.section(f"*{markup.escaped(group.title)}*"), *map(_input, group.fields)]
    closed = [each.title for each in form.more if each.title not in sections]
    if closed:
        shown.append(_menu(closed))
    packed = Sheet(sheet.id, sheet.action, sheet.target, sheet.kind, sheet.channel, tuple(sections)).pack()
    return _view(FORM, _WORDS[form.action], "Next", "Cancel", shown, packed)


def confirm(card: Card, request: Request) -> dict[str, Any]:
    """The last look: submitting it opens the pull request. Raises TooLongError where the answers do not fit in it."""
    packed = pack(request)
    shown = [
        *blocks.content(card),
        blocks.context("Sending this opens a pull request. Nothing is applied before it is merged."),
    ]
    return _view(CONFIRM, _WORDS[request.action], "Send", "Back", shown, packed)


def refused(card: Card) -> dict[str, Any]:
    """What cannot be sent: a modal with nothing to submit."""
    return _view(SHOWN, "Not yet", "", "Back", blocks.content(card), "")


def taken(card: Card) -> dict[str, Any]:
    """What stands there when a request was taken; closing it closes the form below as well."""
    return {**_view(SHOWN, "Taken", "", "Close", blocks.content(card), ""), "clear_on_close": True}


def waiting(external: str) -> dict[str, Any]:
    """What stands there while the compiler works; `external` is the name by which it is replaced."""
    made = _view(SHOWN, "One moment", "", "Close", [blocks.section("Looking at what that means …")], "")
    return {**made, "external_id": external}


def said(given: Mapping[str, Any]) -> State:
    """What somebody wrote into a view, as Slack hands it back."""
    every: dict[str, Said] = {}
    touched: dict[str, Said] = {}
    values = given.get("state", {}).get("values", {})
    for block in given.get("blocks", ()):
        if block.get("type") != "input":
            continue
        element = block["element"]
        held = values.get(block["block_id"], {}).get(element["action_id"], {})
        now, before = _held(held), _held(_initially(element))
        every[block["block_id"]] = now
        if (now or "") != (before or ""):
            touched[block["block_id"]] = now
    return State(every, touched)


def errors(problems: Iterable[Problem], given: Mapping[str, Any]) -> dict[str, str]:
    """Each problem at its field; one whose field is not shown stands at the last one, with its key before it."""
    shown = [each["block_id"] for each in given.get("blocks", ()) if each.get("type") == "input"]
    found: dict[str, list[str]] = {}
    for each in problems:
        near = [key for key in shown if each.key == key or each.key.startswith((f"{key}.", f"{key}["))]
        at = max(near, key=len, default=shown[-1])
        words = str(each) if at == each.key or not each.key else f"{each.key}: {each}"
        found.setdefault(at, []).append(words)
    return {key: markup.plain("\n".join(each), 1900) for key, each in found.items()}


def pack(request: Request) -> str:
    """A request as a modal carries it. Raises TooLongError."""
    data = json.dumps(requests.to_data(request), separators=(",", ":"), ensure_ascii=False).encode()
    packed = base64.urlsafe_b64encode(zlib.compress(data, 9)).decode()
    if len(packed) > _METADATA:
        raise TooLongError("this is more than a form can carry; write it in a pull request")
    return packed


def unpack(packed: str) -> Request:
    return requests.from_data(json.loads(zlib.decompress(base64.urlsafe_b64decode(packed))))


def _view(
    callback: str, title: str, submit: str, close: str, shown: Iterable[Block], metadata: str
) -> dict[str, Any]:
    made: dict[str, Any] = {
        "type": "modal",
        "callback_id": callback,
        "title": {"type": "plain_text", "text": markup.plain(title, _TITLE)},
        "close": {"type": "plain_text", "text": close},
        "blocks": list(shown),
        "private_metadata": metadata,
    }
    if submit:
        made["submit"] = {"type": "plain_text", "text": submit}
    return made


def _about(form: Form) -> Block:
    return blocks.context(f"{form.kind} {form.target}. What you leave as it is follows the defaults.")


def _menu(titles: Sequence[str]) -> Block:
    return {
        "type": "actions",
        "block_id": MORE,
        "elements": [
            {
                "type": "static_select",
                "action_id": MORE,
                "placeholder": {"type": "plain_text", "text": "More settings"},
                "options": [_option(each) for each in titles[:_OPTIONS]],
            }
        ],
    }


def _input(field: Field) -> Block:
    origin = f" Now: {_now(field)}, from {field.origin}." if field.origin and field.value is not None else ""
    made: Block = {
        "type": "input",
        "block_id": field.key,
        "label": {"type": "plain_text", "text": markup.plain(field.key, 2000)},
        "optional": not field.required,
        "element": {**_element(field), "action_id": _VALUE},
    }
    if hint := f"{field.help}{origin}".strip():
        made["hint"] = {"type": "plain_text", "text": markup.plain(hint, 2000)}
    return made


def _now(field: Field) -> str:
    return markup.cut(" ".join(answers.shown(field, field.value).split()), 100) or "nothing"


def _element(field: Field) -> dict[str, Any]:
    words = answers.shown(field, field.value)
    if field.control in (Control.CHOICE, Control.MANY) and _fits(field.choices):
        return _select(field, words)
    if field.control is Control.DAY and _is_day(words or "2027-01-31"):
        return {"type": "datepicker", **({"initial_date": words} if words else {})}
    made: dict[str, Any] = {"type": "plain_text_input"}
    if field.control in (Control.WHOLE, Control.NUMBER):
        made = {"type": "number_input", "is_decimal_allowed": field.control is Control.NUMBER}
        made |= {"min_value": str(field.least)} if field.least is not None else {}
        made |= {"max_value": str(field.most)} if field.most is not None else {}
    else:
        made["multiline"] = field.control in (Control.LINES, Control.MANY, Control.YAML)
        made["max_length"] = min(field.longest or _TEXT, _TEXT)
    if words and len(words) <= made.get("max_length", _TEXT):
        made["initial_value"] = markup.clean(words)
    if field.example:
        made["placeholder"] = {"type": "plain_text", "text": markup.plain(field.example, 150)}
    return made


def _select(field: Field, words: str) -> dict[str, Any]:
    options = [_option(each) for each in field.choices]
    chosen = [each for each in options if each["value"] in words.split("\n")]
    if field.control is Control.CHOICE:
        made: dict[str, Any] = {"type": "static_select", "options": options}
        return {**made, "initial_option": chosen[0]} if chosen else made
    made = {"type": "multi_static_select", "options": options}
    return {**made, "initial_options": chosen} if chosen else made


def _option(word: str) -> dict[str, Any]:
    return {"text": {"type": "plain_text", "text": word}, "value": word}


def _fits(choices: Iterable[str]) -> bool:
    words = list(choices)
    return 0 < len(words) <= _OPTIONS and all(0 < len(each) <= _OPTION for each in words)


def _is_day(words: str) -> bool:
    """Whether a date picker can show it; Python reads more forms than that."""
    try:
        return date.fromisoformat(words).isoformat() == words
    except ValueError:
        return False


def _initially(element: Mapping[str, Any]) -> dict[str, Any]:
    """What an element held when it was shown, in the shape of a state."""
    names = {
        "initial_value": "value",
        "initial_option": "selected_option",
        "initial_options": "selected_options",
        "initial_date": "selected_date",
    }
    return {state: element[name] for name, state in names.items() if name in element}


def _held(held: Mapping[str, Any]) -> Said:
    if "selected_options" in held:
        return tuple(each["value"] for each in held["selected_options"] or ())
    if held.get("selected_option"):
        return str(held["selected_option"]["value"])
    value = held.get("value") or held.get("selected_date")
    return str(value) if value else None
