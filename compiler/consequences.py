"""What follows from changes: each effect with what has it and where it comes from, the worst first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module

from compiler import kinds, route
from compiler.aws import replacement, types
from compiler.changes import ABSENT, Change, Known, Op, PropertyChange, Side
from compiler.diagnostics import Place
from compiler.effects import (
    ANY,
    CREATION,
    DELETION,
    OPTIONS,
    Data,
    Effect,
    Entry,
    Feasibility,
    Inputs,
    Service,
    Table,
    gravity,
)
from compiler.graph import Concat, Json, Options, Ref, Resource, Shared, Stack, Value
from compiler.route import Route

# Modules with an EFFECTS of their own, beside that of each kind.
_TABLES = ("compiler.parts.effects", "compiler.environment.effects")

# Modules that say what of a stack has to wait for what.
_SEQUENCES = (
    "compiler.kinds.dynamodb.sequence",
    "compiler.kinds.mysql.sequence",
    "compiler.kinds.redis.sequence",
)

_COMPUTED = "the provider's schema: the input is optional and computed (compiler/aws/typedata)"
_PROVIDER = "plans of the AWS provider, asked input by input (compiler/aws/replacement.py)"
# The way out where only protection is in the way.
UNPROTECT = "write deletion_protection: false and apply that first"

_WORST = (Service.OUTAGE, Service.UNKNOWN, Service.FAILOVER, Service.DEGRADED, Service.NONE)


@dataclass(frozen=True, slots=True)
class Cause:
    """What somebody wrote and this follows from: `key` of a spec or an environment, empty for a whole file."""

    key: str
    at: Place


@dataclass(frozen=True, slots=True)
class Consequence:
    """One effect on one resource. `routes` are the inputs that have it; none where the resource comes or goes.

    `causes` are empty where nobody has looked for them.
    """

    resource: str
    type: str
    op: Op
    routes: tuple[Route, ...]
    effect: Effect
    causes: tuple[Cause, ...] = ()


def consequences(
    changes: Iterable[Change], base: Stack | None, head: Stack | None
) -> tuple[Consequence, ...]:
    """The consequences of a stack's changes, the worst first; the graphs are those before and after, where known."""
    before, after = ({each.name: each for each in stack.resources} if stack else {} for stack in (base, head))
    found: list[Consequence] = []
    for change in changes:
        routes: dict[Effect, list[Route]] = {}
        for each, effect in of(change, before.get(change.resource), after.get(change.resource)):
            routes.setdefault(effect, []).extend([each.route] if each else [])
        found += [
            Consequence(change.resource, change.type, change.op, tuple(having), effect)
            for effect, having in routes.items()
        ]
        found += _looked_at_again(change, before.get(change.resource), after.get(change.resource))
    for name in before.keys() & after.keys():
        found += _in_vain(before[name], after[name])
    if base and head:
        found += [
            Consequence(name, after[name].type, Op.UPDATE, ((input,),), effect)
            for module in _SEQUENCES
            for name, input, effect in import_module(module).steps(base, head)
        ]
    return tuple(sorted(found, key=_by_gravity))


def _in_vain(before: Resource, after: Resource) -> Iterator[Consequence]:
    """What a resource is made from counts when it is made: asked for later, it would silently not happen."""
    for each in after.options.ignore_changes:
        name = str(route.parse(each)[0])
        asked = after.inputs.get(name)
        if asked is None or asked == before.inputs.get(name):
            continue
        if replacement.replaces(after.type, (name,)):
            effect = Effect(
                f"{name} counts when it is made, and never after: nothing would come of it",
                "ignore_changes in Pulumi's resource options",
                feasibility=Feasibility.REFUSED,
                fix="write it into a spec of its own: a new database is made from it, beside this one",
            )
            yield Consequence(after.name, after.type, Op.UPDATE, ((name,),), effect)


def _looked_at_again(
    change: Change, before: Resource | None, after: Resource | None
) -> Iterator[Consequence]:
    """What was ignored and is no more, and would replace what it is of: nobody has asked for that."""
    if change.op is not Op.REPLACE or before is None or after is None:
        return
    given_up = {route.parse(each)[0] for each in before.options.ignore_changes} - {
        route.parse(each)[0] for each in after.options.ignore_changes
    }
    for each in change.properties:
        name = str(each.route[0])
        if each.replaces and name in given_up and before.inputs.get(name) == after.inputs.get(name):
            effect = Effect(
                f"it was made with another {name} than the spec says, which did not count until now",
                "ignore_changes in Pulumi's resource options",
                feasibility=Feasibility.REFUSED,
                fix="put back what came out of the spec, such as `restore:`: it says what the database was made from, "
                "and stays as long as the database does",
            )
            yield Consequence(change.resource, change.type, change.op, (each.route,), effect)


def _by_gravity(each: Consequence) -> tuple[int, int, str, str]:
    effect = each.effect
    return gravity(effect), _WORST.index(effect.service), each.resource, str(each.routes)


def of(
    change: Change, before: Resource | None, after: Resource | None
) -> tuple[tuple[PropertyChange | None, Effect], ...]:
    """Every changed property with what comes of it; None for the resource's own coming or going.

    Properties of one input share one effect. A resource that is replaced has only those that replace it, since the
    new one is made with all the others; one that is created has no effect unless its table says so. `before` may be
    missing where only the change itself knows what was: then its properties say.
    """
    if change.op in (Op.CREATE, Op.IMPORT):
        entry = _entry(change.type, CREATION)
        return ((None, _called(entry, {}, after.inputs if after else {})),) if entry else ()
    if change.op is Op.FORGET:
        said = "it stays in the account, and dbspec looks after it no more"
        return ((None, Effect(said, "retain_on_delete in Pulumi's resource options")),)
    if change.op is Op.DELETE:
        return ((None, _judged(_deleted(change.type, before), before.options if before else None)),)
    options = _options_before(change, before, after)
    found = [
        (each, _judged(effect, options) if effect.replaces else effect)
        for each, effect in _properties(change, before, after)
    ]
    if change.op is not Op.REPLACE:
        return tuple(found)
    replacing = tuple(each for each in found if each[1].replaces)
    return replacing or ((None, _judged(_replaced(change.type, ""), options)),)


