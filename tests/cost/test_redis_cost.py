"""What a Redis database costs, added up by hand beside what dbspec says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from compiler.cost import Component, total
from compiler.graph import Stack
from compiler.kinds.redis.cost import components
from tests.cost.conftest import Row, row

US = "us-east-1"
SPEC = """\
kind: redis
project: shop
owner: checkout
node_type: cache.r7g.large
"""


@pytest.fixture
def known(price: Callable[[str, list[Row]], None]) -> None:
    price(
        "elasticache",
        [
            row(US, "NodeUsage:cache.r7g.large", "hour", 0.20, engine="valkey"),
            row(US, "NodeUsage:cache.r7g.large", "hour", 0.25, engine="redis"),
            row(US, "ExtendedSupportYr1_Yr2-NodeUsage:cache.r7g.large", "hour", 0.20, engine="redis"),
            row(US, "ElastiCache:BackupUsage", "GiB-month", 0.085),
        ],
    )
    price(
        "cloudwatch",
        [
            row(US, "CW:AlarmMonitorUsage", "alarm metric-month", 0.10),
            row(US, "DataProcessing-Bytes", "GiB", 0.50),
            row(US, "TimedStorage-ByteHrs", "GiB-month", 0.03),
        ],
    )
    price("kms", [row(US, "KMS-Keys", "key-month", 1.00)])
    price("secretsmanager", [row(US, "AWSSecretsManager-Secrets", "secret-month", 0.40)])


def costs(database: Any, stack: Stack) -> dict[tuple[str, str], Component]:
    """The components by resource and name."""
    return {(each.resource, each.name): each for each in components(database, stack)}


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    ("more", "name", "nodes", "dollars"),
    [
        ("", "cache.r7g.large", 1, 0.20),
        ("replicas: 2\n", "3 nodes of cache.r7g.large", 3, 0.20),
        ("topology: cluster\nshards: 3\nreplicas: 1\n", "6 nodes of cache.r7g.large", 6, 0.20),
        ('engine: redis\nengine_version: "7.1"\n', "cache.r7g.large", 1, 0.25),
        (
            "topology: cluster\nautoscaling: {shards: {min: 2, max: 9}, replicas: {min: 1, max: 5}}\n",
            "4 nodes of cache.r7g.large",
            4,
            0.20,
        ),
    ],
)
def test_nodes_are_counted_as_they_are_made(
    more: str, name: str, nodes: int, dollars: float, stack: Callable[[str], Any]
) -> None:
    found = costs(*stack(SPEC + more))["replication-group", name]
    assert found.quantity == nodes * 730
    assert found.monthly == pytest.approx(nodes * 730 * dollars)


@pytest.mark.usefixtures("known")
def test_everything_beside_the_nodes_counts_too(stack: Callable[[str], Any]) -> None:
    more = "usage: {snapshots_gib: 40, logs_gib_per_month: 2, logs_gib: 10}\n"
    found = costs(*stack(SPEC + more))
    assert found["replication-group", "snapshots beyond the free one"].monthly == pytest.approx(3.4)
    assert found["replication-group", "logs written"].monthly == pytest.approx(1.0)
    assert found["replication-group", "logs kept"].monthly == pytest.approx(0.3)
    assert found["key", "key"].monthly == 1.0
    assert found["secret", "secret"].monthly == 0.40
    alarms = [each for (_, name), each in found.items() if name == "alarm"]
    expected = 730 * 0.20 + 3.4 + 1.0 + 0.3 + 1.0 + 0.4 + len(alarms) * 0.10
    summed = total(found.values())
    assert (round(summed.dollars, 2), summed.unknown, summed.depends) == (round(expected, 2), 0, 0)


@pytest.mark.usefixtures("known")
def test_what_only_traffic_decides_is_said_to_depend_on_it(stack: Callable[[str], Any]) -> None:
    found = costs(*stack(SPEC))
    assert {each.usage for each in found.values() if each.depends} == {
        "logs_gib",
        "logs_gib_per_month",
        "snapshots_gib",
    }
    without = costs(*stack(SPEC + "snapshot: {retention_days: 0}\nlogs: {exports: []}\nauth: {mode: iam}\n"))
    assert not any(each.usage for each in without.values())
    assert ("secret", "secret") not in without


@pytest.mark.usefixtures("known")
def test_a_version_past_its_support_costs_four_fifths_more(stack: Callable[[str], Any]) -> None:
    old = "engine: redis\nengine_version: 5.0.6\nauth: {mode: token}\nlogs: {exports: []}\n"
    found = costs(*stack(SPEC + old))
    assert found["replication-group", "extended support of cache.r7g.large"].monthly == pytest.approx(146.0)


@pytest.mark.usefixtures("known")
def test_a_node_type_without_a_price_is_unknown(stack: Callable[[str], Any]) -> None:
    database, made = stack(SPEC.replace("r7g.large", "r8g.large"))
    found = costs(database, made)["replication-group", "cache.r8g.large"]
    assert found.price is None
    assert found.monthly is None
    assert total(components(database, made)).unknown == 1
