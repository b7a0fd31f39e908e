"""Reading a specs folder into a catalog, past everything that is wrong in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TypeVar

from compiler import document, edition, kinds, legacy
from compiler.catalog import persons
from compiler.catalog.collisions import collisions
from compiler.catalog.entries import Catalog, Database, Environment
from compiler.catalog.unknown import unknown
from compiler.diagnostics import Diagnostic, Note, Place, Severity, UserError, ordered
from compiler.document import Node
from compiler.environment import layers, rules
from compiler.environment.model import EnvironmentSpec
from compiler.kinds.kind import DatabaseSpec, Kind
from compiler.lifecycle import renames
from compiler.lifecycle.model import OWN
from compiler.model import Model
from compiler.people import People
from compiler.source import File, Source
from compiler.validation import explain_errors, validate

M = TypeVar("M", bound=Model)

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_NAME_FIX = "use lower-case letters, digits and single hyphens, a letter first"


def load(source: Source) -> Catalog:
    """Reads and checks everything; what is wrong is in `diagnostics`, and what is wrong is left out."""
    return _Loader(source).load()


class _Loader:
    """Collects while it reads; `load` is the only way in, the catalog the only thing that leaves."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.files = {file.path: file for file in source.files()}
        self.found: list[Diagnostic] = []
        # Every environment that could be read, valid or not: its specs are checked either way.
        self.nodes: dict[str, Node] = {}
        self.bases: dict[tuple[str, str], Node] = {}
        # Every environment and database that has a file, readable or not.
        self.named: set[str] = set()

    def load(self) -> Catalog:
        people, people_node = self._people()
        environments = self._environments()
        databases = dict(sorted(self._databases(environments, people).items()))
        self.found += collisions(databases.values())
        self.found += renames.problems(databases.values(), self.named)
        return Catalog(
            environments,
            databases,
            people or People(),
            ordered(self.found),
            {file.shown: file.data for file in self.files.values()},
            frozenset(self.named - environments.keys() - databases.keys()),
            people_node,
        )

    def _people(self) -> tuple[People | None, Node]:
        """Who is who; None where the file is missing or wrong, and nobody's ownership can be checked."""
        file = self.files.get("people.yaml")
        node = self._read(file) if file else None
        people = self._validate(People, node) if node else None
        if node is None or people is None:
            return None, document.EMPTY
        self.found += persons.problems(people, node, self._folders())
        return people, node

    def _environments(self) -> dict[str, Environment]:
        environments = {}
        for name in self._folders():
            file = self.files.get(f"{name}/environment.yaml")
            if file is None:
                first = next(file for path, file in self.files.items() if path.startswith(f"{name}/"))
                self._report(
                    "environment/missing",
                    f"{name} is no environment: it has no environment.yaml",
                    f"add {self.source.name}/{name}/environment.yaml, or move the file where it belongs",
                    Place(first.shown),
                )
                continue
            self.named.add(name)
            spec = self._environment(name, file)
            if spec is not None:
                environments[name] = Environment(name, spec, self.nodes[name], file.shown)
                self.found += rules.check(environments[name])
        self.found += rules.together(environments.values())
        return environments

    def _folders(self) -> list[str]:
        return sorted({path.split("/")[0] for path in self.files if "/" in path})

    def _environment(self, name: str, file: File) -> EnvironmentSpec | None:
        if not _NAME.fullmatch(name):
            self._report(
                "environment/name", f"{name!r} cannot name an environment", _NAME_FIX, Place(file.shown)
            )
        if file.link:
            self._read(file)
            return None
        try:
            node = layers.with_defaults(layers.read(file, self.files))
        except UserError as error:
            self.found += error.diagnostics
            return None
        self.nodes[name] = node
        spec = self._validate(EnvironmentSpec, node)
        if spec is None or not _NAME.fullmatch(name):
            return None
        self._defaults(spec, node)
        if not spec.simulated:
            self._needs_of_an_account(spec, node)
        return spec

    def _needs_of_an_account(self, spec: EnvironmentSpec, node: Node) -> None:
        at = document.locate(node, ("target",), key=True)
        if spec.state is None:
            self._report(
                "environment/state",
                "an environment in an AWS account needs to know where its state lies",
                "add `state: {backend: s3://BUCKET?region=REGION, secrets: awskms:///alias/NAME?region=REGION}`",
                at,
            )
        if spec.shared_infrastructure is None:
            self._report(
                "environment/shared-infrastructure",
                "an environment in an AWS account needs a network",
                "add `shared_infrastructure:`: terraform_s3, terraform_local, stack_reference or literal",
                at,
            )

    def _defaults(self, spec: EnvironmentSpec, node: Node) -> None:
        """Defaults of an environment are checked where they stand, whether or not a database meets them."""
        for name in spec.defaults:
            if name not in kinds.KINDS:
                at = document.locate(node, ("defaults", name), key=True)
                fix = f"write one of {', '.join(kinds.KINDS)}"
                self.found.append(unknown("environment/defaults", "kind", name, kinds.KINDS, fix, at))
                continue
            kind = kinds.named(name)
            for key in OWN:
                if key in spec.defaults[name]:
                    self._report(
                        "environment/defaults-of-one",
                        f"`{key}` speaks of one database, and is no default",
                        "write it into the spec"
                        + (", or `hold` of the environment" if key == "hold" else ""),
                        document.locate(node, ("defaults", name, key), key=True),
                    )
            base = edition.defaults(kind.package, spec.edition, spec.tier)
            merged = document.merge(base, _mapping(_part(node, "defaults", name)))
            _, error = validate(kind.spec, merged)
            if error is not None:
                problems = explain_errors(error, merged, kind.spec)
                self.found += [each for each in problems if each.rule != "spec/missing-key"]

    def _databases(
        self, environments: Mapping[str, Environment], people: People | None
    ) -> dict[str, Database[DatabaseSpec]]:
        databases: dict[str, Database[DatabaseSpec]] = {}
        files: dict[str, File] = {}
        for path, file in self.files.items():
            folder, _, rest = path.partition("/")
            if not rest or rest == "environment.yaml":
                continue
            name = rest.rsplit("/", 1)[-1].rsplit(".", 1)[0]
            id_ = f"{folder}/{name}"
            if not self._named(file, name, id_, files):
                continue
            files[id_] = file
            self.named.add(id_)
            own = self._read(file)
            kind = self._kind(own) if own and folder in self.nodes else None
            if own is None or kind is None:
                continue
            node = document.merge(self._base(folder, kind), own)
            problems = list(self._names(node, folder, people))
            spec = self._validate(kind.spec, node)
            if spec is not None and folder in environments:
                database = Database(id_, name, spec, environments[folder], node, own, file.shown)
                problems += kind.check(database)
                if not any(each.severity is Severity.ERROR for each in problems):
                    databases[id_] = database
            self.found += problems
        return databases

    def _named(self, file: File, name: str, id_: str, files: Mapping[str, File]) -> bool:
        at = Place(file.shown)
        if file.path.endswith(".yml"):
            self._report("source/suffix", "a spec ends in .yaml", f"rename it to {name}.yaml", at)
        elif name == "environment":
            self._report(
                "spec/name",
                "environment.yaml says what an environment is, in its own folder only",
                "move it up, or choose another name for the database",
                at,
            )
        elif not _NAME.fullmatch(name):
            self._report("spec/name", f"{name!r} cannot name a database", _NAME_FIX, at)
        elif id_ in files:
            note = Note("the other one", Place(files[id_].shown))
            fix = "rename one of them: folders below the environment carry no meaning"
            self.found.append(
                Diagnostic("spec/same-name", f"{id_} is already the name of another file", fix, at, (note,))
            )
        else:
            return True
        return False

    def _kind(self, own: Node) -> Kind[DatabaseSpec] | None:
        assert isinstance(own.value, dict)
        said = own.value.get("kind")
        choice = f"write one of {', '.join(kinds.KINDS)}"
        if said is None:
            self._report("spec/kind", "the spec says no kind", f"add `kind:`; {choice}", own.at)
            return None
        if not isinstance(said.value, str):
            self._report("spec/kind", "kind is not a text", choice, said.at)
            return None
        name = said.value
        if name not in kinds.KINDS:
            # What another tool calls it is better known than what it looks like.
            meant = legacy.KIND_FIXES.get(name)
            near = () if meant else kinds.KINDS
            self.found.append(unknown("spec/kind", "kind", name, near, meant or choice, said.at))
            return None
        return kinds.named(name)

    def _base(self, environment: str, kind: Kind[DatabaseSpec]) -> Node:
        """What every database of a kind starts from in an environment."""
        key = (environment, kind.name)
        if key not in self.bases:
            node = self.nodes[environment]
            defaults = edition.defaults(kind.package, *layers.edition_and_tier(node))
            self.bases[key] = document.merge(defaults, _mapping(_part(node, "defaults", kind.name)))
        return self.bases[key]

    def _names(self, node: Node, environment: str, people: People | None) -> Iterator[Diagnostic]:
        """The owner and the clients that a spec names and that do not exist; looked at even in a spec that is wrong."""
        owner = _part(node, "owner").value
        path = self.files[f"{environment}/environment.yaml"].shown
        if "people.yaml" not in self.files:
            yield Diagnostic(
                "people/missing",
                f"there is no {self.source.name}/people.yaml, so nobody can own a database",
                "add it with `teams: {NAME: {channel: ..., members: [...]}}`",
                Place(path),
            )
        elif people and isinstance(owner, str) and owner not in people.teams:
            fix = "name a team of people.yaml, or add it there"
            at = document.locate(node, ("owner",))
            yield unknown("spec/owner", "team", owner, people.teams, fix, at)
        clients = _part(self.nodes[environment], "clients").value
        access = _part(node, "access").value
        for index, client in enumerate(access if isinstance(access, list) else []):
            if isinstance(client.value, str) and isinstance(clients, dict) and client.value not in clients:
                fix = f"name one of the clients in {path}, or add it there"
                at = document.locate(node, ("access", index))
                yield unknown("spec/access", "client", client.value, clients, fix, at)

    def _read(self, file: File) -> Node | None:
        if file.link:
            at = Place(file.shown)
            self._report("source/link", f"{file.shown} is a symbolic link", "put the file itself here", at)
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

    def _report(self, rule: str, message: str, fix: str, at: Place) -> None:
        self.found.append(Diagnostic(rule, message, fix, at))


def _part(node: Node, *route: str) -> Node:
    """The part of a document at a route; an empty mapping where there is none."""
    for step in route:
        if not isinstance(node.value, dict) or step not in node.value:
            return Node({}, node.at, {})
        node = node.value[step]
    return node


def _mapping(node: Node) -> Node:
    """The node, or an empty mapping where it is something else."""
    return node if isinstance(node.value, dict) else Node({}, node.at, {})
