"""What DynamoDB does when the keys and indexes of a table are modified."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from compiler.effects import Effect, Feasibility, Inputs, Service
from compiler.kinds.dynamodb.modification import API, another

_INDEXES = "Managing Global Secondary Indexes in the DynamoDB developer guide"
_LIMITS = "OnDemandThroughput in the DynamoDB API reference"
_UNDETECTED = "https://github.com/pulumi/pulumi-aws/issues/1057"


def attributes(before: Inputs, after: Inputs) -> Effect:
    """Attributes come and go with the keys that they make up; only the type of one is a change of its own."""
    old, new = (
        {name: str(each.get("type")) for name, each in _named(inputs, "attributes")}
        for inputs in (before, after)
    )
    for name in sorted(_keys_that_stay(before, after)):
        if name in old and name in new and old[name] != new[name]:
            return Effect(
                f"the type of {name} is fixed for as long as it is a key: AWS cannot make {new[name]} of {old[name]}, "
                "and the provider would not even try",
                _UNDETECTED,
                feasibility=Feasibility.REFUSED,
                fix=f"keep {name}: {old[name]}; for a key of another type, use another attribute, in another index "
                "or table",
            )
    return Effect("declares what the keys of the table and its indexes are made of", API)


def _keys_that_stay(before: Inputs, after: Inputs) -> Iterator[str]:
    """The attributes of the table's own keys, and of indexes that are there before and after."""
    staying = {name for name, _ in _named(after, "global_secondary_indexes")}
    holders = [before, *(each for _, each in _named(before, "local_secondary_indexes"))]
    holders += [each for name, each in _named(before, "global_secondary_indexes") if name in staying]
    for holder in holders:
        yield from (str(holder[key]) for key in ("hash_key", "range_key") if holder.get(key))


def local_indexes(before: Inputs, after: Inputs) -> Effect:
    """They are made with the table. The provider replaces the table where one comes or goes, and sees nothing else."""
    old, new = (dict(_named(inputs, "local_secondary_indexes")) for inputs in (before, after))
    effect = another("every local index", "keep them; for another order, add a global index to `indexes`")
    if old.keys() != new.keys():
        return effect
    return replace(
        effect,
        says="a local index is fixed when the table is made: AWS cannot change its key or what it projects",
        feasibility=Feasibility.REFUSED,
        fix="keep it as it is, and add a global index to `indexes`",
    )


def indexes(before: Inputs, after: Inputs) -> Effect:
    """Global indexes come and go one at a time while the table is in use; nothing of one changes but its capacity."""
    old, new = (dict(_named(inputs, "global_secondary_indexes")) for inputs in (before, after))
    for name in sorted(old.keys() & new.keys()):
        if _shape(old[name]) != _shape(new[name]):
            return Effect(
                f"the keys of an index and what it projects are fixed: the provider would delete {name} and build it "
                "anew, and queries through it fail meanwhile",
                _INDEXES,
                service=Service.OUTAGE,
                duration="minutes to hours: all items are read",
                feasibility=Feasibility.REFUSED,
                fix=f"keep {name}, add the other index under a new name, let clients use it, and then take {name} out",
            )
    unlimited = [name for name in sorted(old.keys() & new.keys()) if _unlimited(old[name], new[name])]
    if unlimited and after.get("billing_mode") != "PROVISIONED":
        return _limits_stay(f"indexes.{unlimited[0]}.on_demand")
    gone, added = sorted(old.keys() - new.keys()), sorted(new.keys() - old.keys())
    said = [f"{', '.join(gone)} goes, and queries through it fail"] if gone else []
    said += [f"{', '.join(added)} is built from all items while the table is in use"] if added else []
    if not said:
        return Effect("the capacity of the index changes while it is in use", API, duration="minutes")
    shifted = after.get("billing_mode") == "PROVISIONED" and old.keys() & new.keys()
    if shifted:
        said.append(
            "the capacity of the others, where it follows traffic, goes back to its least and follows anew"
        )
    return Effect(
        "; ".join(said),
        _INDEXES,
        service=Service.OUTAGE if gone else Service.DEGRADED if shifted else Service.NONE,
        duration="for good, for queries through it"
        if gone
        else "minutes to hours, one index after the other",
    )


def _shape(index: Mapping[str, Any]) -> tuple[Any, ...]:
    """What is fixed of an index."""
    keys = tuple(index.get(key) for key in ("hash_key", "range_key", "projection_type"))
    return (*keys, str(index.get("key_schemas")), sorted(map(str, index.get("non_key_attributes") or ())))


def limits(before: Inputs, after: Inputs) -> Effect:
    """The most that is served on demand."""
    if _unlimited(before, after) and after.get("billing_mode") != "PROVISIONED":
        return _limits_stay("on_demand")
    return Effect(
        "requests beyond the limits are refused from now on, and those within them served",
        _LIMITS,
        service=Service.DEGRADED,
        duration="as long as traffic is beyond them",
    )


def _unlimited(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether a limit is left out that was there before."""
    old, new = (each.get("on_demand_throughput") or {} for each in (before, after))
    return any(value not in (None, -1) and new.get(key) is None for key, value in old.items())


def _limits_stay(key: str) -> Effect:
    return Effect(
        "AWS keeps a limit that nobody takes away: left out, it stays",
        _LIMITS,
        feasibility=Feasibility.TWO_STEPS,
        fix=f"write {key} with -1 for each limit, apply that, and then take the lines out",
    )


def _named(inputs: Inputs, key: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    items = inputs.get(key)
    for each in items if isinstance(items, list) else []:
        if isinstance(each, Mapping):
            yield str(each.get("name")), each
