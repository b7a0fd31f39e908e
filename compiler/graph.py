"""What a stack is made of, as data: resources, the values of their inputs, references between them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, Union


@dataclass(frozen=True, slots=True)
class Ref:
    """An output of another resource of the same stack; `path` is a route as text (`endpoint`, `subnets[0].id`)."""

    resource: str
    path: str


@dataclass(frozen=True, slots=True)
class Shared:
    """What others built: `name` is a field of SharedNetwork, or any output that its source has."""

    name: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Concat:
    """Texts put together, some of which are only known later."""

    parts: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Json:
    """A value that becomes JSON text once all of it is known."""

    value: Value


Scalar: TypeAlias = str | int | float | bool | None
# Mappings and lists are never changed once they are in a graph.
Value: TypeAlias = Union[Scalar, Ref, Shared, Concat, Json, "Sequence[Value]", "Mapping[str, Value]"]


@dataclass(frozen=True, slots=True)
class Options:
    """How the engine treats a resource; `ignore_changes` holds routes as text."""

    protect: bool = False
    retain_on_delete: bool = False
    delete_before_replace: bool = False
    depends_on: tuple[str, ...] = ()
    ignore_changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource: `type` is a key of the type data (`aws:rds:Instance`), `inputs` have pulumi_aws's names.

    `overridden` are the routes in `inputs`, as text, that the spec's `overrides` decided.
    """

    name: str
    type: str
    inputs: Mapping[str, Value]
    why: str
    options: Options = field(default=Options())
    overridden: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stack:
    """All resources of one database, or of one environment: `id` is `<environment>.<name>`.

    `after` names the stacks that must be applied first.
    """

    id: str
    resources: tuple[Resource, ...]
    outputs: Mapping[str, Value] = field(default_factory=dict)
    after: tuple[str, ...] = ()

    @property
    def overridden(self) -> Mapping[str, tuple[str, ...]]:
        """The inputs that the spec's `overrides` decided, by resource."""
        return {each.name: each.overridden for each in self.resources if each.overridden}

    def resource(self, name: str) -> Resource:
        """The resource of that name; KeyError where there is none."""
        for each in self.resources:
            if each.name == name:
                return each
        raise KeyError(name)


