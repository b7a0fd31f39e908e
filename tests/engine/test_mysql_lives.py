"""MySQL databases with the real engine: what is rotated, upgraded, copied, restored, stopped, and then left alone."""

from __future__ import annotations

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
account_wide: true
audit: {trail: true, data_events: all}
backups: {vault: true}
dashboard: true
alerts: {subscriptions: [oncall@example.org]}
shared_infrastructure:
  literal: {vpc_id: vpc-0a, private_subnet_ids: [subnet-0a, subnet-0b]}
regions:
  us-west-2: {vpc_id: vpc-0e, private_subnet_ids: [subnet-0e, subnet-0f]}
"""
DATABASE = "kind: mysql\nproject: shop\nowner: checkout\ndatabase_name: orders\n"
PLAIN = "insights: {mode: 'off'}\nlogs: {exports: []}\nfinal_snapshot: true\n"


class Life:
    """One environment with databases, taken from text to text."""

    def __init__(self, room: Room, folder: Path) -> None:
        self.room = room
        self.folder = folder
        self.room.account.prepare(["vpc-0a", "subnet-0a", "subnet-0b"], "ap-northeast-2")
        self.room.account.prepare(["vpc-0e", "subnet-0e", "subnet-0f"], "us-west-2")

    def stack(self, text: str, name: str = "orders") -> Stack:
        specs = self.folder / "specs"
        (specs / "dev").mkdir(parents=True, exist_ok=True)
        (specs / "people.yaml").write_text("teams: {checkout: {}}\n")
        (specs / "dev" / "environment.yaml").write_text(ENVIRONMENT)
        (specs / "dev" / f"{name}.yaml").write_text(DATABASE + PLAIN + text)
        found = catalog.load(WorkTree(specs)).checked()
        stacks = {each.id: each for each in compilation.stacks(*found.select([]))}
        self.environment = stacks["dev.environment"]
        return stacks[f"dev.{name}"]

    def begin(self) -> None:
        self.stack("")
        assert self.room.apply(self.environment).outcome.ending is Ending.APPLIED

    def becomes(self, text: str, name: str = "orders") -> Report:
        """The report of applying it; what was applied is found unchanged."""
        stack = self.stack(text, name)
        report = self.room.apply(stack)
        assert report.outcome.failures == ()
        assert report.outcome.ending is Ending.APPLIED
        again = self.room.preview(stack)
        assert (again.changes, again.pending, again.outcome.ending) == ((), (), Ending.UNCHANGED)
        return report

    def instance(self, identifier: str = "shop-dev-orders", region: str = "ap-northeast-2") -> dict[str, Any]:
        found = self.room.account.read("aws:rds:Instance", identifier, region)
        assert found is not None
        return found.outputs


@pytest.fixture
def life(room: Room, tmp_path: Path) -> Life:
    made = Life(room, tmp_path)
    made.begin()
    return made


def _ops(report: Report) -> dict[str, Op]:
    return {each.resource: each.op for each in report.changes}


def test_another_day_of_rotation_makes_another_password_and_another_secret(life: Life) -> None:
    life.becomes("credentials: {rotate: 2026-11-01}\n")
    before = life.room.password("dev.orders")
    report = life.becomes("credentials: {rotate: 2026-12-01}\n")
    assert _ops(report) == {"password": Op.REPLACE, "instance": Op.UPDATE, "secret-content": Op.REPLACE}
    after = life.room.password("dev.orders")
    assert before != after


def test_replicas_are_upgraded_first_and_leave_no_old_parameters_behind(life: Life) -> None:
    old = "engine_version: 8.0\nengine_lifecycle_support: open-source-rds-extended-support\n"
    old += "upgrades: {allow_major: true}\nlogs: {exports: [audit]}\n".replace(PLAIN, "")
    text = old.replace("logs: {exports: [audit]}\n", "")
    life.becomes(text + "read_replicas: [{name: reports}]\n")
    first = life.becomes(text + "read_replicas: [{name: reports, engine_version: 8.4}]\n")
    assert _ops(first) == {"parameters-mysql84": Op.CREATE, "replica-reports": Op.UPDATE}
    new = "engine_version: 8.4\nupgrades: {allow_major: true}\nread_replicas: [{name: reports}]\n"
    then = life.becomes(new + "engine_lifecycle_support: open-source-rds-extended-support\n")
    assert _ops(then) == {"parameters-mysql80": Op.DELETE, "instance": Op.UPDATE}
    versions = [
        life.instance(f"shop-dev-orders{end}")["engine_version_actual"] for end in ("", "-replica-reports")
    ]
    assert [each[:3] for each in versions] == ["8.4", "8.4"]


def test_replicas_and_backups_go_to_other_regions_and_come_back(life: Life) -> None:
    away = "read_replicas: [{name: far, region: us-west-2}]\nbackup: {cross_region: {region: us-west-2}}\n"
    life.becomes(away)
    far = life.instance("shop-dev-orders-replica-far", "us-west-2")
    assert (far["engine_version_actual"][:3], far["db_subnet_group_name"]) == ("8.4", "shop-dev-orders")
    report = life.becomes("")
    assert set(_ops(report).values()) == {Op.DELETE, Op.FORGET}
    assert {name for name, op in _ops(report).items() if op is Op.FORGET} == {"key-us-west-2"}
    assert {each.type for each in life.room.account.owned("dev.orders") if each.region == "us-west-2"} <= {
        "aws:kms:Key"
    }


def test_a_database_comes_back_from_its_final_snapshot_and_stays_when_the_line_goes(life: Life) -> None:
    stack = life.stack("")
    life.becomes("")
    key = life.instance()["kms_key_id"]
    assert life.room.destroy(stack).outcome.ending is Ending.DESTROYED
    snapshots = [each for each in life.room.account.show()["things"] if each["type"] == "aws:rds:Snapshot"]
    (name,) = [each["id"] for each in snapshots]
    restored = f"identifier: shop-dev-orders-again\nencryption: {{kms_key: {key!r}}}\n"
    life.becomes(f"{restored}credentials: {{username: somebody}}\nrestore: {{snapshot: {name}}}\n")
    assert life.instance("shop-dev-orders-again")["username"] == "dbadmin"
    report = life.room.apply(life.stack(restored))
    assert (report.changes, report.outcome.ending) == ((), Ending.UNCHANGED)


def test_a_database_is_made_from_a_moment_of_another(life: Life) -> None:
    life.becomes("")
    key = life.instance()["kms_key_id"]
    text = f"encryption: {{kms_key: {key!r}}}\nrestore: {{point_in_time: {{source: shop-dev-orders, time: latest}}}}\n"
    life.becomes(text, "monday")
    made = life.instance("shop-dev-monday")
    assert (made["kms_key_id"], made["username"]) == (key, "dbadmin")


def test_an_apply_starts_what_the_schedule_has_stopped(life: Life) -> None:
    text = 'schedule: {stop: "20:00", start: "08:00", timezone: Asia/Seoul}\n'
    life.becomes(text)
    life.room.account.stop("shop-dev-orders")
    assert life.room.preview(life.stack(text)).changes == ()
    assert life.instance()["status"] == "stopped"
    report = life.becomes(text + "monitoring: {interval: 60}\n")
    assert report.outcome.notes == ("instance was stopped, and has been started",)
    assert life.instance()["status"] == "available"


def test_storage_that_rds_has_grown_is_no_drift(life: Life) -> None:
    life.becomes("")
    account = life.room.account
    (instance,) = [each for each in account.owned("dev.orders") if each.type == "aws:rds:Instance"]
    account.drift(instance, ("allocated_storage",), 40)
    again = life.room.preview(life.stack(""))
    assert (again.changes, again.outcome.ending) == ((), Ending.UNCHANGED)
    life.becomes("monitoring: {interval: 60}\n")
    assert life.instance()["allocated_storage"] == 40


def test_auditing_comes_and_goes_and_leaves_its_option_group_to_the_snapshots(life: Life) -> None:
    life.becomes("")
    audited = life.stack("").resources
    assert "options-mysql84" not in {each.name for each in audited}
    text = DATABASE + "insights: {mode: 'off'}\nfinal_snapshot: true\n"
    specs = life.folder / "specs" / "dev" / "orders.yaml"
    specs.write_text(text + "logs: {exports: [audit]}\n")
    found = catalog.load(WorkTree(life.folder / "specs")).checked()
    (stack,) = [each for each in compilation.stacks(*found.select(["dev/orders"])) if each.id == "dev.orders"]
    assert life.room.apply(stack).outcome.ending is Ending.APPLIED
    assert life.room.preview(stack).outcome.ending is Ending.UNCHANGED
    assert life.instance()["option_group_name"].startswith("shop-dev-orders-mysql84-")
    life.becomes("")
    assert life.instance()["option_group_name"] == "default:mysql-8-4"


def test_an_environment_is_found_unchanged_and_goes_but_for_what_holds_data(life: Life) -> None:
    again = life.room.preview(life.environment)
    assert (again.changes, again.outcome.ending) == ((), Ending.UNCHANGED)
    assert life.room.destroy(life.environment).outcome.ending is Ending.DESTROYED
    left = {each.type for each in life.room.account.owned("dev.environment")}
    assert left == {"aws:backup:Vault", "aws:kms:Key", "aws:s3:Bucket"}
