"""Documents held against a model, and what does not fit said in the words of those who wrote it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from compiler import legacy
from compiler.diagnostics import Diagnostic
from compiler.document import Float, Node, locate, plain, visible
from compiler.fields import Position, choices, elsewhere, follow, keys
from compiler.route import Route, text
from compiler.suggest import closest

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError

    M = TypeVar("M", bound=BaseModel)

# Nobody mistypes that many keys, and comparing them all would take long.
_COMPARED = 50
_DIGITS = re.compile(r"\s*-?\d+(\.\d+)?\s*")
_LISTED = 24


def validate(model: type[M], node: Node) -> tuple[M, None] | tuple[None, ValidationError]:
    """The document as a model, or why it is none."""
    from pydantic import ValidationError

    try:
        return model.model_validate(plain(node)), None
    except ValidationError as error:
        return None, error


def explain_errors(error: ValidationError, node: Node, model: type[BaseModel]) -> list[Diagnostic]:
    """The diagnostics for all that pydantic found wrong with `plain(node)` as a `model`."""
    found = [
        _Error(each["type"], follow(model, each["loc"]), each["msg"], each["input"], each.get("ctx") or {})
        for each in error.errors(include_url=False)
    ]
    return _Explainer(node, model).explain(found)


class _Error(NamedTuple):
    type: str
    position: Position
    message: str
    value: Any
    context: Mapping[str, Any]

    @property
    def route(self) -> Route:
        return self.position.route


class _Explainer:
    def __init__(self, node: Node, model: type[BaseModel]) -> None:
        self.node = node
        self.model = model
        self.kind = _kind(node)

    def explain(self, errors: list[_Error]) -> list[Diagnostic]:
        unknown = [each for each in errors if each.type == "extra_forbidden"]
        meant = {each.route: self.near(each) for each in unknown[:_COMPARED]}
        # A key that is only misspelt is not missing too.
        misspelt = {(*route[:-1], near) for route, near in meant.items() if near}
        out: list[Diagnostic] = []
        for union, group in groupby(errors, key=_union):
            for each in group if union is None else _likeliest(list(group)):
                if each.type == "extra_forbidden":
                    out.append(self.unknown_key(each, meant.get(each.route)))
                elif each.type == "missing":
                    if each.route not in misspelt:
                        out.append(self.missing_key(each))
                else:
                    out.append(self.wrong_value(each))
        return out

    def near(self, error: _Error) -> str | None:
        name = str(error.route[-1])
        return None if self.legacy(name) else closest(name, error.position.keys)

    def legacy(self, name: str) -> str | None:
        return legacy.fix(name, self.kind)

    def unknown_key(self, error: _Error, near: str | None) -> Diagnostic:
        *parents, name = error.route
        here = text(tuple(parents))
        message = (
            f"{here} has no key `{visible(str(name))}`" if here else f"there is no key `{visible(str(name))}`"
        )
        known = error.position.keys
        fix = self.legacy(str(name)) or ""
        if not fix:
            lies = elsewhere(self.model, str(name))
            if near:
                message += f"; did you mean `{near}`?"
            elif lies:
                fix = f"write it as `{text(lies)}`: a part of `{text(lies[:-1])}`"
            else:
                fix = f"its keys are {_listed(known)}" if here and known else "remove it"
                if not here:
                    fix = f"the keys are {_listed(known)}"
        return Diagnostic("spec/unknown-key", message, fix, locate(self.node, error.route, key=True))

    def missing_key(self, error: _Error) -> Diagnostic:
        field = error.position.field
        what = _purpose(field.description) if field is not None and field.description else ""
        values = choices(error.position.annotations)
        fix = f"add `{error.route[-1]}:`"
        if values:
            fix += f" with one of {_listed(values)}"
        elif what:
            fix += f", {what}"
        at = locate(self.node, error.route[:-1], key=True)
        return Diagnostic("spec/missing-key", f"{text(error.route)} is missing", fix, at)

    def wrong_value(self, error: _Error) -> Diagnostic:
        rule, message, fix = _explain(error)
        at = locate(self.node, error.route, key=error.position.key)
        return Diagnostic(rule, visible(message), visible(fix), at)


def _union(error: _Error) -> Route | None:
    position = error.position
    return None if position.union is None else position.route[: position.union]


def _likeliest(errors: list[_Error]) -> list[_Error]:
    """Of what each type of a union has against a value, that of the type that was probably meant."""
    branches: dict[str, list[_Error]] = {}
    for each in errors:
        branches.setdefault(each.position.branch, []).append(each)
    union = errors[0].position.union
    shaped = [
        group
        for group in branches.values()
        if not any(each.type in _TYPES and len(each.route) == union for each in group)
    ]
    if shaped:
        return min(shaped, key=len)
    nouns = dict.fromkeys(_TYPES[each.type] for each in errors if each.type in _TYPES)
    return [errors[0]._replace(type="union", context={"nouns": list(nouns)})]


def _explain(error: _Error) -> tuple[str, str, str]:
    """Rule, message and fix for a value that is wrong."""
    name = text(error.route) or "the file"
    shown = _shown(error.value)
    context = error.context
    kind = error.type
    field = error.position.field
    if "/" in kind:
        return kind, error.message, str(context.get("fix", ""))
    if kind in _TYPES:
        noun = _TYPES[kind]
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
        return "spec/out-of-range", f"{name} is {shown}, {words} {context[limit]}", _range(error)
    if kind in _LENGTHS:
        limit, words = _LENGTHS[kind]
        length = len(error.value)
        noun = "characters" if isinstance(error.value, str) else "entries"
        if not length:
            return (
                "spec/wrong-length",
                f"{name} is empty",
                f"write {_purpose(field.description)}"
                if (field is not None and field.description)
                else "write a value",
            )
        fix = f"write {'at least' if limit == 'min_length' else 'at most'} {context[limit]}"
        return "spec/wrong-length", f"{name} has {length} {noun}, {words} {context[limit]}", fix
    if kind == "string_pattern_mismatch":
        # An example says more than a pattern to whoever does not read patterns.
        if field is not None and field.examples:
            return "spec/wrong-format", f"{name} cannot be {shown}", f"write it like {field.examples[0]}"
        fix = f"write {_purpose(field.description)}" if field is not None and field.description else ""
        what = f"the key {shown}" if error.position.key else f"{name} is {shown}, which"
        return "spec/wrong-format", f"{what} does not match {context['pattern']}", fix
    message = error.message.removeprefix("Value error, ").removeprefix("Assertion failed, ")
    return "spec/wrong-value", f"{name} is {shown}: {message[:1].lower()}{message[1:]}", ""


def _choice(name: str, error: _Error) -> tuple[str, str]:
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
        return message, f"write {_listed(values)}"
    return message, f"write one of {_listed(values)}" if values else str(error.context.get("expected", ""))


def _range(error: _Error) -> str:
    """All bounds of the field, not only the one that was crossed."""
    bounds = dict(error.context)
    for each in error.position.field.metadata if error.position.field is not None else ():
        for name in ("ge", "le", "gt", "lt"):
            bound = getattr(each, name, None)
            if bound is not None:
                bounds.setdefault(name, bound)
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


def _type_fix(noun: str, error: _Error) -> str:
    value = error.value
    if value is None:
        return "write a value, or remove the line"
    if noun == _TEXT and isinstance(value, bool | int | float):
        return "put it in quotes"
    if noun == _LIST and isinstance(value, str | int | float):
        return f"write it as a list: [{_shown(value)}]"
    if noun == _MAPPING:
        known = keys(error.position.annotations)
        return f"write its keys below it: {_listed(known)}" if known else "write `key: value` lines below it"
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


def _listed(values: Iterable[Any]) -> str:
    names = [each if isinstance(each, str) else _shown(each) for each in values]
    return ", ".join(names if len(names) <= _LISTED else [*names[:_LISTED], "..."])


def _purpose(description: str) -> str:
    """A field's description as the end of a sentence."""
    said = description.rstrip(".")
    return said if said[1:2].isupper() else said[:1].lower() + said[1:]


def _kind(node: Node) -> str:
    said = node.value.get("kind") if isinstance(node.value, dict) else None
    return said.value if said is not None and isinstance(said.value, str) else ""


_TEXT, _INTEGER, _NUMBER, _BOOLEAN = "a text", "a whole number", "a number", "true or false"
_LIST, _MAPPING = "a list", "a mapping"
_SAID = {"on": "true", "yes": "true", "true": "true", "off": "false", "no": "false", "false": "false"}
# By the type of pydantic's error: https://docs.pydantic.dev/latest/errors/validation_errors/
_TYPES = {
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
