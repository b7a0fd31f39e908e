"""Who had a hand in a pull request, and so cannot approve it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from bot.forge.forge import Account, Commit, Person, Pull
from bot.permissions import Principal, user_of
from compiler.people import People, User

OURS = "dbspec/"
"""How branches begin that are made on somebody's behalf: their commits say on whose."""

_REQUESTED = re.compile(
    r"^[ \t]*requested-by:[ \t]*(.*?)[ \t]*\((github|slack):([A-Za-z0-9]+)\)[ \t]*\r?$",
    re.IGNORECASE | re.MULTILINE,
)


class Requester(NamedTuple):
    """Whom a commit says that it was asked for by."""

    user: str
    principal: Principal


@dataclass(frozen=True, slots=True)
class Involved:
    """`accounts` are ids and what their owners did, `users` those of people.yaml likewise.

    `unknown` are people whom commits name and the forge knows no account of: they can only be told by name and address.
    `unsaid` is whether somebody asked for it and no commit says who.
    """

    accounts: dict[int, str]
    users: dict[str, str]
    unknown: tuple[Person, ...]
    unsaid: bool

    def part(self, user: str, account: Account) -> str | None:
        """What that person had to do with it; None where nothing is known of it."""
        known = self.accounts.get(account.id) or self.users.get(user)
        if known:
            return known
        names = {_folded(user), _folded(account.login)}
        for each in self.unknown:
            if names & {_folded(each.name), _folded(each.email.partition("@")[0])}:
                return f"may be the {each.name} <{each.email}> of a commit"
        return None


def involved(pull: Pull, commits: Iterable[Commit], *peoples: People) -> Involved:
    """Author, committers, co-authors, and those who asked for it."""
    accounts: dict[int, str] = {pull.author.id: "opened it"}
    users: dict[str, str] = {}
    unknown: dict[Person, None] = {}
    requesters: list[Requester] = []
    for commit in commits:
        people = [(commit.author, "wrote a commit"), (commit.committer, "committed to it")]
        for person, part in [*people, *((each, "is a co-author") for each in commit.co_authors)]:
            if person.account:
                accounts.setdefault(person.account.id, part)
            else:
                unknown[person] = None
        requesters += requested_by(commit.message)
    for name, principal in requesters:
        users.setdefault(name, "asked for it")
        if principal.github:
            accounts[principal.github.id] = "asked for it"
    principals = [Principal(github=Account(id, "")) for id in accounts]
    principals += [each.principal for each in requesters]
    for each in peoples:
        for principal in principals:
            if (user := user_of(each, principal)) is not None:
                id = principal.github.id if principal.github else 0
                users.setdefault(user, accounts.get(id, "asked for it"))
    stranger = all(user_of(each, Principal(github=pull.author)) is None for each in peoples)
    unsaid = pull.head_branch.startswith(OURS) and stranger and not requesters
    return Involved(accounts, users, tuple(unknown), unsaid)


def requested_by(message: str) -> list[Requester]:
    """Whom the trailers of a commit's message name."""
    found: list[Requester] = []
    for name, scheme, id in _REQUESTED.findall(message):
        if scheme.lower() == "slack":
            found.append(Requester(name, Principal(slack=id)))
        elif id.isdecimal():
            found.append(Requester(name, Principal(github=Account(int(id), name))))
    return found


def trailers(name: str, user: User, host: str = "github.com") -> str:
    """The last lines of a commit that a user asked for, by which they count as its author too.

    `host` is where the forge's own addresses are.
    """
    said = _one_line(name)
    if user.github is None:
        return f"Requested-by: {said} (slack:{user.slack})"
    address = f"{user.github.id}+{_one_line(user.github.login)}@users.noreply.{host}"
    return f"Requested-by: {said} (github:{user.github.id})\nCo-authored-by: {said} <{address}>"


def _one_line(text: str) -> str:
    return " ".join(re.sub(r"[\x00-\x1f\x7f<>()]+", " ", text).split())


def _folded(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold())
