"""What pydantic refuses, in words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from compiler.document import Float
from compiler.fields import Position, choices, keys
from compiler.route import Route, text
from compiler.suggest import closest

_LISTED = 24
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_DIGITS = re.compile(r"\s*-?\d+(\.\d+)?\s*")


class Refusal(NamedTuple):
    """One error of pydantic; `type`, `message`, `value` and `context` are its own words for it."""

    type: str
    position: Position
    message: str
    value: Any
    context: Mapping[str, Any]

    @property
    def route(self) -> Route:
        return self.position.route


def explain(error: Refusal) -> tuple[str, str, str]:
    """Rule, message and fix for a value that is wrong; not for a key that is missing or unknown."""
    name = text(error.route) or "the file"
    shown = _shown(error.value)
    context = error.context
    kind = error.type
    field = error.position.field
    if "/" in kind:
        return kind, error.message, str(context.get("fix", ""))
    if kind in NOUNS:
        noun = NOUNS[kind]
        return "spec/wrong-type", f"{name} is {shown}, not {noun}", _type_fix(noun, error)
    if kind == "union":
        nouns = context["nouns"]
        return (
            "spec/wrong-type",
            f"{name} is {shown}, not {' or '.join(nouns)}",
            f"write {' or '.join(nouns)}",
        )
    if kind in ("literal_error", "enum"):
        return "spec/wrong-value", *_choice(name, error)
    if kind in _BOUNDS:
        limit, words = _BOUNDS[kind]
        return "spec/out-of-range", f"{name} is {shown}, {words} {_number(context[limit])}", _range(error)
    if kind in _LENGTHS:
        limit, words = _LENGTHS[kind]
        length = len(error.value)
        noun = "characters" if isinstance(error.value, str) else "entries"
        if not length:
            return (
                "spec/wrong-length",
                f"{name} is empty",
                f"write {purpose(field.description)}"
                if (field is not None and field.description)
                else "write a value",
            )
        fix = f"write {'at least' if limit == 'min_length' else 'at most'} {context[limit]}"
        return "spec/wrong-length", f"{name} has {length} {noun}, {words} {context[limit]}", fix
    if kind == "string_pattern_mismatch":
        # An example says more than a pattern to whoever does not read patterns.
        if field is not None and field.examples:
            return "spec/wrong-format", f"{name} cannot be {shown}", f"write it like {field.examples[0]}"
        fix = f"write {purpose(field.description)}" if field is not None and field.description else ""
        what = f"the key {shown}" if error.position.key else f"{name} is {shown}, which"
        return "spec/wrong-format", f"{what} does not match {context['pattern']}", fix
    message = error.message.removeprefix("Value error, ").removeprefix("Assertion failed, ")
    return "spec/wrong-value", f"{name} is {shown}: {message[:1].lower()}{message[1:]}", ""


def _choice(name: str, error: Refusal) -> tuple[str, str]:
    values = choices(error.position.annotations)
    near = (
        closest(error.value, [each for each in values if isinstance(each, str)])
        if (isinstance(error.value, str))
        else None
    )
    message = f"{name} is {_shown(error.value)}" + (f"; did you mean {near!r}?" if near else "")
    if not near and values:
        message += ", which is none of its values"
    if any(type(each) is not type(error.value) and str(each) == str(error.value) for each in values):
        return message, "remove the quotes" if isinstance(error.value, str) else "put it in quotes"
    if len(values) == 1:
        return message, f"write {listed(values)}"
    return message, f"write one of {listed(values)}" if values else str(error.context.get("expected", ""))


def _range(error: Refusal) -> str:
    """All bounds of the field, not only the one that was crossed."""
    bounds = {name: _number(bound) for name, bound in error.context.items()}
    for each in error.position.field.metadata if error.position.field is not None else ():
        for name in ("ge", "le", "gt", "lt"):
            bound = getattr(each, name, None)
            if bound is not None:
                bounds.setdefault(name, _number(bound))
    if "ge" in bounds and "le" in bounds:
        return f"write {bounds['ge']} to {bounds['le']}"
    words = {
        "ge": "at least",
        "le": "at most",
        "gt": "more than",
        "lt": "less than",
        "multiple_of": "a multiple of",
    }
    return "write " + " and ".join(
        f"{words[name]} {bound}" for name, bound in bounds.items() if name in words
    )


def _number(bound: float) -> float:
    """A bound as it would be written: 1, not 1.0."""
    return int(bound) if bound == int(bound) else bound


def _type_fix(noun: str, error: Refusal) -> str:
    value = error.value
    if value is None:
        return "write a value, or remove the line"
    if noun == _TEXT and isinstance(value, bool | int | float):
        return "put it in quotes"
    if isinstance(value, list) and len(value) == 1 and noun not in (_LIST, _MAPPING):
        return "write the value without brackets"
    if noun == _LIST and isinstance(value, str | int | float):
        word = value if isinstance(value, str) and _WORD.fullmatch(value) else _shown(value)
        return f"write it as a list: [{word}]"
    if noun == _MAPPING:
        known = keys(error.position.annotations)
        return f"write its keys below it: {listed(known)}" if known else "write `key: value` lines below it"
    if noun == _BOOLEAN and isinstance(value, str):
        meant = _SAID.get(value.lower())
        return f"write {meant}, without quotes" if meant else "write true or false"
    if noun in (_INTEGER, _NUMBER) and isinstance(value, str):
        return "remove the quotes" if _DIGITS.fullmatch(value) else f"write {noun}, in digits only"
    return f"write {noun}"


def _shown(value: Any) -> str:
    """A value as a message calls it."""
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Float):
        return value.written
    if isinstance(value, str):
        return repr(value if len(value) <= 60 else f"{value[:57]}...")
    if isinstance(value, int | float):
        return str(value)
    return (
        "a list" if isinstance(value, list) else "a mapping" if isinstance(value, dict) else "something else"
    )


def listed(values: Iterable[Any]) -> str:
    names = [each if isinstance(each, str) else _shown(each) for each in values]
    return ", ".join(names if len(names) <= _LISTED else [*names[:_LISTED], "..."])


def purpose(description: str) -> str:
    """What a field's description says first, as the end of a sentence."""
    said = description.partition(";")[0].rstrip(".")
    return said if said[1:2].isupper() else said[:1].lower() + said[1:]


_TEXT, _INTEGER, _NUMBER, _BOOLEAN = "a text", "a whole number", "a number", "true or false"
_LIST, _MAPPING = "a list", "a mapping"
_SAID = {"on": "true", "yes": "true", "true": "true", "off": "false", "no": "false", "false": "false"}
# By the type of pydantic's error: https://docs.pydantic.dev/latest/errors/validation_errors/
NOUNS = {
    "string_type": _TEXT,
    "string_sub_type": _TEXT,
    "int_type": _INTEGER,
    "int_from_float": _INTEGER,
    "float_type": _NUMBER,
    "bool_type": _BOOLEAN,
    "list_type": _LIST,
    "dict_type": _MAPPING,
    "model_type": _MAPPING,
    "model_attributes_type": _MAPPING,
    "none_required": "empty",
}
_BOUNDS = {
    "greater_than_equal": ("ge", "less than"),
    "less_than_equal": ("le", "more than"),
    "greater_than": ("gt", "not more than"),
    "less_than": ("lt", "not less than"),
    "multiple_of": ("multiple_of", "not a multiple of"),
}
_LENGTHS = {
    "string_too_short": ("min_length", "less than"),
    "string_too_long": ("max_length", "more than"),
    "too_short": ("min_length", "less than"),
    "too_long": ("max_length", "more than"),
}
