"""Where the inputs of a resource do not fit its type: names, shapes, references, secrets."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from compiler import route as routes
from compiler.aws.types import Field, Shape, output_at, resource_type, secret_at
from compiler.graph import Concat, Json, Ref, Shared, parts
from compiler.route import Route
from compiler.suggest import closest

_FEW = 12  # as many names as a message can list and still be read


class Problem(StrEnum):
    """What kind of mismatch it is: the last part of its diagnostic's rule."""

    UNKNOWN = "unknown-input"
    MISSING = "missing-input"
    TYPE = "wrong-type"
    REFERENCE = "bad-reference"
    SECRET = "exposed-secret"  # noqa: S105


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One mismatch: `route` leads from the resource's inputs to it; `fix` may be empty."""

    problem: Problem
    route: Route
    message: str
    fix: str = ""


def check(
    type: str, inputs: Mapping[str, Any], types: Mapping[str, str] | None = None
) -> tuple[Mismatch, ...]:
    """All mismatches, in the order of the inputs; KeyError where the type is unknown.

    `types` has the type of every resource of the stack by name: with it, references are followed too. A null
    is an input that is not set. What shared infrastructure offers has no type here: it fits anywhere.
    """
    checker = _Checker(types)
    found = resource_type(type)
    return tuple(checker.fields((), inputs, found.inputs, found.name))


@dataclass(frozen=True, slots=True)
class _Checker:
    types: Mapping[str, str] | None

    def fields(
        self, route: Route, values: Mapping[str, Any], fields: Mapping[str, Field], owner: str
    ) -> Iterator[Mismatch]:
        for name, value in values.items():
            field = fields.get(name)
            if field is None:
                message = f"no input {name!r} in {owner}"
                yield Mismatch(Problem.UNKNOWN, (*route, name), message, _suggestion(name, fields))
            elif value is not None:
                yield from self.value((*route, name), value, field.shape)
                yield from self.secrecy((*route, name), value, field)
        for name, field in fields.items():
            if field.required and values.get(name) is None:
                yield Mismatch(Problem.MISSING, route, f"{owner} needs {name!r}", f"set {name}")

    def value(self, route: Route, value: Any, shape: Shape) -> Iterator[Mismatch]:
        if isinstance(value, Ref):
            yield from self.reference(route, value, shape)
        elif isinstance(value, Concat | Json):
            if shape.kind not in ("string", "any"):
                yield _wrong(route, shape, "text")
            yield from self.inside(route, value)
        elif isinstance(value, Shared) or shape.kind == "any":
            return
        elif shape.kind in ("object", "map") and isinstance(value, Mapping):
            yield from self.mapping(route, value, shape)
        elif shape.kind == "list" and isinstance(value, list | tuple):
            for index, item in enumerate(value):
                yield from self.value((*route, index), item, shape.item or Shape("any"))
        elif not _fits(value, shape):
            yield _wrong(route, shape, _described(value))

    def mapping(self, route: Route, value: Mapping[str, Any], shape: Shape) -> Iterator[Mismatch]:
        if shape.fields is not None:
            yield from self.fields(route, value, shape.fields, routes.text(route))
            return
        for key, item in value.items():
            yield from self.value((*route, key), item, shape.item or Shape("any"))

    def inside(self, route: Route, value: Any) -> Iterator[Mismatch]:
        """The references in a text: each must lead somewhere, whatever is there."""
        for part in parts(value):
            if isinstance(part, Ref):
                yield from self.reference(route, part, Shape("any"))

    def reference(self, route: Route, ref: Ref, shape: Shape) -> Iterator[Mismatch]:
        if self.types is None:
            return
        written = f"{ref.resource}.{ref.path}"
        if ref.resource not in self.types:
            message = f"{written} refers to {ref.resource!r}, which is not in the stack"
            yield Mismatch(Problem.REFERENCE, route, message, _suggestion(ref.resource, self.types))
            return
        target = self.types[ref.resource]
        found = output_at(target, routes.parse(ref.path))
        if found is None:
            message = f"{target} has no output {ref.path!r}"
            fix = _suggestion(ref.path, resource_type(target).outputs)
            yield Mismatch(Problem.REFERENCE, route, message, fix)
        elif not _assignable(found, shape):
            yield _wrong(route, shape, f"{written}, {_SHAPES[found.kind]}")

    def secrecy(self, route: Route, value: Any, field: Field) -> Iterator[Mismatch]:
        """A secret enters only as a reference, and only where the engine keeps it secret."""
        if field.secret and any(True for _ in _literals(value)):
            message = f"{routes.text(route)} is a secret, and its value is written in clear"
            yield Mismatch(Problem.SECRET, route, message, "refer to an output that is secret")
        elif not field.secret and (isinstance(value, Ref) or not _holds_objects(field.shape)):
            for part in parts(value):
                if isinstance(part, Ref) and self.is_secret(part):
                    message = f"{part.resource}.{part.path} is secret, {routes.text(route)} is not"
                    yield Mismatch(Problem.SECRET, route, message, "refer to it where a secret is expected")

    def is_secret(self, ref: Ref) -> bool:
        target = (self.types or {}).get(ref.resource)
        return target is not None and secret_at(target, routes.parse(ref.path))


def _literals(value: Any) -> Iterator[str]:
    """The texts that stand alone: those around a reference in a Concat or Json are not the secret."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _literals(item)
    elif isinstance(value, Concat | Json) and not any(True for _ in parts(value)):
        yield str(value)


def _holds_objects(shape: Shape) -> bool:
    """Whether fields of its own lie in it, each of which is secret or not for itself."""
    return shape.fields is not None or (shape.item is not None and _holds_objects(shape.item))


def _assignable(found: Shape, wanted: Shape) -> bool:
    if "any" in (found.kind, wanted.kind) or (found.kind, wanted.kind) == ("integer", "number"):
        return True
    if found.kind != wanted.kind:
        return False
    if found.item is not None and wanted.item is not None:
        return _assignable(found.item, wanted.item)
    # An object that comes out has more in it than one that goes in: what goes in must be there.
    inside = found.fields or {}
    return all(
        name in inside and _assignable(inside[name].shape, field.shape)
        for name, field in (wanted.fields or {}).items()
        if field.required
    )


def _fits(value: Any, shape: Shape) -> bool:
    match shape.kind:
        case "string":
            return isinstance(value, str)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "boolean":
            return isinstance(value, bool)
    return False


_SHAPES = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "list": "a list",
    "map": "a mapping",
    "object": "a mapping",
    "any": "anything",
}


def _wrong(route: Route, shape: Shape, actual: str) -> Mismatch:
    wanted = _SHAPES[shape.kind]
    return Mismatch(Problem.TYPE, route, f"{routes.text(route)} is {wanted}, not {actual}")


def _described(value: Any) -> str:
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, str):
        return f"the text {json.dumps(value, ensure_ascii=False)}"
    return "null" if value is None else json.dumps(value)


def _suggestion(name: str, known: Mapping[str, Any]) -> str:
    if near := closest(name, known):
        return f"did you mean {near!r}?"
    return f"there are {', '.join(sorted(known))}" if 0 < len(known) <= _FEW else ""
