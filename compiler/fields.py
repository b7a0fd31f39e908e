"""What a model knows at a route: its keys there, the values it takes, and what they are for."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from compiler.route import Route

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

# A model may hold itself, and no spec is deeper.
_DEEPEST = 6


@dataclass(frozen=True, slots=True)
class Position:
    """Where an error's `loc` leads.

    `route` is `loc` without what pydantic adds of its own. Where it chose among several types, `union` is how
    long the route is there, and `branch` the type it names. `key` says that a key of a free mapping is meant,
    not its value. `annotations` are the types that a value may have here, `owner` those that the mapping around
    it may have, `field` is what the innermost model says of it.
    """

    route: Route
    key: bool
    union: int | None
    branch: str
    annotations: tuple[Any, ...]
    owner: tuple[Any, ...]
    field: FieldInfo | None

    @property
    def keys(self) -> Mapping[str, FieldInfo]:
        """The keys of the mapping around this position, where a model fixes them."""
        return keys(self.owner)


def follow(model: type[BaseModel], loc: Sequence[str | int]) -> Position:
    """The position that the `loc` of a pydantic error means."""
    annotations: tuple[Any, ...] = (model,)
    owner: tuple[Any, ...] = ()
    field: FieldInfo | None = None
    route: list[str | int] = []
    union, branch = None, ""
    key = False
    for step in loc:
        if step == "[key]":
            key = True
        elif len(annotations) > 1:
            if union is None:
                union, branch = len(route), str(step)
            annotations = _branch(annotations, str(step))
        else:
            owner = annotations
            field = keys(owner).get(str(step)) or (field if isinstance(step, int) else None)
            annotations = tuple(inner for each in owner for inner in _inside(each, str(step)))
            route.append(step)
    return Position(tuple(route), key, union, branch, annotations, owner, field)


def keys(annotations: Sequence[Any]) -> Mapping[str, FieldInfo]:
    """The keys that models among the types have, as they are written."""
    return {
        field.alias or name: field
        for each in annotations
        if _is_model(each)
        for name, field in each.model_fields.items()
    }


def choices(annotations: Sequence[Any]) -> list[Any]:
    """The values that alone are allowed, where a type lists them."""
    out: list[Any] = []
    for each in annotations:
        if get_origin(each) is Literal:
            out += get_args(each)
        elif isinstance(each, type) and issubclass(each, Enum):
            out += [member.value for member in each]
    return out


def elsewhere(model: type[BaseModel], name: str) -> list[Route]:
    """Where a key of that name stands in mappings below the model's own keys: the routes nearest to the top."""
    level: list[tuple[Route, Any]] = [((), model)]
    for _ in range(_DEEPEST):
        inner = [
            ((*route, key), key, one)
            for route, each in level
            for key, field in keys((each,)).items()
            for one in _branches(field.annotation)
        ]
        found = [route for route, key, _type in inner if key == name and len(route) > 1]
        if found:
            return found
        level = [(route, one) for route, _key, one in inner if _is_model(one)]
    return []


def _branch(annotations: Sequence[Any], label: str) -> tuple[Any, ...]:
    named = tuple(each for each in annotations if getattr(each, "__name__", None) == label)
    return named or tuple(annotations)


def _inside(annotation: Any, step: str) -> Iterator[Any]:
    if _is_model(annotation):
        field = keys((annotation,)).get(step)
        if field is not None:
            yield from _branches(field.annotation)
        return
    arguments = get_args(annotation)
    if arguments and get_origin(annotation) is not Literal:
        # The elements of a list, the values of a mapping.
        yield from _branches(arguments[-1])


def _branches(annotation: Any) -> list[Any]:
    """The types that a type stands for, without null, which adds nothing to a `loc`."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _branches(get_args(annotation)[0])
    if origin is Union or origin is types.UnionType:
        return [each for one in get_args(annotation) for each in _branches(one)]
    return [] if annotation is type(None) else [annotation]


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and hasattr(annotation, "model_fields")
