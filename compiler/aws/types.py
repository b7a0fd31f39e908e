"""What a resource of each type takes and gives: names, wire names and shapes, as pulumi_aws declares them.

The data in `typedata/` is generated (`python -m compiler.engine.typedata`), one file a service. A line of it
reads `"<snake name>": "<wire name> <shape> [required] [secret]"`, where a shape is a scalar's name, `[shape]`
for a list, `{shape}` for a map, or the name of an entry under `objects`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeAlias, cast

from compiler.route import Route

DATA = Path(__file__).parent / "typedata"

_NAME = re.compile(r"[A-Za-z0-9_]+\Z")
# One step of a Pulumi property path: an index, a quoted key (only the quote itself is escaped), or a name.
_STEP = re.compile(r"""\.?\[(\d+)\]|\.?\["((?:\\"|[^"])*)"\]|\.?([^.\[\]"]+)""")

Kind: TypeAlias = Literal["string", "integer", "number", "boolean", "list", "map", "object", "any"]


@dataclass(frozen=True, slots=True)
class Shape:
    """What a value looks like: `item` is that of each item of a list or map, `fields` those of an object."""

    kind: Kind
    item: Shape | None = None
    fields: Mapping[str, Field] | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """One input or output: an output is `required` where the resource always has it."""

    wire: str
    shape: Shape
    required: bool = False
    secret: bool = False


@dataclass(frozen=True, slots=True)
class ResourceType:
    """One type: `token` is what the engine calls it, `module` and `cls` where Python has its class.

    `version` is that of the provider whose declaration this is.
    """

    name: str
    token: str
    version: str
    module: str
    cls: str
    inputs: Mapping[str, Field]
    outputs: Mapping[str, Field]


def resource_type(name: str) -> ResourceType:
    """The type of that name (`aws:rds:Instance`); KeyError where dbspec has no data about it."""
    return _resource_type(name)


def by_token(token: str) -> ResourceType | None:
    """The type that the engine calls so (`aws:rds/instance:Instance`), None where dbspec does not emit it."""
    package, _, rest = token.partition(":")
    module, _, cls = rest.partition(":")
    service = module.partition("/")[0]
    try:
        found = _resource_type(f"{package}:{cls}" if service == "index" else f"{package}:{service}:{cls}")
    except KeyError:
        return None
    return found if found.token == token else None


@cache
def known() -> tuple[str, ...]:
    """The names of all types, sorted."""
    return tuple(sorted(name for path in DATA.glob("*.json") for name in _service(path.stem)["types"]))


def to_wire(
    type: str, values: Mapping[str, Any], of: Literal["inputs", "outputs"] = "inputs"
) -> dict[str, Any]:
    """Values under the names that providers know; the keys of maps, references and unknown names stay."""
    found = resource_type(type)
    return _renamed(values, found.inputs if of == "inputs" else found.outputs)


def from_wire(type: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """A provider's inputs or outputs under our names: the inverse of `to_wire`."""
    return cast("dict[str, Any]", _unwired(values, _wires(type)))


def route_from_wire(type: str, path: str) -> Route:
    """A property path of the engine (`ingress[0].fromPort`, `tags["a.b"]`) as our route; unknown steps stay.

    ValueError where `path` is not a property path.
    """
    node: _Wires | None = _wires(type)
    steps: list[str | int] = []
    for step in _steps(path):
        if node is None or node.items:
            node = node.each if node else None
            steps.append(step)
        else:
            snake, node = node.names.get(str(step), (step, None))
            steps.append(snake)
    return tuple(steps)


def property_path(type: str, route: Route, of: Literal["inputs", "outputs"] = "inputs") -> str:
    """A route of ours as a property path of the engine: the inverse of `route_from_wire`."""
    found = resource_type(type)
    shape: Shape | None = Shape("object", fields=found.inputs if of == "inputs" else found.outputs)
    written = ""
    for step in route:
        field = shape.fields.get(str(step)) if shape is not None and shape.fields is not None else None
        wire = field.wire if field is not None else step
        shape = field.shape if field is not None else shape.item if shape is not None else None
        if isinstance(wire, int):
            written += f"[{wire}]"
        elif _NAME.match(wire):
            written += f".{wire}" if written else wire
        else:
            written += '["' + wire.replace('"', '\\"') + '"]'
    return written


def _steps(path: str) -> Route:
    steps: list[str | int] = []
    position = 0
    while position < len(path):
        match = _STEP.match(path, position)
        if match is None:
            raise ValueError(f"not a property path: {path!r}")
        index, quoted, name = match.groups()
        steps.append(int(index) if index else name or quoted.replace('\\"', '"'))
        position = match.end()
    return tuple(steps)


def input_at(type: str, route: Route) -> Shape | None:
    """The shape of the input at that route, None where the type has no such input."""
    fields: Mapping[str, Field] | None = resource_type(type).inputs
    return _at(Shape("object", fields=fields), route)


def output_at(type: str, route: Route) -> Shape | None:
    """The shape of the output at that route, None where the type has no such output."""
    return _at(Shape("object", fields=resource_type(type).outputs), route)


def secret_at(type: str, route: Route) -> bool:
    """Whether the output at that route is secret, because it or what it lies in is."""
    shape: Shape | None = Shape("object", fields=resource_type(type).outputs)
    for step in route:
        if shape is None:
            return False
        if shape.fields is not None and step in shape.fields and shape.fields[cast("str", step)].secret:
            return True
        shape = _at(shape, (step,))
    return False


def keeps(type: str, name: str) -> bool:
    """Whether the AWS provider leaves an input as it is where the program says nothing of it any more.

    That is so for every input that is both optional and computed, and of outputs those are always there. Descriptions
    are as well, but have a default that comes back ("Managed by Pulumi"); and so have all inputs of `random`.
    """
    found = resource_type(type)
    given, told = found.inputs.get(name), found.outputs.get(name)
    if given is None or told is None or name.endswith("description") or not type.startswith("aws:"):
        return False
    return told.required and not given.required


def _at(shape: Shape, route: Route) -> Shape | None:
    for step in route:
        if shape.kind == "any":
            return shape
        if shape.fields is not None:
            if step not in shape.fields:
                return None
            shape = shape.fields[cast("str", step)].shape
        elif shape.item is None or isinstance(step, int) != (shape.kind == "list"):
            return None
        else:
            shape = shape.item
    return shape


def _renamed(values: Mapping[str, Any], fields: Mapping[str, Field]) -> dict[str, Any]:
    renamed = {}
    for name, value in values.items():
        field = fields.get(name)
        renamed[field.wire if field else name] = _wired(value, field.shape) if field else value
    return renamed


def _wired(value: Any, shape: Shape) -> Any:
    if shape.fields is not None and isinstance(value, Mapping):
        return _renamed(value, shape.fields)
    if shape.item is not None:
        if isinstance(value, Mapping):
            return {key: _wired(each, shape.item) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [_wired(each, shape.item) for each in value]
    return value


@dataclass(slots=True)
class _Wires:
    """Our name and what lies below it, by wire name; with `items` below each index or key lies `each`."""

    names: dict[str, tuple[str, _Wires | None]]
    items: bool = False
    each: _Wires | None = None


@cache
def _wires(type: str) -> _Wires:
    found = resource_type(type)
    node = _Wires({})
    for fields in (found.outputs, found.inputs):
        _add_wires(node, fields)
    return node


def _add_wires(node: _Wires, fields: Mapping[str, Field]) -> None:
    for snake, field in fields.items():
        below = node.names[field.wire][1] if field.wire in node.names else None
        node.names[field.wire] = (snake, _wires_of(field.shape, below))


def _wires_of(shape: Shape, node: _Wires | None) -> _Wires | None:
    if shape.fields is not None:
        node = node or _Wires({})
        _add_wires(node, shape.fields)
    elif shape.item is not None:
        node = node or _Wires({}, items=True)
        node.each = _wires_of(shape.item, node.each)
    return node


def _unwired(value: Any, node: _Wires | None) -> Any:
    if node is None:
        return value
    if isinstance(value, Mapping):
        if node.items:
            return {key: _unwired(each, node.each) for key, each in value.items()}
        renamed = {}
        for wire, each in value.items():
            snake, below = node.names.get(wire, (wire, None))
            renamed[snake] = _unwired(each, below)
        return renamed
    if isinstance(value, list | tuple) and node.items:
        return [_unwired(each, node.each) for each in value]
    return value


@cache
def _resource_type(name: str) -> ResourceType:
    service = name.split(":")[1] if name.count(":") == 2 else name.partition(":")[0]
    data = _service(service)
    entry = data["types"][name]
    # Every resource has an id, which the SDK declares once, for all types.
    identity = {"id": Field("id", Shape("string"), required=True)}
    return ResourceType(
        name=name,
        token=entry["token"],
        version=_service(service)["version"],
        module=entry["module"],
        cls=entry["token"].rpartition(":")[2],
        inputs=_fields(service, entry["inputs"]),
        outputs=identity | _fields(service, entry["outputs"]),
    )


@cache
def _service(service: str) -> dict[str, Any]:
    try:
        text = (DATA / f"{service}.json").read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError) as missing:
        raise KeyError(service) from missing
    return cast("dict[str, Any]", json.loads(text))


def _fields(service: str, lines: Mapping[str, str]) -> dict[str, Field]:
    fields = {}
    for name, line in lines.items():
        wire, shape, *flags = line.split()
        fields[name] = Field(wire, _shape(service, shape), "required" in flags, "secret" in flags)
    return fields


@cache
def _shape(service: str, written: str) -> Shape:
    if written[0] == "[":
        return Shape("list", item=_shape(service, written[1:-1]))
    if written[0] == "{":
        return Shape("map", item=_shape(service, written[1:-1]))
    if written[0].isupper():
        return Shape("object", fields=_fields(service, _service(service)["objects"][written]))
    return Shape(cast("Kind", written))
