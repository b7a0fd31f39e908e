"""What an environment allows: each limit on both sides of its boundary, overrides included."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from compiler import catalog, compilation
from compiler.cost.bills import of_database
from compiler.cost.totals import total
from compiler.source import File

ENVIRONMENT = """\
tier: staging
edition: "2026.11"
region: ap-northeast-2
target: sandbox
"""
SPECS = {
    "mysql": "kind: mysql\nproject: shop\nowner: checkout\ndatabase_name: orders\n",
    "redis": "kind: redis\nproject: shop\nowner: checkout\n",
    "dynamodb": "kind: dynamodb\nproject: shop\nowner: checkout\nattributes: {id: S}\nhash_key: id\n",
}


class Texts:
    """A specs folder in memory."""

    name = "specs"

    def __init__(self, limits: str, spec: str) -> None:
        self.texts = {
            "people.yaml": "teams: {checkout: {}}\n",
            "test/environment.yaml": f"{ENVIRONMENT}limits: {limits}\n",
            "test/orders.yaml": spec,
        }

    def files(self) -> Iterator[File]:
        for path, text in self.texts.items():
            yield File(path, f"specs/{path}", text.encode())


def _exceeded(limits: str, spec: str) -> list[tuple[str, str]]:
    """Rules and places of what exceeds a limit."""
    found = catalog.load(Texts(limits, spec)).checked()
    diagnostics = compilation.diagnostics(found, date(2026, 11, 23))
    assert all(each.also[0].message == "the limit" for each in diagnostics)
    return [(each.rule, str(each.at).removeprefix("specs/test/")) for each in diagnostics]


@pytest.mark.parametrize(
    ("limits", "kind", "text", "expected"),
    [
        ("{kinds: [mysql, redis]}", "redis", "", []),
        ("{kinds: [mysql, redis]}", "dynamodb", "", [("limits/kinds", "orders.yaml:1:7")]),
        ("{kinds: []}", "mysql", "", [("limits/kinds", "orders.yaml:1:7")]),
        ("{instance_classes: [db.t4g.*]}", "mysql", "", []),
        ("{instance_classes: [db.t4g.small]}", "redis", "", []),
        (
            "{instance_classes: [db.t4g.*]}",
            "mysql",
            "instance_class: db.r7g.large\n",
            [("limits/instance-classes", "orders.yaml:5:17")],
        ),
        (
            "{instance_classes: [db.t4g.small]}",
            "mysql",
            "read_replicas: [{name: big, instance_class: db.r7g.large}]\n",
            [("limits/instance-classes", "orders.yaml:5:16")],
        ),
        (
            "{instance_classes: [db.t4g.small]}",
            "mysql",
            "overrides: {instance: {instance_class: db.r7g.large}}\n",
            [("limits/instance-classes", "orders.yaml:5:24")],
        ),
        ("{node_types: [cache.t4g.small]}", "redis", "", []),
        (
            "{node_types: [cache.t4g.*]}",
            "redis",
            "node_type: cache.r7g.large\n",
            [("limits/node-types", "orders.yaml:4:12")],
        ),
        ("{storage_gib: 200}", "mysql", "", []),
        ("{storage_gib: 199}", "mysql", "", [("limits/storage-gib", "orders.yaml:1:1")]),
        (
            "{storage_gib: 200}",
            "mysql",
            "storage: {allocated_gib: 201, max_allocated_gib: 300}\n",
            [("limits/storage-gib", "orders.yaml:5:26"), ("limits/storage-gib", "orders.yaml:5:50")],
        ),
        ("{storage_gib: 50}", "mysql", "storage: {max_allocated_gib: 0}\n", []),
        ("{replicas: 1}", "mysql", "read_replicas: 1\n", []),
        ("{replicas: 1}", "mysql", "read_replicas: 2\n", [("limits/replicas", "orders.yaml:5:16")]),
        ("{replicas: 2}", "redis", "replicas: 2\n", []),
        ("{replicas: 1}", "redis", "replicas: 2\n", [("limits/replicas", "orders.yaml:4:11")]),
        (
            "{replicas: 1}",
            "redis",
            "topology: cluster\nreplicas: 2\n",
            [("limits/replicas", "orders.yaml:5:11")],
        ),
        ("{replicas: 1}", "dynamodb", "replicas: [us-east-1]\n", []),
        (
            "{replicas: 1}",
            "dynamodb",
            "replicas: [us-east-1, eu-west-1]\n",
            [("limits/replicas", "orders.yaml:6:11")],
        ),
        ("{replicas: 0}", "mysql", "", []),
        ("{regions: [ap-northeast-2, us-east-1]}", "dynamodb", "replicas: [us-east-1]\n", []),
        (
            "{regions: [ap-northeast-2]}",
            "dynamodb",
            "replicas:\n  us-east-1: {}\n",
            [("limits/regions", "orders.yaml:7:14")],
        ),
        ("{regions: [us-east-1]}", "mysql", "", [("limits/regions", "environment.yaml:3:9")]),
    ],
)
def test_a_limit_lets_through_what_it_allows_and_points_at_what_it_does_not(
    limits: str, kind: str, text: str, expected: list[tuple[str, str]]
) -> None:
    assert _exceeded(limits, SPECS[kind] + text) == expected


def test_a_database_may_cost_what_it_may_and_not_a_cent_more() -> None:
    found = catalog.load(Texts("{}", SPECS["mysql"])).checked()
    (database,) = found.databases.values()
    costs = total(of_database(database, compilation.compiled(database)[0]).components).dollars
    assert costs > 1
    assert _exceeded(f"{{cost_month: {costs + 0.01}}}", SPECS["mysql"]) == []
    assert _exceeded(f"{{cost_month: {costs - 0.01}}}", SPECS["mysql"]) == [
        ("limits/cost-month", "orders.yaml:1:1")
    ]
