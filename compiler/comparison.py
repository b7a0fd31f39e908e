"""Two graphs of one stack compared: what taking the first to the second would change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from compiler import changes, consequences, graph, route
from compiler.aws import replacement, types
from compiler.changes import ABSENT, SECRET, UNKNOWN, Change, Known, Op, PropertyChange, Side
from compiler.graph import Concat, Json, Ref, Resource, Shared, Stack, Value
from compiler.route import Route

# Lists whose items are told apart by one of these: by their place, an item put in would change all after it.
_IDENTITIES = ("name", "region_name", "log_type")


def compare(base: Stack | None, head: Stack | None) -> tuple[Change, ...]:
    """Every resource that differs, as the engine would tell it; None is a stack that does not exist.

    A reference to what another resource was given is compared, and shown, as that value. A reference to what only AWS
    knows is a text `${resource.output}`, and becomes unknown where that resource is made anew: what follows from a
    replacement is in here too. Items of a list that have names are told apart by name, and a list of plain values is
    one value.
    """
    return _Comparison(base, head).changes()


class _Comparison:
    def __init__(self, base: Stack | None, head: Stack | None) -> None:
        self.stack = (head or base or Stack("", ())).id
        self.base = Given.of(base)
        self.head = Given.of(head)
        self.there = {
            name for name, each in self.head.resources.items() if self.base.type_of(name) == each.type
        }
        # What will have other outputs than it has now.
        self.renewed = self.head.resources.keys() - self.there

    def changes(self) -> tuple[Change, ...]:
        gone = [self._gone(each) for name, each in self.base.resources.items() if name not in self.there]
        made = [self._made(name) for name in self.renewed]
        return changes.ordered([*gone, *made, *self._updates()])

    def _gone(self, resource: Resource) -> Change:
        op = Op.FORGET if resource.options.retain_on_delete else Op.DELETE
        return Change(self.stack, resource.name, resource.type, op)

    def _made(self, name: str) -> Change:
        resource = self.head.resources[name]
        properties = tuple(
            PropertyChange((key,), ABSENT, self.head.side(name, (key,), value))
            for key, value in sorted(resource.inputs.items())
            if value is not None
        )
        return Change(self.stack, name, resource.type, Op.CREATE, properties)

    def _updates(self) -> list[Change]:
        """What changes of what stays, until nothing more is made anew: that only ever grows."""
        touched = self._touched()
        while True:
            found = [change for name in touched if (change := self._update(name))]
            replaced = {each.resource for each in found if each.op is Op.REPLACE}
            if replaced <= self.renewed:
                return found
            self.renewed |= replaced

    def _touched(self) -> set[str]:
        """What differs by itself, or refers to something that does: nothing else needs a closer look."""
        resources = self.head.resources
        touched = {name for name in self.there if self.base.resources[name] != resources[name]}
        referred = {name: _referred(resources[name].inputs) for name in self.there - touched}
        while True:
            moved = touched | self.renewed
            follow = {name for name in self.there - touched if not referred[name].isdisjoint(moved)}
            if not follow:
                return touched
            touched |= follow

    def _update(self, name: str) -> Change | None:
        before, after = self.base.resources[name], self.head.resources[name]
        change = Change(self.stack, name, after.type, Op.UPDATE, tuple(self._properties(before, after)))
        if not change.properties:
            return None
        pairs = consequences.of(change, before, after)
        replacing = {each.route for each, effect in pairs if each and effect.replaces}
        properties = tuple(
            replace(each, replaces=each.replaces or each.route in replacing) for each in change.properties
        )
        op = Op.REPLACE if any(each.replaces for each in properties) else Op.UPDATE
        return replace(change, op=op, properties=properties)

    def _properties(self, before: Resource, after: Resource) -> Iterator[PropertyChange]:
        for difference in self._differences((), before.inputs, after.inputs):
            if _ignored(difference.route, after):
                continue
            yield PropertyChange(
                difference.route,
                self.base.side(before.name, difference.route, difference.before),
                self._after(after.name, difference),
                _replaces(after.type, difference),
            )
        for option in ("protect", "retain_on_delete"):
            was, becomes = getattr(before.options, option), getattr(after.options, option)
            if was != becomes:
                yield PropertyChange(("options", option), Side(Known.KNOWN, was), Side(Known.KNOWN, becomes))

    def _after(self, name: str, difference: _Difference) -> Side:
        side = self.head.side(name, difference.route, difference.after)
        return UNKNOWN if difference.follows and side.known is not Known.SECRET else side

    def _differences(self, at: Route, old: Value, new: Value) -> Iterator[_Difference]:
        """The parts that differ, from the top down, and those that stay but refer to something renewed."""
        plain = not isinstance(new, Ref | Json | Concat | Mapping | list)
        if plain and old == new:
            return
        same = _same(self.base.followed(old), self.head.followed(new))
        if same and (plain or self.renewed.isdisjoint(_referred(new))):
            return
        if isinstance(old, Json) and isinstance(new, Json):
            yield from self._differences(at, old.value, new.value)
        elif isinstance(old, Mapping) and isinstance(new, Mapping):
            for key in sorted(old.keys() | new.keys()):
                yield from self._differences((*at, key), old.get(key), new.get(key))
        elif isinstance(old, list) and isinstance(new, list) and (named := _named(old, new)):
            yield from self._differences(at, *named)
        elif isinstance(old, list) and isinstance(new, list) and structured(old, new):
            for index in range(max(len(old), len(new))):
                yield from self._differences((*at, index), *(_item(each, index) for each in (old, new)))
        else:
            yield _Difference(at, old, new, follows=same)


@dataclass(frozen=True, slots=True)
class _Difference:
    """`follows`: both graphs say the same here, and it changes because what it refers to is made anew."""

    route: Route
    before: Value
    after: Value
    follows: bool


@dataclass(frozen=True, slots=True)
class Given:
    """One side: its resources by name, and what each was given."""

    resources: Mapping[str, Resource]

    @classmethod
    def of(cls, stack: Stack | None) -> Given:
        return cls({each.name: each for each in stack.resources} if stack else {})

    def type_of(self, name: str) -> str | None:
        return self.resources[name].type if name in self.resources else None

    def followed(self, value: Value, through: tuple[str, ...] = ()) -> Value:
        """The value with each reference to what a resource was given replaced by that, unless that leads back."""
        match value:
            case str() | int() | float() | None:
                return value
            case Ref():
                target = self.resources.get(value.resource)
                given = target.inputs.get(value.path) if target else None
                if given is None or value.resource in through or self._is_secret(value):
                    return value
                return self.followed(given, (*through, value.resource))
            case Concat():
                parts = tuple(self.followed(each, through) for each in value.parts)
                texts = [each if isinstance(each, str) else None for each in parts]
                return "".join(filter(None, texts)) if None not in texts else Concat(parts)
            case Json():
                return Json(self.followed(value.value, through))
            case list():
                return [self.followed(each, through) for each in value]
            case Mapping():
                return {key: self.followed(each, through) for key, each in value.items()}
        return value

    def side(self, name: str, at: Route, value: Value) -> Side:
        """A value as a side of a change."""
        value = self.followed(value)
        if value is None:
            return ABSENT
        declared = types.resource_type(self.resources[name].type).inputs.get(str(at[0]))
        if (declared and declared.secret) or any(
            isinstance(each, Ref) and self._is_secret(each) for each in graph.parts(value)
        ):
            return SECRET
        return Side(Known.KNOWN, _plain(value))

    def _is_secret(self, ref: Ref) -> bool:
        target = self.resources.get(ref.resource)
        return target is not None and types.secret_at(target.type, route.parse(ref.path))


def _plain(value: Value) -> object:
    """The value with its texts, and what is only known later, as `graph.text` writes them."""
    match value:
        case Json():
            return _plain(value.value)
        case list():
            return [_plain(each) for each in value]
        case Mapping():
            return {key: _plain(each) for key, each in value.items()}
        case str() | Ref() | Shared() | Concat():
            return graph.text(value)
    return value


def _referred(value: Value) -> set[str]:
    """The resources that a value refers to."""
    found: set[str] = set()
    left: list[Value] = [value]
    while left:
        match left.pop():
            case str() | int() | float() | None:
                continue
            case Ref(resource=resource):
                found.add(resource)
            case Json(value=inner):
                left.append(inner)
            case Concat(parts=parts):
                left.extend(parts)
            case list() as items:
                left.extend(items)
            case Mapping() as mapping:
                left.extend(mapping.values())
    return found


def _same(old: Value, new: Value) -> bool:
    """Whether they are the same to AWS, to which a null is nothing at all."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return all(_same(old.get(key), new.get(key)) for key in old.keys() | new.keys())
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(_same, old, new))
    if isinstance(old, Json) and isinstance(new, Json):
        return _same(old.value, new.value)
    return old == new


