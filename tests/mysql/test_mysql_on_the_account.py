"""MySQL databases on the simulated account, without the engine: made, changed, found unchanged, and gone."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from compiler import catalog, compilation, gates, graph
from compiler.catalog import Catalog
from compiler.changes import Change, Known, Op, PropertyChange, Side
from compiler.comparison import compare
from compiler.consequences import consequences
from compiler.diagnostics import Severity
from compiler.effects import Feasibility
from compiler.graph import Ref, Resource, Stack
from compiler.sandbox.account import Account
from compiler.source import File

HOME, AWAY = "us-east-1", "us-west-2"
ENVIRONMENT = """\
tier: {tier}
edition: "2026.11"
region: us-east-1
target: sandbox
shared_infrastructure:
  literal: {{vpc_id: vpc-0a, private_subnet_ids: [subnet-0a, subnet-0b]}}
clients: {{checkout-api: {{security_group: sg-0c0ffee0}}}}
regions:
  us-west-2: {{vpc_id: vpc-0e, private_subnet_ids: [subnet-0e, subnet-0f]}}
"""
KEY = f"arn:aws:kms:{HOME}:000000000000:key/0123"

New = Callable[[], Account]


@dataclass(frozen=True)
class Specs:
    """A specs folder that is nowhere but in memory."""

    spec: Mapping[str, Any]
    tier: str
    name: str = "specs"

    def files(self) -> list[File]:
        head = {"kind": "mysql", "project": "shop", "owner": "checkout", "database_name": "orders"}
        texts = {
            "people.yaml": "teams: {checkout: {}}",
            "prod/environment.yaml": ENVIRONMENT.format(tier=self.tier),
            "prod/orders.yaml": json.dumps({**head, **self.spec}),  # JSON is YAML
        }
        return [File(path, f"specs/{path}", text.encode()) for path, text in texts.items()]


def _load(spec: Mapping[str, Any], tier: str) -> Catalog:
    return catalog.load(Specs(spec, tier))  # type: ignore[arg-type]


def _stacks(spec: Mapping[str, Any], tier: str) -> tuple[Stack, Stack]:
    found = _load(spec, tier).checked()
    environment, database = compilation.stacks(*found.select([]))
    return environment, database


@st.composite
def specs(draw: st.DrawFn) -> dict[str, Any]:
    """Specs of every shape, nearly all of them valid."""
    old = draw(st.booleans())
    volume = draw(st.sampled_from(["gp3", "gp3", "gp2", "io2"]))
    size = draw(st.sampled_from([100, 200, 500]))
    managed = draw(st.sampled_from([False, False, True]))
    replicas = [] if managed else draw(st.sampled_from([0, 0, 1, 2, "away", "upgraded"]))
    if replicas == "away":
        replicas = [{"name": "near"}, {"name": "far", "region": AWAY, "instance_class": "db.r8g.xlarge"}]
    elif replicas == "upgraded":
        replicas = [{"name": "1", "engine_version": "8.4"}]
    spec: dict[str, Any] = {
        "access": ["checkout-api"],
        "engine_version": "8.0" if old else draw(st.sampled_from(["8.4", "8.4", "8.4.11"])),
        "engine_lifecycle_support": "open-source-rds-extended-support",
        "instance_class": draw(st.sampled_from(["db.t4g.small", "db.r7g.large", "db.m6i.xlarge"])),
        "multi_az": draw(st.booleans()),
        "read_replicas": replicas,
        "port": draw(st.sampled_from([3306, 3307])),
        "iam_database_authentication": draw(st.booleans()),
        "parameters": draw(
            st.sampled_from([{}, {"max_connections": 500}, {"performance_schema": 1, "long_query_time": 5}])
        ),
        "storage": {
            "type": volume,
            "allocated_gib": size,
            "max_allocated_gib": draw(st.sampled_from([0, 1000])),
            "iops": 3000 if volume == "io2" else 12000 if volume == "gp3" and size == 500 else None,
            "dedicated_log_volume": volume == "io2" and draw(st.booleans()),
        },
        "credentials": {
            "mode": "managed" if managed else "self_managed",
            "rotate": None if managed else draw(st.sampled_from([None, "2026-06-01", "2026-12-01"])),
            "rotation_days": draw(st.sampled_from([None, 30])) if managed else None,
        },
        "backup": {
            "retention_days": draw(st.sampled_from([1, 7, 35])),
            "delete_automated_backups": draw(st.booleans()),
            "cross_region": draw(st.sampled_from([None, None, {"region": AWAY, "retention_days": 14}])),
        },
        "final_snapshot": draw(st.booleans()),
        "deletion_protection": False,
        "encryption": {"kms_key": draw(st.sampled_from([None, None, None, KEY]))},
        "monitoring": {"interval": draw(st.sampled_from([0, 60]))},
        "insights": {"mode": draw(st.sampled_from(["auto", "off"]))},
        "logs": {
            "exports": draw(st.sampled_from([[], ["error"], ["audit", "error", "slowquery"]])),
            "audit_events": draw(st.sampled_from([["CONNECT"], ["CONNECT", "QUERY"]])),
        },
        "upgrades": {
            "allow_major": True,
            "apply_immediately": draw(st.booleans()),
            "blue_green": not managed and not replicas and draw(st.booleans()),
        },
    }
    if draw(st.booleans()) and not replicas:
        spec["schedule"] = {"stop": "20:00", "start": "08:00", "timezone": "Asia/Seoul"}
    return spec


@pytest.fixture
def new_account(tmp_path_factory: pytest.TempPathFactory) -> New:
    """Makes an account with networks in two regions, and somebody's key."""

    def make() -> Account:
        account = Account(tmp_path_factory.mktemp("account") / "sandbox.db")
        account.prepare(["vpc-0a", "subnet-0a", "subnet-0b", "sg-0c0ffee0", KEY], HOME)
        account.prepare(["vpc-0e", "subnet-0e", "subnet-0f"], AWAY)
        return account

    return make


