"""Which of the engine's steps nobody has reviewed."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from enum import Enum, auto
from typing import Any

from compiler import changes as order
from compiler import graph, route
from compiler.changes import UNKNOWN, Change, Known, Op, PropertyChange, Side
from compiler.comparison import by_name
from compiler.effects import OPTIONS
from compiler.entries import (
    ABSENT,
    CREATE,
    DELETE,
    FORGET,
    ORDER,
    REPLACE,
    Leaf,
    entries,
    is_order,
    leaves,
)
from compiler.graph import Resource, Stack, Value
from compiler.reviewed import Reviewed, Shown
from compiler.route import Route

_MAKES = (Op.CREATE, Op.IMPORT)
# What has to be reviewed for a step.
_ALLOWED: Mapping[Op, tuple[str, ...]] = {
    Op.CREATE: (CREATE, REPLACE),
    Op.IMPORT: (CREATE, REPLACE),
    Op.REPLACE: (REPLACE,),
    Op.DELETE: (DELETE,),
    Op.FORGET: (DELETE, FORGET),
}


def unreviewed(
    changes: Iterable[Change],
    reviewed: Reviewed,
    converged: Stack | None,
    head: Stack | None,
    resolved: Mapping[str, str] | None = None,
) -> tuple[Change, ...]:
    """The engine's changes, or the parts of them, that no reviewed entry explains and no preview has shown.

    Steps are judged by the graphs, in which texts with something unknown in them and secrets are known symbolically;
    the events only say which steps there are. `reverts_drift` of what is returned says that the graphs have nothing to
    do with it: the account differs from them, or what others built. `resolved` are hashes of what others built as it is
    now; without them nobody looks whether that is as it was shown.
    """
    return _Judge(changes, reviewed, converged, head, resolved).all()


def shown(
    changes: Iterable[Change], converged: Stack | None, head: Stack | None, resolved: Mapping[str, str]
) -> Shown:
    """What a preview of the account shows beside what the graphs say: what has to be kept of it for the apply."""
    judge = _Judge(changes, Reviewed.of(entries(converged, head)), converged, head, None)
    return Shown(frozenset(key for each in judge.all() for key in judge.keys(each)), dict(resolved))


class _Verdict(Enum):
    REVIEWED = auto()
    UNREVIEWED = auto()
    DRIFT = auto()


class _Judge:
    def __init__(
        self,
        changes: Iterable[Change],
        reviewed: Reviewed,
        converged: Stack | None,
        head: Stack | None,
        resolved: Mapping[str, str] | None,
    ) -> None:
        self.changes = tuple(changes)
        self.reviewed = reviewed
        self.resolved = resolved
        self.head, self.before = (
            {each.name: each for each in stack.resources} if stack else {} for stack in (head, converged)
        )
        self.now, self.was = leaves(head), leaves(converged)
        self.needed = {(each.resource, each.path) for each in entries(converged, head)}
        self.routes: dict[str, set[Route]] = defaultdict(set)
        for resource, at in (*self.now, *self.was):
            self.routes[resource].add(at)
        for resource, path in reviewed.values:
            if path:
                self.routes[resource].add(route.parse(path))

    def all(self) -> tuple[Change, ...]:
        left = [part for each in self.changes for part in self._left(each)]
        while True:
            unexplained = {each.resource for each in left}
            fewer = [part for each in left for part in self._without_followers(each, unexplained)]
            if fewer == left:
                seen = (each for each in left if not (each.reverts_drift and self.reviewed.unseen))
                return order.ordered(list(seen))
            left = fewer

    def keys(self, change: Change) -> Iterator[str]:
        """What tells this step from all others, sides included."""
        if change.op is not Op.UPDATE:
            yield self._key(change)
        if change.op in (Op.UPDATE, Op.REPLACE):
            for each in change.properties:
                yield self._key(change, each)

    def _left(self, change: Change) -> Iterator[Change]:
        """What is unreviewed of it by itself, the drift apart from the rest."""
        if change.op is Op.UPDATE and not self._begun(change.resource):
            yield from self._properties(change)
        elif change.op is not Op.UPDATE and not self._allowed(change):
            known = self.before.get(change.resource)
            drift = (
                change.op in (*_MAKES, Op.REPLACE)
                and known is not None
                and known.type == change.type
                and (change.resource, "") not in self.needed
            )
            yield replace(change, reverts_drift=drift)
        elif change.op is Op.REPLACE:
            yield from self._properties(change)
        elif change.op in (Op.DELETE, Op.FORGET):
            # Something else of that name may have been what was reviewed to go.
            if self._wrong(change.resource):
                yield replace(change, reverts_drift=False)
        else:
            yield from self._values(change)

    def _begun(self, resource: str) -> bool:
        """Whether it was never applied as a whole: whatever a dead run left of it is brought to what it is to be."""
        return self._existence(resource) == CREATE and resource not in self.before

    def _allowed(self, change: Change) -> bool:
        said = self._existence(change.resource)
        if said in _ALLOWED[change.op] or self._key(change) in self.reviewed.shown.steps:
            return True
        # Of what is replaced by another type, one half is a deletion.
        known = self.head.get(change.resource)
        return change.op in (Op.DELETE, Op.FORGET) and said == REPLACE and known is not None

    def _existence(self, resource: str) -> str:
        return self.reviewed.values.get((resource, ""), "")

    def _values(self, change: Change) -> Iterator[Change]:
        """All values of what is made."""
        name = change.resource
        wrong = self._wrong(name)
        stale = [
            at for at in self.routes[name] if at not in wrong and self._is_stale(self.now.get((name, at)))
        ]
        if wrong:
            yield replace(change, properties=_at(change, wrong), reverts_drift=False)
        if stale:
            yield replace(change, properties=_at(change, stale), reverts_drift=True)

    def _wrong(self, resource: str) -> list[Route]:
        return [at for at in self.routes[resource] if not is_order(at) and not self._ok(resource, at)]

    def _properties(self, change: Change) -> Iterator[Change]:
        verdicts = [(each, self._verdict(change, each)) for each in change.properties]
        for wanted in (_Verdict.UNREVIEWED, _Verdict.DRIFT):
            if found := tuple(each for each, verdict in verdicts if verdict is wanted):
                yield replace(change, properties=found, reverts_drift=wanted is _Verdict.DRIFT)

    def _verdict(self, change: Change, property: PropertyChange) -> _Verdict:
        name = change.resource
        moved = _moved(self.before.get(name), self.head.get(name), property.route)
        if moved is None:
            related = self._related(name, property.route)
        else:
            # Numbers say nothing where others have come or gone: what counts is the list.
            related = [at for at in self.routes[name] if at[: len(moved)] == moved]
        values = [at for at in related if not is_order(at)]
        if not all(self._ok(name, at) for at in values):
            return _Verdict.UNREVIEWED
        if self._key(change, property) in self.reviewed.shown.steps:
            return _Verdict.REVIEWED
        if any(self._is_said(name, at) for at in values):
            stale = any(self._is_stale(self.now.get((name, at))) for at in values)
            return _Verdict.DRIFT if stale else _Verdict.REVIEWED
        orders = [(ORDER, *moved)] if moved is not None else []
        if not all(self._ok(name, at) for at in orders):
            return _Verdict.UNREVIEWED
        return _Verdict.REVIEWED if orders or self._is_released(name, property.route) else _Verdict.DRIFT

    def _ok(self, resource: str, at: Route) -> bool:
        """Whether the value there is what was reviewed last, or what was applied already."""
        key = (resource, route.text(at))
        return self._is_said(resource, at) if key in self.reviewed.values else key not in self.needed

    def _is_said(self, resource: str, at: Route) -> bool:
        leaf = self.now.get((resource, at))
        said = self.reviewed.values.get((resource, route.text(at)))
        return said == (leaf.value if leaf else ABSENT)

    def _is_stale(self, leaf: Leaf | None) -> bool:
        """Whether what others built is not what the previews have shown, where there were any."""
        known = self.reviewed.shown.shared
        if leaf is None or self.resolved is None or not known:
            return False
        used = map(graph.text, leaf.shared)
        return any(known.get(each) != self.resolved.get(each) for each in used)

    def _is_released(self, resource: str, at: Route) -> bool:
        """Whether it was left to the account until now, and a reviewed change takes it back."""
        before, now = self.before.get(resource), self.head.get(resource)
        if before is None or now is None or not self._is_said(resource, (OPTIONS, "ignore_changes")):
            return False
        return _ignored(before, at) and not _ignored(now, at)

    def _without_followers(self, change: Change, unexplained: Collection[str]) -> Iterator[Change]:
        """Without what is only unknown because something else is made or changed, for which there is an explanation."""
        if not change.reverts_drift or change.op is not Op.UPDATE:
            yield change
            return
        left = tuple(each for each in change.properties if not self._follows(change, each, unexplained))
        if left:
            yield replace(change, properties=left)

    def _follows(self, change: Change, property: PropertyChange, unexplained: Collection[str]) -> bool:
        if property.after.known not in (Known.UNKNOWN, Known.SECRET):
            return False
        found = {self.now.get((change.resource, at)) for at in self._related(change.resource, property.route)}
        refs = {ref for leaf in found if leaf for ref in leaf.refs} & {each.resource for each in self.changes}
        return bool(refs) and refs.isdisjoint(unexplained)

    def _related(self, resource: str, at: Route) -> list[Route]:
        """The leaves at or below a route as the engine has it, or the one that it is a part of."""
        found = _translated([self.head.get(resource), self.before.get(resource)], at)
        return [
            each
            for each in self.routes[resource]
            for way in found
            if each[: len(way)] == way or (way[: len(each)] == each and not self._is_whole(resource, each))
        ]

    def _is_whole(self, resource: str, at: Route) -> bool:
        key = (resource, at)
        return any(side[key].whole for side in (self.now, self.was) if key in side)

    def _key(self, change: Change, property: PropertyChange | None = None) -> str:
        op = Op.CREATE if change.op in _MAKES else change.op
        data: list[Any] = [change.resource, change.type]
        if property is None:
            data.append(op)
        else:
            after: Any = _plain(property.after)
            if property.after.known in (Known.SECRET, Known.UNKNOWN):
                related = self._related(change.resource, property.route)
                known = {
                    route.text(at): self.now[change.resource, at].value
                    for at in related
                    if (change.resource, at) in self.now
                }
                after = [after, known]
            data += [route.text(property.route), _plain(property.before), after]
        written = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
        return "sha256:" + hashlib.sha256(written.encode()).hexdigest()


def _plain(side: Side) -> list[Any]:
    return [side.known, side.value]


def _at(change: Change, routes: Iterable[Route]) -> tuple[PropertyChange, ...]:
    """The properties in which some leaves are; where the engine does not tell them, that they are not known."""
    names = dict.fromkeys(at[:2] if at[0] == OPTIONS else at[:1] for at in sorted(routes, key=route.text))
    told = {at: [each for each in change.properties if each.route[: len(at)] == at] for at in names}
    return tuple(
        each for at, found in told.items() for each in (found or [PropertyChange(at, UNKNOWN, UNKNOWN)])
    )


def _ignored(resource: Resource, at: Route) -> bool:
    ignored = map(route.parse, resource.options.ignore_changes)
    return any(at[: len(each)] == each or each[: len(at)] == at for each in ignored)


def _translated(resources: Iterable[Resource | None], at: Route) -> set[Route]:
    """The engine's route as the leaves have it: items that have names by these, whatever list they stand in."""
    found: set[Route] = set()
    short: set[Route] = set()
    for each in filter(None, resources):
        way, whole = _named(each.inputs, at)
        (found if whole else short).add(way)
    return found or short or {at}


