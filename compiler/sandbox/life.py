"""How things come to be, change and end, by what their types declare."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from compiler.aws.types import resource_type
from compiler.route import Route
from compiler.sandbox.declaration import UNKNOWN, Declaration, Hold, Step, identity_of, values_at
from compiler.sandbox.inputs import complete
from compiler.sandbox.refusal import NotSimulatedError
from compiler.sandbox.services import TYPES
from compiler.sandbox.world import REBOOT, Link, Thing, Values, World, token

# Where neither an input nor the provider's configuration names a region.
REGION = "us-east-1"


def declaration(type: str) -> Declaration:
    """How a type behaves; NotSimulatedError where the sandbox does not know."""
    try:
        return TYPES[type]
    except KeyError:
        raise NotSimulatedError(f"the sandbox does not simulate {type}") from None


def make(world: World, type: str, inputs: Values, owner: tuple[str, str]) -> Thing:
    """Makes a thing, or overwrites the one of that identity where AWS does so."""
    declared = declaration(type)
    completed = complete(declared, inputs)
    region = (completed.get("region") or REGION) if declared.regional else ""
    step = Step(world, region, completed, _seed(world, declared, type, region, completed))
    _check_identity(declared, type, step)
    _check_references(declared, step)
    for rule in declared.rules:
        rule(step)
    computed = declared.outputs(step)
    thing = Thing(type, region, computed.pop("id"), stored(declared, completed), computed, owner)
    if declared.stateless:
        return thing
    save(world, thing)
    _follow(world, declared, step, thing)
    return world.get(*thing.key) or thing


def change(world: World, thing: Thing, inputs: Values) -> Thing:
    """Changes a thing to these inputs; what must wait for the maintenance window stays as it is, and pending."""
    declared = declaration(thing.type)
    step = Step(world, thing.region, _wanted(declared, thing, inputs), thing.id, thing)
    _check_references(declared, step)
    for rule in declared.rules:
        rule(step)
    waiting = declared.waits(step) if declared.waits else frozenset()
    now = {name: value for name, value in step.inputs.items() if name not in waiting}
    now |= {name: thing.inputs[name] for name in waiting if name in thing.inputs}
    pending = {name: step.inputs[name] for name in sorted(waiting)}
    pending |= {name: value for name, value in thing.pending.items() if value == REBOOT}
    changed = settle(world, replace(thing, inputs=stored(declared, now), pending=pending), thing)
    _follow(world, declared, step, changed)
    return world.get(*changed.key) or changed


def settle(world: World, thing: Thing, before: Thing) -> Thing:
    """Writes a changed thing with the outputs that follow from its inputs now."""
    declared = declaration(thing.type)
    computed = declared.outputs(Step(world, thing.region, thing.inputs, thing.id, before))
    computed.pop("id")
    settled = replace(thing, computed=computed)
    save(world, settled)
    return settled


def preview(world: World, thing: Thing, inputs: Values) -> dict[str, Any]:
    """The outputs that a change would lead to; those that will be others than now are UNKNOWN."""
    declared = declaration(thing.type)
    step = Step(world, thing.region, _wanted(declared, thing, inputs), thing.id, thing)
    computed = declared.outputs(step)
    computed.pop("id")
    before = outputs(world, thing)
    expected = {name: value if before.get(name) == value else UNKNOWN for name, value in computed.items()}
    return {**before, **expected, **step.inputs, **_all_tags(thing.type, step.inputs)}


def _wanted(declared: Declaration, thing: Thing, inputs: Values) -> dict[str, Any]:
    """The inputs as the provider asks for them: what it overlooks stays as it is."""
    completed = complete(declared, inputs)
    overlooked = declared.overlooks(thing.attributes, completed) if declared.overlooks else frozenset()
    return completed | {name: thing.attributes[name] for name in overlooked}


def outputs(world: World, thing: Thing) -> dict[str, Any]:
    """Everything that can be read of a thing."""
    declared = TYPES.get(thing.type)  # what others built may have none
    live = declared.live if declared else None
    everything = {
        **thing.attributes,
        **(live(world, thing) if live else {}),
        **_all_tags(thing.type, thing.inputs),
    }
    return {"region": thing.region, **everything} if thing.region else everything


def delete(world: World, thing: Thing, inputs: Values) -> None:
    """Deletes a thing now or schedules it, unless AWS refuses; `inputs` are what the provider remembers."""
    declared = declaration(thing.type)
    if declared.in_use:
        held = [(user, _hold(user, input)) for input, user in world.users(thing) if not user.gone_at]
        own = [user.key for user, hold in held if hold is Hold.PARENT]
        users = sorted({user.id for user, hold in held if hold is Hold.USES and user.key not in own})
        if users:
            raise declared.in_use.of(name=thing.id, users=", ".join(users))
    kept_for = declared.deletes(world, thing, inputs)
    if kept_for is None:
        return
    if kept_for:
        world.amend(replace(thing, gone_at=(world.now + kept_for).isoformat()))
    else:
        end(world, thing)


def end(world: World, thing: Thing) -> None:
    """Removes a thing and what cannot be without it."""
    children = [user for input, user in world.users(thing) if _hold(user, input) is Hold.PARENT]
    world.remove(thing)
    for child in children:
        end(world, child)


def tamper(world: World, thing: Thing, route: Route, value: Any) -> None:
    """Sets an input, or takes it away, as if somebody had done so in the console."""
    settle(world, replace(thing, inputs=tampered(thing.inputs, route, value)), thing)


def tampered(inputs: Values, route: Route, value: Any) -> dict[str, Any]:
    """The inputs with another value at a route, or none; LookupError where the route leads nowhere."""
    changed: dict[str, Any] = json.loads(json.dumps(inputs))
    at: Any = changed
    for step in route[:-1]:
        at = at[step]
    if value is None:
        del at[route[-1]]
    else:
        at[route[-1]] = value
    return changed


def existing(world: World, type: str, region: str, id: str) -> Thing | None:
    """What is called so and not scheduled for deletion; `id@region` means the one in that region."""
    declared = declaration(type)
    if match := re.fullmatch(r"(.+)@([a-z]{2}(?:-[a-z]+)+-\d)", id):
        id, region = match.groups()
    thing = world.find((type,), region if declared.regional else "", id)
    return thing if thing and not thing.gone_at else None


def names(thing: Thing) -> set[str]:
    """Everything that a thing is called."""
    declared = TYPES.get(thing.type)
    known = thing.attributes
    called = ("arn", *(declared.handles if declared else ()))
    return {thing.id, *(str(known[name]) for name in called if known.get(name))}


def save(world: World, thing: Thing) -> None:
    """Writes a thing with the names it has and the needs that follow from its inputs."""
    declared = TYPES.get(thing.type)
    if declared is None:  # what others built has no declaration and needs nothing
        world.put(thing, "", names(thing), ())
        return
    identity = identity_of(declared, thing.attributes)
    world.put(thing, identity, names(thing), _links(world, declared, thing))


def stored(declared: Declaration, inputs: Values) -> dict[str, Any]:
    """The inputs that AWS would tell again."""
    return {
        name: value
        for name, value in inputs.items()
        if name not in declared.unread and not name.endswith("_wo")
    }


def _seed(world: World, declared: Declaration, type: str, region: str, inputs: Values) -> str:
    tags = inputs.get("tags") or {}
    own = [tags.get("dbspec:stack"), tags.get("dbspec:resource")]
    name = (
        json.dumps(own) if all(own) else identity_of(declared, inputs) or json.dumps(inputs, sort_keys=True)
    )
    key = token(f"{type}|{region}|{name}", 32)
    return key if declared.stateless else f"{key}|{world.count(key)}"


def _check_identity(declared: Declaration, type: str, step: Step) -> None:
    if not declared.identity:
        return
    there = step.world.identified(type, step.region, identity_of(declared, step.inputs))
    if there is None:
        return
    name = str(step.inputs.get(declared.identity[-1]))
    if there.gone_at and declared.leaving:
        raise declared.leaving.of(name=name)
    if declared.taken:
        raise declared.taken.of(name=name)


def _check_references(declared: Declaration, step: Step) -> None:
    for reference in declared.references:
        before = list(values_at(step.old.inputs, reference.input)) if step.old else []
        for value in values_at(step.inputs, reference.input):
            if value in before or (reference.builtin and str(value).startswith(reference.builtin)):
                continue
            target = step.world.find(reference.types, step.region, value)
            if target is None or target.gone_at:
                raise reference.refusal(value)


def _links(world: World, declared: Declaration, thing: Thing) -> Iterable[Link]:
    for reference in declared.references:
        for value in values_at(thing.attributes, reference.input):
            target = world.find(reference.types, thing.region, value)
            if target:
                yield Link(reference.input, target.key)


def _hold(user: Thing, input: str) -> Hold:
    return next(each.hold for each in declaration(user.type).references if each.input == input)


def _follow(world: World, declared: Declaration, step: Step, thing: Thing) -> None:
    def make_besides(type: str, inputs: Values) -> None:
        make(world, type, inputs, ("", ""))

    for effect in declared.effects:
        effect(step, thing, make_besides)


def has_tags(type: str) -> bool:
    """Whether things of a type say whose they are."""
    return type in TYPES and "tags" in resource_type(type).inputs


def _all_tags(type: str, inputs: Values) -> dict[str, Any]:
    if not has_tags(type):
        return {}
    return {"tags_all": inputs.get("tags") or {}}