def _valid(spec: Mapping[str, Any], tier: str) -> bool:
    return not any(each.severity is Severity.ERROR for each in _load(spec, tier).diagnostics)


SETTINGS = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))


@given(spec=specs())
@SETTINGS
def test_any_valid_spec_is_made_found_unchanged_and_gone(
    spec: dict[str, Any], new_account: New, little_engine: Callable[..., Any]
) -> None:
    tier = "development"
    assume(_valid(spec, tier))
    environment, stack = _stacks(spec, tier)
    assert graph.canonical(_stacks(spec, tier)[1]) == graph.canonical(stack)
    account = new_account()
    little_engine(account).apply(environment)
    engine = little_engine(account)
    assert set(engine.apply(stack).values()) == {"create"}
    assert engine.apply(stack) == {}
    account.advance(timedelta(days=8))
    account.start("aws:rds:Instance", engine.state["instance"].id)
    assert engine.apply(stack) == {}
    engine.destroy()
    left = {each.type for each in account.owned("prod.orders")}
    assert left <= {
        *("aws:kms:Key", "aws:rds:AutomatedBackups", "aws:rds:OptionGroup", "aws:rds:Snapshot"),
    }
    assert ("aws:rds:Snapshot" in left) is spec["final_snapshot"]


@given(before=specs(), after=specs())
@SETTINGS
def test_what_is_said_of_any_change_is_what_the_account_does(
    before: dict[str, Any], after: dict[str, Any], new_account: New, little_engine: Callable[..., Any]
) -> None:
    tier = "development"
    assume(_valid(before, tier) and _valid(after, tier))
    environment, old = _stacks(before, tier)
    _, new = _stacks(after, tier)
    account = new_account()
    little_engine(account).apply(environment)
    engine = little_engine(account)
    engine.apply(old)
    changes = compare(old, new)
    said = consequences(changes, old, new)
    assume(all(each.effect.feasibility is Feasibility.OK for each in said))
    done = engine.apply(new)
    replaced = {each.resource for each in changes if each.op is Op.REPLACE}
    account_did = {name for name, what in done.items() if what == "replace"}
    assert account_did <= replaced
    # What is made anew under its name has the ARN of the old one, which nobody knows beforehand.
    assert all(_refers(new.resource(name), replaced) for name in replaced - account_did)
    assert engine.apply(new) == {}


