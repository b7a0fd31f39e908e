"""CODEOWNERS, by which GitHub asks those for a review who may approve."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.permissions import Action, Subject, granted
from compiler import document
from compiler.catalog import Catalog
from compiler.diagnostics import Diagnostic, Severity
from compiler.people import People

BEGIN = "# dbspec: what follows is written by `dbspec-bot codeowners`, from people.yaml and the specs"
END = "# dbspec: what comes from people.yaml and the specs ends here"

# Jobs run it with roles that change accounts: whoever changes it could apply anything.
_RUN = ("/.github/", "/bot/", "/compiler/", "/Makefile", "/pyproject.toml", "/requirements.lock")


@dataclass(frozen=True, slots=True)
class Codeowners:
    """The lines, a pattern and its owners each, and who should be asked and cannot."""

    lines: tuple[str, ...]
    problems: tuple[Diagnostic, ...]

    def put_into(self, text: str) -> str:
        """The file with our part anew; what people wrote around it stays. The last line that matches counts."""
        own = "".join(f"{line}\n" for line in (BEGIN, *self.lines, END))
        before, begun, rest = text.partition(f"{BEGIN}\n")
        _, ended, after = rest.partition(f"{END}\n")
        if begun and ended:
            return f"{before}{own}{after}"
        return f"{text.rstrip()}\n\n{own}" if text.strip() else own


def codeowners(found: Catalog, folder: str) -> Codeowners:
    """Who may `change` what; `folder` is where the specs lie, from the repository's top.

    A removal or a waiver may need somebody else: that is for the required check, which knows what changed.
    """
    people = found.people
    everywhere = _Owners(people)
    for name in found.environments:
        everywhere.add(Subject(name, True))
    lines = list(_lines((pattern, everywhere) for pattern in (*_RUN, f"/{folder}/")))
    unasked = set(everywhere.unasked)
    for name, environment in found.environments.items():
        owners = _Owners(people)
        owners.add(Subject(name, True))
        lines += _lines([(f"/{folder}/{name}/", owners)])
        unasked |= owners.unasked
        for database in found.databases.values():
            if database.environment is environment:
                owners = _Owners(people)
                owners.add(Subject(database.id, True, database.spec.owner))
                lines += _lines([(f"/{database.path}", owners)])
                unasked |= owners.unasked
    return Codeowners(tuple(lines), tuple(_problem(found, each) for each in sorted(unasked)))


class _Owners:
    """Whom GitHub can ask: teams as it knows them, else the logins of their members."""

    def __init__(self, people: People) -> None:
        self.people = people
        self.names: dict[str, None] = {}
        self.unasked: set[str] = set()

    def add(self, about: Subject) -> None:
        for name in granted(self.people, Action.CHANGE, about):
            handles = list(self._handles(name))
            self.names |= dict.fromkeys(handles)
            self.unasked |= set() if handles else {name}

    def _handles(self, name: str) -> Iterator[str]:
        team = self.people.teams.get(name)
        if team and team.github:
            yield f"@{team.github}"
            return
        for member in team.members if team else [name]:
            user = self.people.users.get(member)
            if user and user.github:
                yield f"@{user.github.login}"


def _lines(patterns: Iterable[tuple[str, _Owners]]) -> Iterator[str]:
    for pattern, owners in patterns:
        if owners.names:
            # A space would end the pattern.
            yield " ".join([pattern.replace(" ", "\\ "), *owners.names])


def _problem(found: Catalog, name: str) -> Diagnostic:
    section = "teams" if name in found.people.teams else "users"
    return Diagnostic(
        "codeowners/nobody",
        f"GitHub can ask nobody of {name} for a review",
        f"give {name} {'`github`, or members with it' if section == 'teams' else '`github`'}",
        document.locate(found.people_node, (section, name), key=True),
        severity=Severity.WARNING,
    )
