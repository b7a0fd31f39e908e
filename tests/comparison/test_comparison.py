"""How single differences between two graphs are told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from compiler.changes import ABSENT, SECRET, UNKNOWN, Change, Known, Op, PropertyChange, Side
from compiler.comparison import compare
from compiler.graph import Concat, Json, Options, Ref, Resource, Shared, Stack, Value


def _stack(*resources: Resource) -> Stack:
    return Stack("prod.orders", resources)


def _made(name: str, type: str, options: Options | None = None, /, **inputs: Value) -> Resource:
    return Resource(name, type, inputs, "", options or Options())


def _known(value: object) -> Side:
    return Side(Known.KNOWN, value)


def _told(base: Stack, head: Stack) -> dict[tuple[str, tuple[str | int, ...]], tuple[Side, Side, bool]]:
    return {
        (each.resource, change.route): (change.before, change.after, change.replaces)
        for each in compare(base, head)
        for change in each.properties
    }


def _instances(before: dict[str, Value], after: dict[str, Value]) -> tuple[Stack, Stack]:
    return tuple(_stack(_made("instance", "aws:rds:Instance", **each)) for each in (before, after))  # type: ignore[return-value]


def test_a_changed_value_is_told_with_both_sides() -> None:
    base, head = _instances({"instance_class": "db.t4g.micro"}, {"instance_class": "db.t4g.small"})

    assert compare(base, head) == (
        Change(
            "prod.orders",
            "instance",
            "aws:rds:Instance",
            Op.UPDATE,
            (PropertyChange(("instance_class",), _known("db.t4g.micro"), _known("db.t4g.small")),),
        ),
    )


def test_an_input_that_is_null_is_one_that_is_not_there() -> None:
    base, head = _instances({"iops": None, "port": 3306}, {"port": 3306})

    assert compare(base, head) == ()


def test_mappings_are_told_by_key() -> None:
    base, head = _instances({"tags": {"a": "1", "b": "2"}}, {"tags": {"b": "3", "c": "4"}})

    assert _told(base, head) == {
        ("instance", ("tags", "a")): (_known("1"), ABSENT, False),
        ("instance", ("tags", "b")): (_known("2"), _known("3"), False),
        ("instance", ("tags", "c")): (ABSENT, _known("4"), False),
    }


def test_a_list_of_plain_values_is_one_value() -> None:
    logs = "enabled_cloudwatch_logs_exports"
    base, head = _instances({logs: ["error", "slowquery"]}, {logs: ["error", "general", "slowquery"]})

    assert _told(base, head) == {
        ("instance", (logs,)): (
            _known(["error", "slowquery"]),
            _known(["error", "general", "slowquery"]),
            False,
        )
    }


def test_items_with_names_are_told_apart_by_them_wherever_they_stand() -> None:
    def group(*parameters: tuple[str, str]) -> Stack:
        named: list[Value] = [{"name": name, "value": value} for name, value in parameters]
        return _stack(_made("parameters", "aws:rds:ParameterGroup", parameters=named))

    told = _told(group(("b", "1"), ("c", "2")), group(("a", "0"), ("b", "1"), ("c", "3")))

    assert told == {
        ("parameters", ("parameters", "a")): (ABSENT, _known({"name": "a", "value": "0"}), False),
        ("parameters", ("parameters", "c", "value")): (_known("2"), _known("3"), False),
    }


def test_items_without_names_are_told_apart_by_their_place() -> None:
    def rules(*hours: int) -> Stack:
        items: list[Value] = [{"rule_name": "r", "schedule": f"cron(0 {hour} * * ? *)"} for hour in hours]
        return _stack(_made("plan", "aws:backup:Plan", rules=items))

    assert _told(rules(1, 2), rules(1, 3, 4)) == {
        ("plan", ("rules", 1, "schedule")): (_known("cron(0 2 * * ? *)"), _known("cron(0 3 * * ? *)"), False),
        ("plan", ("rules", 2)): (
            ABSENT,
            _known({"rule_name": "r", "schedule": "cron(0 4 * * ? *)"}),
            False,
        ),
    }


def test_a_policy_is_told_part_by_part_with_its_references() -> None:
    def policy(action: str) -> Stack:
        topic = _made("topic", "aws:sns:Topic", name="alerts")
        statement: Value = {"Action": action, "Resource": topic_arn}
        return _stack(topic, _made("policy", "aws:sns:TopicPolicy", policy=Json({"Statement": [statement]})))

    topic_arn = Ref("topic", "arn")

    assert _told(policy("sns:Publish"), policy("sns:*")) == {
        ("policy", ("policy", "Statement", 0, "Action")): (_known("sns:Publish"), _known("sns:*"), False)
    }
    created = next(each for each in compare(None, policy("sns:Publish")) if each.resource == "policy")
    assert created.properties[0].after == _known(
        {"Statement": [{"Action": "sns:Publish", "Resource": "${topic.arn}"}]}
    )


def test_a_literal_that_looks_like_a_reference_is_not_shown_as_one() -> None:
    base, head = _instances({"tags": {"a": "1"}}, {"tags": {"a": "${aws:username}"}})

    assert _told(base, head)["instance", ("tags", "a")][1] == _known("$${aws:username}")


@pytest.mark.parametrize(
    "secret",
    [
        Ref("password", "result"),
        Json({"password": Ref("password", "result")}),
        Concat(("x", Ref("password", "result"))),
        [Ref("password", "result")],
    ],
)
def test_a_secret_is_shown_as_one_wherever_it_stands(secret: Value) -> None:
    password = _made("password", "random:RandomPassword", length=32)
    base = _stack(password, _made("policy", "aws:sns:TopicPolicy", policy="none"))
    head = _stack(password, _made("policy", "aws:sns:TopicPolicy", policy=secret))

    assert _told(base, head) == {("policy", ("policy",)): (_known("none"), SECRET, False)}


def test_an_input_that_is_secret_by_its_type_is_shown_as_one() -> None:
    base, head = _instances({"password": Ref("a", "result")}, {"password": Ref("b", "result")})
    made = [_made(name, "random:RandomPassword", length=32) for name in ("a", "b")]

    told = _told(_stack(*made, *base.resources), _stack(*made, *head.resources))

    assert told == {("instance", ("password",)): (SECRET, SECRET, False)}


def test_a_replacing_input_replaces_and_takes_along_what_refers_to_it() -> None:
    def stack(multi_region: bool) -> Stack:
        return _stack(
            _made("key", "aws:kms:Key", multi_region=multi_region),
            _made("instance", "aws:rds:Instance", kms_key_id=Ref("key", "arn"), identifier="orders"),
            _made(
                "version",
                "aws:secretsmanager:SecretVersion",
                secret_string=Json({"host": Ref("instance", "address")}),
            ),
            _made(
                "alarm",
                "aws:cloudwatch:MetricAlarm",
                dimensions={"Id": Ref("instance", "identifier")},
                threshold=1,
            ),
        )

    found = compare(stack(False), stack(True))

    assert {each.resource: each.op for each in found} == {
        "alarm": Op.UPDATE,
        "instance": Op.REPLACE,
        "key": Op.REPLACE,
        "version": Op.REPLACE,
    }
    told = _told(stack(False), stack(True))
    assert told["instance", ("kms_key_id",)] == (_known("${key.arn}"), UNKNOWN, True)
    assert told["version", ("secret_string", "host")] == (SECRET, SECRET, True)
    assert told["alarm", ("dimensions", "Id")] == (_known("orders"), UNKNOWN, False)


def test_a_reference_to_what_another_resource_was_given_is_told_as_that_value() -> None:
    def stack(family: str) -> Stack:
        return _stack(
            _made("parameters", "aws:rds:ParameterGroup", name=f"orders-{family}", family=family),
            _made("instance", "aws:rds:Instance", parameter_group_name=Ref("parameters", "name")),
        )

    told = _told(stack("mysql80"), stack("mysql84"))

    assert told["instance", ("parameter_group_name",)] == (
        _known("orders-mysql80"),
        _known("orders-mysql84"),
        False,
    )


def test_a_rename_in_place_reaches_what_refers_to_the_name() -> None:
    def stack(identifier: str) -> Stack:
        return _stack(
            _made("instance", "aws:rds:Instance", identifier=identifier),
            _made("alarm", "aws:cloudwatch:MetricAlarm", dimensions={"Id": Ref("instance", "identifier")}),
        )

    found = compare(stack("orders"), stack("shop-orders"))

    assert [(each.resource, each.op) for each in found] == [("alarm", Op.UPDATE), ("instance", Op.UPDATE)]


def test_a_value_instead_of_a_reference_to_the_same_value_is_no_change() -> None:
    group = _made("subnets", "aws:rds:SubnetGroup", name="orders", subnet_ids=Shared("private_subnet_ids"))
    by_name = _made("instance", "aws:rds:Instance", db_subnet_group_name="orders")
    by_reference = _made("instance", "aws:rds:Instance", db_subnet_group_name=Ref("subnets", "name"))

    assert compare(_stack(group, by_name), _stack(group, by_reference)) == ()


def test_what_replaces_for_some_values_only_is_judged_by_its_effects() -> None:
    down, up = _instances({"engine_version": "8.4.9"}, {"engine_version": "8.4.5"})
    base, head = _instances({"db_name": "orders"}, {"db_name": "other"})

    assert [each.op for each in compare(down, up)] == [Op.UPDATE]
    assert [each.op for each in compare(base, head)] == [Op.REPLACE]


def test_another_type_under_the_same_name_is_another_resource() -> None:
    base = _stack(
        _made("thing", "aws:kms:Key"), _made("alias", "aws:kms:Alias", target_key_id=Ref("thing", "id"))
    )
    head = _stack(
        _made("thing", "aws:sns:Topic"), _made("alias", "aws:kms:Alias", target_key_id=Ref("thing", "id"))
    )

    assert [(each.resource, each.type, each.op) for each in compare(base, head)] == [
        ("alias", "aws:kms:Alias", Op.UPDATE),
        ("thing", "aws:sns:Topic", Op.CREATE),
        ("thing", "aws:kms:Key", Op.DELETE),
    ]


def test_what_is_retained_is_forgotten_and_all_else_deleted() -> None:
    base = _stack(
        _made("key", "aws:kms:Key", Options(retain_on_delete=True)), _made("topic", "aws:sns:Topic", name="x")
    )

    assert [(each.resource, each.op) for each in compare(base, _stack())] == [
        ("key", Op.FORGET),
        ("topic", Op.DELETE),
    ]


def test_options_are_told_like_inputs() -> None:
    key = _made("key", "aws:kms:Key", description="x")
    changed = replace(key, options=Options(protect=True, depends_on=(), retain_on_delete=True))

    assert _told(_stack(key), _stack(changed)) == {
        ("key", ("options", "protect")): (_known(False), _known(True), False),
        ("key", ("options", "retain_on_delete")): (_known(False), _known(True), False),
    }


def test_what_the_engine_is_told_to_ignore_is_no_change() -> None:
    options = Options(ignore_changes=("max_capacity",))
    base, head = (
        _stack(_made("target", "aws:appautoscaling:Target", options, min_capacity=low, max_capacity=high))
        for low, high in ((1, 5), (2, 9))
    )

    assert _told(base, head) == {("target", ("min_capacity",)): (_known(1), _known(2), False)}


def test_references_in_a_circle_or_to_nothing_are_compared_as_they_are() -> None:
    def stack(to: str) -> Stack:
        return _stack(
            _made("a", "aws:kms:Key", description=Ref("b", "description")),
            _made("b", "aws:kms:Key", description=Ref(to, "description")),
        )

    assert compare(stack("a"), stack("a")) == ()
    assert {each.resource for each in compare(stack("a"), stack("nothing"))} == {"a", "b"}
    assert [each.op for each in compare(None, stack("a"))] == [Op.CREATE, Op.CREATE]