def _named(old: list[Value], new: list[Value]) -> tuple[Value, Value] | None:
    """Both lists as mappings by what tells their items apart, None where nothing does."""
    for identity in _IDENTITIES:
        sides = [_by(identity, each) for each in (old, new)]
        if sides[0] is not None and sides[1] is not None:
            return sides[0], sides[1]
    return None


def by_name(items: list[Value]) -> Mapping[str, Value] | None:
    """The items of a list by what tells them apart; None where nothing does."""
    return next(
        (found for identity in _IDENTITIES if items and (found := _by(identity, items)) is not None), None
    )


def _by(identity: str, items: list[Value]) -> Mapping[str, Value] | None:
    named = {
        each[identity]: each
        for each in items
        if isinstance(each, Mapping) and isinstance(each.get(identity), str)
    }
    return {str(key): each for key, each in named.items()} if len(named) == len(items) else None


def structured(*sides: list[Value]) -> bool:
    """Whether items have parts that can differ: else the whole list is one value."""
    return any(isinstance(item, Mapping | list) for each in sides for item in each)


def _item(items: list[Value], index: int) -> Value:
    return items[index] if index < len(items) else None


def _replaces(type: str, difference: _Difference) -> bool:
    left = (
        len(difference.route) == 1
        and difference.after is None
        and types.keeps(type, str(difference.route[0]))
    )
    return not left and type in replacement.REPLACING and replacement.replaces(type, difference.route)


def _ignored(at: Route, after: Resource) -> bool:
    """Options tell the items of a list by their place among those that are to come, and a difference by their names."""
    ignored = [_called(route.parse(each), after.inputs) for each in after.options.ignore_changes]
    return any(at[: len(each)] == each for each in ignored)


def _called(at: Route, inputs: Value) -> Route:
    """The route with names for places, where the items of a list have names."""
    found: list[str | int] = []
    for step in at:
        items = inputs if isinstance(inputs, list) else []
        named = list(by_name(items) or ())
        inputs = _within(inputs, step)
        found.append(named[step] if isinstance(step, int) and step < len(named) else step)
    return tuple(found)


def _within(value: Value, step: str | int) -> Value:
    if isinstance(value, Mapping) and isinstance(step, str):
        return value.get(step)
    return _item(value, step) if isinstance(value, list) and isinstance(step, int) else None
