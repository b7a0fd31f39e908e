"""The tables of effects: complete for what kinds emit, of one mind with what replaces, each entry with its source."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from compiler import catalog, compilation, consequences, graph, kinds
from compiler.aws import replacement, types
from compiler.aws.types import Shape
from compiler.changes import ABSENT, Change, Known, Op, PropertyChange, Side
from compiler.consequences import table
from compiler.effects import ANY, CREATION, DELETION, OPTIONS, Data, Effect, Feasibility
from compiler.graph import Resource, Value
from compiler.source import WorkTree

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "compiled"

# What replaces some values only, by two of them that do.
CONDITIONAL: dict[tuple[str, str], tuple[Value, Value]] = {
    ("aws:dynamodb:Table", "warm_throughput"): (
        {"read_units_per_second": 20000, "write_units_per_second": 8000},
        {"read_units_per_second": 12000, "write_units_per_second": 4000},
    ),
    ("aws:elasticache:ReplicationGroup", "engine"): ("valkey", "redis"),
    ("aws:elasticache:ReplicationGroup", "engine_version"): ("8.1", "8.0"),
    ("aws:elasticache:ReplicationGroup", "transit_encryption_enabled"): (False, True),
}
# Inputs whose values mean something to their entries.
_MEANT: dict[str, tuple[Value, Value]] = {
    "cluster_mode": ("disabled", "compatible"),
    "engine_version": ("8.0.42", "8.4.9"),
}


def _emitted() -> Iterator[Resource]:
    for path in sorted([*GOLDEN.glob("cases/*.json"), GOLDEN / "environment.json"]):
        yield from graph.from_data(json.loads(path.read_text())).resources
    found = catalog.load(WorkTree(ROOT / "specs")).checked()
    for stack in compilation.stacks(*found.select([])):
        yield from stack.resources


def test_every_kind_has_a_table() -> None:
    assert set(consequences.modules()) >= {f"{package}.effects" for package in kinds.KINDS.values()}


def test_every_input_that_a_spec_compiles_to_has_an_entry() -> None:
    emitted = {(each.type, name) for each in _emitted() for name in each.inputs}
    missing = {
        (type, name) for type, name in emitted if (type, name) not in table() and (ANY, name) not in table()
    }
    # Another region is another resource, of every type, and nobody needs to be told in other words.
    assert {(type, name) for type, name in missing if name != "region"} == set()


def test_no_table_says_what_another_does() -> None:
    said: dict[tuple[str, str], str] = {}
    for module in consequences.modules():
        for key in import_module(module).EFFECTS:
            assert key not in said, (key, module, said[key])
            said[key] = module


def test_every_entry_is_for_an_input_that_its_type_has() -> None:
    for type, name in table():
        if type == ANY:
            continue
        assert name.startswith("(") or name in types.resource_type(type).inputs, (type, name)


@pytest.mark.parametrize("key", sorted(table()), ids=":".join)
def test_what_an_entry_says_is_what_replaces(key: tuple[str, str]) -> None:
    type, name = key
    if type == ANY or name.startswith("("):
        return
    always = replacement.replaces(type, (name,))
    *given, taken_away = _effects(type, name)
    assert taken_away.replaces == (always and not types.keeps(type, name)) or replacement.may_replace(
        type, (name,)
    )
    for effect in given:
        if always:
            assert effect.replaces
        elif not replacement.may_replace(type, (name,)):
            assert not effect.replaces


@pytest.mark.parametrize("key", sorted(CONDITIONAL), ids=":".join)
def test_what_replaces_for_some_values_says_so_for_those(key: tuple[str, str]) -> None:
    type, name = key
    before, after = CONDITIONAL[key]
    assert _effect(type, name, before, after).replaces
    assert not _effect(type, name, after, before).replaces or name == "transit_encryption_enabled"


def test_what_replaces_for_some_values_is_tried_here() -> None:
    assert CONDITIONAL.keys() == {
        (type, name) for type, names in replacement.CONDITIONAL.items() for name in names
    }


def test_what_is_replaced_or_deleted_loses_what_it_holds() -> None:
    for type in sorted(replacement.HOLDING):
        for name in [name for known, name in table() if known == type and name != CREATION]:
            effects = [_gone(type)] if name == DELETION else _effects(type, name)
            for effect in effects:
                if name == DELETION or effect.replaces:
                    assert effect.data is Data.LOST, (type, name)
                    assert not effect.reversible, (type, name)


def test_every_effect_has_a_source_and_what_is_not_feasible_a_way_out() -> None:
    for type, name in table():
        if name.startswith("(") or type == ANY:
            continue
        for effect in _effects(type, name):
            assert effect.says, (type, name)
            assert not effect.says.endswith("."), (type, name)
            assert effect.source, (type, name)
            if effect.feasibility is not Feasibility.OK:
                assert effect.fix, (type, name)


def test_what_no_table_names_is_said_to_be_unknown() -> None:
    effect = _effect("aws:rds:Instance", "license_model", "a", "b")

    assert effect.service == "unknown"
    assert "license_model" in effect.says


def test_another_region_is_another_resource_with_another_everything() -> None:
    effect = _effect("aws:rds:Instance", "region", "ap-northeast-2", "us-east-1")

    assert effect.replaces
    assert effect.data is Data.LOST
    assert _effect("aws:rds:SubnetGroup", "region", "ap-northeast-2", "us-east-1").data is not Data.LOST


def test_options_have_effects_of_their_own() -> None:
    change = Change(
        "prod.orders",
        "instance",
        "aws:rds:Instance",
        Op.UPDATE,
        (PropertyChange((OPTIONS, "protect"), Side(Known.KNOWN, True), Side(Known.KNOWN, False)),),
    )
    [(_, effect)] = consequences.of(change, None, None)

    assert "delete" in effect.says


def _effects(type: str, name: str) -> list[Effect]:
    """The effects of a few changes of an input, with values that fit it."""
    shape = types.input_at(type, (name,))
    assert shape is not None
    one, two = _MEANT.get(name) or (_sample(shape, 1), _sample(shape, 2))
    return [_effect(type, name, *sides) for sides in ((one, two), (two, one), (None, one), (one, None))]


def _sample(shape: Shape, number: int) -> Value:
    if shape.fields is not None:
        return {name: _sample(field.shape, number) for name, field in shape.fields.items()}
    match shape.kind:
        case "boolean":
            return number == 2
        case "integer" | "number":
            return number
        case "list":
            return [_sample(shape.item, each) for each in range(1, number + 1)] if shape.item else []
        case "map":
            return {"k": _sample(shape.item, number)} if shape.item else {}
    return f"text-{number}"


def _effect(type: str, name: str, before: Value, after: Value) -> Effect:
    beside: dict[str, Value] = {}
    if type == "aws:elasticache:ReplicationGroup":
        beside = {
            "engine": "redis",
            "engine_version": "6.2",
            "node_type": "cache.t4g.micro",
            "num_node_groups": 1,
        }
    was, becomes = (Resource("r", type, {**beside, name: side}, "") for side in (before, after))
    properties = (PropertyChange((name,), _side(before), _side(after)),)
    [(_, effect)] = consequences.of(Change("s", "r", type, Op.UPDATE, properties), was, becomes)
    return effect


def _side(value: Value) -> Side:
    return ABSENT if value is None else Side(Known.KNOWN, value)


def _gone(type: str) -> Effect:
    [(_, effect)] = consequences.of(Change("s", "r", type, Op.DELETE), Resource("r", type, {}, ""), None)
    return effect
