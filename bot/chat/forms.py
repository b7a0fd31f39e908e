"""What is asked of somebody who wants a database, or another one: built from the model of its kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any

from bot.requests.request import Intent
from compiler import document, edition, kinds, schemas
from compiler.catalog import Catalog, Database, Environment
from compiler.diagnostics import Place
from compiler.document import Node, plain
from compiler.environment.layers import edition_and_tier
from compiler.kinds.kind import DatabaseSpec
from compiler.lifecycle.model import OWN
from compiler.parts.names import identifier
from compiler.people import People
from compiler.route import text

REASON = "reason"
"""The key of the question why; no kind has such a key."""
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
class Form:
    """The questions about one database: `first` are those that matter, `more` all others by their section."""

    action: Intent
    target: str
    kind: str
    first: tuple[Field, ...]
    more: tuple[Group, ...] = ()

    @property
    def fields(self) -> tuple[Field, ...]:
        return (*self.first, *(each for group in self.more for each in group.fields))

    def shown(self, sections: Sequence[str]) -> tuple[Field, ...]:
        """Those that are asked when these sections are open."""
        opened = (each for group in self.more if group.title in sections for each in group.fields)
        return (*self.first, *opened)


def starting(catalog: Catalog) -> Form:
    """What is asked before the kind is known: `kind`, `environment` and `name`."""
    described = {name: _schema(name).get("description", name) for name in kinds.KINDS}
    about = " ".join(f"{name}: {said}" for name, said in described.items())
    return Form(
        Intent.REQUEST,
        "",
        "",
        (
            Field("kind", about, Control.CHOICE, True, choices={each: each for each in kinds.KINDS}),
            Field(
                "environment",
                "Where it is to be.",
                Control.CHOICE,
                True,
                choices={each: each for each in catalog.environments},
            ),
            Field(
                "name",
                "Lower-case letters, digits and single hyphens, a letter first.",
                Control.TEXT,
                True,
                longest=63,
                example="orders",
            ),
        ),
    )


def removing(database: Database[DatabaseSpec]) -> Form:
    """The form by which a database goes: in development with its file, elsewhere decommissioned first."""
    asked = [_why(required=True)]
    if database.environment.spec.tier != "development" and not database.spec.decommission:
        fields = _schema(database.spec.kind)["$defs"]["Decommission"]["properties"]
        asked.append(
            Field(
                "decommission.final_snapshot",
                fields["final_snapshot"]["description"],
                Control.TEXT,
                value=f"{identifier(database)}-final",
                origin="its name in AWS",
            )
        )
    return Form(Intent.REMOVE, database.id, database.spec.kind, tuple(asked))


def joining(people: People) -> Form:
    """What somebody says who is not in people.yaml."""
    return Form(
        Intent.JOIN,
        "",
        "",
        (
            Field("name", "What people.yaml is to call you.", Control.TEXT, True, longest=40, example="ada"),
            Field("login", "Your login on GitHub.", Control.TEXT, True, longest=39, example="octocat"),
            Field(
                "id",
                "The number of that account, which stays when the login changes: it is `id` at "
                "https://api.github.com/users/LOGIN.",
                Control.WHOLE,
                True,
                least=1,
                example="583231",
            ),
            Field(
                "team",
                "The team that you are in.",
                Control.CHOICE,
                choices={each: each for each in people.teams},
            )
            if people.teams
            else Field("team", "The team that you are in.", Control.TEXT),
        ),
    )


def _why(*, required: bool = False) -> Field:
    return Field(REASON, "Why, for those who review it.", Control.TEXT, required, longest=1000)


def requesting(kind: str, target: str, environment: Environment, people: People) -> Form:
    """The form for a new database, prefilled with what it would be if nobody said more. KeyError: no such kind."""
    node = _defaults(kind, environment)
    return _form(Intent.REQUEST, target, kind, node, document.EMPTY, environment, people, "")


def changing(database: Database[DatabaseSpec], people: People) -> Form:
    """The form for a database that is there, prefilled with what it is."""
    return _form(
        Intent.CHANGE,
        database.id,
        database.spec.kind,
        database.node,
        database.own,
        database.environment,
        people,
        database.path,
    )


def _defaults(kind: str, environment: Environment) -> Node:
    base = edition.defaults(kinds.named(kind).package, *edition_and_tier(environment.node))
    over = _at(_at(environment.node, "defaults"), kind)
    return base if over is None else document.merge(base, over)


def _form(
    action: Intent,
    target: str,
    kind: str,
    node: Node,
    own: Node,
    environment: Environment,
    people: People,
    path: str,
) -> Form:
    reader = _Reader(_schema(kind), environment, path, _known(environment, people))
    groups = reader.groups(node, own)
    asked = kinds.named(kind).asks
    said = set(own.value) if isinstance(own.value, dict) else set()
    every = {each.key: each for group in groups for each in group.fields}
    first = [
        each
        for each in every.values()
        if (each.required and action is Intent.REQUEST)
        or each.key in asked
        or (each.key.partition(".")[0] in said and each.own is not None)
    ]
    order = {key: place for place, key in enumerate(asked)}
    first.sort(key=lambda each: (not each.required, order.get(each.key, len(order))))
    keys = {each.key for each in first}
    rest = [Group(each.title, tuple(one for one in each.fields if one.key not in keys)) for each in groups]
    return Form(action, target, kind, (*first, _why()), tuple(each for each in rest if each.fields))


@cache
def _schema(kind: str) -> Mapping[str, Any]:
    return schemas.schema(kind)


def _known(environment: Environment, people: People) -> Mapping[str, Sequence[str]]:
    """The keys whose values stand in other files, and what these offer."""
    return {"owner": sorted(people.teams), "access": sorted(environment.spec.clients)}


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads fields off a schema; `node` and `own` are the merged document and what the file says, where known."""

    schema: Mapping[str, Any]
    environment: Environment
    path: str
    known: Mapping[str, Sequence[str]]

    def groups(self, node: Node, own: Node) -> list[Group]:
        general: list[Field] = []
        lives: list[Field] = []
        sections: list[Group] = []
        required = self.schema.get("required", ())
        for name, each in self.schema["properties"].items():
            if name in _NOT_ASKED:
                continue
            found = tuple(self.fields((name,), each, _at(node, name), _at(own, name), name in required))
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
            yield from self.fields((*route, name), each, _at(node, name), _at(own, name), name in needed)

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
    return flow(value)


def flow(value: Any) -> str:
    """A value as YAML on one line."""
    import json

    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(each) for each in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def _at(node: Node | None, key: str) -> Node | None:
    return node.value.get(key) if node is not None and isinstance(node.value, dict) else None