def _options_before(change: Change, before: Resource | None, after: Resource | None) -> Options | None:
    """The options as they were: where nobody has recorded them, those to come, but for what changes of them."""
    recorded = before or after
    if recorded is None:
        return None
    was = {each.route: each.before.value for each in change.properties}
    return replace(
        recorded.options,
        protect=bool(was.get((OPTIONS, "protect"), recorded.options.protect)),
        retain_on_delete=bool(was.get((OPTIONS, "retain_on_delete"), recorded.options.retain_on_delete)),
    )


def _properties(
    change: Change, before: Resource | None, after: Resource | None
) -> Iterator[tuple[PropertyChange, Effect]]:
    was, becomes = _inputs_before(change, before, after), after.inputs if after else {}
    effects: dict[str, Effect] = {}
    for each in change.properties:
        option = each.route[0] == OPTIONS
        key = ".".join(map(str, each.route)) if option else str(each.route[0])
        if key not in effects:
            effects[key] = _changed(change.type, key, was, becomes)
        known = effects[key].replaces or not each.replaces
        yield each, effects[key] if known else _replaced(change.type, key)


def _inputs_before(change: Change, before: Resource | None, after: Resource | None) -> Inputs:
    """The inputs as they were.

    What the engine found in the account stands over what the graph says of it: somebody may have changed it there, or
    a run may have died half-way. References stay as the graph has them.
    """
    recorded = before or after
    inputs: Value = dict(recorded.inputs) if recorded else {}
    for each in change.properties:
        if each.route[0] != OPTIONS and each.before.known in (Known.KNOWN, Known.ABSENT):
            inputs = _put(inputs, each.route, each.before)
    assert isinstance(inputs, Mapping)
    return inputs


def _put(value: Value, at: Route, side: Side) -> Value:
    """The value with that side at a route of it; as it is where it has no such route."""
    first, *rest = at
    if isinstance(value, Mapping) and isinstance(first, str):
        changed = dict(value)
        if rest:
            if first in changed:
                changed[first] = _put(changed[first], tuple(rest), side)
        elif side == ABSENT:
            changed.pop(first, None)
        elif not isinstance(changed.get(first), Ref | Shared | Concat | Json):
            changed[first] = side.value
        return changed
    if isinstance(value, list) and isinstance(first, int) and first < len(value):
        items = [
            *value[:first],
            _put(value[first], tuple(rest), side) if rest else side.value,
            *value[first + 1 :],
        ]
        return [each for each in items if each is not None]
    return value


def _changed(type: str, key: str, was: Inputs, becomes: Inputs) -> Effect:
    if was.get(key) is not None and becomes.get(key) is None and types.keeps(type, key):
        return Effect(f"AWS keeps the {key} that it has, since nothing else is asked for", _COMPUTED)
    entry = _entry(type, key)
    if entry is not None:
        return _called(entry, was, becomes)
    if type in replacement.REPLACING and replacement.replaces(type, (key,)):
        return _replaced(type, key)
    said = f"dbspec does not know what a change of {key} does"
    return Effect(said, "no table of effects names it", service=Service.UNKNOWN)


def _replaced(type: str, key: str) -> Effect:
    """What is only known to replace."""
    lost = replacement.holds_data(type)
    what = f"another {key} means another resource" if key else "it is made anew"
    return Effect(
        f"{what}, and with the old one go {_held(type)}" if lost else what,
        _PROVIDER,
        replaces=True,
        data=Data.LOST if lost else Data.KEPT,
        service=Service.OUTAGE if lost else Service.NONE,
        reversible=not lost,
    )


def _deleted(type: str, before: Resource | None) -> Effect:
    entry = _entry(type, DELETION)
    if entry is not None:
        return _called(entry, before.inputs if before else {}, {})
    if not replacement.holds_data(type):
        return Effect("it is deleted, and can be made again", _PROVIDER)
    return Effect(
        f"it is deleted, and with it go {_held(type)}",
        _PROVIDER,
        data=Data.LOST,
        service=Service.OUTAGE,
        reversible=False,
    )


def _held(type: str) -> str:
    """What a resource of that type holds that nobody can make again, as words."""
    return replacement.HOLDING.get(type, "whatever it holds")


def _judged(effect: Effect, before: Options | None) -> Effect:
    """The effect of ending a resource, with what its options had to say."""
    if before is None:
        return effect
    if before.retain_on_delete:
        effect = replace(effect, data=Data.KEPT)
    if before.protect and effect.feasibility is Feasibility.OK:
        return replace(effect, feasibility=Feasibility.TWO_STEPS, fix=effect.fix or UNPROTECT)
    return effect


def _called(entry: Entry, was: Inputs, becomes: Inputs) -> Effect:
    return entry if isinstance(entry, Effect) else entry(was, becomes)


def _entry(type: str, key: str) -> Entry | None:
    tables = table()
    return tables.get((type, key)) or tables.get((ANY, key))


@cache
def table() -> Table:
    """The tables of all modules as one; a test sees to it that none says what another does."""
    return {key: entry for module in modules() for key, entry in import_module(module).EFFECTS.items()}


def modules() -> tuple[str, ...]:
    """Every module that has a table, which is its EFFECTS."""
    return (*_TABLES, *(f"{package}.effects" for package in kinds.KINDS.values()))