def _moved(before: Resource | None, now: Resource | None, at: Route) -> Route | None:
    """The list of named items in which another one stands at that number than did, if there is one on the way."""
    sides: list[Value] = [each.inputs if each else None for each in (before, now)]
    way: Route = ()
    for step in at:
        was, stands = (_name(side, step) for side in sides)
        if was != stands:
            return way
        sides = [_part(side, step) for side in sides]
        way = (*way, step if was is None else was)
    return None


def _name(value: Value, step: str | int) -> str | None:
    """The name of an item of a list of named items."""
    named = by_name(value) if isinstance(value, list) else None
    return list(named)[step] if named and isinstance(step, int) and step < len(named) else None


def _part(value: Value, step: str | int) -> Value:
    if isinstance(value, Mapping):
        return value.get(str(step))
    return value[step] if isinstance(value, list) and isinstance(step, int) and step < len(value) else None


def _named(inputs: Value, at: Route) -> tuple[Route, bool]:
    """The route with names for numbers, and whether it could be followed to its end."""
    way: Route = ()
    value = inputs
    for index, step in enumerate(at):
        if isinstance(value, Mapping):
            value = value.get(str(step))
        elif isinstance(value, list):
            named = by_name(value)
            if not isinstance(step, int) or step >= len(value):
                return way, False
            value = value[step]
            if named is not None:
                step = list(named)[step]
        else:
            return (*way, *at[index:]), True
        way = (*way, step)
    return way, True
