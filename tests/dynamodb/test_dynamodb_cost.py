"""What tables cost a month."""

from __future__ import annotations

from typing import Any

import pytest

from compiler import compilation, kinds
from compiler.cost import HOURS, Component, total

KEYS = (
    "attributes: {id: S, email: S}\nhash_key: id\nindexes:\n  by-email: {hash_key: email, projection: ALL}\n"
)
USAGE = "usage: {read_request_units_per_month: 1000000, write_request_units_per_month: 2000000, storage_gib: 10}\n"


def test_requests_cost_what_traffic_says(load: Any) -> None:
    found = _components(load, KEYS + USAGE, region="us-east-1")
    assert found["table", "reads"].monthly == pytest.approx(0.125)
    assert found["table", "writes"].monthly == pytest.approx(1.25)
    assert found["table", "storage"].monthly == pytest.approx(2.5)
    assert found["table", "point-in-time recovery"].monthly == pytest.approx(2.0)


def test_without_traffic_the_cost_depends_on_it(load: Any) -> None:
    found = _components(load, KEYS, region="us-east-1")
    assert {key for key, each in found.items() if each.depends} == {
        ("table", "reads"),
        ("table", "writes"),
        ("table", "storage"),
        ("table", "point-in-time recovery"),
        ("backup-plan", "backups"),
    }
    assert total(found.values()).unknown == 0


def test_capacity_costs_by_the_hour_in_table_and_index(load: Any) -> None:
    text = (
        "attributes: {id: S, email: S}\nhash_key: id\nbilling_mode: PROVISIONED\n"
        "capacity: {read: 10, write: {min: 5, max: 50}}\n"
        "indexes:\n  by-email: {hash_key: email, projection: ALL, capacity: {read: 1, write: 2}}\n"
    )
    found = _components(load, text, region="us-east-1")
    assert found["table", "read capacity"].monthly == pytest.approx(10 * HOURS * 0.00013)
    assert found["table", "write capacity"].monthly == pytest.approx(5 * HOURS * 0.00065)
    assert found["table", "write capacity of by-email"].monthly == pytest.approx(2 * HOURS * 0.00065)


def test_a_global_table_writes_in_every_region_at_another_price(load: Any) -> None:
    found = _components(load, KEYS + USAGE + "replicas: [us-east-1]\n")
    assert {resource for resource, name in found if name == "writes"} == {"table", "replica-us-east-1"}
    # Replicated writes have a price of their own, which nobody has read yet: no other stands in for it.
    assert found["table", "writes"].price is None
    assert found["replica-us-east-1", "storage"].monthly == pytest.approx(2.5)


def test_strong_replicas_cost_in_their_regions(load: Any) -> None:
    found = _components(
        load,
        "attributes: {id: S}\nhash_key: id\nconsistency: STRONG\nreplicas: [us-east-2]\nwitness: us-west-2\n"
        + USAGE,
        region="us-east-1",
    )
    assert ("table", "storage in us-east-2") in found
    assert found["table", "witness"].monthly is None


def test_infrequent_access_has_prices_of_its_own(load: Any) -> None:
    found = _components(load, KEYS + USAGE + "table_class: STANDARD_INFREQUENT_ACCESS\n", region="us-east-1")
    assert found["table", "storage"].price is None
    assert found["table", "reads"].price is None


def test_cold_backups_have_no_known_price(load: Any) -> None:
    found = _components(
        load, KEYS + "backup_plan: {delete_after_days: 120, cold_after_days: 30}\n", region="us-east-1"
    )
    assert found["backup-plan", "backups, some in cold storage"].price is None


def test_a_stream_costs_its_readers(load: Any) -> None:
    found = _components(
        load, KEYS + "streams: NEW_IMAGE\nusage: {stream_requests_per_month: 5000000}\n", region="us-east-1"
    )
    assert found["table", "reads of the stream"].monthly == pytest.approx(1.0)


def _components(load: Any, text: str, region: str = "ap-northeast-2") -> dict[tuple[str, str], Component]:
    _, (database,) = load(text, region=region).checked().select([])
    (stack,) = compilation.stacks([], [database])
    cost = kinds.named("dynamodb").cost
    assert cost is not None
    components = list(cost(database, stack))
    found = {(each.resource, each.name): each for each in components}
    assert len(found) == len(components)
    return found
