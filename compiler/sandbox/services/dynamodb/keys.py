"""What DynamoDB refuses of the keys and indexes of a table; where the code is "", what its provider refuses itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from compiler.sandbox.declaration import Rule, Step
from compiler.sandbox.refusal import AwsError
from compiler.sandbox.world import Values


def invalid(text: str) -> AwsError:
    """The refusal of a value, in DynamoDB's words."""
    return AwsError("ValidationException", f"One or more parameter values were invalid: {text}")


def global_indexes(values: Values) -> list[dict[str, Any]]:
    """The global secondary indexes of a table."""
    return list(values.get("global_secondary_indexes") or [])


def local_indexes(values: Values) -> list[dict[str, Any]]:
    """The local secondary indexes of a table."""
    return list(values.get("local_secondary_indexes") or [])


def _types(values: Values) -> dict[str, str]:
    return {each["name"]: each["type"] for each in values.get("attributes") or []}


def _keys(holder: Values) -> Iterator[str]:
    """The attributes that the keys of a table or an index are made of."""
    yield from (str(holder[key]) for key in ("hash_key", "range_key") if holder.get(key))
    yield from (each["attribute_name"] for each in holder.get("key_schemas") or [])


def _attributes_are_keys(step: Step) -> None:
    holders = (step.inputs, *global_indexes(step.inputs), *local_indexes(step.inputs))
    declared, used = set(_types(step.inputs)), {key for each in holders for key in _keys(each)}
    if unused := sorted(declared - used):
        raise AwsError("", f"all attributes must be indexed. Unused attributes: {unused}")
    if missing := sorted(used - declared):
        raise AwsError("", f"all indexes must match a defined attribute. Unmatched indexes: {missing}")


def _types_stay(step: Step) -> None:
    """The provider plans another type in place, and DynamoDB has no call for it."""
    if step.old is None:
        return
    old = step.old.inputs
    staying = {each["name"] for each in global_indexes(step.inputs)}
    holders = [old, *local_indexes(old), *(each for each in global_indexes(old) if each["name"] in staying)]
    before, after = _types(old), _types(step.inputs)
    for name in sorted({key for each in holders for key in _keys(each)}):
        if before.get(name) != after.get(name, before.get(name)):
            raise invalid(
                f"The type of the key attribute {name} cannot change: {before[name]} to {after[name]}"
            )


def _local_indexes_stay(step: Step) -> None:
    """The provider plans another projection or key in place, and DynamoDB has no call for it."""
    before = {each["name"]: each for each in local_indexes(step.old.inputs)} if step.old else {}
    for index in local_indexes(step.inputs):
        if before.get(index["name"], index) != index:
            raise invalid(f"The local secondary index {index['name']} cannot change")


def _keys_differ(step: Step) -> None:
    for holder in (step.inputs, *global_indexes(step.inputs)):
        if holder.get("hash_key") and holder.get("hash_key") == holder.get("range_key"):
            raise invalid("Invalid KeySchema: The attribute of the HASH key is that of the RANGE key")
    for index in local_indexes(step.inputs):
        if step.get("range_key") is None:
            text = "Table KeySchema does not have a range key, which is required when specifying a"
            raise invalid(f"{text} LocalSecondaryIndex")
        if index["range_key"] == step.get("hash_key"):
            raise invalid(f"Index KeySchema has the HASH key of the table twice: {index['name']}")


def _indexes_are_few(step: Step) -> None:
    indexes = [*global_indexes(step.inputs), *local_indexes(step.inputs)]
    names = Counter(each["name"] for each in indexes)
    if twice := [name for name, count in names.items() if count > 1]:
        raise invalid(f"Duplicate index name: {twice[0]}")
    if len(global_indexes(step.inputs)) > 20:
        text = "GlobalSecondaryIndex count exceeds the per-table limit of 20"
        raise AwsError("LimitExceededException", text)
    if len(local_indexes(step.inputs)) > 5:
        raise invalid("Number of LocalSecondaryIndexes exceeds per-table limit of 5")


def _projections_fit(step: Step) -> None:
    total = 0
    for index in (*global_indexes(step.inputs), *local_indexes(step.inputs)):
        attributes, projection = index.get("non_key_attributes") or [], index["projection_type"]
        total += len(attributes)
        if bool(attributes) != (projection == "INCLUDE"):
            said = "specified" if attributes else "not specified"
            raise invalid(f"ProjectionType is {projection}, but NonKeyAttributes is {said}")
        if len(attributes) > 20:
            text = (
                "'nonKeyAttributes' failed to satisfy constraint: Member must have length less than or equal"
            )
            raise AwsError("ValidationException", f"{text} to 20")
    if total > 100:
        raise invalid("The number of NonKeyAttributes in all indexes exceeds the limit of 100")


RULES: tuple[Rule, ...] = (
    _attributes_are_keys,
    _types_stay,
    _local_indexes_stay,
    _keys_differ,
    _indexes_are_few,
    _projections_fit,
)
