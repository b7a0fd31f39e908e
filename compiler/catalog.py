"""The catalog: every environment and database of a specs folder, with everything that is wrong in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from compiler import document, edition, kinds, legacy
from compiler.diagnostics import Diagnostic, Exit, Note, Place, Severity, UserError, fail, ordered
from compiler.document import Node
from compiler.environment import layers
from compiler.environment.model import EnvironmentSpec
from compiler.kinds.kind import DatabaseSpec
from compiler.model import Model
from compiler.people import People
from compiler.route import Route
from compiler.source import File, Source
from compiler.suggest import closest
from compiler.validation import explain_errors, validate

S_co = TypeVar("S_co", bound=DatabaseSpec, covariant=True)
M = TypeVar("M", bound=Model)

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_NAME_FIX = "use lower-case letters, digits and single hyphens, a letter first"


@dataclass(frozen=True, slots=True)
class Environment:
    """One environment: `node` is its merged document, `path` its environment.yaml as messages call it."""

    name: str
    spec: EnvironmentSpec
    node: Node
    path: str


@dataclass(frozen=True, slots=True)
class Database(Generic[S_co]):
    """One database: `id` is `<environment>/<name>`; `node` is its document over all defaults, `own` what its file says."""

    id: str
    name: str
    spec: S_co
    environment: Environment
    node: Node
    own: Node
    path: str

    def problem(
        self, rule: str, at: Route, message: str, fix: str, also: Mapping[str, Route] | None = None, severity: Severity = Severity.ERROR
    ) -> Diagnostic:
        """A diagnostic at a key of the spec; `also` are other keys that it speaks of, by what to say of them."""
        notes = tuple(Note(said, document.locate(self.node, route)) for said, route in (also or {}).items())
        return Diagnostic(rule, message, fix, document.locate(self.node, at), notes, severity)


@dataclass(frozen=True, slots=True)
class Catalog:
    """All of a specs folder, by name and id in alphabetical order; `texts` are the files by the path of messages."""

    environments: Mapping[str, Environment]
    databases: Mapping[str, Database[DatabaseSpec]]
    people: People
    diagnostics: tuple[Diagnostic, ...]
    texts: Mapping[str, bytes]

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
                databases |= {key: each for key, each in self.databases.items() if each.environment.name == name}
            elif name in self.databases:
                databases[name] = self.databases[name]
            else:
                near = closest(name, [*self.databases, *self.environments])
                raise fail(
                    "usage/selection",
                    f"there is no database or environment {name!r}" + (f"; did you mean {near!r}?" if near else ""),
                    "write environment/name, or an environment",
                    exit_code=Exit.USAGE,
                )
        return list(environments.values()), [databases[key] for key in sorted(databases)]


def load(source: Source) -> Catalog:
    """Reads and checks everything; what is wrong is in `diagnostics`, and databases that are wrong are left out."""
    return _Loader(source).load()


class _Loader:
    """Collects while it reads; `load` is the only way in, the catalog the only thing that leaves."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.files = {file.path: file for file in source.files()}
        self.found: list[Diagnostic] = []

    def load(self) -> Catalog:
        people = self._people()
        environments, broken = self._environments()
        databases = dict(sorted(self._databases(environments, broken, people).items()))
        self.found += _collisions(databases.values())
        return Catalog(
            {name: environments[name] for name in sorted(environments) if name not in broken},
            databases,
            people,
            ordered(self.found),
            {file.shown: file.data for file in self.files.values()},
        )

    def _people(self) -> People:
        file = self.files.get("people.yaml")
        if file is None:
            return People()
        node = self._read(file)
        people = node and self._validate(People, node)
        if not people:
            return People()
        for team, facts in people.teams.items():
            for index, member in enumerate(facts.members):
                if member not in people.users:
                    self._unknown(
                        "people/member", "user", member, people.users, "name a user of this file",
                        document.locate(node, ("teams", team, "members", index)),
                    )
        return people

    def _environments(self) -> tuple[dict[str, Environment], set[str]]:
        """Every environment, and the names of those that are not valid and only help to check their databases."""
        environments: dict[str, Environment] = {}
        broken: set[str] = set()
        for name in sorted({path.split("/")[0] for path in self.files if "/" in path}):
            file = self.files.get(f"{name}/environment.yaml")
            if file is None:
                first = next(file for path, file in self.files.items() if path.startswith(f"{name}/"))
                self._report(
                    "environment/missing", f"{name} is no environment: it has no environment.yaml",
                    f"add {self.source.name}/{name}/environment.yaml, or move the file into an environment's folder",
                    Place(first.shown),
                )
                continue
            if not _NAME.fullmatch(name):
                self._report("environment/name", f"{name!r} cannot name an environment", _NAME_FIX, Place(file.shown))
            try:
                node = layers.read(file, self.files)
            except UserError as error:
                self.found += error.diagnostics
                broken.add(name)
                continue
            node = layers.with_defaults(node)
            spec = self._validate(EnvironmentSpec, node)
            if spec is None or not _NAME.fullmatch(name):
                broken.add(name)
            # What stands in for a broken environment only serves to find what is wrong in its specs.
            environments[name] = Environment(name, spec or EnvironmentSpec.model_construct(), node, file.shown)
            if spec is not None:
                self._defaults(spec, node)
                if not spec.simulated and spec.state is None:
                    self._report(
                        "environment/state", "an environment in an AWS account needs to know where its state lies",
                        "add `state: {backend: s3://BUCKET?region=REGION, secrets: awskms:///alias/NAME?region=REGION}`",
                        document.locate(node, ("target",), key=True),
                    )
                if not spec.simulated and spec.shared_infrastructure is None:
                    self._report(
                        "environment/shared-infrastructure", "an environment in an AWS account needs a network",
                        "add `shared_infrastructure:` with one of terraform_s3, terraform_local, stack_reference, literal",
                        document.locate(node, ("target",), key=True),
                    )
        return environments, broken

    def _defaults(self, spec: EnvironmentSpec, node: Node) -> None:
        """Defaults of an environment are checked where they stand, whether or not a database meets them."""
        for name in spec.defaults:
            if name not in kinds.KINDS:
                self._unknown(
                    "environment/defaults", "kind", name, kinds.KINDS, f"write one of {', '.join(kinds.KINDS)}",
                    document.locate(node, ("defaults", name), key=True),
                )
                continue
            kind = kinds.named(name)
            defaults = _part(node, "defaults", name)
            merged = document.merge(edition.defaults(kind.package, spec.edition, spec.tier), defaults)
            _, error = validate(kind.spec, merged)
            if error is not None:
                self.found += [
                    each for each in explain_errors(error, merged, kind.spec) if each.rule != "spec/missing-key"
                ]

    def _databases(
        self, environments: Mapping[str, Environment], broken: set[str], people: People
    ) -> dict[str, Database[DatabaseSpec]]:
        databases: dict[str, Database[DatabaseSpec]] = {}
        files: dict[str, File] = {}
        bases: dict[tuple[str, str], Node] = {}
        for path, file in self.files.items():
            folder, _, rest = path.partition("/")
            if not rest or rest == "environment.yaml" or folder not in environments:
                if rest and folder in broken:
                    self._read(file)
                continue
            name = rest.rsplit("/", 1)[-1].rsplit(".", 1)[0]
            id_ = f"{folder}/{name}"
            if not self._named(file, name, id_, files):
                continue
            files[id_] = file
            own = self._read(file)
            if own is None:
                continue
            database = self._database(id_, name, environments[folder], own, file, bases)
            if database is None or folder in broken:
                continue
            problems = [*self._common(database, people), *kinds.named(database.spec.kind).check(database)]
            self.found += problems
            if not any(each.severity is Severity.ERROR for each in problems):
                databases[id_] = database
        return databases

    def _named(self, file: File, name: str, id_: str, files: Mapping[str, File]) -> bool:
        if file.path.endswith(".yml"):
            self._report("source/suffix", "a spec ends in .yaml", f"rename it to {name}.yaml", Place(file.shown))
        elif not _NAME.fullmatch(name):
            self._report("spec/name", f"{name!r} cannot name a database", _NAME_FIX, Place(file.shown))
        elif name == "environment":
            self._report(
                "spec/name", "environment.yaml says what an environment is, in its own folder only",
                "move it up, or choose another name for the database", Place(file.shown),
            )
        elif id_ in files:
            self.found.append(
                Diagnostic(
                    "spec/same-name", f"{id_} is already the name of another file", "rename one of them: folders below the environment carry no meaning",
                    Place(file.shown), (Note("the other one", Place(files[id_].shown)),),
                )
            )
        else:
            return True
        return False

    def _database(
        self, id_: str, name: str, environment: Environment, own: Node, file: File, bases: dict[tuple[str, str], Node]
    ) -> Database[DatabaseSpec] | None:
        assert isinstance(own.value, dict)
        said = own.value.get("kind")
        if said is None:
            self._report("spec/kind", "no kind", f"add `kind:` with one of {', '.join(kinds.KINDS)}", own.at)
            return None
        if not isinstance(said.value, str) or said.value not in kinds.KINDS:
            self._unknown(
                "spec/kind", "kind", str(said.value), kinds.KINDS, legacy.KIND_FIXES.get(str(said.value), f"write one of {', '.join(kinds.KINDS)}"), said.at
            )
            return None
        kind = kinds.named(said.value)
        key = (environment.name, kind.name)
        if key not in bases:
            named, tier = layers.edition_and_tier(environment.node)
            base = edition.defaults(kind.package, named, tier)
            over = _part(environment.node, "defaults", kind.name)
            bases[key] = document.merge(base, over) if isinstance(over.value, dict) else base
        node = document.merge(bases[key], own)
        spec = self._validate(kind.spec, node)
        return spec and Database(id_, name, spec, environment, node, own, file.shown)

    def _common(self, database: Database[DatabaseSpec], people: People) -> Iterator[Diagnostic]:
        spec, environment = database.spec, database.environment
        if "people.yaml" not in self.files:
            yield Diagnostic(
                "people/missing", f"there is no {self.source.name}/people.yaml, so nobody can own a database",
                "add it with `teams: {NAME: {channel: ..., members: [...]}}`", Place(environment.path),
            )
        elif spec.owner not in people.teams:
            yield _unknown_name("spec/owner", "team", spec.owner, people.teams, "name a team of people.yaml, or add it there", document.locate(database.node, ("owner",)))
        for index, client in enumerate(spec.access):
            if client not in environment.spec.clients:
                yield _unknown_name(
                    "spec/access", "client", client, environment.spec.clients, f"name one of the clients in {environment.path}, or add it there",
                    document.locate(database.node, ("access", index)),
                )

    def _read(self, file: File) -> Node | None:
        if file.link:
            self._report("source/link", f"{file.shown} is a symbolic link", "put the file itself here", Place(file.shown))
            return None
        try:
            return document.read(file.shown, file.data)
        except UserError as error:
            self.found += error.diagnostics
            return None

    def _validate(self, model: type[M], node: Node) -> M | None:
        value, error = validate(model, node)
        if error is not None:
            self.found += explain_errors(error, node, model)
        return value

    def _unknown(self, rule: str, noun: str, name: str, known: Iterable[str], fix: str, at: Place) -> None:
        self.found.append(_unknown_name(rule, noun, name, known, fix, at))

    def _report(self, rule: str, message: str, fix: str, at: Place) -> None:
        self.found.append(Diagnostic(rule, message, fix, at))


