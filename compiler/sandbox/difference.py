"""What differs between two sets of inputs, as a provider sees it, and which of it means replacement."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from compiler.route import Route
from compiler.sandbox.declaration import UNKNOWN, Declaration, replacing
from compiler.sandbox.world import Values

_MISSING = object()


class How(StrEnum):
    """What happens to a property."""

    ADD = "add"
    DELETE = "delete"
    UPDATE = "update"


@dataclass(frozen=True, slots=True)
class Difference:
    """One property that differs; in a list whose order means nothing, the index is that of the side that has it."""

    route: Route
    how: How
    replaces: bool = False


def differences(declaration: Declaration, old: Values, new: Values) -> tuple[Difference, ...]:
    """Every property of `new` that is not as in `old`, in the order of the routes.

    `old` is what the state knows of each input. A value that is not known yet differs, and replaces where its
    property does: so say the real providers too.
    """
    found = []
    forced = replacing(declaration) | {judge(old, new) for judge in declaration.replaces_when} - {""}
    overlooked = declaration.overlooks(old, new) if declaration.overlooks else frozenset()
    for name in sorted((old.keys() | new.keys()) - overlooked):
        before, after = old.get(name), new.get(name)
        if name.endswith("_wo") or (after is None and name in declaration.chosen | {"region"}):
            continue
        if name in declaration.documents and _same_document(before, after):
            continue
        for route, how in _walk((name,), before, after, declaration.sets):
            dotted = ".".join(step for step in route if isinstance(step, str))
            found.append(Difference(route, how, any(_within(dotted, each) for each in forced)))
    return tuple(found)


def _within(dotted: str, forced: str) -> bool:
    return dotted == forced or dotted.startswith(forced + ".") or forced.startswith(dotted + ".")


def _walk(route: Route, old: Any, new: Any, sets: frozenset[str]) -> Iterator[tuple[Route, How]]:
    if _same(old, new):
        return
    if old is None or new is None:
        if _empty(old) and _empty(new):
            return
        yield route, How.ADD if old is None else How.DELETE
    elif isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted(old.keys() | new.keys()):
            yield from _walk((*route, key), old.get(key), new.get(key), sets)
    elif isinstance(old, list) and isinstance(new, list):
        as_set = ".".join(step for step in route if isinstance(step, str)) in sets
        yield from (_walk_set if as_set else _walk_list)(route, old, new, sets)
    else:
        yield route, How.UPDATE


def _walk_list(
    route: Route, old: list[Any], new: list[Any], sets: frozenset[str]
) -> Iterator[tuple[Route, How]]:
    for index in range(max(len(old), len(new))):
        before = old[index] if index < len(old) else None
        after = new[index] if index < len(new) else None
        yield from _walk((*route, index), before, after, sets)


def _walk_set(
    route: Route, old: list[Any], new: list[Any], sets: frozenset[str]
) -> Iterator[tuple[Route, How]]:
    gone = [index for index, item in enumerate(old) if not any(_same(item, each) for each in new)]
    come = [index for index, item in enumerate(new) if not any(_same(item, each) for each in old)]
    # An index that is on both sides is one property that changes: paths in an answer are unique.
    for index in sorted({*gone, *come}):
        if index in gone and index in come:
            yield from _walk((*route, index), old[index], new[index], sets)
        else:
            yield (*route, index), How.DELETE if index in gone else How.ADD


def _same(old: Any, new: Any) -> bool:
    if old is UNKNOWN or new is UNKNOWN:
        return False
    if isinstance(old, bool) or isinstance(new, bool):
        return old is new
    return bool(old == new)


def _empty(value: Any) -> bool:
    return value is None or value == [] or value == {}


def _same_document(old: Any, new: Any) -> bool:
    try:
        return bool(json.loads(old) == json.loads(new))
    except (TypeError, ValueError):
        return False
