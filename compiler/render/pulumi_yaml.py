"""A graph as a Pulumi YAML program, so that nobody is locked in.

`compile --format pulumi-yaml --out DIR` writes DIR/<environment>.<name>.yaml, one program a stack. Pulumi wants
a directory for each program, in which it is called Pulumi.yaml. Copied there it runs on the stack that dbspec keeps:

    mkdir run && cp DIR/prod.orders.yaml run/Pulumi.yaml && cd run && pulumi preview --stack prod.orders

The language: https://www.pulumi.com/docs/iac/languages-sdks/yaml/yaml-language-reference/
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from compiler import route as routes
from compiler.aws import types
from compiler.aws.types import Shape
from compiler.diagnostics import fail
from compiler.graph import Concat, Json, Ref, Resource, Shared, Stack, Value, ordered, parts

# What no reader of YAML 1.1 or 1.2 takes for anything but text; the rest is quoted.
_PLAIN = re.compile(r"(?!(?:y|n|yes|no|on|off|true|false|null)\Z)[A-Za-z/$][ -~]*\Z", re.IGNORECASE)
_NOT_IN_A_KEY = re.compile(r"[^A-Za-z0-9_-]")


def program(stack: Stack, shared: Mapping[str, Any] | None = None) -> str:
    """The program of a stack, in an order that is always the same.

    What shared infrastructure offers becomes the program's config. `shared` has values by name for its defaults;
    it must hold no secret. UserError where the graph says what Pulumi YAML cannot.
    """
    shared = shared or {}
    keys = _keys(each.name for each in stack.resources)
    writer = _Writer(
        types={each.name: each.type for each in stack.resources},
        keys=keys,
        config=_configs(stack, shared, set(keys.values())),
    )
    document = CommentedMap(
        name="dbspec", description=_scalar(f"the stack {stack.id}, as dbspec compiled it"), runtime="yaml"
    )
    if writer.config:
        document["config"] = config = CommentedMap()
        for name, each in writer.config.items():
            config[each.key] = _entry(each, shared.get(name))
            config.yaml_set_comment_before_after_key(
                each.key, before=f"{name} of the shared infrastructure", indent=2
            )
    document["resources"] = resources = CommentedMap()
    for resource in ordered(stack):
        key = keys[resource.name]
        resources[_scalar(key)] = writer.resource(resource)
        if resource.why:
            resources.yaml_set_comment_before_after_key(key, before=resource.why, indent=2)
    if stack.outputs:
        document["outputs"] = {
            _scalar(name): writer.value(value) for name, value in sorted(stack.outputs.items())
        }
    return _dumped(document)


def _dumped(document: CommentedMap) -> str:
    yaml = YAML()
    yaml.width = 1_000_000  # a folded text is the same text, but no diff shows it
    yaml.indent(mapping=2, sequence=4, offset=2)
    out = StringIO()
    yaml.dump(document, out)
    return out.getvalue()


@dataclass(frozen=True, slots=True)
class _Config:
    """What stands for a value of shared infrastructure: its key in the program, and its declared type."""

    key: str
    type: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Writer:
    """`types` and `keys` are those of the resources by name, `config` is by the name of what is shared."""

    types: Mapping[str, str]
    keys: Mapping[str, str]
    config: Mapping[str, _Config]

    def resource(self, resource: Resource) -> dict[str, Any]:
        found = types.resource_type(resource.type)
        given = {name: value for name, value in sorted(resource.inputs.items()) if value is not None}
        inputs = types.to_wire(resource.type, given)
        key = self.keys[resource.name]
        return {
            "type": resource.type,
            **({"name": _literal(resource.name)} if key != resource.name else {}),
            "properties": {wire: self.value(value) for wire, value in inputs.items()},
            "options": self.options(resource) | {"version": _scalar(found.version)},
        }

    def options(self, resource: Resource) -> dict[str, Any]:
        said = resource.options
        options: dict[str, Any] = {}
        if said.protect:
            options["protect"] = True
        if said.retain_on_delete:
            options["retainOnDelete"] = True
        if said.delete_before_replace:
            options["deleteBeforeReplace"] = True
        if said.depends_on:
            options["dependsOn"] = [_reference(self.keys[name], "") for name in sorted(said.depends_on)]
        if said.ignore_changes:
            options["ignoreChanges"] = [
                _literal(types.property_path(resource.type, routes.parse(each)))
                for each in sorted(said.ignore_changes)
            ]
        return options

    def value(self, value: Value) -> Any:
        match value:
            case str():
                return _literal(value)
            case Ref() | Shared():
                return _scalar(self.reference(value))
            case Concat():
                return self.text(value)
            case Json():
                return {"fn::toJSON": self.value(value.value)}
            case Mapping():
                return {_key(key): self.value(item) for key, item in value.items()}
            case list():
                return [self.value(item) for item in value]
        return value

    def text(self, concat: Concat) -> Any:
        """References stand inside the text; JSON cannot, so that texts with it are joined."""
        pieces: list[list[str | Ref | Shared] | Json] = [[]]
        for part in _flat(concat):
            if isinstance(part, Json):
                pieces += [part, []]
            elif isinstance(pieces[-1], list):
                pieces[-1].append(part)
        written = [
            self.value(piece) if isinstance(piece, Json) else self.interpolated(piece)
            for piece in pieces
            if piece
        ]
        if len(written) > 1:
            return {"fn::join": [_scalar(""), written]}
        return written[0] if written else _scalar("")

    def interpolated(self, pieces: list[str | Ref | Shared]) -> Any:
        if len(pieces) == 1 and not isinstance(pieces[0], str) and not self.is_text(pieces[0]):
            # A reference that stands alone is the value itself, a number even where a text is wanted.
            return {"fn::toJSON": _scalar(self.reference(pieces[0]))}
        return _scalar(
            "".join(_escaped(each) if isinstance(each, str) else self.reference(each) for each in pieces)
        )

    def reference(self, to: Ref | Shared) -> str:
        if isinstance(to, Shared):
            return _reference(self.config[to.name].key, to.path)
        path = types.property_path(self.types[to.resource], routes.parse(to.path), "outputs")
        return _reference(self.keys[to.resource], path)

    def is_text(self, to: Ref | Shared) -> bool:
        if isinstance(to, Shared):
            declared = self.config[to.name].type
            kind = declared.get("items", declared)["type"]
        else:
            shape = types.output_at(self.types[to.resource], routes.parse(to.path))
            kind = shape.kind if shape is not None else "any"
        return kind not in ("integer", "number", "boolean")


def _flat(concat: Concat) -> Iterator[str | Ref | Shared | Json]:
    for part in concat.parts:
        if isinstance(part, Concat):
            yield from _flat(part)
        elif isinstance(part, str | Ref | Shared | Json):
            if part != "":
                yield part
        else:
            yield json.dumps(part)


def _reference(key: str, path: str) -> str:
    return f"${{{key}{'' if not path or path.startswith('[') else '.'}{path}}}"


def _literal(text: str) -> Any:
    return _scalar(_escaped(text))


def _escaped(text: str) -> str:
    """`$$` is a dollar everywhere; one alone would begin a reference where `{` follows."""
    return text.replace("$", "$$")


def _key(key: str) -> Any:
    if key.lower().startswith("fn::"):
        raise fail(
            "export/reserved-key",
            f"the key {key!r} cannot be written in Pulumi YAML, which takes it for a function",
            "rename it",
        )
    return _literal(key)


def _scalar(text: str) -> Any:
    return text if _PLAIN.match(text) else DoubleQuotedScalarString(text)


def _keys(names: Iterable[str]) -> dict[str, str]:
    """The key of each resource in the program: its name, unless no reference can begin with that."""
    ordered_names = sorted(names)
    keys = {name: name for name in ordered_names if not _NOT_IN_A_KEY.search(name)}
    for name in [each for each in ordered_names if each not in keys]:
        keys[name] = _untaken(name, set(keys.values()))
    return keys


def _untaken(name: str, taken: Collection[str]) -> str:
    key = _NOT_IN_A_KEY.sub("_", name)
    while key in taken:
        key += "_"
    return key


def _configs(stack: Stack, shared: Mapping[str, Any], taken: set[str]) -> dict[str, _Config]:
    """What is shared by name; config and resources share one space of keys."""
    configs = {}
    for name in sorted({to.name for to in _references(stack) if isinstance(to, Shared)}):
        key = _untaken(f"shared_{name}", taken)
        taken = {*taken, key}
        default = shared.get(name)
        configs[name] = _Config(key, _type_by_use(stack, name) if default is None else _type_of(default))
    return configs


def _references(stack: Stack) -> Iterator[Ref | Shared]:
    for resource in stack.resources:
        for value in resource.inputs.values():
            yield from parts(value)
    for value in stack.outputs.values():
        yield from parts(value)


def _entry(config: _Config, default: Any) -> dict[str, Any]:
    return dict(config.type) if default is None else config.type | {"default": _plain(default)}


def _plain(value: Any) -> Any:
    """A default is read by the CLI, which knows no `$`."""
    if isinstance(value, str):
        return _scalar(value)
    if isinstance(value, Mapping):
        return {_scalar(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def _type_by_use(stack: Stack, name: str) -> dict[str, Any]:
    """The type that its uses in the graph need; text where nothing tells."""
    paths = [routes.parse(to.path) for to in _references(stack) if isinstance(to, Shared) and to.name == name]
    if any(path and isinstance(path[0], str) for path in paths):
        return {"type": "object"}
    wanted = [shape for to, shape in _uses_in(stack) if to.name == name]
    if any(paths):
        return _array(wanted[0] if wanted else Shape("any"))
    return next((declared for shape in wanted if (declared := _type_for(shape))), {"type": "string"})


def _uses_in(stack: Stack) -> Iterator[tuple[Shared, Shape]]:
    for resource in sorted(stack.resources, key=lambda each: each.name):
        for input, value in sorted(resource.inputs.items()):
            yield from _uses(value, types.input_at(resource.type, (input,)) or Shape("any"))


def _uses(value: Any, shape: Shape) -> Iterator[tuple[Shared, Shape]]:
    if isinstance(value, Shared):
        yield value, shape
    elif isinstance(value, Concat):
        yield from ((part, Shape("string")) for part in parts(value) if isinstance(part, Shared))
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _uses(item, _below(shape, key))
    elif isinstance(value, list):
        for item in value:
            yield from _uses(item, shape.item or Shape("any"))


def _below(shape: Shape, key: str) -> Shape:
    field = (shape.fields or {}).get(key)
    return field.shape if field else shape.item or Shape("any")


def _type_for(wanted: Shape) -> dict[str, Any] | None:
    match wanted.kind:
        case "string" | "integer" | "boolean":
            return {"type": wanted.kind}
        case "list":
            return _array(wanted.item or Shape("any"))
        case "map" | "object":
            return {"type": "object"}
    return None


def _array(item: Shape) -> dict[str, Any]:
    simple = item.kind if item.kind in ("string", "integer", "boolean", "object") else "string"
    return {"type": "array", "items": {"type": simple}}


def _type_of(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"type": "boolean"}
    if isinstance(value, int):
        return {"type": "integer"}
    if isinstance(value, Mapping):
        return {"type": "object"}
    if isinstance(value, list | tuple):
        return {"type": "array", "items": _type_of(value[0]) if value else {"type": "string"}}
    return {"type": "string"}