def _unknown_name(rule: str, noun: str, name: str, known: Iterable[str], fix: str, at: Place) -> Diagnostic:
    near = closest(name, list(known))
    return Diagnostic(rule, f"there is no {noun} {name!r}" + (f"; did you mean {near!r}?" if near else ""), fix, at)


def _part(node: Node, *route: str) -> Node:
    """The part of a document at a route, or an empty mapping."""
    for step in route:
        if not isinstance(node.value, dict) or step not in node.value:
            return Node({}, node.at, {})
        node = node.value[step]
    return node


def _collisions(databases: Iterable[Database[Any]]) -> Iterator[Diagnostic]:
    """Names that two databases claim in one account and region: AWS would refuse the second, or worse, share it."""
    taken: dict[tuple[str, str, str], Database[Any]] = {}
    for database in databases:
        place = database.environment.spec
        for name in kinds.named(database.spec.kind).claims(database):
            key = (place.account, place.region, name.lower())
            other = taken.setdefault(key, database)
            if other is not database:
                at = document.locate(database.node, ("identifier",)) if database.spec.identifier else Place(database.path)
                yield Diagnostic(
                    "spec/same-identifier",
                    f"{database.id} and {other.id} would both be called {name} in AWS",
                    "give one of them another `identifier`",
                    at,
                    (Note("the other one", Place(other.path)),),
                )
