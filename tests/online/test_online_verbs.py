"""The verbs that need the engine, as people type them: what they print, where, and how they exit."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from compiler.commands.app import run
from compiler.sandbox.account import Account

# Importing a module of pulumi_aws warns of every old name in it.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:pulumi_aws")

SANDBOX = """\
tier: {tier}
edition: "2026.11"
region: ap-northeast-2
target: sandbox
clients: {{back-office: {{cidr: 10.20.0.0/16}}}}
windows: {{timezone: Asia/Seoul, days: [sun], from: "03:00", to: "06:00"}}
"""
REAL = """\
tier: {tier}
edition: "2026.11"
region: ap-northeast-2
target:
  account: "123456789012"
  preview_role: arn:aws:iam::123456789012:role/dbspec-preview
  apply_role: arn:aws:iam::123456789012:role/dbspec-apply
state: {{backend: "s3://acme-dbspec?region=ap-northeast-2"}}
shared_infrastructure:
  terraform_s3: {{bucket: acme-terraform, key: shared.tfstate, region: ap-northeast-2}}
clients: {{back-office: {{cidr: 10.20.0.0/16}}}}
windows: {{timezone: Asia/Seoul, days: [sun], from: "03:00", to: "06:00"}}
"""
ORDERS = """\
kind: mysql
project: shop
owner: checkout
database_name: orders
access: [back-office]
"""


class Done(NamedTuple):
    code: int
    out: str
    err: str


Verb = Callable[..., Done]


@pytest.fixture
def specs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "a clone" / "specs"
    (folder / "dev").mkdir(parents=True)
    (folder / "dev" / "environment.yaml").write_text(SANDBOX.format(tier="development"))
    (folder / "dev" / "orders.yaml").write_text(ORDERS)
    (folder / "people.yaml").write_text("teams: {checkout: {}}\n")
    monkeypatch.chdir(folder.parent)
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "pulumi"))
    return folder


@pytest.fixture
def dbspec(specs: Path, capfd: pytest.CaptureFixture[str]) -> Verb:
    def call(*arguments: str) -> Done:
        capfd.readouterr()
        code = run(arguments)
        return Done(code, *capfd.readouterr())

    return call


def test_from_nothing_to_applied_changed_and_unchanged(dbspec: Verb, specs: Path) -> None:
    first = dbspec("preview", "--detailed-exitcode")
    assert (first.code, "dev.orders: would change" in first.out) == (10, True)

    applied = dbspec("apply", "dev", "--format", "json")
    assert applied.code == 0
    reports = json.loads(applied.out)["reports"]
    assert [(each["stack"], each["outcome"]["ending"]) for each in reports] == [
        ("dev.environment", "applied"),
        ("dev.orders", "applied"),
    ]
    assert "dev.orders: instance (aws:rds:Instance) create done" in applied.err

    spec = specs / "dev" / "orders.yaml"
    spec.write_text(spec.read_text() + "instance_class: db.t4g.small\n")
    changed = dbspec("preview", "dev/orders", "--quiet")
    assert (changed.code, changed.err) == (0, "")
    assert 'instance_class: "db.t4g.micro" -> "db.t4g.small"' in changed.out
    assert dbspec("apply", "dev/orders").code == 0
    again = dbspec("preview", "--detailed-exitcode")
    assert (again.code, "2 stacks: 2 unchanged" in again.out) == (0, True)

    assert dbspec("destroy", "--all").code == 0
    left = {each.type for each in Account(specs.parent / ".dbspec" / "sandbox.db").owned("dev.orders")}
    assert left == {"aws:kms:Key"}


def test_status_tells_what_was_applied_where_it_is_and_what_has_no_spec(dbspec: Verb, specs: Path) -> None:
    assert "dev.orders: never applied" in dbspec("status").out
    dbspec("apply", "--all")

    shown = dbspec("status", "dev/orders")
    assert shown.code == 0
    assert "dev.orders: applied\n" in shown.out
    assert "  endpoint: shop-dev-orders." in shown.out
    assert "dev.environment" not in shown.out

    spec = specs / "dev" / "orders.yaml"
    spec.write_text(spec.read_text() + "instance_class: db.t4g.small\n")
    assert "its spec has changed since it was applied" in dbspec("status", "dev/orders").out

    spec.unlink()
    told = json.loads(dbspec("status", "--format", "json").out)["stacks"]
    assert [(each["stack"], each["orphan"]) for each in told] == [
        ("dev.environment", False),
        ("dev.orders", True),
    ]
    gone = dbspec("destroy", "dev/orders")
    assert gone.code == 0, gone.err
    assert "dev.orders" not in dbspec("status").out


def test_an_environment_is_destroyed_with_what_has_no_spec_any_more(dbspec: Verb, specs: Path) -> None:
    dbspec("apply", "--all")
    (specs / "dev" / "orders.yaml").unlink()

    done = dbspec("destroy", "dev", "--format", "json")

    reports = json.loads(done.out)["reports"]
    assert [(each["stack"], each["outcome"]["ending"]) for each in reports] == [
        ("dev.environment", "destroyed"),
        ("dev.orders", "destroyed"),
    ]
    assert dbspec("destroy", "dev/orders").code == 2


@pytest.mark.parametrize("verb", ["apply", "destroy"])
def test_what_changes_something_wants_to_be_told_what(dbspec: Verb, verb: str) -> None:
    done = dbspec(verb)

    assert done.code == 2
    assert (
        "nothing is selected; name a database (prod/orders) or an environment (prod), or say --all"
        in done.err
    )


def test_a_name_that_nothing_has_is_answered_with_the_nearest(dbspec: Verb) -> None:
    done = dbspec("preview", "dev/order")

    assert (done.code, "did you mean 'dev/orders'?" in done.err) == (2, True)


@pytest.mark.parametrize("verb", ["preview", "apply", "status", "destroy"])
def test_a_wrong_spec_is_said_before_anything_else(dbspec: Verb, specs: Path, verb: str) -> None:
    (specs / "dev" / "orders.yaml").write_text(ORDERS + "storage: 20\n")

    done = dbspec(verb, "dev")

    assert (done.code, done.out) == (1, "")
    assert "specs/dev/orders.yaml:6:" in done.err


@pytest.mark.parametrize("verb", ["apply", "destroy"])
def test_a_real_production_is_not_changed_by_hand(dbspec: Verb, specs: Path, verb: str) -> None:
    (specs / "dev" / "environment.yaml").write_text(REAL.format(tier="production"))

    done = dbspec(verb, "dev")

    assert done.code == 4
    assert "specs/dev/environment.yaml:1:1: " in done.err
    assert not (specs.parent / ".dbspec").exists()


@pytest.mark.usefixtures("no_aws")
def test_missing_credentials_are_one_clear_message(dbspec: Verb, specs: Path) -> None:
    (specs / "dev" / "environment.yaml").write_text(REAL.format(tier="development"))

    done = dbspec("preview", "dev")

    assert (done.code, done.out) == (3, "")
    assert "no AWS credentials" in done.err
    assert "none is set; set PULUMI_CONFIG_PASSPHRASE" in done.err


@pytest.mark.usefixtures("no_aws")
def test_any_environment_is_rehearsed_without_an_account(dbspec: Verb, specs: Path) -> None:
    (specs / "dev" / "environment.yaml").write_text(REAL.format(tier="production"))

    first = dbspec("apply", "dev", "--sandbox", "--quiet")
    again = dbspec("preview", "dev", "--sandbox", "--quiet", "--detailed-exitcode")

    assert first.code == 0, first.out + first.err
    assert again.code == 0, again.out + again.err
    assert sorted(each.name for each in (specs.parent / ".dbspec").iterdir()) == ["rehearsal"]


def test_a_missing_cli_is_said_with_the_way_to_get_it(
    dbspec: Verb, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("DBSPEC_PULUMI", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    done = dbspec("preview")

    assert (done.code, done.out) == (3, "")
    assert "dbspec engine install" in done.err


def test_a_failed_apply_exits_with_three_and_says_where_it_comes_from(dbspec: Verb, specs: Path) -> None:
    Account(specs.parent / ".dbspec" / "sandbox.db").fault(
        "aws:rds:Instance", message="InsufficientDBInstanceCapacity: none left"
    )

    done = dbspec("apply", "dev", "--quiet")

    assert done.code == 3
    assert done.out.startswith("dev.orders: failed")
    assert "specs/dev/orders.yaml\n" in done.out.splitlines(keepends=True)[0]
    assert "instance (aws:rds:Instance): " in done.out
    assert "InsufficientDBInstanceCapacity: none left" in done.out
    assert dbspec("apply", "dev").code == 0
