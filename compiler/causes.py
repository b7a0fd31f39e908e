"""What somebody wrote that a consequence follows from: found by changing one key at a time, and looking."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeAlias

from compiler import compilation, document, edition, kinds, route
from compiler.catalog import Database, Environment
from compiler.comparison import compare
from compiler.consequences import Cause, Consequence
from compiler.diagnostics import Diagnostic, Place, Severity
from compiler.document import EMPTY, Node
from compiler.environment.model import EnvironmentSpec
from compiler.graph import Stack
from compiler.route import Route
from compiler.validation import validate

Written: TypeAlias = Database[Any] | Environment

# Keys that say how a database may change, and nothing of what it is.
_NO_CAUSES = {"acknowledge", "formerly", "fresh", "hold"}

# What a comparison touches: a resource and a route in it, or none where the resource comes, goes or is made anew.
_Touched: TypeAlias = set[tuple[str, Route | None]]


class Compiled(NamedTuple):
    """What was written, and the stack that it compiles to."""

    written: Written
    stack: Stack


def compiled(written: Written) -> tuple[Compiled, tuple[Diagnostic, ...]]:
    """What was written, compiled; and what is wrong with its overrides, which are not in it then."""
    if isinstance(written, Environment):
        return Compiled(written, next(compilation.stacks([written], []))), ()
    stack, wrong = compilation.compiled(written)
    return Compiled(written, stack), wrong


def caused(
    consequences: Iterable[Consequence], base: Compiled | None, head: Compiled | None
) -> tuple[Consequence, ...]:
    """The consequences with their causes.

    What follows from a key is what changes when that key alone does. A consequence that no key has alone comes of
    those without which it would not be, and one for which there is no such key either, of all that changed.
    """
    if base is None or head is None:
        there = head or base
        whole = (Cause("", Place(there.written.path)),) if there else ()
        return tuple(replace(each, causes=whole) for each in consequences)
    return tuple(_Search(base, head).caused(consequences))


class _Search:
    def __init__(self, base: Compiled, head: Compiled) -> None:
        self.base = base
        self.head = head
        self.keys = _changed_keys(base.written, head.written)
        self.alone: dict[Cause, _Touched] | None = None
        self.without: dict[Cause, _Touched] | None = None

    def caused(self, consequences: Iterable[Consequence]) -> Iterator[Consequence]:
        for each in consequences:
            yield replace(each, causes=self._causes(each))

    def _causes(self, consequence: Consequence) -> tuple[Cause, ...]:
        if len(self.keys) < 2:
            return tuple(self.keys)
        if self.alone is None:
            self.alone = {
                cause: self._touched(self.base.stack, self._switched(self.base, self.head, keys))
                for cause, keys in self.keys.items()
            }
        if found := _touching(self.alone, consequence):
            return found
        if self.without is None:
            self.without = {
                cause: self._touched(self._switched(self.head, self.base, keys), self.head.stack)
                for cause, keys in self.keys.items()
            }
        if found := _touching(self.without, consequence):
            return found
        # Those without which it would be all the same have nothing to do with it.
        return tuple(cause for cause in self.keys if not self.without[cause]) or tuple(self.keys)

    def _switched(self, start: Compiled, other: Compiled, keys: Iterable[_Key]) -> Stack | None:
        """The stack of one side with these keys as the other has them; None where that is no valid spec."""
        written = _switched(start.written, other.written, keys)
        if written is None:
            return None
        found, wrong = compiled(written)
        return None if wrong else found.stack

    def _touched(self, before: Stack | None, after: Stack | None) -> _Touched:
        if before is None or after is None:
            return set()
        touched: _Touched = set()
        for change in compare(before, after):
            touched.add((change.resource, None))
            touched |= {(change.resource, each.route) for each in change.properties}
        return touched


def _touching(touched: Mapping[Cause, _Touched], consequence: Consequence) -> tuple[Cause, ...]:
    wanted = {(consequence.resource, each) for each in consequence.routes or (None,)}
    return tuple(cause for cause, places in touched.items() if places & wanted)


@dataclass(frozen=True, slots=True)
class _Key:
    """A key that differs: of the database's merged document, or of its environment's."""

    of_environment: bool
    route: Route


def _changed_keys(base: Written, head: Written) -> dict[Cause, list[_Key]]:
    """Every key that differs, by what somebody wrote that makes it differ."""
    found: dict[Cause, list[_Key]] = {}
    if isinstance(base, Database) and isinstance(head, Database):
        if base.spec.kind != head.spec.kind:
            return {_written("kind", head.node, ("kind",)): []}
        for at in _differing(base.node, head.node):
            if at[0] in _NO_CAUSES:
                continue
            found.setdefault(_cause(base, head, at), []).append(_Key(of_environment=False, route=at))
    around, becomes = _environment(base), _environment(head)
    for at in _differing(around.node, becomes.node):
        # Defaults have gone into the databases already.
        if at[0] != "defaults" and at[0] not in _NO_CAUSES:
            cause = _environment_cause(around, becomes, at)
            found.setdefault(cause, []).append(_Key(of_environment=True, route=at))
    return found


def _environment(written: Written) -> Environment:
    return written if isinstance(written, Environment) else written.environment


def _cause(base: Database[Any], head: Database[Any], at: Route) -> Cause:
    """Who decided a key of a database: its spec, its environment, or the edition that the environment names."""
    was, now = _find(base.node, at), _find(head.node, at)
    key, default = route.text(at), ("defaults", head.spec.kind, *at)
    if _find(head.own, at) is not None or (was is not None and was.at.path == base.path):
        return _written(key, head.own, at)
    if now is not None and not edition.holds(now.at):
        return Cause(route.text(default), now.at)
    if was is not None and not edition.holds(was.at):
        return _written(route.text(default), head.environment.node, default)
    return _edition_cause(base.environment, head.environment) or _written(key, head.own, at)


def _environment_cause(base: Environment, head: Environment, at: Route) -> Cause:
    now = _find(head.node, at)
    if now is not None and not edition.holds(now.at):
        return Cause(route.text(at), now.at)
    return _edition_cause(base, head) or Cause(route.text(at), Place(head.path))


def _edition_cause(base: Environment, head: Environment) -> Cause | None:
    """The line that chose other defaults."""
    for name in ("edition", "tier"):
        if getattr(base.spec, name) != getattr(head.spec, name):
            return _written(name, head.node, (name,))
    return None


def _written(key: str, node: Node, at: Route) -> Cause:
    return Cause(key, document.locate(node, at))


def _differing(old: Node, new: Node, at: Route = ()) -> Iterator[Route]:
    """The routes at which two documents differ; a list is one value."""
    if isinstance(old.value, dict) and isinstance(new.value, dict):
        for key in sorted(old.value.keys() | new.value.keys()):
            ours, theirs = old.value.get(key), new.value.get(key)
            if ours is None or theirs is None:
                yield from ((*at, key, *below) for below in _leaves(ours or theirs or EMPTY))
            elif ours is not theirs:
                yield from _differing(ours, theirs, (*at, key))
    elif not _same(old, new):
        yield at


def _leaves(node: Node) -> Iterator[Route]:
    if isinstance(node.value, dict) and node.value:
        for key, part in node.value.items():
            yield from ((key, *below) for below in _leaves(part))
    else:
        yield ()


def _same(old: Node, new: Node) -> bool:
    if isinstance(old.value, list) and isinstance(new.value, list):
        return len(old.value) == len(new.value) and all(map(_same, old.value, new.value))
    if isinstance(old.value, dict) and isinstance(new.value, dict):
        return old.value.keys() == new.value.keys() and all(
            _same(each, new.value[key]) for key, each in old.value.items()
        )
    ours, theirs = (getattr(each.value, "written", each.value) for each in (old, new))
    return type(ours) is type(theirs) and ours == theirs


def _find(node: Node, at: Route) -> Node | None:
    for step in at:
        if not isinstance(node.value, dict) or step not in node.value:
            return None
        node = node.value[str(step)]
    return node


def _switched(start: Written, other: Written, keys: Iterable[_Key]) -> Written | None:
    """What was written on one side, with these keys as the other has them; None where that is not valid."""
    environment, node = _environment(start), EMPTY if isinstance(start, Environment) else start.node
    around = environment.node
    for key in keys:
        if key.of_environment:
            around = _with(around, key.route, _find(_environment(other).node, key.route))
        elif isinstance(other, Database):
            node = _with(node, key.route, _find(other.node, key.route))
    if around is not environment.node:
        spec, _ = validate(EnvironmentSpec, around)
        if spec is None:
            return None
        environment = replace(environment, spec=spec, node=around)
    if isinstance(start, Environment):
        return environment
    kind = kinds.named(start.spec.kind)
    own, _ = validate(kind.spec, node)
    if own is None:
        return None
    database = replace(start, spec=own, node=node, environment=environment)
    wrong = any(each.severity is Severity.ERROR for each in kind.check(database))
    return None if wrong else database


def _with(node: Node, at: Route, part: Node | None) -> Node:
    """The document with that part at a route, or without any."""
    if not at:
        return part or EMPTY
    value = dict(node.value) if isinstance(node.value, dict) else {}
    keys = dict(node.keys)
    first, *rest = at
    name = str(first)
    if part is None and not rest:
        value.pop(name, None)
        keys.pop(name, None)
    else:
        value[name] = _with(value.get(name, EMPTY), tuple(rest), part)
        keys.setdefault(name, node.at)
    return Node(value, node.at, keys)