def canonical(stack: Stack) -> bytes:
    """The stack as bytes that are the same on every machine.

    `why` and `overridden` are for people and not in them: who decided a value changes nothing in the account.
    """
    data = to_data(stack)
    for each in data["resources"]:
        del each["why"]
        each.pop("overridden", None)
    return json.dumps(
        data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def digest(stack: Stack) -> str:
    """`sha256:` and the hash of the canonical bytes."""
    return "sha256:" + hashlib.sha256(canonical(stack)).hexdigest()


def value_digest(value: Value) -> str:
    """The hash of one value as the graph has it, references symbolic."""
    text = json.dumps(value_to_data(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def to_data(stack: Stack) -> dict[str, Any]:
    """Plain JSON data, resources by name.

    What is not plain is a mapping with one `$` key (`{"$ref": [resource, path]}`). A `$` that starts a key of a
    user's own mapping is doubled.
    """
    return {
        "id": stack.id,
        "after": sorted(stack.after),
        "resources": [
            {
                "name": each.name,
                "type": each.type,
                "inputs": {name: value_to_data(value) for name, value in sorted(each.inputs.items())},
                "options": _options_to_data(each.options),
                "why": each.why,
                **({"overridden": list(each.overridden)} if each.overridden else {}),
            }
            for each in sorted(stack.resources, key=lambda each: each.name)
        ],
        "outputs": {name: value_to_data(value) for name, value in sorted(stack.outputs.items())},
    }


def _options_to_data(options: Options) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for name in ("protect", "retain_on_delete", "delete_before_replace"):
        if getattr(options, name):
            data[name] = True
    for name in ("depends_on", "ignore_changes"):
        if getattr(options, name):
            data[name] = sorted(getattr(options, name))
    return data


def value_to_data(value: Value) -> Any:
    """One value as plain JSON data."""
    if isinstance(value, Ref):
        return {"$ref": [value.resource, value.path]}
    if isinstance(value, Shared):
        return {"$shared": [value.name, value.path] if value.path else [value.name]}
    if isinstance(value, Concat):
        return {"$concat": [value_to_data(part) for part in value.parts]}
    if isinstance(value, Json):
        return {"$json": value_to_data(value.value)}
    if isinstance(value, Mapping):
        return {
            ("$" + key if key.startswith("$") else key): value_to_data(item)
            for key, item in sorted(value.items())
        }
    if isinstance(value, list):
        return [value_to_data(item) for item in value]
    return value


def from_data(data: Mapping[str, Any]) -> Stack:
    """The stack that `to_data` wrote; KeyError or TypeError where it did not."""
    return Stack(
        id=data["id"],
        after=tuple(data["after"]),
        resources=tuple(
            Resource(
                name=each["name"],
                type=each["type"],
                inputs={name: value_from_data(value) for name, value in each["inputs"].items()},
                options=_options_from_data(each["options"]),
                why=each.get("why", ""),
                overridden=tuple(each.get("overridden", ())),
            )
            for each in data["resources"]
        ),
        outputs={name: value_from_data(value) for name, value in data["outputs"].items()},
    )


def _options_from_data(data: Mapping[str, Any]) -> Options:
    given: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in data.items()
    }
    return Options(**given)


def value_from_data(data: Any) -> Value:
    """The value that `value_to_data` wrote."""
    if isinstance(data, list):
        return [value_from_data(item) for item in data]
    if not isinstance(data, dict):
        return data  # type: ignore[no-any-return]
    if len(data) == 1:
        (key, item), *_ = data.items()
        match key:
            case "$ref":
                return Ref(*item)
            case "$shared":
                return Shared(*item)
            case "$concat":
                return Concat(tuple(value_from_data(part) for part in item))
            case "$json":
                return Json(value_from_data(item))
    return {
        key.removeprefix("$") if key.startswith("$") else key: value_from_data(item)
        for key, item in data.items()
    }


def parts(value: Value) -> Iterator[Ref | Shared]:
    """Every reference inside a value, in the order of the text."""
    if isinstance(value, Ref | Shared):
        yield value
    elif isinstance(value, Json):
        yield from parts(value.value)
    elif isinstance(value, Concat):
        for part in value.parts:
            yield from parts(part)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from parts(item)
    elif isinstance(value, list):
        for item in value:
            yield from parts(item)


def ordered(stack: Stack) -> tuple[Resource, ...]:
    """The resources, each after those it refers to or depends on; by name where that leaves a choice.

    Raises ValueError where references go round in a circle or lead nowhere.
    """
    waiting = {each.name: _needs(each) for each in stack.resources}
    known = {each.name: each for each in stack.resources}
    for name, needs in waiting.items():
        if missing := sorted(needs - known.keys()):
            raise ValueError(f"{stack.id}: {name} refers to {missing[0]}, which is not in the stack")
    done: list[Resource] = []
    while waiting:
        ready = sorted(name for name, needs in waiting.items() if not needs & waiting.keys())
        if not ready:
            raise ValueError(f"{stack.id}: references in a circle: {', '.join(sorted(waiting))}")
        for name in ready:
            del waiting[name]
            done.append(known[name])
    return tuple(done)


def _needs(resource: Resource) -> set[str]:
    refs = {
        ref.resource for value in resource.inputs.values() for ref in parts(value) if isinstance(ref, Ref)
    }
    return refs | set(resource.options.depends_on)


def text(value: Value) -> str:
    """A value as people read it, references as `${...}`; a literal `${` is written `$${`."""
    if isinstance(value, str):
        return value.replace("${", "$${")
    if isinstance(value, Ref):
        return f"${{{value.resource}.{value.path}}}"
    if isinstance(value, Shared):
        return f"${{shared.{value.name}{'.' + value.path if value.path else ''}}}"
    if isinstance(value, Concat):
        return "".join(text(part) for part in value.parts)
    if isinstance(value, Json):
        return text(value.value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {text(item)}" for key, item in sorted(value.items())) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(text(item) for item in value) + "]"
    return json.dumps(value)
