"""DynamoDB tables with the real engine: what scales, replicates, and is encrypted anew, and then left alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from compiler import catalog, compilation
from compiler.changes import Op
from compiler.graph import Stack
from compiler.report import Ending, Report
from compiler.source import WorkTree

if TYPE_CHECKING:
    from conftest import Room

ENVIRONMENT = """\
tier: development
edition: "2026.11"
region: ap-northeast-2
target: sandbox
backups: {vault: true}
"""
TABLE = "kind: dynamodb\nproject: shop\nowner: checkout\n"
KEYS = "attributes: {id: S}\nhash_key: id\n"
SCALED = (
    "attributes: {id: S, a: S, c: S}\nhash_key: id\nbilling_mode: PROVISIONED\n"
    "capacity: {read: {min: 5, max: 50}, write: {min: 5, max: 50}}\n"
    "indexes:\n"
    "  by-a: {hash_key: a, projection: ALL, capacity: {read: {min: 5, max: 50}, write: {min: 5, max: 50}}}\n"
    "  by-c: {hash_key: c, projection: ALL, capacity: {read: {min: 5, max: 50}, write: {min: 5, max: 50}}}\n"
)
ON_DEMAND = (
    "attributes: {id: S, a: S, c: S}\nhash_key: id\n"
    "indexes: {by-a: {hash_key: a, projection: ALL}, by-c: {hash_key: c, projection: ALL}}\n"
)


class Life:
    """One environment with a table, taken from text to text."""

    def __init__(self, room: Room, folder: Path) -> None:
        self.room = room
        self.folder = folder

    def stack(self, text: str) -> Stack:
        specs = self.folder / "specs"
        (specs / "dev").mkdir(parents=True, exist_ok=True)
        (specs / "people.yaml").write_text("teams: {checkout: {}}\n")
        (specs / "dev" / "environment.yaml").write_text(ENVIRONMENT)
        (specs / "dev" / "carts.yaml").write_text(TABLE + text)
        found = catalog.load(WorkTree(specs)).checked()
        stacks = {each.id: each for each in compilation.stacks(*found.select([]))}
        self.environment = stacks["dev.environment"]
        return stacks["dev.carts"]

    def begin(self) -> None:
        self.stack(KEYS)
        assert self.room.apply(self.environment).outcome.ending is Ending.APPLIED

    def becomes(self, text: str) -> dict[tuple[str, Op], int]:
        """How many of each type came, changed and went; what was applied is found unchanged."""
        stack = self.stack(text)
        report = self.room.apply(stack)
        assert report.outcome.failures == ()
        assert report.outcome.ending is Ending.APPLIED
        again = self.room.preview(stack)
        assert (again.changes, again.pending, again.outcome.ending) == ((), (), Ending.UNCHANGED)
        return _counted(report)

    def table(self) -> Any:
        return next(
            each for each in self.room.account.owned("dev.carts") if each.type == "aws:dynamodb:Table"
        )

    def indexes(self) -> dict[str, int]:
        return {
            each["name"]: each["read_capacity"] for each in self.table().inputs["global_secondary_indexes"]
        }


def _counted(report: Report) -> dict[tuple[str, Op], int]:
    found: dict[tuple[str, Op], int] = {}
    for each in report.changes:
        if each.type != "aws:cloudwatch:MetricAlarm":
            key = (each.type.rpartition(":")[2], each.op)
            found[key] = found.get(key, 0) + 1
    return found


@pytest.fixture(scope="module")
def begun(first_room: Room) -> Room:
    """The environment stands, and no table yet."""
    Life(first_room, first_room.place.parent).begin()
    return first_room


@pytest.fixture
def life(begun: Room, room: Room, tmp_path: Path) -> Iterator[Life]:
    room.begins_as(begun)
    made = Life(room, tmp_path)
    yield made
    assert room.destroy(made.stack(KEYS)).outcome.ending is Ending.DESTROYED
    assert {type for type, _ in room.things("dev.carts")} <= {"aws:kms:Key"}


def test_capacity_that_traffic_changed_is_left_alone(life: Life) -> None:
    made = life.becomes(SCALED + "replicas: [us-east-1]\n")
    assert made["Policy", Op.CREATE] == 6
    life.room.account.drift(life.table(), ("read_capacity",), 40)
    for position in (0, 1):
        life.room.account.drift(life.table(), ("global_secondary_indexes", position, "read_capacity"), 30)
    assert life.room.preview(life.stack(SCALED + "replicas: [us-east-1]\n")).changes == ()
    life.becomes(SCALED + "replicas: [us-east-1]\nttl: expires_at\n")
    assert life.table().inputs["read_capacity"] == 40
    assert life.indexes() == {"by-a": 30, "by-c": 30}


def test_an_index_comes_and_another_goes_beside_those_that_scale(life: Life) -> None:
    life.becomes(SCALED)
    more = SCALED.replace("c: S}", "c: S, b: S}").replace(
        "  by-c", "  by-b: {hash_key: b, projection: ALL, capacity: {read: 7, write: 7}}\n  by-c"
    )
    life.becomes(more)
    assert set(life.indexes()) == {"by-a", "by-b", "by-c"}
    fewer = "".join(line for line in more.splitlines(keepends=True) if "by-a" not in line)
    life.becomes(fewer.replace(" a: S,", ""))
    assert set(life.indexes()) == {"by-b", "by-c"}


def test_a_table_goes_from_requests_to_capacity_and_back(life: Life) -> None:
    life.becomes(ON_DEMAND)
    life.becomes(SCALED.replace("{min: 5, max: 50}", "5"))
    assert life.becomes(SCALED) == {("Policy", Op.CREATE): 6, ("Target", Op.CREATE): 6}
    assert life.becomes(KEYS)["Target", Op.DELETE] == 6


def test_a_key_that_a_table_no_longer_uses_stays_in_the_account(life: Life) -> None:
    life.becomes(KEYS + "encryption: cmk\n")
    done = life.becomes(KEYS + "encryption: aws_owned\n")
    assert done["Key", Op.FORGET] == 1
    assert ("aws:kms:Key", "key") in life.room.things("dev.carts")


def test_replicas_come_and_the_last_goes_before_its_stream(life: Life) -> None:
    life.becomes(KEYS + "replicas: [us-east-1, eu-west-1]\n")
    assert life.becomes(KEYS + "replicas: [eu-west-1]\n") == {("TableReplica", Op.DELETE): 1}
    stack = life.stack(KEYS)
    (refusal,) = life.room.apply(stack).refusals
    assert "the last replicas would still follow the stream" in refusal.message
    life.becomes(KEYS + "streams: NEW_AND_OLD_IMAGES\n")
    assert life.becomes(KEYS) == {("Table", Op.UPDATE): 1}


def test_protected_replicas_of_one_consistency_go_with_their_table(life: Life) -> None:
    life.becomes(
        KEYS + "consistency: STRONG\nreplicas: [ap-northeast-1, ap-northeast-3]\ndeletion_protection: true\n"
    )


def test_backups_are_planned_and_the_plan_goes(life: Life) -> None:
    made = life.becomes(KEYS + "backup_plan: {delete_after_days: 7}\ncontributor_insights: true\n")
    assert (made["Plan", Op.CREATE], made["Selection", Op.CREATE]) == (1, 1)
    gone = life.becomes(KEYS)
    assert (gone["Plan", Op.DELETE], gone["Selection", Op.DELETE]) == (1, 1)
