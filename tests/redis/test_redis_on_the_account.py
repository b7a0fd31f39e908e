"""Redis databases on the simulated account, without the engine: made, changed, found unchanged, and gone."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from compiler import graph
from compiler.effects import Effect, Feasibility
from compiler.graph import Stack
from compiler.kinds.redis.effects import EFFECTS
from compiler.sandbox.refusal import AwsError

Compile = Callable[..., Stack]
NewLife = Callable[[], Any]

NOW = {"upgrades": {"apply_immediately": True}}


@st.composite
def specs(draw: st.DrawFn) -> dict[str, Any]:
    """Specs of every shape, nearly all of them valid."""
    engine, version = draw(
        st.sampled_from(
            [("redis", each) for each in ("6.0", "6.2", "7.0", "7.1")]
            + [("valkey", each) for each in ("7.2", "8.0", "8.2", "9.1")]
        )
    )
    tls = draw(st.sampled_from(["required", "required", "preferred", "disabled"]))
    mode = "none" if tls == "disabled" else draw(st.sampled_from(["rbac", "rbac", "token", "iam", "none"]))
    days = ["2026-06-01", "2026-12-01", "2027-06-01"]
    topology = draw(st.sampled_from(["single", "replicated", "cluster"]))
    spec: dict[str, Any] = {
        "engine": engine,
        "engine_version": version,
        "node_type": draw(
            st.sampled_from(["cache.t4g.small", "cache.r7g.large", "cache.m6g.xlarge", "cache.r6gd.xlarge"])
        ),
        "topology": topology,
        "purpose": draw(st.sampled_from(["cache", "sessions", "queue"])),
        "port": draw(st.sampled_from([6379, 6379, 6380])),
        "auth": {
            "mode": mode,
            "keep_previous": draw(st.booleans()),
            "rotate": draw(st.sampled_from([days[:count] for count in range(4)] + [days[1:2]]))
            if mode in ("rbac", "token")
            else [],
        },
        "transit_encryption": {"mode": tls},
        "snapshot": {"retention_days": draw(st.sampled_from([1, 7, 35]))},
        "final_snapshot": draw(st.booleans()),
        "logs": {"exports": draw(st.sampled_from([[], ["slow-log"]]))},
        "upgrades": {"apply_immediately": draw(st.booleans())},
        "parameters": draw(st.sampled_from([{}, {"timeout": 300}, {"databases": 4}])),
    }
    if topology != "single":
        spec["replicas"] = draw(st.integers(1, 2))
    if topology == "cluster":
        kind = draw(st.sampled_from(["fixed", "fixed", "compatible", "scaled"]))
        if kind == "fixed":
            spec["shards"] = draw(st.integers(1, 3))
            spec["cluster_mode"] = draw(st.sampled_from([None, "enabled"]))
        elif kind == "compatible":
            spec |= {"shards": 1, "cluster_mode": "compatible"}
        else:
            del spec["replicas"]
            spec["node_type"] = "cache.r7g.large"
            least = draw(st.integers(1, 2))
            spec["autoscaling"] = {
                "shards": {"min": least, "max": least + 2},
                "replicas": {"min": 1, "max": draw(st.integers(1, 3))},
            }
    return spec


@given(spec=specs())
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_valid_spec_is_made_found_unchanged_and_gone(
    spec: dict[str, Any], loaded: Callable[..., Any], compiled: Compile, new_life: NewLife
) -> None:
    assume(not any(each.severity == "error" for each in loaded(spec).diagnostics))
    stack = compiled(spec)
    assert graph.canonical(compiled(spec)) == graph.canonical(stack)
    life = new_life()
    assert set(life.apply(stack).values()) == {"create"}
    assert life.apply(stack) == {}
    life.destroy()
    left = {each["type"] for each in life.account.show()["things"] if each["stack"] == "prod.carts"}
    assert not left & {"aws:elasticache:ReplicationGroup", "aws:elasticache:User", "aws:ec2:SecurityGroup"}
    assert ("aws:elasticache:Snapshot" in left) is spec["final_snapshot"]


@given(before=specs(), after=specs())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_is_said_of_any_change_is_what_the_account_does(
    before: dict[str, Any],
    after: dict[str, Any],
    loaded: Callable[..., Any],
    compiled: Compile,
    new_life: NewLife,
) -> None:
    for spec in (before, after):
        assume(not any(each.severity == "error" for each in loaded(spec).diagnostics))
    old = compiled(before)
    new = compiled(after)
    effects = {(name, input): effect for name, input, effect in _effects(old, new)}
    life = new_life()
    life.apply(old)
    for resource in new.resources:
        if resource.name not in life.state or not resource.type.startswith("aws:elasticache:"):
            continue
        said = {
            input for (name, input), effect in effects.items() if name == resource.name and effect.replaces
        }
        inputs = {
            name: value
            for name, value in resource.inputs.items()
            if all(each.resource in life.state for each in graph.parts(value) if isinstance(each, graph.Ref))
        }
        _, found = life.differences(replace(resource, inputs=inputs))
        replacing = {str(each.route[0]) for each in found if each.replaces}
        # Inputs that are one decision have one effect: what is said of one is said of the others.
        assert replacing <= said, resource.name
        assert bool(replacing) == bool(said), resource.name
    if all(effect.feasibility is Feasibility.OK for effect in effects.values()):
        life.apply(new)
        assert life.apply(new) == {}


def _effects(old: Stack, new: Stack) -> list[tuple[str, str, Effect]]:
    """What is said of every input that differs between two graphs."""
    found = []
    before = {each.name: each for each in old.resources}
    for resource in new.resources:
        was = before.get(resource.name)
        if was is None or not resource.type.startswith("aws:elasticache:"):
            continue
        for name in sorted(was.inputs.keys() | resource.inputs.keys()):
            if name == "tags" or was.inputs.get(name) == resource.inputs.get(name):
                continue
            if name in resource.options.ignore_changes:
                continue
            entry = EFFECTS[resource.type, name]
            effect = entry if isinstance(entry, Effect) else entry(was.inputs, resource.inputs)
            found.append((resource.name, name, effect))
    return found


def _passwords_that_get_in(life: Any) -> set[str]:
    return set(life.state["user"].inputs["authentication_mode"]["passwords"])


def _password_in_the_secret(life: Any) -> str:
    return str(json.loads(life.state["secret-content"].inputs["secret_string"])["password"])


def test_at_no_moment_of_a_rotation_is_anybody_locked_out_or_let_in(
    compiled: Compile, new_life: NewLife
) -> None:
    stack = compiled({})
    life = new_life()
    life.apply(stack)
    read = [_password_in_the_secret(life)]
    steps = 0

    def watch() -> None:
        nonlocal steps
        steps += 1
        assert _password_in_the_secret(life) in _passwords_that_get_in(life)
        assert read[-1] in _passwords_that_get_in(life), (
            "who read the secret before this change gets in no more"
        )
        assert len(_passwords_that_get_in(life)) <= 2
        assert life.state["default-user"].inputs["access_string"] == "off ~* -@all"

    life.watch = watch
    for days in (["2026-06-01"], ["2026-06-01", "2026-12-01"], ["2026-06-01", "2026-12-01", "2027-06-01"]):
        assert life.apply(compiled({"auth": {"rotate": days}}))["user"] == "update"
        read.append(_password_in_the_secret(life))
    assert len(set(read)) == 4
    life.apply(compiled({"auth": {"rotate": days, "keep_previous": False}}))
    assert _passwords_that_get_in(life) == {read[-1]}
    assert steps > 10


def test_scaling_behind_our_back_is_no_difference_and_new_limits_hold_at_once(
    compiled: Compile, new_life: NewLife
) -> None:
    def spec(least: int, most: int) -> Mapping[str, Any]:
        scaling = {"shards": {"min": least, "max": most}, "replicas": {"min": 1, "max": 3}}
        return {"topology": "cluster", "autoscaling": scaling}

    stack = compiled(spec(2, 6))
    life = new_life()
    life.apply(stack)
    group = life.account.owned("prod.carts")[-1]
    group = next(each for each in life.account.owned("prod.carts") if each.type.endswith("ReplicationGroup"))
    life.account.drift(group, ("num_node_groups",), 5)
    life.account.drift(group, ("replicas_per_node_group",), 2)
    assert life.apply(stack) == {}
    assert life.state["replication-group"].outputs["num_cache_clusters"] == 15
    assert len(life.state["replication-group"].outputs["member_clusters"]) == 15
    assert life.apply(compiled(spec(2, 4))) == {"shards-scaling": "update"}
    assert life.apply(compiled(spec(2, 4))) == {}
    assert life.state["replication-group"].outputs["num_node_groups"] == 4


def test_a_single_node_becomes_a_cluster_step_by_step(compiled: Compile, new_life: NewLife) -> None:
    steps: list[dict[str, Any]] = [
        {"topology": "single", **NOW},
        {"topology": "replicated", "replicas": 1, **NOW},
        {"topology": "cluster", "shards": 1, "replicas": 1, "cluster_mode": "compatible", **NOW},
        {"topology": "cluster", "shards": 1, "replicas": 1, **NOW},
        {"topology": "cluster", "shards": 3, "replicas": 2, **NOW},
    ]
    stack = compiled(steps[0])
    life = new_life()
    life.apply(stack)
    old = stack
    for spec in steps[1:]:
        new = compiled(spec)
        assert all(effect.feasibility is Feasibility.OK for _, _, effect in _effects(old, new))
        assert life.apply(new)["replication-group"] == "update"
        assert life.apply(new) == {}
        old = new
    assert life.state["replication-group"].outputs["member_clusters"][-1] == "shop-prod-carts-0003-003"


def test_tls_comes_in_two_steps_and_users_after_it(compiled: Compile, new_life: NewLife) -> None:
    steps: list[dict[str, Any]] = [
        {"auth": {"mode": "none"}, "transit_encryption": {"mode": "disabled"}, **NOW},
        {"auth": {"mode": "none"}, "transit_encryption": {"mode": "preferred"}, **NOW},
        {"transit_encryption": {"mode": "preferred"}, **NOW},
        NOW,
    ]
    stack = compiled(steps[0])
    life = new_life()
    life.apply(stack)
    for spec in steps[1:]:
        life.apply(compiled(spec))
    assert life.state["replication-group"].outputs["transit_encryption_mode"] == "required"


@pytest.mark.parametrize(
    ("before", "after", "refusal"),
    [
        ({"engine_version": "8.2"}, {"engine_version": "9.0"}, "InvalidCacheParameterGroupState"),
        (
            {"auth": {"mode": "none"}, "transit_encryption": {"mode": "disabled"}, **NOW},
            {"auth": {"mode": "none"}, **NOW},
            "two-step",
        ),
        (
            {"auth": {"mode": "none"}, "transit_encryption": {"mode": "disabled"}, **NOW},
            {"transit_encryption": {"mode": "preferred"}, **NOW},
            "cannot be added while",
        ),
        (NOW, {"topology": "cluster", "shards": 1, **NOW}, "first set the cluster mode to Compatible"),
        (
            {"topology": "cluster", "shards": 1, "replicas": 1, "cluster_mode": "compatible", **NOW},
            {"topology": "cluster", "shards": 2, "replicas": 1, **NOW},
            "cannot be changed while",
        ),
        ({"auth": {"mode": "token"}}, {}, "AuthTokenUpdateStrategy"),
        ({"auth": {"mode": "token"}}, {"auth": {"mode": "none"}}, "AuthTokenUpdateStrategy"),
        (
            {"auth": {"mode": "none"}},
            {"auth": {"mode": "token", "keep_previous": False}},
            "only after ROTATE",
        ),
    ],
)
def test_what_aws_refuses_is_refused_before_it_is_asked(
    before: dict[str, Any], after: dict[str, Any], refusal: str, compiled: Compile, new_life: NewLife
) -> None:
    old = compiled(before)
    new = compiled(after)
    life = new_life()
    life.apply(old)
    refused = [effect for _, _, effect in _effects(old, new) if effect.feasibility is not Feasibility.OK]
    assert refused
    assert all(effect.fix for effect in refused)
    with pytest.raises(AwsError, match=refusal):
        life.apply(new)


def test_an_upgrade_waits_for_its_window(compiled: Compile, new_life: NewLife) -> None:
    old = compiled({"engine_version": "8.0"})
    new = compiled({"engine_version": "8.2", "node_type": "cache.r7g.xlarge"})
    life = new_life()
    life.apply(old)
    life.apply(new)
    group = life.state["replication-group"]
    assert (group.outputs["engine_version"], group.outputs["node_type"]) == ("8.0", "cache.r7g.large")
    assert life.account.pending(group.resource.type, group.id, "us-east-1") == {
        "engine_version": "8.2",
        "node_type": "cache.r7g.xlarge",
    }
    life.account.advance(timedelta(days=8))
    assert life.apply(new) == {}
    group = life.state["replication-group"]
    assert (group.outputs["engine_version_actual"], group.outputs["node_type"]) == (
        "8.2.0",
        "cache.r7g.xlarge",
    )


def test_the_strategy_that_deletes_a_token_lets_users_take_its_place(
    compiled: Compile, new_life: NewLife
) -> None:
    old = compiled({"auth": {"mode": "token"}})
    new = compiled({})
    group = new.resource("replication-group")
    deleting = graph.Resource(
        group.name,
        group.type,
        {**group.inputs, "auth_token_update_strategy": "DELETE"},
        group.why,
        group.options,
    )
    overridden = Stack(
        new.id, tuple(deleting if each is group else each for each in new.resources), new.outputs, new.after
    )
    life = new_life()
    life.apply(old)
    assert all(effect.feasibility is Feasibility.OK for _, _, effect in _effects(old, overridden))
    assert life.apply(overridden)["replication-group"] == "update"
