"""Inputs held against their type: what fits, what does not, and what the message says."""

from __future__ import annotations

from typing import Any

import pytest

from compiler.aws.mismatches import Mismatch, Problem, check
from compiler.graph import Concat, Json, Ref, Shared, Value
from compiler.route import Route

STACK = {
    "database": "aws:rds:Instance",
    "group": "aws:ec2:SecurityGroup",
    "key": "aws:kms:Key",
    "password": "random:RandomPassword",
    "secret": "aws:secretsmanager:Secret",
}


def test_inputs_of_every_shape_fit() -> None:
    inputs: dict[str, Value] = {
        "instance_class": "db.t4g.micro",
        "allocated_storage": 20,
        "multi_az": False,
        "vpc_security_group_ids": [Ref("group", "id"), "sg-1"],
        "kms_key_id": Ref("key", "arn"),
        "db_subnet_group_name": Shared("subnet_group"),
        "identifier": Concat(("orders-", Ref("group", "id"))),
        "password": Ref("password", "result"),
        "tags": {"a": "b", "dbspec:stack": "prod.orders", "port": Concat((Ref("database", "port"),))},
        "restore_to_point_in_time": {"use_latest_restorable_time": True},
        "username": None,
    }
    assert check("aws:rds:Instance", inputs, STACK) == ()


def test_an_unknown_input_comes_with_the_nearest_name() -> None:
    assert _only("aws:rds:SubnetGroup", {"subnet_ids": [], "nam": "x"}) == Mismatch(
        Problem.UNKNOWN, ("nam",), "no input 'nam' in aws:rds:SubnetGroup", "did you mean 'name'?"
    )


def test_an_unknown_input_like_no_other_comes_with_all_names_where_they_are_few() -> None:
    assert _only("aws:kms:Alias", {"target_key_id": "k", "zzz": 1}).fix == (
        "there are name, name_prefix, region, target_key_id"
    )
    assert _only("aws:rds:Instance", {"instance_class": "c", "zzz": 1}).fix == ""


def test_an_unknown_nested_input_is_found_where_the_engine_would_let_it_pass() -> None:
    inputs = {"ingress": [{"from_port": 1, "to_port": 1, "protocol": "tcp", "cidr_block": ["10.0.0.0/8"]}]}
    assert _only("aws:ec2:SecurityGroup", inputs) == Mismatch(
        Problem.UNKNOWN,
        ("ingress", 0, "cidr_block"),
        "no input 'cidr_block' in ingress[0]",
        "did you mean 'cidr_blocks'?",
    )


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"allocated_storage": "20"}, 'allocated_storage is a whole number, not the text "20"'),
        ({"allocated_storage": True}, "allocated_storage is a whole number, not true"),
        ({"allocated_storage": 20.5}, "allocated_storage is a whole number, not 20.5"),
        ({"multi_az": "yes"}, 'multi_az is true or false, not the text "yes"'),
        ({"multi_az": 1}, "multi_az is true or false, not 1"),
        ({"engine_version": 8.0}, "engine_version is a text, not 8.0"),
        ({"engine_version": ["8.0"]}, "engine_version is a text, not a list"),
        ({"vpc_security_group_ids": "sg-1"}, 'vpc_security_group_ids is a list, not the text "sg-1"'),
        ({"vpc_security_group_ids": [None]}, "vpc_security_group_ids[0] is a text, not null"),
        ({"tags": ["a"]}, "tags is a mapping, not a list"),
        ({"tags": {"a.b": 1}}, 'tags["a.b"] is a text, not 1'),
        ({"s3_import": "bucket"}, 's3_import is a mapping, not the text "bucket"'),
        ({"allocated_storage": Concat(("2", "0"))}, "allocated_storage is a whole number, not text"),
        ({"tags": Json({"a": "b"})}, "tags is a mapping, not text"),
        (
            {"allocated_storage": Ref("group", "id")},
            "allocated_storage is a whole number, not group.id, a text",
        ),
        (
            {"engine_version": Ref("database", "port")},
            "engine_version is a text, not database.port, a whole number",
        ),
        ({"tags": Ref("database", "replicas")}, "tags is a mapping, not database.replicas, a list"),
        (
            {"domain_dns_ips": [Ref("database", "tags")]},
            "domain_dns_ips[0] is a text, not database.tags, a mapping",
        ),
    ],
)
def test_a_value_of_the_wrong_shape_is_said_with_what_it_should_be(
    value: dict[str, Any], message: str
) -> None:
    found = _only("aws:rds:Instance", {"instance_class": "db.t4g.micro", **value})
    assert (found.problem, found.message) == (Problem.TYPE, message)


