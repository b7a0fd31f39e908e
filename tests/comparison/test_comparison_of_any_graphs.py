"""What holds for any two graphs that are compared."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from compiler import graph
from compiler.changes import Change, Known, Op
from compiler.comparison import compare
from compiler.graph import Concat, Json, Options, Ref, Resource, Stack, Value

_MADE = {Op.CREATE, Op.REPLACE}

# For every type: inputs with plain values, inputs that may refer to others, and outputs to refer to.
TYPES: dict[str, tuple[dict[str, st.SearchStrategy[Any]], tuple[str, ...], tuple[str, ...]]] = {
    "aws:kms:Key": (
        {"description": st.sampled_from(["a", "b"]), "multi_region": st.booleans()},
        (),
        ("arn", "key_id"),
    ),
    "aws:rds:ParameterGroup": (
        {
            "name": st.sampled_from(["one", "two"]),
            "family": st.sampled_from(["mysql8.0", "mysql8.4"]),
            "parameters": st.lists(
                st.fixed_dictionaries({"name": st.sampled_from("abc"), "value": st.sampled_from("12")}),
                unique_by=lambda each: each["name"],
                max_size=3,
            ),
        },
        (),
        ("name", "arn"),
    ),
    "aws:rds:Instance": (
        {
            "identifier": st.sampled_from(["orders", "users"]),
            "allocated_storage": st.sampled_from([20, 50]),
            "tags": st.dictionaries(st.sampled_from("xyz"), st.sampled_from("12"), max_size=2),
        },
        ("kms_key_id", "parameter_group_name", "replicate_source_db"),
        ("arn", "address", "identifier"),
    ),
    "random:RandomPassword": ({"length": st.sampled_from([16, 32])}, (), ("result",)),
    "aws:secretsmanager:SecretVersion": ({}, ("secret_id", "secret_string"), ("arn",)),
}


@st.composite
def stacks(draw: st.DrawFn, *, references: bool = True) -> Stack:
    """A stack in which nothing refers to itself, its resources in any order."""
    made: list[Resource] = []
    for number in range(draw(st.integers(0, 6))):
        type = draw(st.sampled_from(sorted(TYPES)))
        plain, referring, _ = TYPES[type]
        inputs: dict[str, Value] = {
            name: draw(values) for name, values in plain.items() if draw(st.booleans())
        }
        for name in referring:
            if made and references and draw(st.booleans()):
                inputs[name] = draw(_references(made))
        retained = draw(st.booleans())
        made.append(Resource(f"r{number}", type, inputs, "", Options(retain_on_delete=retained)))
    return Stack("prod.orders", tuple(draw(st.permutations(made))))


@st.composite
def _references(draw: st.DrawFn, made: list[Resource]) -> Value:
    target = draw(st.sampled_from(made))
    ref = Ref(target.name, draw(st.sampled_from(TYPES[target.type][2])))
    shape = draw(st.sampled_from(["ref", "concat", "json", "list"]))
    match shape:
        case "concat":
            return Concat(("arn:", ref))
        case "json":
            return Json({"to": ref, "as": "admin"})
        case "list":
            return [ref]
    return ref


@given(stacks())
def test_a_graph_does_not_differ_from_itself(stack: Stack) -> None:
    assert compare(stack, stack) == ()


@given(stacks())
def test_a_stack_without_a_base_is_all_creates_and_one_without_a_head_all_goes(stack: Stack) -> None:
    assert [(each.resource, each.op) for each in compare(None, stack)] == sorted(
        (each.name, Op.CREATE) for each in stack.resources
    )
    assert [(each.resource, each.op) for each in compare(stack, None)] == sorted(
        (each.name, Op.FORGET if each.options.retain_on_delete else Op.DELETE) for each in stack.resources
    )


@given(stacks(), stacks(), st.randoms())
def test_the_order_of_resources_means_nothing(base: Stack, head: Stack, order: random.Random) -> None:
    found = compare(base, head)
    shuffled = [
        replace(each, resources=tuple(order.sample(each.resources, len(each.resources))))
        for each in (base, head)
    ]
    assert compare(*shuffled) == found
    assert list(found) == sorted(found, key=lambda each: (each.stack, each.resource, each.op))


@given(stacks(), stacks())
def test_what_comes_one_way_goes_the_other(base: Stack, head: Stack) -> None:
    there, back = compare(base, head), compare(head, base)
    assert {(each.resource, each.type) for each in there if each.op is Op.CREATE} == {
        (each.resource, each.type) for each in back if each.op in (Op.DELETE, Op.FORGET)
    }


@given(stacks(references=False), stacks(references=False))
def test_without_references_the_same_properties_differ_both_ways(base: Stack, head: Stack) -> None:
    def kept(changes: tuple[Change, ...]) -> set[object]:
        return {
            (each.resource, change.route)
            for each in changes
            if each.op in (Op.UPDATE, Op.REPLACE)
            for change in each.properties
        }

    assert kept(compare(base, head)) == kept(compare(head, base))


@settings(max_examples=300)
@given(stacks(), stacks())
def test_whatever_refers_to_what_is_made_anew_changes_too(base: Stack, head: Stack) -> None:
    found = {each.resource: each for each in compare(base, head) if each.op not in (Op.DELETE, Op.FORGET)}
    made = {name for name, each in found.items() if each.op in _MADE}
    for each in head.resources:
        if each.name in made and found[each.name].op is Op.CREATE:
            continue
        for name, value in each.inputs.items():
            if any(isinstance(part, Ref) and part.resource in made for part in graph.parts(value)):
                assert name in {change.route[0] for change in found[each.name].properties}


@given(stacks(), stacks())
def test_a_resource_is_replaced_exactly_where_a_property_replaces_it(base: Stack, head: Stack) -> None:
    for each in compare(base, head):
        if each.op in (Op.UPDATE, Op.REPLACE):
            assert each.properties
            assert (each.op is Op.REPLACE) == any(change.replaces for change in each.properties)


@given(stacks(), stacks())
def test_a_secret_is_never_shown(base: Stack, head: Stack) -> None:
    types = {each.name: each.type for each in (*base.resources, *head.resources)}
    for change in compare(base, head):
        for each in change.properties:
            for side in (each.before, each.after):
                shown = str(side.value) if side.known is Known.KNOWN else ""
                assert not any(
                    f"${{{name}.result}}" in shown
                    for name, type in types.items()
                    if type == "random:RandomPassword"
                )
            if change.type == "aws:secretsmanager:SecretVersion" and each.route[0] == "secret_string":
                assert {each.before.known, each.after.known} <= {Known.SECRET, Known.ABSENT}
