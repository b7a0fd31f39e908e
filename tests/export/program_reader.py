"""Reads a Pulumi YAML program back into a graph, by the rules of its language and not by those of its writer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ruamel.yaml import YAML

from compiler import route as routes
from compiler.aws import types
from compiler.aws.types import Field, Shape
from compiler.graph import Concat, Json, Options, Ref, Resource, Shared, Stack, Value
from compiler.route import Route

Steps = tuple[str | int, ...]


def parse(program: str, version: str = "1.2") -> dict[str, Any]:
    """The document, as a reader of that version of YAML sees it."""
    yaml = YAML(typ="safe", pure=True)
    yaml.version = version
    loaded: dict[str, Any] = yaml.load(program)
    return loaded


def expression(text: str) -> list[str | Steps]:
    """A string of the language: texts, and between them the steps of each `${...}`; `$$` is a dollar."""
    found: list[str | Steps] = []
    literal = ""
    while text:
        if text.startswith("$$"):
            literal, text = literal + "$", text[2:]
        elif text.startswith("${"):
            if literal:
                found.append(literal)
            literal = ""
            steps, text = _access(text[2:])
            found.append(steps)
        else:
            literal, text = literal + text[0], text[1:]
    return [*found, literal] if literal or not found else found


def _access(text: str) -> tuple[Steps, str]:
    assert text[0] not in ".[", "a reference begins with a name: Pulumi's host panics where it is in quotes"
    steps: list[str | int] = []
    while text[0] != "}":
        if text[0] == ".":
            text = text[1:]
        elif text.startswith('["'):
            step, text = "", text[2:]
            while text[0] != '"':
                escaped = text.startswith('\\"')
                step, text = step + text[escaped], text[1 + escaped :]
            assert text.startswith('"]')
            steps, text = [*steps, step], text[2:]
        elif text[0] == "[":
            index, _, text = text[1:].partition("]")
            steps.append(int(index))
        else:
            end = next(at for at, character in enumerate(text) if character in ".[}")
            steps, text = [*steps, text[:end]], text[end:]
    return tuple(steps), text[1:]


def stack(program: str, id: str) -> Stack:
    """The graph that the program says. A Concat of what is one value alone is that value."""
    document = parse(program)
    reader = _Reader(document)
    resources = tuple(
        Resource(
            name=reader.names[key],
            type=written["type"],
            inputs=reader.fields(written["properties"], types.resource_type(written["type"]).inputs),
            options=reader.options(written["type"], written["options"]),
            why="",
        )
        for key, written in document["resources"].items()
    )
    outputs = {name: reader.value(value) for name, value in document.get("outputs", {}).items()}
    return Stack(id, resources, outputs)


class _Reader:
    def __init__(self, document: dict[str, Any]) -> None:
        self.types = {key: written["type"] for key, written in document["resources"].items()}
        self.names = {
            key: _literal(written["name"]) if "name" in written else key
            for key, written in document["resources"].items()
        }
        self.config = {key: key.removeprefix("shared_") for key in document.get("config", {})}

    def fields(self, written: Mapping[str, Any], fields: Mapping[str, Field]) -> dict[str, Value]:
        by_wire = {field.wire: (name, field.shape) for name, field in fields.items()}
        return {by_wire[wire][0]: self.shaped(value, by_wire[wire][1]) for wire, value in written.items()}

    def shaped(self, written: Any, shape: Shape) -> Value:
        if isinstance(written, Mapping) and not _is_call(written):
            if shape.fields is not None:
                return self.fields(written, shape.fields)
            return {
                _literal(key): self.shaped(item, shape.item or Shape("any")) for key, item in written.items()
            }
        if isinstance(written, list):
            return [self.shaped(item, shape.item or Shape("any")) for item in written]
        return self.value(written)

    def value(self, written: Any) -> Value:
        if isinstance(written, str):
            pieces = [self.piece(each) for each in expression(written)]
            return pieces[0] if len(pieces) == 1 else Concat(tuple(pieces))
        if isinstance(written, Mapping) and _is_call(written):
            ((call, argument),) = written.items()
            if call == "fn::toJSON":
                return Json(self.value(argument))
            assert call == "fn::join"
            assert argument[0] == ""
            return Concat(tuple(self.value(each) for each in argument[1]))
        if isinstance(written, Mapping):
            return {_literal(key): self.value(item) for key, item in written.items()}
        return [self.value(item) for item in written] if isinstance(written, list) else written

    def piece(self, piece: str | Steps) -> Value:
        if isinstance(piece, str):
            return piece
        root, *below = piece
        if root in self.config:
            return Shared(self.config[str(root)], routes.text(tuple(below)))
        return Ref(self.names[str(root)], routes.text(output_route(self.types[str(root)], tuple(below))))

    def options(self, type: str, written: Mapping[str, Any]) -> Options:
        rest = dict(written)
        assert rest.pop("version") == types.resource_type(type).version
        read: dict[str, tuple[str, Callable[[Any], Any]]] = {
            "protect": ("protect", bool),
            "retainOnDelete": ("retain_on_delete", bool),
            "deleteBeforeReplace": ("delete_before_replace", bool),
            "dependsOn": ("depends_on", lambda some: tuple(self.resource(each) for each in some)),
            "ignoreChanges": ("ignore_changes", lambda some: tuple(_ignored(type, each) for each in some)),
        }
        return Options(**{read[key][0]: read[key][1](value) for key, value in rest.items()})

    def resource(self, written: str) -> str:
        ((key,),) = references(written)
        return self.names[str(key)]


def output_route(type: str, steps: Steps) -> Route:
    """Our route for the steps below a resource; KeyError where the type has no such output."""
    shape = Shape("object", fields=types.resource_type(type).outputs)
    route: list[str | int] = []
    for step in steps:
        if shape.fields is not None:
            by_wire = {field.wire: (name, field.shape) for name, field in shape.fields.items()}
            step, shape = by_wire[str(step)]
        elif shape.item is not None:
            shape = shape.item
        elif shape.kind != "any":
            raise KeyError(step)
        route.append(step)
    return tuple(route)


def references(written: Any) -> Iterator[Steps]:
    """Every `${...}` below a value, keys included."""
    if isinstance(written, str):
        yield from (each for each in expression(written) if not isinstance(each, str))
    elif isinstance(written, Mapping):
        for key, item in written.items():
            yield from references(key)
            yield from references(item)
    elif isinstance(written, list):
        for item in written:
            yield from references(item)


def _is_call(written: Mapping[str, Any]) -> bool:
    return len(written) == 1 and next(iter(written)).startswith("fn::")


def _literal(text: str) -> str:
    pieces = expression(text)
    assert len(pieces) == 1
    assert isinstance(pieces[0], str)
    return pieces[0]


def _ignored(type: str, written: str) -> str:
    return routes.text(types.route_from_wire(type, _literal(written)))