def test_a_missing_input_is_said_at_the_thing_that_needs_it() -> None:
    assert _only("aws:rds:Instance", {}) == Mismatch(
        Problem.MISSING, (), "aws:rds:Instance needs 'instance_class'", "set instance_class"
    )
    assert _only("aws:rds:Instance", {"instance_class": None}).problem is Problem.MISSING
    rules = {"rules": [{"rule_name": "daily"}], "name": "plan"}
    assert _only("aws:backup:Plan", rules) == Mismatch(
        Problem.MISSING, ("rules", 0), "rules[0] needs 'target_vault_name'", "set target_vault_name"
    )


@pytest.mark.parametrize(
    ("ref", "message", "fix"),
    [
        (Ref("grup", "id"), "grup.id refers to 'grup', which is not in the stack", "did you mean 'group'?"),
        (Ref("database", "endpont"), "aws:rds:Instance has no output 'endpont'", "did you mean 'endpoint'?"),
        (
            Ref("database", "endpoint.host"),
            "aws:rds:Instance has no output 'endpoint.host'",
            "did you mean 'endpoint'?",
        ),
    ],
)
def test_a_reference_that_leads_nowhere_is_said_alone_and_inside_a_text(
    ref: Ref, message: str, fix: str
) -> None:
    for value in (ref, Concat(("a", ref)), Json({"a": [ref]})):
        found = _only("aws:kms:Key", {"description": value})
        assert (found.problem, found.route) == (Problem.REFERENCE, ("description",))
        assert (found.message, found.fix) == (message, fix)


def test_an_output_of_a_list_fits_as_a_whole_and_by_item() -> None:
    assert (
        check(
            "aws:rds:Instance", {"instance_class": "c", "domain_dns_ips": Ref("database", "replicas")}, STACK
        )
        == ()
    )
    assert check("aws:kms:Key", {"description": Ref("database", "replicas[0]")}, STACK) == ()


def test_without_the_stack_references_fit_anywhere() -> None:
    assert check("aws:kms:Key", {"description": Ref("nobody", "nothing")}) == ()


@pytest.mark.parametrize(
    "value",
    [
        Ref("password", "result"),
        Concat(("pw=", Ref("password", "result"))),
        Json({"pw": Ref("password", "result")}),
    ],
)
def test_a_secret_goes_only_where_it_stays_secret(value: Value) -> None:
    found = _only("aws:kms:Key", {"description": value})
    assert found == Mismatch(
        Problem.SECRET,
        ("description",),
        "password.result is secret, description is not",
        "refer to it where a secret is expected",
    )
    assert check("aws:secretsmanager:SecretVersion", {"secret_id": "s", "secret_string": value}, STACK) == ()


def test_a_secret_in_a_map_or_a_nested_input_is_found() -> None:
    secret = Ref("password", "result")
    assert _routes("aws:kms:Key", {"tags": {"a": secret}}) == [("tags",)]
    rule = {"from_port": 1, "to_port": 1, "protocol": "tcp", "description": secret}
    assert _routes("aws:ec2:SecurityGroup", {"ingress": [rule]}) == [("ingress", 0, "description")]


def test_a_nested_input_that_is_secret_takes_a_secret() -> None:
    user = {"access_string": "on ~* +@all", "engine": "valkey", "user_id": "u", "user_name": "u"}
    mode = {"type": "password", "passwords": [Ref("password", "result")]}
    assert check("aws:elasticache:User", {**user, "authentication_mode": mode}, STACK) == ()
    clear = {"type": "password", "passwords": ["in-clear-and-long-enough"]}
    assert _routes("aws:elasticache:User", {**user, "authentication_mode": clear}) == [
        ("authentication_mode", "passwords")
    ]


@pytest.mark.parametrize("value", ["hunter2", Concat(("hunter", "2")), Json({"password": "hunter2"})])
def test_a_secret_in_clear_is_refused_and_not_repeated(value: Value) -> None:
    found = _only("aws:secretsmanager:SecretVersion", {"secret_id": "s", "secret_string": value})
    assert found.problem is Problem.SECRET
    assert "hunter" not in found.message + found.fix


def test_all_mismatches_are_found_at_once() -> None:
    found = check("aws:rds:Instance", {"allocated_storage": "x", "nope": 1, "tags": {"a": 1, "b": 2}})
    assert [each.route for each in found] == [
        ("allocated_storage",),
        ("nope",),
        ("tags", "a"),
        ("tags", "b"),
        (),
    ]


def _only(type: str, inputs: dict[str, Any]) -> Mismatch:
    found = check(type, inputs, STACK)
    assert len(found) == 1, found
    return found[0]


def _routes(type: str, inputs: dict[str, Any]) -> list[Route]:
    return [each.route for each in check(type, inputs, STACK)]
