"""A value that knows where it was written, layers of such values merged, and the way to a part of one."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

from compiler.diagnostics import Place
from compiler.route import Route

NO_KEYS: Mapping[str, Place] = MappingProxyType({})


class Float(float):
    """A number that still knows how it was written: `8.10` is not `8.1` where it is a version."""

    __slots__ = ("written",)
    written: str

    def __new__(cls, written: str) -> Float:
        number = super().__new__(cls, written)
        number.written = written
        return number


class Node:
    """A value and its place; `keys` says for a mapping where each of its keys stands.

    Not a frozen dataclass, since a thousand files make a hundred thousand of them, but never changed once it
    is handed out: merged nodes and aliases share their parts.
    """

    __slots__ = ("at", "keys", "value")

    def __init__(self, value: Value, at: Place, keys: Mapping[str, Place] = NO_KEYS) -> None:
        self.value = value
        self.at = at
        self.keys = keys

    def __repr__(self) -> str:
        return f"Node({self.value!r}, at={self.at})"


Value: TypeAlias = str | int | float | bool | dict[str, Node] | list[Node] | None

EMPTY = Node({}, Place("", 0, 0))


# What lies two mappings below this key are inputs of AWS's, where a null is a value: the input is not to be set.
_OVERRIDES = "overrides"


def merge(lower: Node, upper: Node) -> Node:
    """`upper` laid over `lower`: mappings merge deep, all else replaces, an explicit null removes the key.

    Each value and key keeps the place of the layer it came from; a merged mapping stands where `upper` has
    it. Neither argument is changed. Fold from the lowest layer up: a null takes away only what lies below.
    """
    return _merge(lower, upper, 0)


def _merge(lower: Node, upper: Node, below: int) -> Node:
    """`below` counts the mappings from an `overrides` down to here, 0 outside of any."""
    if not isinstance(upper.value, dict):
        return upper
    if not isinstance(lower.value, dict):
        lower = EMPTY
    assert isinstance(lower.value, dict)
    if not upper.value:
        return Node(lower.value, upper.at, lower.keys) if lower.value else upper
    value = dict(lower.value)
    keys = dict(lower.keys)
    changed = False
    for key, above in upper.value.items():
        if above.value is None and below < 2:
            changed = True
            value.pop(key, None)
            keys.pop(key, None)
            continue
        deeper = below + 1 if below or key == _OVERRIDES else 0
        won = _merge(value.get(key, EMPTY), above, deeper)
        changed = changed or won is not above
        value[key] = won
        keys[key] = upper.keys[key]
    if not changed and len(value) == len(upper.value):
        return upper
    return Node(value, upper.at, keys)


def plain(node: Node) -> Any:
    """The value as Python's own dictionaries, lists and scalars (a `Float` stays one)."""
    value = node.value
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value


def locate(node: Node, route: Route, *, key: bool = False) -> Place:
    """Where the value at `route` stands, or with `key` its key.

    What does not exist stands where its nearest existing parent does. An element of a list has no key: its
    own place is given.
    """
    key_at = node.at
    for step in route:
        value = node.value
        if isinstance(value, dict) and isinstance(step, str) and step in value:
            node, key_at = value[step], node.keys[step]
        elif isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
            node = value[step]
            key_at = node.at
        else:
            break
    return key_at if key else node.at
