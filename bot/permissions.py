"""Who may do what: pure, judged by base and by head, and refused wherever anything is not known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from bot.forge.forge import Account
from compiler.catalog import Catalog
from compiler.people import EVERYWHERE, OWNER, People


class Action(StrEnum):
    """What grants are for: the keys of `Grants`."""

    REQUEST = "request"
    CHANGE = "change"
    REMOVE = "remove"
    RETRY = "retry"
    WAIVE = "waive"
    EMERGENCY = "emergency"


_DOES = {
    Action.REQUEST: "ask for",
    Action.CHANGE: "change",
    Action.REMOVE: "remove",
    Action.RETRY: "retry the apply of",
    Action.WAIVE: "waive controls of",
    Action.EMERGENCY: "apply unreviewed changes of",
}


@dataclass(frozen=True, slots=True)
class Principal:
    """Whoever acts: an id in Slack, or an account on the forge, of which the id counts and never the login."""

    slack: str = ""
    github: Account | None = None

    def __str__(self) -> str:
        if self.github:
            return f"the GitHub account {self.github.login} ({self.github.id})"
        return f"the Slack user {self.slack}" if self.slack else "whoever this is"


@dataclass(frozen=True, slots=True)
class Subject:
    """What somebody would act on: an environment (`prod`) or a database (`prod/orders`).

    `owner` is its team at base, of a new database that at head: nobody becomes owner by the change that needs one. It
    is empty for an environment. `known` is whether there is such an environment at base or at head.
    """

    id: str
    known: bool
    owner: str = ""

    @property
    def environment(self) -> str:
        return self.id.partition("/")[0]


class Verdict(NamedTuple):
    """`reason` is a sentence without a full stop, for whoever asked: who may instead, and what to do."""

    allowed: bool
    reason: str


def subject(id: str, base: Catalog, head: Catalog, owner: str = "") -> Subject:
    """The environment or database of that id; `owner` where neither catalog has the database yet."""
    environment = id.partition("/")[0]
    known = any(environment in each.environments or environment in each.unread for each in (base, head))
    if id in base.unread:
        owner = ""  # nobody knows whose it is
    elif (found := base.databases.get(id) or head.databases.get(id)) is not None:
        owner = found.spec.owner
    return Subject(id, known, owner if "/" in id else "")


def allowed(principal: Principal, action: Action, change: Subject, base: People, head: People) -> Verdict:
    """Whether somebody may do that, by what people.yaml says at base and at head alike."""
    users = [user_of(people, principal) for people in (base, head)]
    name = users[0] or users[1]
    if name is None:
        return Verdict(False, _stranger(principal, base))
    if not change.known:
        return Verdict(False, f"there is no environment {change.environment!r}")
    grants = [
        _through(people, user, action, change) if user else None
        for people, user in zip((base, head), users, strict=True)
    ]
    what = f"{_DOES[action]} {change.id}"
    if grants[0] and grants[1]:
        return Verdict(True, f"{name} may {what}: {_because(grants[0], name, change)}")
    if grants[1]:
        return Verdict(
            False,
            f"{name} may {what} only once this change is in: nobody gains a right in the change that uses it; "
            f"until then it is for {who(base, action, change)}",
        )
    if grants[0]:
        return Verdict(
            False,
            f"{name} may {what} no more: this change takes that right away; "
            f"it stays with {who(head, action, change)}",
        )
    return Verdict(False, f"{name} may not {what}: that is for {who(base, action, change)}")


def user_of(people: People, principal: Principal) -> str | None:
    """The user whose id that is; None where there is none, or more than one."""
    found = [
        name
        for name, user in people.users.items()
        if (principal.slack and user.slack == principal.slack)
        or (principal.github and user.github and user.github.id == principal.github.id)
    ]
    return found[0] if len(found) == 1 else None


def who_may(action: Action, change: Subject, base: People, head: People) -> tuple[str, ...]:
    """The users of people.yaml at base who may, by base and by head; they are the same whose accounts are."""
    found: list[str] = []
    for name, user in base.users.items():
        if has(base, name, action, change):
            github = Account(user.github.id, user.github.login) if user.github else None
            principal = Principal(github=github) if github else Principal(slack=user.slack)
            if user_of(base, principal) == name and allowed(principal, action, change, base, head).allowed:
                found.append(name)
    return tuple(found)


def has(people: People, user: str, action: Action, change: Subject) -> bool:
    """Whether one people.yaml alone grants it to that user."""
    return change.known and _through(people, user, action, change) is not None


def who(people: People, action: Action, change: Subject) -> str:
    """Whom it is granted to, in words."""
    names = granted(people, action, change)
    if not names:
        return f"nobody, since people.yaml grants `{action}` in {change.environment} to no one"
    return either(_called(name, people, change) for name in names)


def granted(people: People, action: Action, change: Subject) -> tuple[str, ...]:
    """The teams and users that it is granted to."""
    names = [change.owner if name == OWNER else name for name in _granted(people, action, change)]
    known = people.teams.keys() | people.users.keys() - {change.owner}
    return tuple(dict.fromkeys(name for name in names if name in known))


def either(words: Iterable[str]) -> str:
    """`a`, `a or b`, `a, b or c`."""
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last


def _granted(people: People, action: Action, change: Subject) -> Iterator[str]:
    for section in (change.environment, EVERYWHERE):
        if section in people.grants:
            yield from getattr(people.grants[section], action)


def _through(people: People, user: str, action: Action, change: Subject) -> str | None:
    """The name in a grant by which a user has it: theirs, that of a team, or `owner`."""
    for name in _granted(people, action, change):
        team = people.teams.get(change.owner if name == OWNER else name)
        if name in people.users:
            if name == user and team is None:
                return name
        elif team and user in team.members:
            return name
    return None


def _because(grant: str, user: str, change: Subject) -> str:
    if grant == OWNER:
        return f"team {change.owner} owns it"
    return f"it is granted to {'them' if grant == user else f'team {grant}'} in {change.environment}"


def _called(name: str, people: People, change: Subject) -> str:
    if name == change.owner:
        return f"the owning team {name}"
    return f"team {name}" if name in people.teams else name


def _stranger(principal: Principal, people: People) -> str:
    slack, github = principal.slack, principal.github
    twice = [
        name
        for name, user in people.users.items()
        if (slack and user.slack == slack) or (github and user.github and user.github.id == github.id)
    ]
    if twice:
        return f"{principal} is {' and '.join(twice)} in people.yaml, and has to be one of them"
    return f"people.yaml does not know {principal}: `/database join` asks to be let in"
