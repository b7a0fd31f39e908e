"""Whose a thing is: ours by its tags, or by those of what it belongs to."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from compiler.diagnostics import Exit, UserError, fail
from compiler.sandbox import life
from compiler.sandbox.declaration import Hold, values_at
from compiler.sandbox.world import Thing, Values, World

STACK, RESOURCE = "dbspec:stack", "dbspec:resource"


def find(
    world: World, type: str, stack: str, resource: str, inputs: Values, known: Collection[str]
) -> str | None:
    """The id of what was made for a resource of a stack; see Account.find."""
    things = [
        each
        for each in reversed(world.things(type))
        if not each.gone_at and not life.names(each) & set(known) and _may_be_in(each.region, inputs)
    ]
    what = f"{resource} ({type}) of {stack}"
    if life.has_tags(type):
        ours = [
            each for each in things if (each.tags.get(STACK), each.tags.get(RESOURCE)) == (stack, resource)
        ]
        if len(ours) > 1:
            ids = ", ".join(sorted(each.id for each in ours))
            raise _unclear(f"{what}: there are {len(ours)} of it ({ids})", "delete those that nothing uses")
    else:
        named = [each for each in things if _is_named(each, inputs)]
        ours = [each for each in named if stack in _stacks(world, each)]
        if not ours and _is_written_over(type):
            return None
    if ours:
        return ours[0].id
    foreign = [each for each in things if _is_named(each, inputs)]
    if foreign:
        raise _unclear(
            f"{what}: {foreign[0].id} exists and is not ours, its tags say",
            f"choose another name, or tag it {STACK}={stack} and {RESOURCE}={resource} to hand it over",
        )
    return None


def _may_be_in(region: str, inputs: Values) -> bool:
    return not region or inputs.get("region") in (None, region)


def _is_named(thing: Thing, inputs: Values) -> bool:
    """Whether the inputs name exactly this thing; what has no name of its own is named by nothing."""
    identity = life.declaration(thing.type).identity
    return bool(identity) and all(inputs.get(name) == thing.attributes.get(name) for name in identity)


def _stacks(world: World, thing: Thing) -> Iterator[str]:
    """The stacks that a thing without tags may be of: that of what it belongs to or needs, or the one it names."""
    yield str(thing.attributes.get("description") or "").removeprefix("dbspec ")
    for reference in life.declaration(thing.type).references:
        if reference.hold in (Hold.PARENT, Hold.NEEDS):
            for value in values_at(thing.attributes, reference.input):
                target = world.find(reference.types, thing.region, value)
                yield target.tags.get(STACK, "") if target else ""


def _is_written_over(type: str) -> bool:
    """Whether making it again makes no second one, where it belongs to nothing that could be somebody else's."""
    declared = life.declaration(type)
    return declared.taken is None and not any(each.hold is Hold.PARENT for each in declared.references)


def _unclear(message: str, fix: str) -> UserError:
    return fail("account/unclear", message, fix, exit_code=Exit.ENGINE)
