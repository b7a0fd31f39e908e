"""The inputs of a resource as its provider sees them: completed with defaults, and what is wrong with them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from compiler.aws.mismatches import Problem, check
from compiler.aws.types import secret_at
from compiler.graph import Shared
from compiler.route import Route
from compiler.sandbox.declaration import UNKNOWN, Declaration, values_at
from compiler.sandbox.world import Values

# Fits every type, as a value does that is not known yet.
_ANYTHING = Shared("unknown")


def complete(declaration: Declaration, inputs: Values) -> dict[str, Any]:
    """The inputs with the provider's own defaults; what is null is left out."""
    completed = {name: value for name, value in inputs.items() if value is not None}
    for route, default in declaration.defaults.items():
        name, _, below = route.partition(".")
        if not below:
            completed.setdefault(name, default)
        elif isinstance(completed.get(name), list):
            completed[name] = [
                {below: default, **item} if isinstance(item, dict) else item for item in completed[name]
            ]
    return completed


def mistakes(type: str, declaration: Declaration, inputs: Values) -> list[tuple[Route, str]]:
    """What a provider finds wrong before it asks AWS; what is UNKNOWN is not judged."""
    # What is secret arrives here in clear, which is the provider's right; it leaves in no message.
    found = [
        (each.route, f"{each.message}; {each.fix}" if each.fix else each.message)
        for each in check(type, _placed(inputs))
        if each.problem is not Problem.SECRET
    ]
    return [
        (route, f"{route[0]} is not what it must be" if secret_at(type, route) else message)
        for route, message in found + list(_own(declaration, inputs))
    ]


def _placed(value: Any) -> Any:
    if value is UNKNOWN:
        return _ANYTHING
    if isinstance(value, Mapping):
        return {key: _placed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_placed(item) for item in value]
    return value


def _own(declaration: Declaration, inputs: Values) -> Iterator[tuple[Route, str]]:
    for route, choices in declaration.choices.items():
        for value in values_at(inputs, route):
            if value is not UNKNOWN and value not in choices:
                offered = ", ".join(str(each) for each in choices)
                yield _route(route), f"expected {route} to be one of [{offered}], got {value}"
    for route, span in declaration.ranges.items():
        for value in values_at(inputs, route):
            if isinstance(value, int | float) and not span.start <= value < span.stop:
                yield (
                    _route(route),
                    f"expected {route} to be in the range ({span.start} - {span.stop - 1}), got {value}",
                )
    for route, pattern in declaration.patterns.items():
        for value in values_at(inputs, route):
            if isinstance(value, str) and not re.fullmatch(pattern, value):
                yield _route(route), f"invalid value for {route} (must match {pattern}): {value}"
    for route in sorted(declaration.documents):
        for value in values_at(inputs, route):
            if isinstance(value, str) and not _is_json(value):
                yield _route(route), f"{route!r} contains an invalid JSON policy"
    for names in declaration.exclusive:
        given = [name for name in names if inputs.get(name) is not None]
        if len(given) > 1:
            yield (given[1],), f'"{given[1]}": conflicts with {given[0]}'


def _route(dotted: str) -> Route:
    return tuple(dotted.split("."))


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
