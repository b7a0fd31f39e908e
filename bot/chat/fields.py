"""The questions that a kind's model answers to: every key of a spec, with what it takes and what holds there now."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from compiler import edition
from compiler.catalog import Environment
from compiler.diagnostics import Place
from compiler.document import Node, plain
from compiler.lifecycle.model import OWN
from compiler.route import text

# Asked for, or given, otherwise: the command names the kind, and `remove` ends a database.
_NOT_ASKED = frozenset({"kind", "decommission"})
# Sections of sections are written as YAML: nobody fills in a form that deep.
_DEEPEST = 2


class Control(StrEnum):
    """How a value is asked for."""

    TEXT = "text"
    WHOLE = "a whole number"
    NUMBER = "a number"
    CHOICE = "one of"
    MANY = "any of"
    LINES = "one a line"
    DAY = "a day"
    YAML = "YAML"


@dataclass(frozen=True, slots=True)
class Field:
    """One question; `key` is a route of the spec.

    `value` is what holds as long as nobody says otherwise, plain, and `origin` who says so; `own` is what the spec's
    file itself says. `choices` are the words to choose from, by which value each stands for.
    """

    key: str
    help: str
    control: Control
    required: bool = False
    value: Any = None
    own: Any = None
    origin: str = ""
    choices: Mapping[str, Any] = field(default_factory=dict)
    least: float | None = None
    most: float | None = None
    longest: int | None = None
    example: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads questions off a schema.

    `path` is the database's own file, "" where there is none yet. `known` are the keys whose values stand in other
    files, with what these offer.
    """

    schema: Mapping[str, Any]
    environment: Environment
    path: str
    known: Mapping[str, Sequence[str]]

    def groups(self, node: Node, own: Node) -> list[Group]:
        """All of them by section; `node` is the merged document, `own` what the file says."""
        general: list[Field] = []
        lives: list[Field] = []
        sections: list[Group] = []
        required = self.schema.get("required", ())
        for name, each in self.schema["properties"].items():
            if name in _NOT_ASKED:
                continue
            found = tuple(self.fields((name,), each, at(node, name), at(own, name), name in required))
            if name in OWN:
                lives += found
            elif len(found) == 1 and found[0].key == name:
                general += found
            else:
                sections.append(Group(name, found))
        return [Group("general", tuple(general)), *sections, Group("lifecycle", tuple(lives))]

    def fields(
        self,
        route: tuple[str, ...],
        schema: Mapping[str, Any],
        node: Node | None,
        own: Node | None,
        required: bool,
    ) -> Iterator[Field]:
        branches = [each for each in self.branches(schema) if each.get("type") != "null"]
        section = self.section(schema, branches, node)
        if section is None or len(route) > _DEEPEST:
            yield self.field(route, schema, branches, node, own, required)
            return
        needed = section.get("required", ()) if required else ()
        for name, each in section["properties"].items():
            yield from self.fields((*route, name), each, at(node, name), at(own, name), name in needed)

    def section(
        self, schema: Mapping[str, Any], branches: Sequence[Mapping[str, Any]], node: Node | None
    ) -> Mapping[str, Any] | None:
        """The mapping with known keys that is meant, where its keys are better asked for one by one."""
        models = [each for each in branches if "properties" in each]
        held = node is not None and isinstance(node.value, dict)
        always = len(branches) == 1 and ("default" not in schema or schema["default"] is not None)
        return models[0] if len(models) == 1 and (held or always) else None

    def field(
        self,
        route: tuple[str, ...],
        schema: Mapping[str, Any],
        branches: Sequence[Mapping[str, Any]],
        node: Node | None,
        own: Node | None,
        required: bool,
    ) -> Field:
        key = text(route)
        value = None if node is None else plain(node)
        control, choices, branch = self.control(key, branches, value)
        origin = "" if node is None else self.origin(node.at)
        if node is None and schema.get("default") not in (None, "", {}, []):
            value, origin = schema["default"], "the kind"
        examples = [*schema.get("examples", ()), *branch.get("examples", ())]
        return Field(
            key=key,
            help=str(schema.get("description", branch.get("description", ""))),
            control=control,
            required=required and value is None,
            value=value,
            own=None if own is None else plain(own),
            origin=origin,
            choices=choices,
            least=branch.get("minimum"),
            most=branch.get("maximum"),
            longest=branch.get("maxLength"),
            example=_example(examples[0]) if examples else "",
        )

    def control(
        self, key: str, branches: Sequence[Mapping[str, Any]], value: Any
    ) -> tuple[Control, Mapping[str, Any], Mapping[str, Any]]:
        """How to ask, what to choose from, and the branch of the schema that is asked for."""
        offered = self.known.get(key)
        scalars = [each for each in branches if each.get("type") in _SCALARS or "enum" in each]
        if isinstance(value, dict) or (isinstance(value, list) and not _is_list(branches)):
            return Control.YAML, {}, branches[0]
        if offered and scalars:
            return Control.CHOICE, {each: each for each in offered}, scalars[0]
        if _is_list(branches):
            items = next(each for each in branches if each.get("type") == "array")
            enum = offered or items["items"].get("enum")
            if enum:
                return Control.MANY, {str(each): each for each in enum}, items
            plainly = items["items"].get("type") == "string"
            return (Control.LINES if plainly else Control.YAML), {}, items
        if not scalars:
            return Control.YAML, {}, branches[0] if branches else {}
        branch = scalars[0]
        if "enum" in branch:
            return Control.CHOICE, {str(each): each for each in branch["enum"]}, branch
        if branch["type"] == "boolean":
            return Control.CHOICE, {"yes": True, "no": False}, branch
        if branch["type"] == "string" and branch.get("pattern") == r"^(?:\d{4}-\d{2}-\d{2})$":
            return Control.DAY, {}, branch
        return _SCALARS[branch["type"]], {}, branch

    def branches(self, schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """What a value may be, one by one, with what it refers to looked up."""
        if "$ref" in schema:
            yield from self.branches(self.schema["$defs"][schema["$ref"].rpartition("/")[2]])
        elif "anyOf" in schema:
            for each in schema["anyOf"]:
                yield from self.branches(each)
        else:
            yield schema

    def origin(self, at: Place) -> str:
        """Who decided what stands there, as `dbspec explain` says it."""
        if at.path == self.path:
            return "spec"
        spec = self.environment.spec
        return f"edition {spec.edition}, {spec.tier}" if edition.holds(at) else "environment"


_SCALARS: Mapping[str, Control] = {
    "string": Control.TEXT,
    "integer": Control.WHOLE,
    "number": Control.NUMBER,
    "boolean": Control.CHOICE,
}


def _is_list(branches: Sequence[Mapping[str, Any]]) -> bool:
    return bool(branches) and all(each.get("type") == "array" for each in branches)


def _example(value: Any) -> str:
    if isinstance(value, str | int | float):
        return str(value)
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return ", ".join(value)
    return _flow(value)


def _flow(value: Any) -> str:
    """A value as YAML on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(each) for each in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def at(node: Node | None, key: str) -> Node | None:
    return node.value.get(key) if node is not None and isinstance(node.value, dict) else None
