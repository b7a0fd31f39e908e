"""What the engine's events become: changes under our names, one a resource."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi.automation.events import EngineEvent

from compiler.changes import ABSENT, SECRET, UNKNOWN, Change, Known, Op, PropertyChange, Side
from compiler.engine.events import Events

URN = "urn:pulumi:dev.a::dbspec::"
INSTANCE = "aws:rds/instance:Instance"
UNKNOWN_MARK = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
SECRET_MARK = {
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    "ciphertext": "[secret]",
}


def test_nested_names_are_ours_and_the_keys_of_maps_stay() -> None:
    (change,) = _changes(
        _step(
            "update",
            old={
                "inputs": {
                    "restoreToPointInTime": {"useLatestRestorableTime": True},
                    "tags": {"costCenter": "a"},
                }
            },
            new={
                "inputs": {
                    "restoreToPointInTime": {"useLatestRestorableTime": False},
                    "tags": {"costCenter": "b"},
                }
            },
            detailedDiff={
                "restoreToPointInTime.useLatestRestorableTime": {"diffKind": "update", "inputDiff": True},
                "tags.costCenter": {"diffKind": "update", "inputDiff": True},
                "tagsAll.costCenter": {"diffKind": "update"},
            },
        )
    )

    assert change.properties == (
        PropertyChange(
            ("restore_to_point_in_time", "use_latest_restorable_time"), _known(True), _known(False)
        ),
        PropertyChange(("tags", "costCenter"), _known("a"), _known("b")),
    )


def test_what_is_secret_or_unknown_is_told_as_such_and_never_with_its_mark() -> None:
    (change,) = _changes(
        _step(
            "update",
            old={"inputs": {"password": SECRET_MARK, "kmsKeyId": "arn:a", "port": 3306}},
            new={"inputs": {"password": SECRET_MARK, "kmsKeyId": UNKNOWN_MARK, "tags": {"a": UNKNOWN_MARK}}},
            detailedDiff={
                "password": {"diffKind": "update", "inputDiff": True},
                "kmsKeyId": {"diffKind": "update-replace", "inputDiff": True},
                "port": {"diffKind": "delete", "inputDiff": True},
                "tags": {"diffKind": "add", "inputDiff": True},
            },
        )
    )

    assert change.properties == (
        PropertyChange(("kms_key_id",), _known("arn:a"), UNKNOWN, replaces=True),
        PropertyChange(("password",), SECRET, SECRET),
        PropertyChange(("port",), _known(3306), ABSENT),
        PropertyChange(("tags",), ABSENT, UNKNOWN),
    )


def test_a_difference_from_the_state_shows_what_the_state_says() -> None:
    (change,) = _changes(
        _step(
            "update",
            old={"inputs": {}, "outputs": {"multiAz": True}},
            new={"inputs": {"multiAz": False}},
            detailedDiff={"multiAz": {"diffKind": "update"}},
        )
    )

    assert change.properties == (PropertyChange(("multi_az",), _known(True), _known(False)),)


def test_a_difference_without_details_is_told_by_its_keys() -> None:
    (change,) = _changes(
        _step("update", old={"inputs": {"port": 1}}, new={"inputs": {"port": 2}}, diffs=["port"])
    )

    assert change.properties == (PropertyChange(("port",), _known(1), _known(2)),)


@pytest.mark.parametrize(
    ("ops", "expected"),
    [
        (("create-replacement", "replace", "delete-replaced"), Op.REPLACE),
        (("delete-replaced",), Op.REPLACE),  # what is left of one that was interrupted
        (("refresh", "create"), Op.CREATE),
        (("import",), Op.IMPORT),
        (("import", "update"), Op.IMPORT),
        (("refresh", "update"), Op.UPDATE),
        (("delete",), Op.DELETE),
    ],
)
def test_the_steps_of_a_resource_are_one_change(ops: tuple[str, ...], expected: Op) -> None:
    (change,) = _changes(*(_step(op) for op in ops))

    assert (change.resource, change.type, change.op) == ("instance", "aws:rds:Instance", expected)


def test_a_retained_delete_forgets() -> None:
    (change,) = _changes(_step("delete", old={"retainOnDelete": True}))

    assert change.op is Op.FORGET


def test_what_stays_the_same_is_no_change() -> None:
    assert _changes(_step("same"), _step("refresh"), _step("read")) == ()


def test_providers_and_the_stack_itself_are_no_changes() -> None:
    provider = _step("update", type="pulumi:providers:aws", name="aws")
    stack = _step("create", type="pulumi:pulumi:Stack", name="dbspec-dev.a")

    assert _changes(provider, stack) == ()


def test_changes_are_in_one_order_whatever_the_events_came_in() -> None:
    steps = [_step("create", name=name) for name in ("c", "a", "b")]

    assert _changes(*steps) == _changes(*reversed(steps))


def test_a_type_that_no_kind_emits_any_more_keeps_the_names_of_the_wire() -> None:
    (change,) = _changes(
        _step(
            "update",
            type="aws:rds/proxy:Proxy",
            old={"inputs": {"idleClientTimeout": 1}},
            new={"inputs": {"idleClientTimeout": 2}},
            detailedDiff={"idleClientTimeout": {"diffKind": "update", "inputDiff": True}},
        )
    )

    assert (change.type, change.properties[0].route) == ("aws:rds:Proxy", ("idleClientTimeout",))


def _changes(*steps: dict[str, Any]) -> tuple[Change, ...]:
    events = Events()
    for number, step in enumerate(steps):
        events(
            EngineEvent.from_json(
                {"sequence": number, "timestamp": 0, "resourcePreEvent": {"metadata": step}}
            )
        )
    return events.changes("dev.a")


def _step(op: str, type: str = INSTANCE, name: str = "instance", **rest: Any) -> dict[str, Any]:
    sides = {
        side: {
            "type": type,
            "urn": URN + f"{type}::{name}",
            "id": "i",
            "inputs": {},
            "outputs": {},
            **rest.pop(side, {}),
        }
        for side in ("old", "new")
    }
    if op == "create":
        del sides["old"]
    return {"op": op, "urn": URN + f"{type}::{name}", "type": type, "provider": "p", **sides, **rest}


def _known(value: object) -> Side:
    return Side(Known.KNOWN, value)
