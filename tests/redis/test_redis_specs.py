"""What a Redis spec means: what follows from it, what it is warned of, whom it tells, what it costs to name it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from compiler.aws.elasticache import node_types
from compiler.catalog import Catalog
from compiler.comparison import compare
from compiler.consequences import consequences
from compiler.diagnostics import Severity
from compiler.effects import Effect, Feasibility
from compiler.graph import Ref, Stack
from compiler.kinds import named

Compile = Callable[..., Stack]
Loaded = Callable[..., Catalog]


@pytest.mark.parametrize("version", ["4.0.10", "5.0.6"])
def test_a_version_past_its_support_is_a_warning_that_says_what_it_costs(
    version: str, loaded: Loaded
) -> None:
    old = {"engine": "redis", "engine_version": version, "auth": {"mode": "token"}, "logs": {"exports": []}}
    found = loaded(old)
    (warning,) = found.diagnostics
    assert (warning.rule, warning.severity) == ("redis/extended-support", Severity.WARNING)
    assert "80 %" in warning.message
    assert "prod/carts" in found.databases


@pytest.mark.parametrize(
    ("shards", "rules"), [(30, []), (31, ["redis/nodes-quota"]), (166, ["redis/nodes-quota"])]
)
def test_more_nodes_than_an_account_has_at_first_are_a_warning(
    shards: int, rules: list[str], loaded: Loaded
) -> None:
    found = loaded({"topology": "cluster", "shards": shards})
    assert [each.rule for each in found.diagnostics] == rules
    assert "prod/carts" in found.databases


@pytest.mark.parametrize("name", sorted(node_types("us-east-1")))
def test_every_node_type_of_a_region_compiles_there(name: str, compiled: Compile) -> None:
    group = compiled({"node_type": name}).resource("replication-group")
    assert group.inputs["data_tiering_enabled"] is name.startswith("cache.r6gd")


@pytest.mark.parametrize("tier", ["development", "staging", "production"])
def test_tiers_differ_in_nothing_that_a_client_notices(tier: str, compiled: Compile) -> None:
    inputs = compiled({}, tier).resource("replication-group").inputs
    assert (inputs["cluster_mode"], inputs["port"], inputs["transit_encryption_mode"]) == (
        "disabled",
        6379,
        "required",
    )
    assert inputs["user_group_ids"] == [Ref("users", "user_group_id")]


@pytest.mark.parametrize(
    ("spec", "failover", "multi_az"),
    [
        ({"topology": "single"}, False, False),
        ({"topology": "replicated", "replicas": 0}, False, False),
        ({"topology": "replicated", "replicas": 1}, True, True),
        ({"topology": "cluster", "replicas": 0}, True, False),
        ({"topology": "cluster", "replicas": 1}, True, True),
    ],
)
def test_failover_and_zones_follow_from_the_replicas(
    spec: Any, failover: bool, multi_az: bool, compiled: Compile
) -> None:
    inputs = compiled(spec).resource("replication-group").inputs
    assert (inputs["automatic_failover_enabled"], inputs["multi_az_enabled"]) == (failover, multi_az)


def test_what_follows_is_derived_and_what_is_written_is_not(loaded: Loaded) -> None:
    def derived(spec: Any) -> dict[str, Any]:
        (database,) = loaded(spec).checked().databases.values()
        return {key: each.value for key, each in named("redis").derive(database).items()}

    plain = derived({"purpose": "sessions"})
    assert plain["parameters.maxmemory-policy"] == "noeviction"
    assert plain["parameter_family"] == "valkey8"
    assert plain["shards"] == 1
    assert "replicas" not in plain
    assert plain["identifier"] == "shop-prod-carts"
    said = derived(
        {
            "topology": "cluster",
            "identifier": "carts",
            "parameters": {"maxmemory-policy": "volatile-lru"},
            "snapshot": {"window": "18:00-19:00"},
            "autoscaling": {"replicas": {"min": 1, "max": 2}},
        }
    )
    assert "shards" not in said
    assert said["replicas"] == 1
    assert not said.keys() & {"parameters.maxmemory-policy", "identifier", "snapshot.window"}


def test_the_database_and_the_user_that_is_kept_out_both_claim_their_names(loaded: Loaded) -> None:
    def claims(spec: Any) -> list[str]:
        (database,) = loaded(spec).checked().databases.values()
        return list(named("redis").claims(database))

    assert claims({}) == ["shop-prod-carts", "shop-prod-carts-off"]
    assert claims({"auth": {"mode": "token"}}) == ["shop-prod-carts"]


def _alarms(stack: Stack) -> dict[str, Any]:
    return {each.name: each.inputs for each in stack.resources if each.type == "aws:cloudwatch:MetricAlarm"}


def test_alarms_follow_from_the_node_type(compiled: Compile) -> None:
    small = _alarms(compiled({"node_type": "cache.t4g.micro", "topology": "single"}))
    large = _alarms(compiled({"node_type": "cache.r7g.xlarge", "topology": "single"}))
    assert {name: each["threshold"] for name, each in small.items()} == {
        "node-001-connections": 15_000,
        "node-001-cpu": 45,
        "node-001-cpu-credits": 20,
        "node-001-evictions": 1000,
        "node-001-refused-logins": 10,
        "node-001-swap": 51 * 1024**2,
    }
    assert large["node-001-cpu"]["threshold"] == 90
    assert large["node-001-engine-cpu"]["threshold"] == 90
    assert large["node-001-connections"]["threshold"] == 48_750
    assert large["node-001-swap"]["threshold"] == 256 * 1024**2
    assert "node-001-cpu-credits" not in large


def test_a_cache_may_be_full_and_sessions_may_not(compiled: Compile) -> None:
    names = {
        purpose: {each.split("-", 2)[2] for each in _alarms(compiled({"purpose": purpose}))}
        for purpose in ("cache", "sessions", "queue")
    }
    assert "memory" not in names["cache"]
    assert "evictions" in names["cache"]
    assert "memory" in names["sessions"] & names["queue"]
    assert "evictions" not in names["sessions"] | names["queue"]
    shared = _alarms(compiled({"purpose": "sessions", "parameters": {"maxmemory-policy": "volatile-ttl"}}))
    assert shared["node-001-evictions"]["threshold"] == 0


def test_every_node_is_watched_under_the_name_that_aws_gives_it(compiled: Compile) -> None:
    def watched(spec: Any) -> set[tuple[tuple[str, Any], ...]]:
        return {tuple(sorted(each["dimensions"].items())) for each in _alarms(compiled(spec)).values()}

    def nodes(*names: str) -> set[tuple[tuple[str, Any], ...]]:
        return {(("CacheClusterId", f"shop-prod-carts-{name}"), ("CacheNodeId", "0001")) for name in names}

    assert watched({"replicas": 1}) == nodes("001", "002")
    assert watched({"topology": "cluster", "shards": 2, "replicas": 1}) == nodes(
        "0001-001", "0001-002", "0002-001", "0002-002"
    )
    # What is on its way to a cluster keeps the names of its nodes.
    compatible = {"topology": "cluster", "shards": 1, "replicas": 1, "cluster_mode": "compatible"}
    assert watched(compatible) == nodes("001", "002")


def test_what_became_a_cluster_is_watched_by_role_since_its_nodes_keep_their_names(compiled: Compile) -> None:
    cluster = {"topology": "cluster", "shards": 1, "replicas": 1, "purpose": "queue"}
    was, unsaid, said = (
        compiled({**cluster, **more})
        for more in ({"cluster_mode": "compatible"}, {}, {"cluster_mode": "enabled"})
    )
    [refused] = _refused(was, unsaid)
    assert refused.fix == "write `cluster_mode: enabled`, and leave it there: alarms go by role then"
    assert _refused(was, said) == []
    dimensions = [each["dimensions"] for each in _alarms(said).values()]
    assert {tuple(each) for each in dimensions} == {("ReplicationGroupId", "Role")}
    # It grows and scales as any cluster does.
    assert _refused(said, compiled({**cluster, "shards": 3, "cluster_mode": "enabled"})) == []
    assert [
        each.inputs.get("cluster_mode") for each in said.resources if each.name == "replication-group"
    ] == ["enabled"]


def _refused(before: Stack, after: Stack) -> list[Effect]:
    found = [each.effect for each in consequences(compare(before, after), before, after)]
    return [each for each in found if each.feasibility is not Feasibility.OK]


def test_what_scales_is_watched_by_role_since_nodes_come_and_go(compiled: Compile) -> None:
    scaled = {"topology": "cluster", "autoscaling": {"shards": {"min": 2, "max": 4}}, "purpose": "queue"}
    for spec in (scaled, {"topology": "cluster", "shards": 7, "purpose": "queue"}):
        found = _alarms(compiled(spec))
        assert {(name, each["dimensions"]["Role"]) for name, each in found.items()} == {
            ("primaries-engine-cpu", "Primary"),
            ("primaries-memory", "Primary"),
            ("replicas-engine-cpu", "Replica"),
        }


def test_a_switch_of_the_engine_is_yes_or_no_and_a_number_keeps_its_digits(compiled: Compile) -> None:
    spec = {"parameters": {"activedefrag": True, "lazyfree-lazy-eviction": False, "hz": 20}}
    (group,) = (each for each in compiled(spec).resources if each.type == "aws:elasticache:ParameterGroup")
    assert {each["name"]: each["value"] for each in group.inputs["parameters"]} == {  # type: ignore[index,call-overload,union-attr]
        "activedefrag": "yes",
        "hz": "20",
        "lazyfree-lazy-eviction": "no",
        "maxmemory-policy": "allkeys-lru",
    }


def test_the_secret_holds_the_newest_password_and_follows_everything_that_lets_it_in(
    compiled: Compile,
) -> None:
    from compiler import graph

    stack = compiled({"auth": {"rotate": ["2026-06-01", "2026-12-01"]}})
    order = [each.name for each in graph.ordered(stack)]
    assert order.index("password-2026-12-01") < order.index("user") < order.index("secret-content")
    references = list(graph.parts(stack.resource("secret-content").inputs["secret_string"]))
    assert Ref("password-2026-12-01", "result") in references
    assert Ref("password-2026-06-01", "result") not in references
