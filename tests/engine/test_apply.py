"""Previews and applies with the real engine on a simulated account."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from compiler.changes import Known, Op, Side
from compiler.engine import apply as applying
from compiler.engine import cli
from compiler.engine.program import program
from compiler.engine.store import record
from compiler.graph import Stack
from compiler.report import Ending, Phase, exit_code, to_data

if TYPE_CHECKING:
    from conftest import Room

Database = Callable[..., Stack]


def test_what_is_applied_is_found_unchanged(room: Room, database: Database) -> None:
    stack = database()

    first = room.preview(stack)
    applied = room.apply(stack, commit="c0ffee")
    again = room.preview(stack)

    assert first.outcome.ending is Ending.CHANGES
    assert {each.op for each in first.changes} == {Op.CREATE}
    assert applied.outcome.ending is Ending.APPLIED
    assert applied.changes == first.changes
    assert applied.outcome.done == tuple(sorted(each.name for each in stack.resources))
    assert applied.outputs["endpoint"].known is Known.KNOWN
    assert (again.outcome.ending, again.changes, again.pending) == (Ending.UNCHANGED, (), ())
    said = room.record("dev.orders")
    assert said
    assert said.converged
    assert (said.converged.commit, said.last.outcome) == ("c0ffee", record.Outcome.APPLIED)


def test_reviews_say_what_was_overridden(room: Room, database: Database) -> None:
    stack = database()
    instance = replace(stack.resource("instance"), overridden=("engine_version", "tags.Team"))
    others = tuple(each for each in stack.resources if each.name != "instance")
    stack = replace(stack, resources=(*others, instance))

    expected = {"instance": ("engine_version", "tags.Team")}
    assert room.preview(stack).overridden == expected
    assert room.apply(stack).overridden == expected


def test_the_bare_cli_reads_the_state(room: Room, database: Database) -> None:
    room.apply(database())

    environ = (
        os.environ
        | room.environ
        | {
            "PULUMI_BACKEND_URL": room.target.backend,
            "PULUMI_CONFIG_PASSPHRASE_FILE": str(room.target.passphrase_file),
        }
    )
    (room.place / "Pulumi.yaml").write_text("name: dbspec\nruntime: python\n")
    command = [cli.find(room.environ).path, "stack", "export", "--stack", "dev.orders"]
    printed = subprocess.run(command, cwd=room.place, env=environ, check=True, capture_output=True).stdout

    # An empty one of these, left by a CLI that was killed, makes a stack unreadable.
    assert list((room.place / "state").rglob("*.attrs")) == []
    types = {each["type"] for each in json.loads(printed)["deployment"]["resources"]}
    assert "aws:rds/instance:Instance" in types


def test_the_preview_of_what_does_not_exist_leaves_nothing_behind(room: Room, database: Database) -> None:
    room.preview(database())

    assert room.session().stacks(room.target) == frozenset()
    assert room.record("dev.orders") is None
    assert room.things("dev.orders") == []


def test_a_stack_that_exists_is_previewed_by_one_process(
    room: Room, database: Database, counted: Callable[[], list[str]]
) -> None:
    stack = database()
    room.apply(stack)
    before = len(counted())

    room.preview(stack)
    room.apply(stack)

    assert counted()[before:] == ["preview", "preview"]


def test_a_new_stack_is_applied_by_four_processes(
    room: Room, database: Database, counted: Callable[[], list[str]]
) -> None:
    room.apply(database())

    assert counted() == ["stack ls", "stack init", "preview", "up"]


def test_a_change_is_told_with_both_sides_under_our_names(room: Room, database: Database) -> None:
    room.apply(database())

    report = room.preview(database(instance={"instance_class": "db.t4g.small"}, threshold=80.0))

    told = {
        (each.resource, each.op, change.route): (change.before, change.after, change.replaces)
        for each in report.changes
        for change in each.properties
    }
    assert told == {
        ("alarm-0", Op.UPDATE, ("threshold",)): (_known(90), _known(80), False),
        ("alarm-1", Op.UPDATE, ("threshold",)): (_known(90), _known(80), False),
        ("instance", Op.UPDATE, ("instance_class",)): (_known("db.t4g.micro"), _known("db.t4g.small"), False),
    }


def test_a_replacement_of_what_holds_data_is_refused_outside_development(
    room: Room, database: Database
) -> None:
    room.apply(database(protect=True), tier="production")
    changed = database(protect=True, instance={"db_name": "other"})

    report = room.apply(changed, tier="production")

    assert report.outcome.ending is Ending.REFUSED
    assert [each.rule for each in report.refusals] == ["gate/replace"]
    assert "instance (aws:rds:Instance)" in report.refusals[0].message
    assert "db_name changes" in report.refusals[0].message
    assert str(report.refusals[0].at) == "specs/dev.orders.yaml:1:1"
    assert exit_code([report]) == 4
    assert [each["db_name"] for each in _instances(room)] == ["orders"]
    preview = room.preview(changed, tier="production")
    assert (preview.outcome.ending, len(preview.refusals)) == (Ending.CHANGES, 1)


def test_a_replacement_of_what_holds_data_is_made_in_development(room: Room, database: Database) -> None:
    room.apply(database())

    report = room.apply(database(instance={"db_name": "other"}))

    assert report.outcome.ending is Ending.APPLIED
    replaced = next(each for each in report.changes if each.resource == "instance")
    assert replaced.op is Op.REPLACE
    assert [each.route for each in replaced.properties if each.replaces] == [("db_name",)]
    assert [each["db_name"] for each in _instances(room)] == ["other"]


def test_a_removed_resource_that_holds_data_is_refused_outside_development(
    room: Room, database: Database
) -> None:
    room.apply(database(), tier="staging")

    report = room.apply(database(without=("secret", "secret-content")), tier="staging")

    assert report.outcome.ending is Ending.REFUSED
    assert [each.rule for each in report.refusals] == ["gate/delete"]
    assert room.record("dev.orders").last.outcome is record.Outcome.REFUSED


def test_what_is_retained_is_forgotten_and_not_deleted(room: Room, parameters: Database) -> None:
    from compiler.graph import Options, Resource

    key = Resource(
        "key",
        "aws:kms:Key",
        {
            "region": "ap-northeast-2",
            "description": "k",
            "tags": {"dbspec:stack": "dev.a", "dbspec:resource": "key"},
        },
        "",
        Options(retain_on_delete=True),
    )
    stack = parameters("dev.a")
    room.apply(Stack(stack.id, (*stack.resources, key), stack.outputs))

    report = room.apply(stack, tier="production")

    assert [(each.resource, each.op) for each in report.changes] == [("key", Op.FORGET)]
    assert ("aws:kms:Key", "key") in room.things("dev.a")


def test_a_changed_protection_is_a_change(room: Room, database: Database) -> None:
    room.apply(database())

    report = room.preview(database(protect=True))

    assert [(each.resource, each.op) for each in report.changes] == [("instance", Op.UPDATE)]
    (change,) = report.changes[0].properties
    assert (change.route, change.before, change.after) == (
        ("options", "protect"),
        _known(False),
        _known(True),
    )


def test_a_changed_output_is_applied_though_no_resource_changes(room: Room, parameters: Database) -> None:
    from compiler.graph import Ref

    stack = parameters("dev.a")
    room.apply(stack)

    report = room.apply(Stack(stack.id, stack.resources, {"name": Ref("parameters", "name")}))

    assert (report.outcome.ending, report.changes) == (Ending.UNCHANGED, ())
    assert report.outputs == {"name": _known("dev-a")}


def test_a_modification_that_waits_for_its_window_is_neither_drift_nor_a_step(
    room: Room, database: Database
) -> None:
    room.apply(database())
    changed = database(instance={"instance_class": "db.t4g.small", "apply_immediately": False})
    room.apply(changed)

    report = room.preview(changed)

    assert (report.outcome.ending, report.changes) == (Ending.UNCHANGED, ())
    assert [(each.resource, each.property.route) for each in report.pending] == [
        ("instance", ("instance_class",))
    ]


def test_reports_are_the_same_in_every_run(room: Room, database: Database) -> None:
    room.apply(database(alarms=12))
    changed = database(alarms=12, threshold=70.0, instance={"instance_class": "db.t4g.small"})

    told = [json.dumps(to_data([room.preview(changed)])) for _ in range(4)]

    assert len(set(told)) == 1
    assert len(json.loads(told[0])["reports"][0]["changes"]) == 13


def test_a_failure_stops_one_stack_and_is_told_in_the_words_of_aws(room: Room, parameters: Database) -> None:
    reports = room.run(
        Phase.APPLY, parameters("dev.good"), parameters("dev.bad", family="mysql0.1"), parameters("dev.fine")
    )

    endings = {each.stack: each.outcome.ending for each in reports}
    assert endings == {
        "dev.bad": Ending.FAILED,
        "dev.fine": Ending.APPLIED,
        "dev.good": Ending.APPLIED,
    }
    (failure,) = reports[0].outcome.failures
    assert (failure.resource, failure.type) == ("parameters", "aws:rds:ParameterGroup")
    assert "InvalidParameterValue" in failure.message
    assert str(reports[0].spec) == "specs/dev.bad.yaml:1:1"
    assert exit_code(reports) == 3
    said = room.record("dev.bad")
    assert said
    assert (said.converged, said.last.outcome) == (None, record.Outcome.FAILED)


def test_a_failed_preview_is_reported_too(room: Room, parameters: Database) -> None:
    stack = parameters("dev.a")
    (group,) = stack.resources
    misspelt = Stack("dev.a", (type(group)(group.name, group.type, {**group.inputs, "famly": "x"}, ""),), {})

    report = room.preview(misspelt)

    assert report.outcome.ending is Ending.FAILED
    assert "famly" in report.outcome.failures[0].message
    assert "Traceback" not in report.outcome.failures[0].message


def test_what_stands_on_a_stack_that_never_was_is_not_begun(room: Room, parameters: Database) -> None:
    environment = parameters("dev.environment", family="mysql0.1")
    stack = parameters("dev.a", after=("dev.environment",))

    reports = room.run(Phase.APPLY, stack, environment, needs=lambda job, other: True)

    assert [each.outcome.ending for each in reports] == [Ending.SKIPPED, Ending.FAILED]
    assert "needs dev.environment" in reports[0].outcome.failures[0].message
    assert room.things("dev.a") == []


def test_what_stands_on_a_stack_that_was_applied_before_goes_on(room: Room, parameters: Database) -> None:
    environment = parameters("dev.environment", family="mysql0.1")
    stack = parameters("dev.a", after=("dev.environment",))

    reports = room.run(Phase.APPLY, stack, environment, needs=lambda job, other: False)

    assert [each.outcome.ending for each in reports] == [Ending.APPLIED, Ending.FAILED]


def test_a_progress_that_fails_stops_nothing(room: Room, parameters: Database) -> None:
    class Failing:
        def __getattr__(self, name: str) -> Callable[..., None]:
            raise RuntimeError("no")

    room.heard = Failing()  # type: ignore[assignment]

    assert room.apply(parameters("dev.a")).outcome.ending is Ending.APPLIED


def test_a_cli_that_fails_without_a_word_is_not_believed(
    room: Room, parameters: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    # An output that was not in the plan is written all the same, and the exit code is 1.
    calls: list[Stack] = []

    def changing(stack: Stack, *rest: Any) -> Callable[[], None]:
        calls.append(stack)
        outputs = {} if len(calls) == 1 else {**stack.outputs, "unplanned": "yes"}
        return program(replace(stack, outputs=outputs), *rest)

    monkeypatch.setattr(applying, "program", changing)

    report = room.apply(parameters("dev.a"))

    assert len(calls) == 3, "it looked again"
    assert report.outcome.ending is Ending.APPLIED
    assert report.outputs["unplanned"] == _known("yes")


def test_a_lost_state_is_not_made_up_for_by_making_everything_again(room: Room, parameters: Database) -> None:
    room.apply(parameters("dev.a"))
    for each in (room.place / "state" / ".pulumi" / "stacks" / "dbspec").iterdir():
        each.unlink()

    report = room.apply(parameters("dev.a", value="0"))

    assert report.outcome.ending is Ending.FAILED
    assert "the backend has no such stack" in report.outcome.failures[0].message


def test_destroying_takes_what_is_protected_and_leaves_the_key(room: Room, database: Database) -> None:
    stack = database(protect=True, instance={"deletion_protection": True})
    room.apply(stack)

    report = room.destroy(stack)

    assert report.outcome.ending is Ending.DESTROYED, report.outcome
    assert [each.op for each in report.changes if each.resource == "key"] == [Op.FORGET]
    assert room.things("dev.orders") == [("aws:kms:Key", "key")]
    (note,) = report.outcome.notes
    assert note.startswith("key (aws:kms:Key) stays in the account: ")
    assert room.session().stacks(room.target) == frozenset()
    assert room.record("dev.orders").last.outcome is record.Outcome.DESTROYED
    assert room.destroy(stack).outcome.ending is Ending.UNCHANGED
    assert room.apply(stack).outcome.ending is Ending.APPLIED


def test_an_environment_is_destroyed_after_what_stands_on_it(room: Room, parameters: Database) -> None:
    stacks = parameters("dev.environment"), parameters("dev.a", after=("dev.environment",))
    room.run(Phase.APPLY, *stacks)
    room.heard.steps.clear()

    room.run(Phase.DESTROY, *stacks)

    assert [stack for stack, step in room.heard.steps if step.stage == "done"] == ["dev.a", "dev.environment"]


def _known(value: object) -> Side:
    return Side(Known.KNOWN, value)


def _instances(room: Room) -> list[dict[str, object]]:
    return [
        each["attributes"] for each in room.account.show()["things"] if each["type"] == "aws:rds:Instance"
    ]
