"""What files of a specs folder can say, as JSON Schema: for editors, which complete and check while somebody writes.

A schema knows the editions and no environment: what an environment's `defaults` give is still asked for in a spec.
Rules that tie keys together are `dbspec validate`'s.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

from compiler import document, edition, kinds

Schema: TypeAlias = dict[str, Any]

ENVIRONMENT = "environment"
PEOPLE = "people"

DIALECT = "https://json-schema.org/draft/2020-12/schema"
# What gives every key, so that none is asked for.
_ALL: Mapping[str, Any] = MappingProxyType({})
_EXTENDS: Schema = {
    "description": "A file of the specs folder that this one goes over, seen from its own folder.",
    "examples": ["../base.yaml"],
    "type": "string",
}


def names() -> tuple[str, ...]:
    """Everything that has a schema."""
    return (*kinds.KINDS, ENVIRONMENT, PEOPLE)


def schema(name: str) -> Schema:
    """The schema of a spec of that kind, of environment.yaml, or of people.yaml."""
    return {"$schema": DIALECT, **(_environment() if name == ENVIRONMENT else complete(name))}


def complete(name: str) -> Schema:
    """The same, of a file that extends no other: what is required is all that an edition does not give."""
    if name == PEOPLE:
        from compiler.people import People

        return _written(People.model_json_schema(), {})
    if name == ENVIRONMENT:
        from compiler.environment.model import EnvironmentSpec

        found = _written(EnvironmentSpec.model_json_schema(), _defaults("compiler/environment"))
        found["properties"]["extends"] = _EXTENDS
        return found
    kind = kinds.named(name)
    return _written(kind.spec.model_json_schema(), _defaults(kind.package))


def text(name: str) -> str:
    """The schema as it is printed, and kept in docs/schema."""
    return json.dumps(schema(name), indent=2, ensure_ascii=False) + "\n"


def _environment() -> Schema:
    from compiler.environment.model import EnvironmentSpec

    required = complete(ENVIRONMENT)["required"]
    # A file that this one extends may say the rest of any section.
    found = _written(EnvironmentSpec.model_json_schema(), _ALL)
    found["properties"]["extends"] = _EXTENDS
    found |= {"if": {"required": ["extends"]}, "else": {"required": required}}
    partial: Schema = {}
    for name in kinds.KINDS:
        of_kind = _renamed(_written(kinds.named(name).spec.model_json_schema(), _ALL), name)
        found["$defs"] |= {f"{name}.{key}": each for key, each in of_kind.pop("$defs").items()}
        partial[name] = of_kind
    found["properties"]["defaults"] |= {"properties": partial, "additionalProperties": False}
    return found


def _renamed(schema: Any, kind: str) -> Any:
    """The schema with its definitions under the names that they have among those of several kinds."""
    if isinstance(schema, dict):
        return {
            key: each.replace("#/$defs/", f"#/$defs/{kind}.") if key == "$ref" else _renamed(each, kind)
            for key, each in schema.items()
        }
    return [_renamed(each, kind) for each in schema] if isinstance(schema, list) else schema


def _defaults(package: str) -> dict[str, Any]:
    """What the newest edition gives in some tier."""
    merged = document.EMPTY
    for tier in edition.TIERS:
        merged = document.merge(merged, edition.defaults(package, edition.EDITIONS[-1], tier))
    found: dict[str, Any] = document.plain(merged)
    return found


def _written(schema: Schema, known: Mapping[str, Any]) -> Schema:
    """The schema of a whole document as people write it, over what an edition gives."""
    definitions = schema.get("$defs", {})
    for each in _mappings(schema):
        each.pop("title", None)
        if "examples" in each:
            each["examples"] = [_value(example) for example in each["examples"]]
        for pattern, inner in each.pop("patternProperties", {}).items():
            each |= {"additionalProperties": inner, "propertyNames": {"pattern": pattern}}
    for each in [schema, *definitions.values()]:
        _describe(each, definitions)
        _unset(each)
    _relax(schema, known, definitions)
    return schema


def _mappings(schema: Any, named: bool = False) -> Iterator[Schema]:
    """Every schema in a schema; the mappings from names to schemas are none themselves."""
    if isinstance(schema, list):
        for each in schema:
            yield from _mappings(each)
    elif isinstance(schema, dict):
        if not named:
            yield schema
        for key, each in list(schema.items()):
            if named or key not in ("examples", "default", "enum", "const"):
                yield from _mappings(each, named=not named and key in ("properties", "$defs"))


def _value(example: Any) -> Any:
    """An example as a value: as text it may have the quotes that YAML needs around it."""
    quoted = isinstance(example, str) and example.startswith('"') and example.endswith('"')
    return example[1:-1] if quoted else example


def _describe(schema: Schema, definitions: Mapping[str, Schema]) -> None:
    """Says what a section is where its key stands too: pydantic leaves out what the section itself says."""
    for each in schema.get("properties", {}).values():
        for one in (each, *each.get("anyOf", ())):
            if "$ref" in one and "description" not in each:
                each["description"] = definitions[one["$ref"].rpartition("/")[2]]["description"]


def _unset(schema: Schema) -> None:
    """Lets null stand wherever it takes away what an environment says."""
    required = schema.get("required", ())
    for name, each in schema.get("properties", {}).items():
        if name not in required:
            schema["properties"][name] = _or_null(each)
    for each in (*_mappings(schema),):
        free = each.get("additionalProperties")
        if isinstance(free, dict):
            each["additionalProperties"] = _or_null(free)


def _or_null(schema: Schema) -> Schema:
    branches = schema.get("anyOf", [])
    if {"type": "null"} in branches or not schema.keys() - {"description"} or schema.get("type") == "null":
        return schema
    if branches:
        return {**schema, "anyOf": [*branches, {"type": "null"}]}
    kept = {key: each for key, each in schema.items() if key in ("default", "description", "examples")}
    rest = {key: each for key, each in schema.items() if key not in kept}
    return {"anyOf": [rest, {"type": "null"}], **kept}


def _relax(schema: Schema, known: Any, definitions: Mapping[str, Schema]) -> None:
    """Asks for nothing that an edition gives. Items of lists, and of free mappings, keep what they need."""
    if not isinstance(known, Mapping):
        return
    if "$ref" in schema:
        _relax(definitions[schema["$ref"].rpartition("/")[2]], known, definitions)
    for each in schema.get("anyOf", ()):
        _relax(each, known, definitions)
    required = [name for name in schema.pop("required", ()) if known is not _ALL and name not in known]
    if required:
        schema["required"] = required
    for name, each in schema.get("properties", {}).items():
        _relax(each, _ALL if known is _ALL else known.get(name), definitions)
