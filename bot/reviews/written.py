"""What a commit says of one stack, compiled from its git objects and nothing else of the repository."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.reviews.history import History
from compiler import catalog, compilation, document, graph
from compiler.catalog import Catalog, Database, Environment
from compiler.diagnostics import Severity, UserError
from compiler.entries import lines
from compiler.environment.stack import compile_stack
from compiler.graph import Stack
from compiler.lifecycle import said
from compiler.lifecycle.said import Lifecycle
from compiler.source import File


@dataclass(frozen=True, slots=True)
class Written:
    """One stack at one commit. `stack` is None where it has no file, which `files` would name with its hash.

    `place` is where its environment lives, account and state; None where there is no such environment. `wrong` is why
    it cannot be compiled: then nothing else is known of it.
    """

    stack: Stack | None = None
    said: Lifecycle | None = None
    digest: str = ""
    files: frozenset[tuple[str, str]] = frozenset()
    place: tuple[object, object] | None = None
    simulated: bool = False
    wrong: str = ""

    def touches(self, other: Written) -> bool:
        """Whether a change from this to the other is one of this stack: of its file, its graph, or where it lives."""
        return (
            self.files != other.files
            or self.digest != other.digest
            or lines(self.said) != lines(other.said)
            or self.moves(other)
            or bool(self.wrong) != bool(other.wrong)
        )

    def moves(self, other: Written) -> bool:
        """Whether its environment lives elsewhere from then on: whatever was there before is nothing to that."""
        return self.place is not None and other.place is not None and self.place != other.place


def at(history: History, sha: str, names: tuple[str, ...]) -> Written:
    """The stack of the first of these names (`prod.orders`, or what it was called before) that the commit has.

    Only its own files are read: those of other databases are nothing to it, right or wrong.
    """
    found = Written()
    for name in names:
        found = _named(history, sha, name)
        if found.stack is not None or found.wrong:
            return found
    return found


def concerns(names: Iterable[str], changed: Iterable[str], extended: Collection[str]) -> bool:
    """Whether one of these files may be one that a stack of one of these names is compiled from."""
    known = [each.partition(".") for each in names]
    return any(
        _is_common(path, environment) or path in extended or _is_of(path, environment, database)
        for path in changed
        for environment, _, database in known
    )


def extended(history: History, sha: str, environment: str) -> tuple[str, ...]:
    """The file of an environment and those that it extends, wherever they are."""
    files = history.tree(sha).files
    path, found = f"{environment}/environment.yaml", list[str]()
    while path in files and path not in found and not files[path].link:
        found.append(path)
        above = _extends(history, path, files[path].blob)
        if above is None:
            break
        path = posixpath.normpath(posixpath.join(posixpath.dirname(path), above))
    return tuple(found)


def _extends(history: History, path: str, blob: str) -> str | None:
    def read() -> str | None:
        try:
            node = document.read(path, history.read([blob])[blob])
        except UserError:
            return None
        said = node.value.get("extends") if isinstance(node.value, Mapping) else None
        return said.value if said and isinstance(said.value, str) else None

    return history.once(("extends", blob), read)


def _named(history: History, sha: str, name: str) -> Written:
    environment, _, database = name.partition(".")
    tree = history.tree(sha)
    candidates = tree.named.get(_file(database), ())
    own = frozenset(
        (path, tree.files[path].blob) for path in candidates if _is_of(path, environment, database)
    )
    chosen = {path for path, _ in own} | set(extended(history, sha, environment))
    # Whatever lies at the top is everybody's: people.yaml, and what environments usually extend.
    chosen |= {path for path in tree.top if _is_common(path, environment)}
    key = (name, tuple(sorted((path, tree.files[path]) for path in chosen)))
    return history.once(key, lambda: _compiled(history, sha, sorted(chosen), environment, database, own))


def _compiled(
    history: History,
    sha: str,
    chosen: list[str],
    environment: str,
    database: str,
    own: frozenset[tuple[str, str]],
) -> Written:
    found = catalog.load(_Chosen(history, sha, chosen))
    name = environment if database == "environment" else f"{environment}/{database}"
    if name in found.unread or environment in found.unread:
        return Written(files=own, wrong=_wrong(found))
    where = found.environments.get(environment)
    if where is None:
        return Written(files=own)
    place = (where.spec.target, where.spec.state)
    written: Environment | Database[Any] | None = (
        where if database == "environment" else found.databases.get(name)
    )
    if written is None:
        return Written(files=own, place=place, simulated=where.spec.simulated)
    try:
        stack = _stack(written)
    except UserError as error:
        return Written(files=own, wrong="; ".join(map(str, error.diagnostics)))
    return Written(stack, said.of(written), graph.digest(stack), own, place, where.spec.simulated)


def _stack(written: Environment | Database[Any]) -> Stack:
    if isinstance(written, Environment):
        return compile_stack(written)
    stack, wrong = compilation.compiled(written)
    if wrong:
        raise UserError(*wrong)
    return stack


def _wrong(found: Catalog) -> str:
    errors = [each for each in found.diagnostics if each.severity is Severity.ERROR]
    return str(errors[0]) if errors else "it cannot be read"


def _file(database: str) -> str:
    return f"{database}.yaml"


def _is_of(path: str, environment: str, database: str) -> bool:
    """Whether a file is the stack's own: folders below the environment carry no meaning."""
    folder, _, rest = path.partition("/")
    if folder != environment:
        return False
    name = _file(database)
    return rest == name or (database != "environment" and rest.endswith(f"/{name}"))


def _is_common(path: str, environment: str) -> bool:
    """Whether every stack of the environment may depend on the file."""
    return ("/" not in path and path.endswith(".yaml")) or path == f"{environment}/environment.yaml"


@dataclass(frozen=True, slots=True)
class _Chosen:
    """Some files of the specs folder at a commit."""

    history: History
    sha: str
    paths: list[str]

    @property
    def name(self) -> str:
        return self.history.folder

    def files(self) -> Iterator[File]:
        known = self.history.tree(self.sha).files
        data = self.history.read(known[path].blob for path in self.paths)
        for path in self.paths:
            entry = known[path]
            shown = path if self.name == "." else f"{self.name}/{path}"
            yield File(path, shown, b"" if entry.link else data[entry.blob], entry.link)
