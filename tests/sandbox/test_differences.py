"""What differs between old and new inputs, and what of it replaces."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.aws import replacement
from compiler.aws.types import resource_type
from compiler.sandbox.declaration import UNKNOWN, replacing
from compiler.sandbox.difference import Difference, How, differences
from compiler.sandbox.services import TYPES

INSTANCE = TYPES["aws:rds:Instance"]


def _paths(found: tuple[Difference, ...]) -> list[tuple[Any, ...]]:
    return [(each.route, each.how.value, each.replaces) for each in found]


def test_a_changed_name_replaces_and_a_changed_tag_does_not() -> None:
    old = {"name": "a", "tags": {"x": "1", "y": "2"}}
    new = {"name": "b", "tags": {"x": "3", "z": "4"}}
    assert _paths(differences(TYPES["aws:sns:Topic"], old, new)) == [
        (("name",), "update", True),
        (("tags", "x"), "update", False),
        (("tags", "y"), "delete", False),
        (("tags", "z"), "add", False),
    ]


def test_the_order_of_a_set_is_no_difference() -> None:
    old = {"vpc_security_group_ids": ["a", "b"]}
    assert differences(INSTANCE, old, {"vpc_security_group_ids": ["b", "a"]}) == ()
    found = differences(INSTANCE, old, {"vpc_security_group_ids": ["c", "b", "a"]})
    assert found == (Difference(("vpc_security_group_ids", 0), How.ADD),)


def test_what_aws_chooses_may_be_left_out_again() -> None:
    assert differences(INSTANCE, {"port": 3307, "deletion_protection": True}, {}) == (
        Difference(("deletion_protection",), How.DELETE),
    )


def test_a_password_that_nobody_reads_again_never_differs() -> None:
    assert differences(INSTANCE, {"password_wo": "a"}, {"password_wo": "b"}) == ()


def test_a_policy_is_compared_by_what_it_says() -> None:
    policy = TYPES["aws:sns:TopicPolicy"]
    old = {"policy": json.dumps({"a": 1, "b": 2})}
    assert differences(policy, old, {"policy": json.dumps({"b": 2, "a": 1}, indent=2)}) == ()
    assert len(differences(policy, old, {"policy": json.dumps({"b": 2})})) == 1
    assert len(differences(policy, old, {"policy": "not json"})) == 1


def test_an_empty_list_is_none_at_all() -> None:
    assert differences(TYPES["aws:cloudwatch:MetricAlarm"], {"ok_actions": []}, {}) == ()


def test_a_truth_is_no_number() -> None:
    assert len(differences(INSTANCE, {"multi_az": True}, {"multi_az": 1})) == 1


def test_what_is_unknown_differs_and_replaces_as_its_property_does() -> None:
    old = {"kms_key_id": "a", "parameter_group_name": "a"}
    new = {"kms_key_id": UNKNOWN, "parameter_group_name": UNKNOWN}
    assert _paths(differences(INSTANCE, old, new)) == [
        (("kms_key_id",), "update", True),
        (("parameter_group_name",), "update", False),
    ]


def test_a_nested_property_replaces_and_so_does_what_holds_it() -> None:
    old = {"s3_import": {"bucket_name": "a"}}
    assert _paths(differences(INSTANCE, old, {"s3_import": {"bucket_name": "b"}})) == [
        (("s3_import", "bucket_name"), "update", True)
    ]
    assert _paths(differences(INSTANCE, old, {})) == [(("s3_import",), "delete", True)]


@pytest.mark.parametrize("type", sorted(TYPES))
def test_everything_declared_is_an_input_of_the_type(type: str) -> None:
    declared, inputs = TYPES[type], resource_type(type).inputs
    named = {
        *declared.identity,
        *declared.chosen,
        *declared.unread,
        *declared.imported,
        *declared.documents,
        *declared.sets,
        *declared.replaces,
        *declared.defaults,
        *declared.choices,
        *declared.ranges,
        *declared.patterns,
        *(reference.input for reference in declared.references),
        *(name for names in declared.exclusive for name in names),
        *([declared.name] if declared.name else []),
    }
    assert {name.partition(".")[0] for name in named} <= inputs.keys()


# Here a local index that comes or goes replaces its table and another projection does not, as the provider plans it;
# dbspec takes any change of them for a replacement, since AWS can do none in place.
BY_VALUE = {("aws:dynamodb:Table", "local_secondary_indexes")}


@pytest.mark.parametrize("type", sorted(TYPES))
def test_what_replaces_here_is_what_dbspec_says_replaces(type: str) -> None:
    """Both were written down from the same plans, each for itself."""
    declared = TYPES[type]
    for name in resource_type(type).inputs:
        if (type, name) in BY_VALUE:
            assert declared.replaces_when is not None
            assert replacement.replaces(type, (name,))
            continue
        assert (name in {each.partition(".")[0] for each in replacing(declared)}) == replacement.replaces(
            type, (name,)
        )


@pytest.mark.parametrize("type", sorted(TYPES))
def test_what_an_import_cannot_read_is_not_read_otherwise_either(type: str) -> None:
    assert TYPES[type].imported.keys() <= TYPES[type].unread


SCALARS = {
    "string": st.text(max_size=5),
    "integer": st.integers(0, 9),
    "number": st.integers(0, 9),
    "boolean": st.booleans(),
}


@st.composite
def _pair(draw: st.DrawFn) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """A type and two sets of its scalar inputs."""
    type = draw(st.sampled_from(sorted(TYPES)))
    fields = {
        name: SCALARS[field.shape.kind]
        for name, field in resource_type(type).inputs.items()
        if field.shape.kind in SCALARS and not name.endswith("_wo") and name not in TYPES[type].documents
    }
    some = st.fixed_dictionaries({}, optional=fields)
    return type, draw(some), draw(some)


@given(_pair())
def test_equal_inputs_do_not_differ(pair: tuple[str, dict[str, Any], dict[str, Any]]) -> None:
    type, old, _ = pair
    assert differences(TYPES[type], old, dict(old)) == ()


@given(_pair())
def test_each_property_that_differs_is_named_and_replaces_where_it_is_declared(
    pair: tuple[str, dict[str, Any], dict[str, Any]],
) -> None:
    type, old, new = pair
    declared = TYPES[type]
    expected = {
        name: name in replacing(declared)
        for name in old.keys() | new.keys()
        if old.get(name) != new.get(name) or type_of(old, name) is not type_of(new, name)
        if not (name in declared.chosen | {"region"} and name not in new)
    }
    assert {str(each.route[0]): each.replaces for each in differences(declared, old, new)} == expected


def type_of(values: dict[str, Any], name: str) -> type:
    return type(values.get(name))
