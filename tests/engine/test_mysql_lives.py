"""MySQL databases with the real engine: what is rotated, upgraded, copied, restored, stopped, and then left alone."""

from __future__ import annotations

import json
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

HOME, AWAY = "ap-northeast-2", "us-west-2"
ENVIRONMENT = {
    "tier": "development",
    "edition": "2026.11",
    "region": HOME,
    "target": "sandbox",
    "shared_infrastructure": {
        "literal": {"vpc_id": "vpc-0a", "private_subnet_ids": ["subnet-0a", "subnet-0b"]}
    },
    "regions": {AWAY: {"vpc_id": "vpc-0e", "private_subnet_ids": ["subnet-0e", "subnet-0f"]}},
}
EVERYTHING = {
    "account_wide": True,
    "audit": {"trail": True, "data_events": "all"},
    "backups": {"vault": True},
    "dashboard": True,
    "alerts": {"subscriptions": ["oncall@example.org"]},
}
DATABASE = {
    "kind": "mysql",
    "project": "shop",
    "owner": "checkout",
    "database_name": "orders",
    "insights": {"mode": "off"},
    "logs": {"exports": []},
    "final_snapshot": True,
}


class Life:
    """One environment and its databases, taken from spec to spec."""

    def __init__(self, room: Room, folder: Path) -> None:
        self.room = room
        self.folder = folder / "specs"
        room.account.prepare(["vpc-0a", "subnet-0a", "subnet-0b"], HOME)
        room.account.prepare(["vpc-0e", "subnet-0e", "subnet-0f"], AWAY)

    def stack(self, spec: dict[str, Any], name: str = "orders") -> Stack:
        self._write(f"dev/{name}.yaml", {**DATABASE, **spec})
        return self._compiled()[f"dev.{name}"]

    def described(self, more: dict[str, Any]) -> Stack:
        """The environment's own stack, as its file says it."""
        self._write("people.yaml", {"teams": {"checkout": {}}})
        self._write("dev/environment.yaml", {**ENVIRONMENT, **more})
        return self._compiled()["dev.environment"]

    def environment(self, more: dict[str, Any]) -> Stack:
        """The same, applied."""
        stack = self.described(more)
        assert self.room.apply(stack).outcome.ending is Ending.APPLIED
        return stack

    def becomes(self, spec: dict[str, Any], name: str = "orders") -> Report:
        """The report of applying it; what was applied is found unchanged."""
        stack = self.stack(spec, name)
        report = self.room.apply(stack)
        assert report.outcome.failures == ()
        assert report.outcome.ending is Ending.APPLIED
        again = self.room.preview(stack)
        assert (again.changes, again.pending, again.outcome.ending) == ((), (), Ending.UNCHANGED)
        return report

    def instance(self, identifier: str = "shop-dev-orders", region: str = HOME) -> dict[str, Any]:
        found = self.room.account.read("aws:rds:Instance", identifier, region)
        assert found is not None
        return found.outputs

    def _write(self, path: str, data: dict[str, Any]) -> None:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(json.dumps(data))  # JSON is YAML

    def _compiled(self) -> dict[str, Stack]:
        found = catalog.load(WorkTree(self.folder)).checked()
        return {each.id: each for each in compilation.stacks(*found.select([]))}


@pytest.fixture(scope="module")
def begun(first_room: Room) -> Room:
    """The environment stands, and no database yet."""
    Life(first_room, first_room.place.parent).environment({})
    return first_room


@pytest.fixture
def life(begun: Room, room: Room, tmp_path: Path) -> Life:
    room.begins_as(begun)
    made = Life(room, tmp_path)
    made.described({})
    return made


def _ops(report: Report) -> dict[str, Op]:
    return {each.resource: each.op for each in report.changes}


def test_another_day_of_rotation_makes_another_password_and_another_secret(life: Life) -> None:
    life.becomes({"credentials": {"rotate": "2026-11-01"}})
    before = life.room.password("dev.orders")
    report = life.becomes({"credentials": {"rotate": "2026-12-01"}})
    assert _ops(report) == {"password": Op.REPLACE, "instance": Op.UPDATE, "secret-content": Op.REPLACE}
    assert life.room.password("dev.orders") != before


def test_replicas_are_upgraded_first_and_leave_no_old_parameters_behind(life: Life) -> None:
    old = {
        "engine_version": "8.0",
        "engine_lifecycle_support": "open-source-rds-extended-support",
        "upgrades": {"allow_major": True},
    }
    life.becomes({**old, "read_replicas": [{"name": "reports"}]})
    first = life.becomes({**old, "read_replicas": [{"name": "reports", "engine_version": "8.4"}]})
    assert _ops(first) == {"parameters-mysql84": Op.CREATE, "replica-reports": Op.UPDATE}
    then = life.becomes({**old, "engine_version": "8.4", "read_replicas": [{"name": "reports"}]})
    assert _ops(then) == {"parameters-mysql80": Op.DELETE, "instance": Op.UPDATE}
    names = ("shop-dev-orders", "shop-dev-orders-replica-reports")
    assert [life.instance(each)["engine_version_actual"][:3] for each in names] == ["8.4", "8.4"]


