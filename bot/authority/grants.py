"""What a change of people.yaml gives to whom: only who has a right can give it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from bot.authority.need import Need, Right
from bot.permissions import Action, Subject, has
from compiler import document
from compiler.catalog import Catalog
from compiler.diagnostics import Place
from compiler.people import EVERYWHERE, People
from compiler.route import Route


class Held(NamedTuple):
    """Somebody may do something in an environment, to everything there or to what one team owns.

    `account` is what tells people apart: their ids, and not what the file calls them.
    """

    account: tuple[str, str]
    action: Action
    environment: str
    owner: str


def of_people(base: Catalog, head: Catalog, counts: Mapping[str, int]) -> Iterator[Need]:
    """The needs of a change of people.yaml, where there is an environment that anybody has to approve changes of."""
    guarded = [name for name, count in counts.items() if count]
    if base.people == head.people or not guarded:
        return
    at = head.people_node.at if head.people_node.at.path else None
    anywhere = tuple(Subject(name, True) for name in guarded)
    most = max(counts.values())
    yield Need("authority/people", Right((Action.CHANGE,), anywhere), most, "people.yaml is changed", at)
    for environment in guarded:
        yield from _given(base, head, environment, counts[environment])


def rights(people: People, environment: str) -> dict[Held, str]:
    """Every right that anybody has there, with the user who has it; what one team owns only where not all is theirs."""
    found: dict[Held, str] = {}
    for name, user in people.users.items():
        accounts = [("slack", user.slack)] if user.slack else []
        accounts += [("github", str(user.github.id))] if user.github else []
        for action in Action:
            owners = [""] if has(people, name, action, Subject(environment, True)) else list(people.teams)
            for owner in owners:
                if has(people, name, action, Subject(environment, True, owner)):
                    found |= {Held(each, action, environment, owner): name for each in accounts}
    return found


def _given(base: Catalog, head: Catalog, environment: str, count: int) -> Iterator[Need]:
    """What people get there; actions that the same people can give are given together."""
    gained: dict[tuple[Action, str], list[str]] = {}
    had = rights(base.people, environment)
    for held, user in rights(head.people, environment).items():
        if held not in had and held._replace(owner="") not in had:
            users = gained.setdefault((held.action, held.owner), [])
            users += [user] if user not in users else []
    groups: dict[tuple[str, tuple[str, ...], tuple[str, ...]], list[Action]] = {}
    for (action, owner), users in gained.items():
        right = Right((action,), (Subject(environment, True, owner),))
        givers = right.holders(base.people, head.people)
        groups.setdefault((owner, tuple(users), givers), []).append(action)
    for (owner, got, givers), actions in groups.items():
        of = f" for what team {owner} owns" if owner else ""
        names = ", ".join(f"`{each}`" for each in actions)
        reason = f"{', '.join(got)} would get {names} in {environment}{of}"
        at = _place(base, head, got[0], environment, actions[0])
        # A right that nobody has yet is given by whoever looks after the environment.
        right = Right((Action.CHANGE,), (Subject(environment, True),))
        if givers:
            right = Right(tuple(actions), (Subject(environment, True, owner),))
        yield Need("authority/grant", right, count, reason, at)


def _place(base: Catalog, head: Catalog, user: str, environment: str, action: Action) -> Place:
    """Where it was written: in a team, in a grant, or at the user."""
    node = head.people_node
    route: Route = ("users", user)
    for section in (environment, EVERYWHERE):
        now, was = (each.people.grants.get(section) for each in (head, base))
        if now is not None and (was is None or getattr(now, action) != getattr(was, action)):
            route = ("grants", section, action.value)
    for name, team in head.people.teams.items():
        was_in = name in base.people.teams and user in base.people.teams[name].members
        if user in team.members and not was_in:
            route = ("teams", name, "members", team.members.index(user))
    return document.locate(node, route, key=True)
