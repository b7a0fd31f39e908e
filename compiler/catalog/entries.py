"""What a catalog holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from compiler import document, edition
from compiler.diagnostics import Diagnostic, Exit, Note, Severity, UserError, fail
from compiler.document import Node
from compiler.environment.model import EnvironmentSpec
from compiler.kinds.kind import DatabaseSpec
from compiler.people import People
from compiler.route import Route
from compiler.suggest import closest

S_co = TypeVar("S_co", bound=DatabaseSpec, covariant=True)


@dataclass(frozen=True, slots=True)
class Environment:
    """One environment: `node` is its merged document, `path` its environment.yaml as messages call it."""

    name: str
    spec: EnvironmentSpec
    node: Node
    path: str


@dataclass(frozen=True, slots=True)
class Database(Generic[S_co]):
    """One database: `id` is `<environment>/<name>`.

    `node` is its document over all defaults, `own` what its file says, `path` that file as messages call it.
    """

    id: str
    name: str
    spec: S_co
    environment: Environment
    node: Node
    own: Node
    path: str

    def problem(
        self,
        rule: str,
        at: Route,
        message: str,
        fix: str,
        also: Mapping[str, Route] | None = None,
        severity: Severity = Severity.ERROR,
    ) -> Diagnostic:
        """A diagnostic at a key of the spec; `also` are other keys that it speaks of, by what to say of them.

        Nobody can edit an edition: where the key has its default, the diagnostic stands at the first other key that
        somebody wrote, else at the top of the spec.
        """
        notes = [Note(said, document.locate(self.node, route)) for said, route in (also or {}).items()]
        place = document.locate(self.node, at)
        if edition.holds(place):
            written = next((note for note in notes if not edition.holds(note.at)), None)
            place = written.at if written else self.own.at
            notes = [note for note in notes if note is not written]
        there = tuple(note for note in notes if not edition.holds(note.at))
        return Diagnostic(rule, message, fix, place, there, severity)


@dataclass(frozen=True, slots=True)
class Catalog:
    """All of a specs folder, in alphabetical order; `texts` are the files by the path that messages give them.

    `unread` are the environments and databases that are left out because something is wrong with them. `people_node` is
    the document that people were read from, empty where they could not be.
    """

    environments: Mapping[str, Environment]
    databases: Mapping[str, Database[DatabaseSpec]]
    people: People
    diagnostics: tuple[Diagnostic, ...]
    texts: Mapping[str, bytes]
    unread: frozenset[str] = frozenset()
    people_node: Node = document.EMPTY

    def checked(self) -> Catalog:
        """Itself; raises UserError with all diagnostics where one is an error."""
        if any(each.severity is Severity.ERROR for each in self.diagnostics):
            raise UserError(*self.diagnostics)
        return self

    def select(self, names: Sequence[str]) -> tuple[list[Environment], list[Database[DatabaseSpec]]]:
        """The environments and databases that a command line names; all where it names none.

        `prod` selects an environment with all its databases, `prod/orders` one database. Raises UserError (usage).
        """
        if not names:
            return list(self.environments.values()), list(self.databases.values())
        environments: dict[str, Environment] = {}
        databases: dict[str, Database[DatabaseSpec]] = {}
        for name in names:
            if name in self.environments:
                environments[name] = self.environments[name]
                databases |= {
                    key: each for key, each in self.databases.items() if each.environment.name == name
                }
            elif name in self.databases:
                databases[name] = self.databases[name]
            else:
                near = closest(name, [*self.databases, *self.environments])
                raise fail(
                    "usage/selection",
                    f"there is no database or environment {name!r}"
                    + (f"; did you mean {near!r}?" if near else ""),
                    "write environment/name, or an environment",
                    exit_code=Exit.USAGE,
                )
        return list(environments.values()), [databases[key] for key in sorted(databases)]
