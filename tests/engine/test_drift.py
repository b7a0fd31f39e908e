"""Steps that only put back what somebody did to the account."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from compiler.changes import ABSENT, UNKNOWN, Change, Known, Op, PropertyChange, Side
from compiler.engine.drift import marked
from compiler.graph import Options, Ref, Resource, Stack

if TYPE_CHECKING:
    from conftest import Room

KEY = Resource("key", "aws:kms:Key", {"description": "a"}, "")
SECRET = Resource("secret", "aws:secretsmanager:Secret", {"kms_key_id": Ref("key", "arn"), "name": "s"}, "")
BASE = Stack("dev.a", (KEY, SECRET))


def test_a_change_in_the_account_is_marked_and_one_in_the_spec_is_not(
    room: Room, database: Callable[..., Stack]
) -> None:
    at_once = {"apply_immediately": True}
    room.apply(database(instance=at_once))
    instance = next(each for each in room.account.owned("dev.orders") if each.owner[1] == "instance")
    room.account.drift(instance, ("instance_class",), "db.r6g.large")

    report = room.preview(database(instance=at_once, threshold=80.0))

    assert {each.resource: each.reverts_drift for each in report.changes} == {
        "alarm-0": False,
        "alarm-1": False,
        "instance": True,
    }
    assert room.apply(database(instance=at_once)).outcome.done == ("instance",)
    assert room.preview(database(instance=at_once)).changes == ()


def test_what_vanished_from_the_account_is_made_again_as_drift(
    room: Room, database: Callable[..., Stack]
) -> None:
    room.apply(database())
    room.account.delete("aws:cloudwatch:MetricAlarm", "dev-orders-1", region="ap-northeast-2")

    report = room.preview(database())

    assert [(each.resource, each.op, each.reverts_drift) for each in report.changes] == [
        ("alarm-1", Op.CREATE, True)
    ]


def test_a_property_that_the_spec_changed_makes_its_step_no_drift() -> None:
    now = Stack("dev.a", (replace(KEY, inputs={"description": "b"}), SECRET))

    (change,) = marked([_update("key", "description", "enable_key_rotation")], now, BASE)

    assert not change.reverts_drift


def test_a_changed_option_is_no_drift() -> None:
    now = Stack("dev.a", (replace(KEY, options=Options(protect=True)), SECRET))
    change = Change(
        "dev.a",
        "key",
        "aws:kms:Key",
        Op.UPDATE,
        (PropertyChange(("options", "protect"), _known(False), _known(True)),),
    )

    assert not marked([change], now, BASE)[0].reverts_drift


def test_what_follows_from_a_change_of_the_spec_is_no_drift() -> None:
    now = Stack("dev.a", (replace(KEY, inputs={"description": "b", "multi_region": True}), SECRET))
    replaced = Change("dev.a", "key", "aws:kms:Key", Op.REPLACE, _properties("multi_region"))

    found = marked([replaced, _update("secret", "kms_key_id")], now, BASE)

    assert [each.reverts_drift for each in found] == [False, False]


def test_a_replacement_of_which_no_property_is_told_follows_what_it_refers_to() -> None:
    now = Stack("dev.a", (replace(KEY, inputs={"description": "b"}), SECRET))
    followed = Change("dev.a", "secret", "aws:secretsmanager:Secret", Op.REPLACE, ())
    by_spec = Change("dev.a", "key", "aws:kms:Key", Op.REPLACE, _properties("description"))

    assert [each.reverts_drift for each in marked([by_spec, followed], now, BASE)] == [False, False]
    assert [each.reverts_drift for each in marked([by_spec, followed], BASE, BASE)] == [True, True]


def test_what_follows_from_drift_is_drift() -> None:
    gone = Change("dev.a", "key", "aws:kms:Key", Op.CREATE, _properties("description"))

    found = marked([gone, _update("secret", "kms_key_id")], BASE, BASE)

    assert [each.reverts_drift for each in found] == [True, True]


def test_without_a_record_nothing_is_called_drift() -> None:
    assert not marked([_update("key", "description")], BASE, None)[0].reverts_drift


def _update(resource: str, *names: str) -> Change:
    return Change("dev.a", resource, BASE.resource(resource).type, Op.UPDATE, _properties(*names))


def _properties(*names: str) -> tuple[PropertyChange, ...]:
    return tuple(PropertyChange((name,), ABSENT, UNKNOWN) for name in names)


def _known(value: object) -> Side:
    return Side(Known.KNOWN, value)
