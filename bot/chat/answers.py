"""What people wrote into a form, as keys and values of a spec."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

from bot.chat.fields import Control, Field
from bot.chat.forms import Form
from bot.requests.draft import Problem
from compiler import document, route
from compiler.diagnostics import UserError
from compiler.document import plain

Said: TypeAlias = str | tuple[str, ...] | None
"""What somebody wrote or chose: the words, those chosen of many, None where a field is empty."""

# Controls, those of the direction of writing among them, and halves of characters: no reviewer sees what they do.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_WORDS = {"yes": "yes", "y": "yes", "true": "yes", "no": "no", "n": "no", "false": "no"}


class Read(NamedTuple):
    """`answers` are only what differs from what holds anyway; None takes a key out of the spec."""

    answers: Mapping[str, Any]
    problems: tuple[Problem, ...]


def read(form: Form, said: Mapping[str, Said]) -> Read:
    """The answers in a form that was filled in; of the fields that are not in `said` nothing is known."""
    answers: dict[str, Any] = {}
    problems: list[Problem] = []
    for each in form.fields:
        if each.key not in said:
            continue
        try:
            value = parsed(each, said[each.key])
            answers |= _differing(each, value)
        except UnreadableError as error:
            problems.append(Problem(each.key, error.message, error.fix))
    return Read(answers, tuple(problems))


def shown(field: Field, value: Any) -> str:
    """A value as somebody would write it into this field."""
    value = _plainly(value)
    if value is None:
        return ""
    if field.control is Control.CHOICE:
        return next((word for word, each in field.choices.items() if each == value), str(value))
    if field.control in (Control.MANY, Control.LINES):
        return "\n".join(str(each) for each in value)
    return yaml(value) if field.control is Control.YAML else str(value)


def yaml(value: Any) -> str:
    """A value as YAML, as people write it."""
    from ruamel.yaml import YAML

    if not isinstance(value, dict | list):
        return str(value)
    if not value:
        return "{}" if isinstance(value, dict) else "[]"
    writer = YAML()
    writer.width = 4096
    out = io.StringIO()
    writer.dump(_plainly(value), out)
    return out.getvalue().rstrip("\n")


def parsed(field: Field, said: Said) -> Any:
    """The plain value that was meant; None for none. Raises UnreadableError where it is not what the field asks for."""
    if isinstance(said, tuple):
        return [field.choices.get(each, each) for each in said]
    words = (said or "").strip()
    if not words:
        return None
    if _UNSEEN.search(words):
        raise UnreadableError(
            "it holds characters that nobody can see", "type it again instead of pasting it"
        )
    match field.control:
        case Control.CHOICE:
            return _chosen(field, words)
        case Control.MANY:
            return [_chosen(field, each) for each in _items(words)]
        case Control.LINES:
            return _items(words)
        case Control.WHOLE | Control.NUMBER:
            return _number(field, words)
        case Control.YAML:
            return _yaml(words)
    return words


class UnreadableError(Exception):
    """What was written is not what the field asks for."""

    def __init__(self, message: str, fix: str = "") -> None:
        super().__init__(message)
        self.message, self.fix = message, fix


def _chosen(field: Field, words: str) -> Any:
    if field.choices.keys() == {"yes", "no"}:
        words = _WORDS.get(words.lower(), words)
    if words not in field.choices:
        raise UnreadableError(f"{words!r} is no choice", f"write one of {', '.join(field.choices)}")
    return field.choices[words]


def _items(words: str) -> list[str]:
    return [each.strip() for line in words.splitlines() for each in line.split(",") if each.strip()]


def _number(field: Field, words: str) -> int | float:
    try:
        whole = field.control is Control.WHOLE or words.lstrip("-").isdigit()
        number = int(words) if whole else float(words)
    except ValueError:
        raise UnreadableError(f"{words!r} is not {field.control}", "write digits") from None
    if not math.isfinite(number):
        raise UnreadableError(f"{words!r} is not {field.control}", "write digits")
    return number


def _yaml(words: str) -> Any:
    indented = "\n".join(f"  {line}" for line in words.splitlines())
    try:
        node = document.read("what you wrote", f"value:\n{indented}\n".encode())
    except UserError as error:
        first = error.diagnostics[0]
        raise UnreadableError(first.message, first.fix) from None
    return plain(node)["value"]


def _differing(field: Field, value: Any) -> dict[str, Any]:
    """The answers at and below a field: nothing for what holds anyway."""
    if value == _comparable(field, field.value):
        return {}
    if value is None:
        return {field.key: None} if field.own is not None else {}
    if isinstance(value, dict) and isinstance(field.value, dict) and value:
        return dict(_leaves(route.parse(field.key), value, field.value, field.own))
    return {field.key: value}


def _leaves(at: route.Route, value: Any, before: Any, own: Any) -> Iterator[tuple[str, Any]]:
    if not isinstance(value, dict) or not isinstance(before, dict):
        if value != before:
            yield route.text(at), value
        return
    mine = own if isinstance(own, dict) else {}
    for key, each in value.items():
        if key in before:
            yield from _leaves((*at, key), each, before[key], mine.get(key))
        else:
            yield route.text((*at, key)), each
    for key in sorted(before.keys() - value.keys()):
        if key not in mine:
            raise UnreadableError(
                f"{route.text((*at, key))} is a default, and stays where it is left out",
                "write the line with another value",
            )
        yield route.text((*at, key)), None


def _comparable(field: Field, value: Any) -> Any:
    """What holds, as it would be read from the field: `8.4` may stand in a spec as a number."""
    if field.control is Control.TEXT and value is not None:
        return str(_plainly(value))
    if value in ("", [], {}) and not isinstance(value, bool):
        return None
    return value


def _plainly(value: Any) -> Any:
    """A value without what it knows of how it was written, but for versions: `8.10` stays that."""
    if isinstance(value, dict):
        return {key: _plainly(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plainly(each) for each in value]
    written = getattr(value, "written", None)
    if written is None:
        return value
    return written if repr(float(value)) != written else float(value)
