"""The keys that a file can have, each with what its schema says of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from compiler import document, edition, kinds, schemas
from compiler.schemas import Schema

# Steps as a page writes them: `<name>` for any key of a free mapping, `[]` for any item of a list.
Steps: TypeAlias = tuple[str, ...]
ANY_NAME, ANY_ITEM = "<name>", "[]"

_WORDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "object": "mapping",
}
_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Key:
    """One key: `defaults` are by tier, None where a tier has none; `must` are the rules that its schema knows."""

    steps: Steps
    type: str
    description: str
    required: bool
    defaults: Mapping[str, Any]
    must: tuple[str, ...]
    examples: tuple[Any, ...]
    section: bool

    @property
    def text(self) -> str:
        """`storage.iops`, `indexes.<name>.hash_key`, `read_replicas[].name`."""
        return text(self.steps)


def text(steps: Steps) -> str:
    """Steps as people write them."""
    return ".".join(steps).replace(f".{ANY_ITEM}", ANY_ITEM)


def keys(name: str) -> tuple[Key, ...]:
    """Every key of a spec of that kind, of `environment` or of `people`, in the order of its model."""
    schema = schemas.complete(name)
    return tuple(_Walk(schema, defaults(name)).inside(schema, (), _DEEPEST))


def defaults(name: str) -> Mapping[str, Any]:
    """What the newest edition gives, by tier; nothing where there are no editions."""
    if name == schemas.PEOPLE:
        return {}
    package = "compiler/environment" if name == schemas.ENVIRONMENT else kinds.named(name).package
    return {
        tier: document.plain(edition.defaults(package, edition.EDITIONS[-1], tier)) for tier in edition.TIERS
    }


class _Walk:
    def __init__(self, schema: Schema, defaults: Mapping[str, Any]) -> None:
        self.definitions: Mapping[str, Schema] = schema.get("$defs", {})
        self.defaults = defaults

    def inside(self, schema: Schema, above: Steps, deep: int) -> Iterator[Key]:
        if not deep:
            return
        required = schema.get("required", ())
        for name, each in schema.get("properties", {}).items():
            steps = (*above, name)
            branches = list(self.branches(each))
            yield self.key(steps, each, branches, name in required)
            if steps == ("defaults",):
                continue  # what a kind's own page says
            for branch in branches:
                yield from self.inside(branch, steps, deep - 1)
                for step, inner in ((ANY_ITEM, branch.get("items")), (ANY_NAME, _free(branch))):
                    for one in self.branches(inner or {}):
                        yield from self.inside(one, (*steps, step), deep - 1)

    def branches(self, schema: Schema) -> Iterator[Schema]:
        """What a value may be, without null, which takes a value away."""
        if "$ref" in schema:
            yield from self.branches(self.definitions[schema["$ref"].rpartition("/")[2]])
        elif "anyOf" in schema:
            for each in schema["anyOf"]:
                yield from self.branches(each)
        elif schema.get("type") != "null" and schema:
            yield schema

    def key(self, steps: Steps, schema: Schema, branches: list[Schema], required: bool) -> Key:
        types = list(dict.fromkeys(self.type(each) for each in branches))
        section = bool(branches) and all("properties" in each for each in branches)
        found = [*schema.get("examples", ()), *(one for each in branches for one in each.get("examples", ()))]
        return Key(
            steps,
            _joined(types),
            schema.get("description", ""),
            required,
            {tier: self.default(steps, schema, tier) for tier in edition.TIERS},
            tuple(dict.fromkeys(rule for each in branches for rule in _must(each))),
            tuple({str(each): each for each in found}.values()),
            section,
        )

    def type(self, schema: Schema) -> str:
        if "const" in schema or "enum" in schema:
            return ", ".join(f"`{each}`" for each in schema.get("enum", [schema.get("const")]))
        if "properties" in schema:
            return "section"
        if schema["type"] == "array":
            return f"list of {self.types(schema.get('items', {}))}"
        if free := _free(schema):
            return f"mapping of names to {self.types(free)}"
        return _WORDS[schema["type"]]

    def types(self, schema: Schema) -> str:
        found = dict.fromkeys(self.type(each) for each in self.branches(schema)) or {"values": None}
        return " or ".join(f"{each}s" if each in ("section", "mapping") else each for each in found)

    def default(self, steps: Steps, schema: Schema, tier: str) -> Any:
        found: Any = self.defaults.get(tier, {})
        for step in steps:
            found = found.get(step) if isinstance(found, Mapping) else None
        if found is None:
            found = schema.get("default")
        return None if found in ({}, [], "") else found


def _joined(types: list[str]) -> str:
    """The types of a value; what is short for a section, or for several, is said to be."""
    long = [each for each in types if "section" in each]
    short = [each for each in types if each not in long]
    if not long or not short or short == ["`sandbox`"]:
        return " or ".join(types)
    return f"{' or '.join(long)}; in short {' or '.join(short)}"


def _free(schema: Schema) -> Schema | None:
    found = schema.get("additionalProperties")
    return found if isinstance(found, dict) else None


def _must(schema: Schema) -> Iterator[str]:
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is not None and most is not None:
        yield f"{least} to {most}"
    elif least is not None:
        yield f"{least} or more"
    elif most is not None:
        yield f"{most} or less"
    for key, said in (
        ("minLength", "{} characters or more"),
        ("maxLength", "up to {} characters"),
        ("minItems", "{} or more of them"),
        ("maxItems", "up to {} of them"),
    ):
        if key in schema and (key, schema[key]) != ("minLength", 1):
            yield said.format(schema[key])
    if schema.get("minProperties") == 1:
        yield "exactly one of its keys" if schema.get("maxProperties") == 1 else "one or more of them"
    if "pattern" in schema and schema.get("examples"):
        yield f"like `{schema['examples'][0]}`"
