"""What Slack takes of messages and modals, as its documentation of blocks, views and formatting says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
# What may stand between angle brackets: a link, a user, a channel, a date. Never <!channel> or <!here>: nobody asked.
_MARKUP = re.compile(
    r"<(?:https?://[^<>|\s]+|mailto:[^<>|\s]+|@[UW][A-Z0-9]+|#C[A-Z0-9]+|!date\^[^<>|]+)(?:\|[^<>|]+)?>"
)
_ENTITY = re.compile(r"&(?!(?:amp|lt|gt);)")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def message(body: Mapping[str, Any]) -> list[str]:
    """What is wrong with the arguments of chat.postMessage or chat.update."""
    found = []
    if not body.get("text"):
        found.append("a message needs a text for notifications")
    found += [f"text: {each}" for each in mrkdwn(str(body.get("text", "")), 4000)]
    found += blocks(body.get("blocks") or [], MESSAGE_BLOCKS, in_view=False)
    return found


def view(body: Mapping[str, Any]) -> list[str]:
    """What is wrong with a modal."""
    found = []
    if body.get("type") != "modal":
        found.append("a view is of type modal")
    for name in ("title", "submit", "close"):
        if name in body:
            found += _plain(body[name], 24, name)
    if "title" not in body:
        found.append("a view needs a title")
    for name, most in (("private_metadata", 3000), ("callback_id", 255)):
        if len(body.get(name, "")) > most:
            found.append(f"{name} has more than {most} characters")
    given = body.get("blocks", [])
    if any(each.get("type") == "input" for each in given) and "submit" not in body:
        found.append("a view with inputs needs a submit")
    return found + blocks(given, VIEW_BLOCKS, in_view=True)


def blocks(given: Sequence[Mapping[str, Any]], most: int, *, in_view: bool) -> list[str]:
    found = []
    if len(given) > most:
        found.append(f"{len(given)} blocks, of which there may be {most}")
    ids = [each["block_id"] for each in given if "block_id" in each]
    if len(ids) != len(set(ids)):
        found.append("two blocks have one block_id")
    for place, each in enumerate(given):
        if len(each.get("block_id", "")) > 255:
            found.append("a block_id of more than 255 characters")
        found += [f"blocks[{place}]: {problem}" for problem in _block(each, in_view)]
    return found


def mrkdwn(text: str, most: int) -> list[str]:
    """What is wrong with a text in Slack's markup."""
    found = []
    if not 1 <= len(text) <= most:
        found.append(f"a text of {len(text)} characters, not of 1 to {most}")
    rest = _MARKUP.sub("", text)
    if "<" in rest or ">" in rest or _ENTITY.search(rest):
        found.append(f"not escaped: {text[:80]!r}")
    return found + _controls(text)


def _block(block: Mapping[str, Any], in_view: bool) -> Iterator[str]:
    kind = block.get("type")
    if kind == "section":
        yield from _section(block)
    elif kind == "header":
        yield from _plain(block.get("text"), 150, "header")
    elif kind == "context":
        if not 1 <= len(block["elements"]) <= 10:
            yield "a context has 1 to 10 elements"
        for each in block["elements"]:
            yield from _text(each, 3000)
    elif kind == "actions":
        if not 1 <= len(block["elements"]) <= 25:
            yield "actions have 1 to 25 elements"
        yield from _actions(block["elements"])
    elif kind == "input" and in_view:
        yield from _plain(block.get("label"), 2000, "label")
        if "hint" in block:
            yield from _plain(block["hint"], 2000, "hint")
        yield from _actions([block["element"]])
    elif kind != "divider":
        yield f"no block of type {kind!r} here"


def _section(block: Mapping[str, Any]) -> Iterator[str]:
    if "text" not in block and "fields" not in block:
        yield "a section has a text or fields"
    if "text" in block:
        yield from _text(block["text"], 3000)
    if "fields" in block:
        if not 1 <= len(block["fields"]) <= 10:
            yield "a section has 1 to 10 fields"
        for each in block["fields"]:
            yield from _text(each, 2000)
    if "accessory" in block:
        yield from _actions([block["accessory"]])


