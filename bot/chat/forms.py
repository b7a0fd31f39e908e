"""What is asked of somebody who wants a database, or another one: built from the model of its kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from bot.chat.fields import Control, Field, Group, Reader, at
from bot.requests.request import Intent
from compiler import document, edition, kinds, schemas
from compiler.catalog import Catalog, Database, Environment
from compiler.document import Node
from compiler.environment.layers import edition_and_tier
from compiler.kinds.kind import DatabaseSpec
from compiler.parts.names import identifier
from compiler.people import People

REASON = "reason"
"""The key of the question why; no kind has such a key."""


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
    over = at(at(environment.node, "defaults"), kind)
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
    reader = Reader(_schema(kind), environment, path, _known(environment, people))
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