def _refers(resource: Resource, names: set[str]) -> bool:
    found = (each for value in resource.inputs.values() for each in graph.parts(value))
    return any(isinstance(each, Ref) and each.resource in names for each in found)


def test_a_restored_database_outlives_its_restore_in_the_spec(
    new_account: New, little_engine: Callable[..., Any]
) -> None:
    """It has the user of what it was restored from, whatever its spec says, and without `restore` that counts."""
    key, tier = {"encryption": {"kms_key": KEY}, "deletion_protection": False}, "development"
    source = {**key, "identifier": "old-orders", "credentials": {"username": "shopkeeper"}}
    restored = {**key, "restore": {"point_in_time": {"source": "old-orders", "time": "latest"}}}
    environment, first = _stacks(source, tier)
    account = new_account()
    for stack in (environment, replace(first, id="prod.old")):
        little_engine(account).apply(stack)
    old, new = (_stacks(each, tier)[1] for each in (restored, key))
    engine = little_engine(account)
    engine.apply(old)
    assert engine.apply(old) == {}

    inputs, found = engine.differences(new.resource("instance"))
    was = engine.state["instance"].outputs
    assert [each.route for each in found if each.replaces] == [("username",)]
    sides = (Side(Known.KNOWN, each["username"]) for each in (was, inputs))
    change = PropertyChange(("username",), *sides, replaces=True)
    told = Change("prod.orders", "instance", "aws:rds:Instance", Op.REPLACE, (change,))
    refused = gates.refusals("prod.orders", consequences([told], old, new), tier, None)
    assert [(each.rule, "put back what came out of the spec" in each.fix) for each in refused] == [
        ("gate/refused", True)
    ]


OLD = {"engine_version": "8.0", "engine_lifecycle_support": "open-source-rds-extended-support"}
NEW = {**OLD, "engine_version": "8.4"}
NOW = {"upgrades": {"allow_major": True, "apply_immediately": True}}
GREEN = {"upgrades": {"allow_major": True, "blue_green": True}}
ONE, AHEAD = [{"name": "1"}], [{"name": "1", "engine_version": "8.4"}]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({**OLD, "read_replicas": ONE}, {**NEW, "read_replicas": ONE}, "wants its replicas there first"),
        ({**OLD, "read_replicas": AHEAD}, {**NEW, "read_replicas": ONE}, ""),
        ({**OLD, "read_replicas": ONE}, {**OLD, "read_replicas": AHEAD}, ""),
        ({**OLD, "read_replicas": AHEAD}, {**OLD, "read_replicas": ONE}, "never goes back to 8.0"),
        ({**OLD, "read_replicas": AHEAD}, OLD, ""),
        ({**OLD, "read_replicas": ONE}, NEW, "replicas that go would still be there"),
        ({**OLD, "read_replicas": AHEAD}, NEW, ""),
        (
            {"read_replicas": ONE},
            {**GREEN, "instance_class": "db.r7g.large"},
            "makes no copy while there are read replicas",
        ),
        (
            {"credentials": {"mode": "managed"}},
            {**GREEN, "instance_class": "db.r7g.large"},
            "whose password it still keeps itself",
        ),
        (
            {"backup": {"retention_days": 0}},
            {**GREEN, "instance_class": "db.r7g.large"},
            "from a backup, and there is none yet",
        ),
        ({"read_replicas": ONE}, GREEN, ""),
        ({}, {**GREEN, "instance_class": "db.r7g.large"}, ""),
    ],
)
def test_what_has_to_wait_for_something_else_is_refused_with_what_comes_first(
    before: dict[str, Any], after: dict[str, Any], said: str
) -> None:
    (_, old), (_, new) = (_stacks({**NOW, **each}, "development") for each in (before, after))
    found = [
        each.effect
        for each in consequences(compare(old, new), old, new)
        if each.effect.feasibility is not Feasibility.OK
    ]
    assert [said in each.says and bool(each.fix) for each in found] == [True] * bool(said)