def _actions(elements: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    ids = [each.get("action_id") for each in elements]
    if len(set(ids)) != len(ids):
        yield "two elements of a block have one action_id"
    for each in elements:
        if not 1 <= len(each.get("action_id") or "") <= 255:
            yield "an action_id has 1 to 255 characters"
        yield from _element(each)


def _element(element: Mapping[str, Any]) -> Iterator[str]:
    kind = element.get("type")
    if "placeholder" in element:
        yield from _plain(element["placeholder"], 150, "placeholder")
    if "confirm" in element:
        yield from _confirm(element["confirm"])
    if kind == "button":
        yield from _plain(element.get("text"), 75, "button")
        if len(element.get("value", "")) > 2000:
            yield "a button's value has at most 2000 characters"
        if element.get("style", "primary") not in ("primary", "danger"):
            yield f"no style {element['style']!r}"
        if len(element.get("url", "")) > 3000:
            yield "a button's url has at most 3000 characters"
    elif kind in ("static_select", "multi_static_select", "radio_buttons", "checkboxes"):
        yield from _options(element, 100 if "select" in kind else 10)
    elif kind == "plain_text_input":
        if not 0 <= len(element.get("initial_value", "")) <= 3000:
            yield "an initial_value has at most 3000 characters"
        if not 1 <= element.get("max_length", 3000) <= 3000:
            yield "max_length is 1 to 3000"
        if len(element.get("initial_value", "")) > element.get("max_length", 3000):
            yield "an initial_value is longer than max_length"
        yield from _controls(element.get("initial_value", ""))
    elif kind == "number_input":
        yield from _number(element)
    elif kind == "datepicker":
        if "initial_date" in element and not _DATE.fullmatch(element["initial_date"]):
            yield "an initial_date is YYYY-MM-DD"
    else:
        yield f"no element of type {kind!r}"


def _options(element: Mapping[str, Any], most: int) -> Iterator[str]:
    options = element.get("options", [])
    if not 1 <= len(options) <= most:
        yield f"{element['type']} has 1 to {most} options, not {len(options)}"
    for each in options:
        text = each["text"]
        yield from _plain(text, 75, "option") if text["type"] == "plain_text" else _text(text, 75)
        if not 1 <= len(each["value"]) <= 150:
            yield "an option's value has 1 to 150 characters"
        if "description" in each:
            yield from _plain(each["description"], 75, "description")
    values = [each["value"] for each in options]
    if len(values) != len(set(values)):
        yield "two options have one value"
    chosen = (
        [element["initial_option"]] if "initial_option" in element else element.get("initial_options", [])
    )
    if "initial_options" in element and not chosen:
        yield "initial_options is empty"
    if any(each not in options for each in chosen):
        yield "what is chosen at first is no option"


def _number(element: Mapping[str, Any]) -> Iterator[str]:
    if not isinstance(element.get("is_decimal_allowed"), bool):
        yield "a number_input says whether decimals are allowed"
    for name in ("initial_value", "min_value", "max_value"):
        if name in element:
            try:
                float(element[name])
            except ValueError:
                yield f"{name} is no number"


def _confirm(given: Mapping[str, Any]) -> Iterator[str]:
    for name, most in (("title", 100), ("confirm", 30), ("deny", 30)):
        yield from _plain(given.get(name), most, name)
    yield from _text(given["text"], 300)


def _text(given: Mapping[str, Any], most: int) -> Iterator[str]:
    if given.get("type") == "mrkdwn":
        yield from mrkdwn(given["text"], most)
    else:
        yield from _plain(given, most, "text")


def _plain(given: Any, most: int, what: str) -> Iterator[str]:
    if not isinstance(given, dict) or given.get("type") != "plain_text":
        yield f"{what} is not a plain_text"
    elif not 1 <= len(given["text"]) <= most:
        yield f"{what} has {len(given['text'])} characters, not 1 to {most}"
    else:
        yield from _controls(given["text"])


def _controls(text: str) -> list[str]:
    return [f"control characters in {text[:80]!r}"] if _CONTROL.search(text) else []
