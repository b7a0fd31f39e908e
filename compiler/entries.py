"""What a review consists of: each single thing in which one graph of a stack differs from another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from compiler import graph, route
from compiler.changes import Op
from compiler.comparison import Given, by_name, compare, structured
from compiler.graph import Json, Ref, Resource, Shared, Stack, Value
from compiler.lifecycle.said import Lifecycle
from compiler.route import Route

CREATE, REPLACE, DELETE, FORGET = "create", "replace", "delete", "forget"
ABSENT = "absent"

# The resource that stands for the stack itself: its outputs, its id, what its spec says of how it may change.
STACK = ""
ID = "id"
DECOMMISSION = "decommission"
BEGINS = "begins"
OUTPUTS = "outputs"

# What no input is called, and so begins no route in one: a resource's type, and the order of a list with names.
_TYPE = "(type)"
ORDER = "(order)"


class Entry(NamedTuple):
    """One thing that was, or has to be, reviewed.

    With an empty `path` it is the resource's existence, and `value` one of create, replace, delete, forget. Else
    `path` is a route as text in its inputs, options or outputs, and `value` the hash of what the graph has there, or
    `absent`.
    """

    resource: str
    path: str
    value: str


class Leaf(NamedTuple):
    """A value that has no parts, as the graph has it: its hash, and what it refers to.

    What has parts is a leaf too, which says only what kind of whole it is.
    """

    value: str
    refs: frozenset[str] = frozenset()
    shared: frozenset[Shared] = frozenset()
    whole: bool = False


Leaves = Mapping[tuple[str, Route], Leaf]


def entries(
    base: Stack | None, head: Stack | None, before: Lifecycle | None = None, after: Lifecycle | None = None
) -> frozenset[Entry]:
    """Everything in which the second graph differs from the first, with its consequences; None is no stack at all.

    Where a resource is created or replaced, whatever refers to its outputs is an entry again, and replaces where it
    does. Hashes are of symbolic values, so a text with something unknown in it and a secret have theirs too.
    `before` and `after` are what the specs say beside the graphs.
    """
    old, new = leaves(base), leaves(head)
    renewed: dict[str, str] = {}
    for change in compare(base, head):
        # Another type under the same name goes and comes.
        known = change.resource in renewed
        renewed |= {change.resource: REPLACE if known else _EXISTENCE.get(change.op, "")}
    found = {Entry(name, "", what) for name, what in renewed.items() if what}
    made = frozenset(name for name, what in renewed.items() if what in (CREATE, REPLACE))
    for key in old.keys() | new.keys():
        leaf = new.get(key)
        value = leaf.value if leaf else ABSENT
        if (old[key].value if key in old else ABSENT) != value or (leaf and leaf.refs & made):
            found.add(Entry(key[0], route.text(key[1]), value))
    found |= _said(before, after)
    if base and head and base.id != head.id:
        found.add(Entry(STACK, ID, identity(head)))
    return frozenset(found)


_EXISTENCE = {Op.CREATE: CREATE, Op.REPLACE: REPLACE, Op.DELETE: DELETE, Op.FORGET: FORGET}


def review(
    converged: Stack | None,
    base: Stack | None,
    head: Stack | None,
    before: Lifecycle | None = None,
    after: Lifecycle | None = None,
) -> frozenset[Entry]:
    """What a change from one graph to another adds to what is different from the converged graph already.

    That is more than in what the two differ: what refers from now on to something that is replaced anyway follows it.
    What is let go of here and deleted seen from there is deleted.
    """
    own = entries(base, head, before, after)
    added = entries(converged, head) - entries(converged, base)
    weaker = {
        Entry(each.resource, "", _WEAKER.get(each.value, "")) for each in own | added if each.path == ""
    }
    return (own | added) - weaker


_WEAKER = {DELETE: FORGET, REPLACE: CREATE}


def leaves(stack: Stack | None) -> Leaves:
    """Every value of a graph by resource and route; references to what a resource was given are that value.

    It follows from this graph alone, whatever it is compared with: so what a chain of graphs changes is what its steps
    change.
    """
    if stack is None:
        return {}
    given = Given.of(stack)
    found = {(each.name, at): leaf for each in stack.resources for at, leaf in _of_resource(each, given)}
    for name, value in stack.outputs.items():
        found |= {(STACK, at): leaf for at, leaf in _parts((OUTPUTS, name), value, given)}
    return found


def lines(said: Lifecycle | None) -> Mapping[str, str]:
    """What a spec says of how its database may change, by path: no graph has it, and somebody has to review it."""
    if said is None:
        return {}
    found = {
        acknowledgement(each.entry.resource, each.entry.property): _hash(each.entry.reason)
        for each in said.acknowledged
    }
    if said.leaving:
        found[DECOMMISSION] = _hash(said.leaving.snapshot)
    if said.begins:
        found[BEGINS] = _hash(True)
    return found


def acknowledgement(resource: str, property: str) -> str:
    """The path of an acknowledgement."""
    return route.text(("acknowledge", resource, property))


def identity(stack: Stack) -> str:
    """The hash of the name that a stack has."""
    return _hash(stack.id)


def is_order(at: Route) -> bool:
    """Whether a leaf is only the order of what has names."""
    return at[:1] == (ORDER,)


def _said(before: Lifecycle | None, after: Lifecycle | None) -> set[Entry]:
    old, new = lines(before), lines(after)
    return {
        Entry(STACK, path, new.get(path, ABSENT))
        for path in old.keys() | new.keys()
        if old.get(path) != new.get(path)
    }


def _of_resource(resource: Resource, given: Given) -> Iterator[tuple[Route, Leaf]]:
    yield (_TYPE, resource.type), Leaf(_hash(True))
    for name, value in resource.inputs.items():
        yield from _parts((name,), value, given)
    options = graph.to_data(Stack("", (resource,)))["resources"][0]["options"]
    for name, value in options.items():
        yield ("options", name), Leaf(_hash(value))


def _parts(at: Route, value: Value, given: Given, within: str = "") -> Iterator[tuple[Route, Leaf]]:
    """The leaves of a value. A null is nothing at all."""
    match value:
        case None:
            return
        case Json():
            yield from _parts(at, value.value, given, "json ")
        case Mapping():
            yield at, Leaf(f"{within}mapping", whole=True)
            for key, item in value.items():
                yield from _parts((*at, key), item, given)
        case list() if (named := by_name(value)) is not None:
            yield at, Leaf(f"{within}list by name", whole=True)
            yield (ORDER, *at), Leaf(_hash(list(named)))
            for key, item in named.items():
                yield from _parts((*at, key), item, given)
        case list() if structured(value):
            yield at, Leaf(f"{within}list", whole=True)
            for index, item in enumerate(value):
                yield from _parts((*at, index), item, given)
        case _:
            known = given.followed(value)
            refs = frozenset(each.resource for each in graph.parts(value) if isinstance(each, Ref))
            shared = frozenset(each for each in graph.parts(known) if isinstance(each, Shared))
            yield at, Leaf(within + _hash(known), refs, shared)


def _hash(value: Value) -> str:
    return graph.value_digest(value)
