"""What is said of changes to a Redis database: of what they do to data and service, and of what AWS would refuse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from compiler.aws import types
from compiler.effects import Data, Effect, Feasibility, Service, When
from compiler.graph import Stack
from compiler.kinds.redis.effects import EFFECTS

Compile = Callable[..., Stack]

GROUP = "replication-group"
OPEN = {"auth": {"mode": "none"}}
CLEAR = {**OPEN, "transit_encryption": {"mode": "disabled"}}
NOW = {"upgrades": {"apply_immediately": True}}
COMPATIBLE = {"topology": "cluster", "shards": 1, "cluster_mode": "compatible"}
OLD = {"engine": "redis", "engine_version": "6.2"}


def effect(compiled: Compile, before: Any, after: Any, input: str, resource: str = GROUP) -> Effect:
    """What is said of that input, which must differ."""
    was, becomes = (compiled(spec).resource(resource) for spec in (before, after))
    assert was.inputs.get(input) != becomes.inputs.get(input), input
    entry = EFFECTS[was.type, input]
    return entry if isinstance(entry, Effect) else entry(was.inputs, becomes.inputs)


def test_every_input_that_can_be_set_has_an_entry() -> None:
    # What each shard has of its own replaces for some values only, and nobody can say for which before the engine.
    unknown = {("aws:elasticache:ReplicationGroup", "node_group_configurations")}
    for type in {type for type, _ in EFFECTS}:
        inputs = types.resource_type(type).inputs.keys() - {"region", "tags"}
        assert {(type, name) for name in inputs} - EFFECTS.keys() <= unknown


@pytest.mark.parametrize(
    ("before", "after", "input"),
    [
        ({}, OLD, "engine"),
        ({}, OLD, "engine_version"),
        ({"engine_version": "8.2"}, {"engine_version": "8.1"}, "engine_version"),
        (
            {},
            {
                "encryption": {
                    "kms_key": "arn:aws:kms:us-east-1:000000000000:key/11111111-2222-3333-4444-555555555555"
                }
            },
            "kms_key_id",
        ),
        ({}, {"node_type": "cache.r6gd.xlarge"}, "data_tiering_enabled"),
        (
            {**CLEAR, **OLD},
            {**OPEN, **OLD, "transit_encryption": {"mode": "preferred"}},
            "transit_encryption_enabled",
        ),
        ({**CLEAR, **OLD}, {**OPEN, **OLD}, "transit_encryption_mode"),
    ],
)
def test_what_would_make_an_empty_database_in_place_of_this_one_is_refused(
    before: Any, after: Any, input: str, compiled: Compile
) -> None:
    said = effect(compiled, before, after, input)
    assert (said.replaces, said.data, said.feasibility) == (True, Data.LOST, Feasibility.REFUSED)
    assert said.fix
    assert not said.reversible


def test_another_port_is_another_database_for_whoever_wants_to_lose_this_one(compiled: Compile) -> None:
    said = effect(compiled, {}, {"port": 6380}, "port")
    assert (said.replaces, said.data, said.feasibility) == (True, Data.LOST, Feasibility.OK)


@pytest.mark.parametrize(
    ("before", "after", "input", "feasibility", "fix"),
    [
        (
            CLEAR,
            OPEN,
            "transit_encryption_mode",
            Feasibility.TWO_STEPS,
            "transit_encryption: {mode: preferred}",
        ),
        (
            OPEN,
            CLEAR,
            "transit_encryption_enabled",
            Feasibility.TWO_STEPS,
            "transit_encryption: {mode: preferred}",
        ),
        (
            CLEAR,
            {},
            "transit_encryption_enabled",
            Feasibility.TWO_STEPS,
            "transit_encryption: {mode: preferred}, auth: {mode: none}",
        ),
        (
            CLEAR,
            {"transit_encryption": {"mode": "preferred"}},
            "user_group_ids",
            Feasibility.TWO_STEPS,
            "transit_encryption: {mode: preferred}, auth: {mode: none}",
        ),
        (
            {},
            {"topology": "cluster", "shards": 3},
            "cluster_mode",
            Feasibility.TWO_STEPS,
            "topology: cluster, shards: 1, cluster_mode: compatible",
        ),
        (
            OLD,
            {**OLD, "topology": "cluster"},
            "num_node_groups",
            Feasibility.TWO_STEPS,
            ", after engine_version: 7.1",
        ),
        ({"topology": "cluster"}, {}, "cluster_mode", Feasibility.REFUSED, "keep topology: cluster"),
        (
            {**COMPATIBLE, **NOW},
            {"topology": "cluster", "shards": 2, **NOW},
            "num_node_groups",
            Feasibility.TWO_STEPS,
            "cluster_mode: enabled with shards: 1 first",
        ),
        ({}, COMPATIBLE, "cluster_mode", Feasibility.REFUSED, "upgrades: {apply_immediately: true}"),
        (
            {**OLD, "engine_version": "7.1"},
            {},
            "engine",
            Feasibility.REFUSED,
            "upgrades: {apply_immediately: true}",
        ),
        (
            OLD,
            {**OLD, "engine_version": "7.1"},
            "engine_version",
            Feasibility.REFUSED,
            "apply_immediately: true",
        ),
        (
            OPEN,
            {"auth": {"mode": "token", "keep_previous": False}},
            "auth_token",
            Feasibility.TWO_STEPS,
            "keep_previous: true",
        ),
        ({"auth": {"mode": "token"}}, OPEN, "auth_token", Feasibility.REFUSED, "auth.mode: rbac"),
        (
            {"auth": {"mode": "token"}},
            {},
            "user_group_ids",
            Feasibility.REFUSED,
            "auth_token_update_strategy: DELETE",
        ),
        ({}, {"auth": {"mode": "token"}}, "user_group_ids", Feasibility.REFUSED, "keep auth.mode: rbac"),
        (
            {"auth": {"mode": "token", "keep_previous": False}},
            {"auth": {"mode": "token", "keep_previous": False, "rotate": "2026-12-01"}},
            "auth_token",
            Feasibility.TWO_STEPS,
            "keep_previous: true",
        ),
    ],
)
def test_what_aws_does_only_step_by_step_says_the_first_step(
    before: Any, after: Any, input: str, feasibility: Feasibility, fix: str, compiled: Compile
) -> None:
    said = effect(compiled, before, after, input)
    assert said.feasibility is feasibility
    assert fix in said.fix


@pytest.mark.parametrize(
    ("before", "after", "fix"),
    [
        (["2026-06-01"], ["2026-12-01"], "auth: {rotate: [2026-06-01, 2026-12-01], keep_previous: true}"),
        ([], ["2026-06-01", "2026-12-01"], "auth: {rotate: [2026-12-01], keep_previous: true}"),
        (["2026-06-01"], [], "auth: {rotate: [2026-06-01], keep_previous: true}"),
    ],
)
def test_a_rotation_that_forgets_the_password_in_use_says_what_to_write(
    before: list[str], after: list[str], fix: str, compiled: Compile
) -> None:
    said = effect(
        compiled, {"auth": {"rotate": before}}, {"auth": {"rotate": after}}, "authentication_mode", "user"
    )
    assert (said.feasibility, said.fix) == (Feasibility.TWO_STEPS, fix)


@pytest.mark.parametrize(
    ("before", "after", "input", "service", "when"),
    [
        ({}, {"node_type": "cache.r7g.xlarge"}, "node_type", Service.FAILOVER, When.WINDOW),
        (NOW, {**NOW, "node_type": "cache.r7g.xlarge"}, "node_type", Service.FAILOVER, When.NOW),
        ({"engine_version": "8.0"}, {}, "engine_version", Service.FAILOVER, When.WINDOW),
        ({**OLD, "engine_version": "7.1"}, NOW, "engine", Service.FAILOVER, When.NOW),
        (
            {"topology": "cluster"},
            {"topology": "cluster", "shards": 5},
            "num_node_groups",
            Service.DEGRADED,
            When.NOW,
        ),
        ({}, {"replicas": 4}, "num_cache_clusters", Service.DEGRADED, When.NOW),
        ({}, {"replicas": 1}, "num_cache_clusters", Service.FAILOVER, When.NOW),
        ({}, {"topology": "single"}, "automatic_failover_enabled", Service.NONE, When.NOW),
        (
            {"transit_encryption": {"mode": "preferred"}},
            {},
            "transit_encryption_mode",
            Service.OUTAGE,
            When.WINDOW,
        ),
        (
            {},
            {"transit_encryption": {"mode": "preferred"}},
            "transit_encryption_mode",
            Service.NONE,
            When.WINDOW,
        ),
        (OPEN, {}, "user_group_ids", Service.OUTAGE, When.WINDOW),
        ({}, OPEN, "user_group_ids", Service.NONE, When.WINDOW),
        (OPEN, {"auth": {"mode": "token"}}, "auth_token", Service.NONE, When.NOW),
        (
            {"auth": {"mode": "token"}},
            {"auth": {"mode": "token", "rotate": "2026-12-01"}},
            "auth_token",
            Service.NONE,
            When.NOW,
        ),
        (
            {"auth": {"mode": "token"}},
            {"auth": {"mode": "token", "keep_previous": False}},
            "auth_token_update_strategy",
            Service.OUTAGE,
            When.NOW,
        ),
        ({}, {"snapshot": {"retention_days": 0}}, "snapshot_retention_limit", Service.NONE, When.NOW),
        (
            {**COMPATIBLE, **NOW},
            {"topology": "cluster", "shards": 1, **NOW},
            "cluster_mode",
            Service.OUTAGE,
            When.NOW,
        ),
    ],
)
def test_what_is_made_in_place_says_what_clients_notice_and_when(
    before: Any, after: Any, input: str, service: Service, when: When, compiled: Compile
) -> None:
    said = effect(compiled, before, after, input)
    assert said.feasibility is Feasibility.OK
    assert not said.replaces
    assert (said.service, said.when) == (service, when)


def test_a_smaller_node_says_that_the_data_may_have_no_room(compiled: Compile) -> None:
    smaller = effect(compiled, {}, {"node_type": "cache.m7g.large"}, "node_type")
    assert "6.38 GiB" in smaller.says
    assert "room" not in effect(compiled, {}, {"node_type": "cache.r7g.xlarge"}, "node_type").says


def test_the_way_there_and_back_between_passwords_and_iam_locks_clients_out_until_they_follow(
    compiled: Compile,
) -> None:
    for before, after in (({}, {"auth": {"mode": "iam"}}), ({"auth": {"mode": "iam"}}, {})):
        said = effect(compiled, before, after, "authentication_mode", "user")
        assert (said.service, said.feasibility) == (Service.OUTAGE, Feasibility.OK)


def test_the_same_nodes_counted_in_another_way_are_no_change(compiled: Compile) -> None:
    said = effect(
        compiled,
        {"replicas": 2, **NOW},
        {**COMPATIBLE, "replicas": 2, **NOW},
        "replicas_per_node_group",
    )
    assert (said.service, said.feasibility) == (Service.NONE, Feasibility.OK)


@pytest.mark.parametrize(
    ("before", "after", "when", "words"),
    [
        ({}, {"timeout": 300}, When.NOW, "at once"),
        (
            {},
            {"databases": 4},
            When.REBOOT,
            "databases waits for the next reboot, which nobody makes by itself",
        ),
        ({}, {"databases": 4, "timeout": 300}, When.REBOOT, "the others hold at once"),
        ({}, {"maxmemory-policy": "volatile-ttl"}, When.NOW, "throws keys away by volatile-ttl"),
        ({}, {"maxmemory-policy": "noeviction"}, When.NOW, "at once"),
    ],
)
def test_a_parameter_says_when_it_holds(
    before: Any, after: Any, when: When, words: str, compiled: Compile
) -> None:
    said = effect(compiled, {"parameters": before}, {"parameters": after}, "parameters", "parameters-valkey8")
    assert said.when is when
    assert words in said.says


def test_going_says_whether_a_snapshot_stays(compiled: Compile) -> None:
    entry = EFFECTS["aws:elasticache:ReplicationGroup", "(deletion)"]
    assert not isinstance(entry, Effect)
    for kept, words in ((True, "a final snapshot stays"), (False, "no snapshot is taken")):
        said = entry(compiled({"final_snapshot": kept}).resource(GROUP).inputs, {})
        assert words in said.says
        assert said.data is Data.LOST