def test_replicas_and_backups_go_to_another_region_and_come_back(life: Life) -> None:
    away = {
        "read_replicas": [{"name": "far", "region": AWAY}],
        "backup": {"cross_region": {"region": AWAY}},
    }
    life.becomes(away)
    far = life.instance("shop-dev-orders-replica-far", AWAY)
    assert (far["engine_version_actual"][:3], far["db_subnet_group_name"]) == ("8.4", "shop-dev-orders")
    back = _ops(life.becomes({}))
    assert set(back.values()) == {Op.DELETE, Op.FORGET}
    assert [name for name, op in back.items() if op is Op.FORGET] == ["key-us-west-2"]
    left = {each.type for each in life.room.account.owned("dev.orders") if each.region == AWAY}
    assert left == {"aws:kms:Key"}


def test_a_database_comes_back_from_its_final_snapshot_and_stays_when_the_line_goes(life: Life) -> None:
    life.becomes({})
    key = life.instance()["kms_key_id"]
    assert life.room.destroy(life.stack({})).outcome.ending is Ending.DESTROYED
    things = life.room.account.show()["things"]
    (name,) = [each["id"] for each in things if each["type"] == "aws:rds:Snapshot"]
    again = {"identifier": "shop-dev-orders-again", "encryption": {"kms_key": key}}
    life.becomes({**again, "credentials": {"username": "somebody"}, "restore": {"snapshot": name}})
    assert life.instance("shop-dev-orders-again")["username"] == "dbadmin"
    report = life.room.apply(life.stack(again))
    assert (report.changes, report.outcome.ending) == ((), Ending.UNCHANGED)


def test_a_database_is_made_from_a_moment_of_another(life: Life) -> None:
    life.becomes({})
    key = life.instance()["kms_key_id"]
    moment = {"source": "shop-dev-orders", "time": "latest"}
    life.becomes({"encryption": {"kms_key": key}, "restore": {"point_in_time": moment}}, "monday")
    made = life.instance("shop-dev-monday")
    assert (made["kms_key_id"], made["username"]) == (key, "dbadmin")


def test_an_apply_starts_what_the_schedule_has_stopped(life: Life) -> None:
    spec = {"schedule": {"stop": "20:00", "start": "08:00", "timezone": "Asia/Seoul"}}
    life.becomes(spec)
    life.room.account.stop("shop-dev-orders")
    assert life.room.preview(life.stack(spec)).changes == ()
    assert life.instance()["status"] == "stopped"
    report = life.becomes({**spec, "monitoring": {"interval": 60}})
    assert report.outcome.notes == ("instance was stopped, and has been started",)
    assert life.instance()["status"] == "available"


def test_storage_that_rds_has_grown_is_no_drift(life: Life) -> None:
    life.becomes({})
    account = life.room.account
    (instance,) = [each for each in account.owned("dev.orders") if each.type == "aws:rds:Instance"]
    account.drift(instance, ("allocated_storage",), 40)
    again = life.room.preview(life.stack({}))
    assert (again.changes, again.outcome.ending) == ((), Ending.UNCHANGED)
    life.becomes({"monitoring": {"interval": 60}})
    assert life.instance()["allocated_storage"] == 40


def test_auditing_comes_and_goes_and_leaves_its_option_group_to_the_snapshots(life: Life) -> None:
    life.becomes({"logs": {"exports": ["audit"]}})
    assert life.instance()["option_group_name"].startswith("shop-dev-orders-mysql84-")
    report = life.becomes({})
    assert life.instance()["option_group_name"] == "default:mysql-8-4"
    assert _ops(report)["options-mysql84"] is Op.FORGET
    groups = {each.type for each in life.room.account.owned("dev.orders")}
    assert "aws:rds:OptionGroup" in groups


def test_an_environment_is_found_unchanged_and_goes_but_for_what_holds_data(life: Life) -> None:
    environment = life.environment(EVERYTHING)
    again = life.room.preview(environment)
    assert (again.changes, again.outcome.ending) == ((), Ending.UNCHANGED)
    assert life.room.destroy(environment).outcome.ending is Ending.DESTROYED
    left = {each.type for each in life.room.account.owned("dev.environment")}
    assert left == {"aws:backup:Vault", "aws:kms:Key", "aws:s3:Bucket"}
