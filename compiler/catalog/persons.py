"""What is wrong with people.yaml that its model alone cannot see."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from compiler import document
from compiler.catalog.unknown import unknown
from compiler.diagnostics import Diagnostic, Note
from compiler.document import Node
from compiler.people import EVERYWHERE, OWNER, People
from compiler.route import Route


def problems(people: People, node: Node, environments: Collection[str]) -> Iterator[Diagnostic]:
    """Names that stand for nobody or for two; `environments` are all that have a file, right or wrong."""
    yield from _members(people, node)
    yield from _names(people, node)
    yield from _accounts(people, node)
    yield from _grants(people, node, environments)


def _members(people: People, node: Node) -> Iterator[Diagnostic]:
    for team, facts in people.teams.items():
        for index, member in enumerate(facts.members):
            if member not in people.users:
                at = document.locate(node, ("teams", team, "members", index))
                fix = "name a user of this file"
                yield unknown("people/member", "user", member, people.users, fix, at)


def _names(people: People, node: Node) -> Iterator[Diagnostic]:
    """A grant names teams and users alike, so that a name can be only one of them."""
    for section, names in (("teams", people.teams), ("users", people.users)):
        for name in names:
            at = document.locate(node, (section, name), key=True)
            if name == OWNER:
                yield Diagnostic(
                    "people/owner",
                    f"`{OWNER}` stands in grants for the team that owns a database",
                    "choose another name",
                    at,
                )
            if section == "users" and name in people.teams:
                there = document.locate(node, ("teams", name), key=True)
                yield Diagnostic(
                    "people/same-name",
                    f"{name!r} is the name of a team too, and a grant could mean either",
                    "give one of them another name",
                    at,
                    (Note("the team", there),),
                )


def _accounts(people: People, node: Node) -> Iterator[Diagnostic]:
    """An account that two users have would be either of them to whoever asks who it is."""
    taken: dict[tuple[str, str | int], tuple[str, Route]] = {}
    for name, user in people.users.items():
        found: list[tuple[str, str | int, Route]] = []
        if user.slack:
            found.append(("Slack", user.slack, ("users", name, "slack")))
        if user.github:
            found.append(("GitHub", user.github.id, ("users", name, "github", "id")))
        for where, id, route in found:
            other, there = taken.setdefault((where, id), (name, route))
            if other != name:
                yield Diagnostic(
                    "people/same-account",
                    f"{name} and {other} have the same {where} id {id}",
                    "a person is one user: merge them, or give each their own id",
                    document.locate(node, route),
                    (Note("the other one", document.locate(node, there)),),
                )


def _grants(people: People, node: Node, environments: Collection[str]) -> Iterator[Diagnostic]:
    known = [*people.teams, *people.users]
    for environment, grants in people.grants.items():
        if environment != EVERYWHERE and environment not in environments:
            at = document.locate(node, ("grants", environment), key=True)
            fix = f"name an environment of the specs folder, or `{EVERYWHERE}` for all of them"
            yield unknown("people/environment", "environment", environment, environments, fix, at)
        for action in type(grants).model_fields:
            for index, name in enumerate(getattr(grants, action)):
                if name != OWNER and name not in known:
                    at = document.locate(node, ("grants", environment, action, index))
                    fix = f"name a team or a user of this file, or `{OWNER}` for the team that owns the database"
                    yield unknown("people/grantee", "team or user", name, [*known, OWNER], fix, at)
