"""What `dbspec cost` prints, as golden files, and the verb itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from compiler.aws.prices import Price, Reserved
from compiler.commands.app import run
from compiler.cost import Component
from compiler.cost.bills import Bill, By
from compiler.render import cost as render

GOLDEN = Path(__file__).parent / "golden"
ROOT = Path(__file__).parents[2]
DAY = date(2026, 10, 1)


def a(
    name: str, quantity: float | None, price: Price | None, resource: str = "instance", usage: str = ""
) -> Component:
    """A component in the unit of its price."""
    return Component(resource, name, price.unit if price else "hour", quantity, price, usage)


def at(dollars: float, unit: str, day: date = DAY, **more: Any) -> Price:
    """A price of that day."""
    return Price(dollars, unit, day, "AWS's price list AmazonRDS", **more)


ALARM = at(0.10, "alarm metric-month")
LOGS = at(0.50, "GiB")
OFFERS = (Reserved(1, "No Upfront", 0, 0.1914), Reserved(3, "All Upfront", 3200, 0))
BILLS = [
    Bill("dev.environment", "dev", ()),
    Bill("prod.environment", "prod", (a("dashboard", 1, at(3, "dashboard-month"), "dashboard"),)),
    Bill(
        "prod.orders",
        "prod",
        (
            a("key", 1, at(1.0, "key-month"), "key"),
            a("db.t3.large, Multi-AZ", 730, at(0.272, "hour", sku="SKU2", reserved=OFFERS)),
            a("db.r8g.large", 730, None, "replica-reports"),
            a("gp3 storage", 100, at(0.23, "GiB-month", weak=True)),
            a("gp3 storage", 100, at(0.115, "GiB-month"), "replica-reports"),
            a("alarm", 1, ALARM, "instance-cpu"),
            a("alarm", 1, ALARM, "instance-swap"),
            a("alarm", 1, ALARM, "replica-reports-cpu"),
            a("reads and writes", 3_000_000, at(1e-7, "request"), usage="io_requests_per_month"),
            a("backups beyond the volume's size", 0, at(0.095, "GiB-month"), usage="backup_gib"),
            a("logs written", None, LOGS, usage="logs_gib_per_month"),
            a("logs kept", None, None, usage="logs_gib"),
        ),
        *("prod/orders", "mysql", "shop", "checkout"),
    ),
    Bill(
        "prod.sessions",
        "prod",
        (
            a(
                "writes",
                2_000_000,
                at(6.25e-7, "write request unit"),
                "table",
                "write_request_units_per_month",
            ),
            a("storage", None, at(0.25, "GiB-month", date(2024, 11, 15)), "table", "storage_gib"),
        ),
        *("prod/sessions", "dynamodb", "shop", "identity"),
    ),
]


def test_every_component_of_every_stack_in_words(golden: Callable[[Path, str], None]) -> None:
    golden(GOLDEN / "components.txt", render.text(BILLS))


def test_every_component_of_every_stack_as_data(golden: Callable[[Path, str], None]) -> None:
    golden(GOLDEN / "components.json", render.json(BILLS))


@pytest.mark.parametrize("by", list(By))
def test_sums_in_words_and_as_data(by: By, golden: Callable[[Path, str], None]) -> None:
    golden(GOLDEN / f"by-{by}.txt", render.text(BILLS, by))
    groups = json.loads(render.json(BILLS, by))["groups"]
    assert [each["name"] for each in groups] == sorted(each["name"] for each in groups)
    assert sum(each["monthly"] for each in groups) == pytest.approx(
        json.loads(render.json(BILLS))["total"]["monthly"]
    )


def test_what_is_written_down_adds_up() -> None:
    data = json.loads(render.json(BILLS))
    for stack in data["stacks"]:
        known = [each["monthly"] for each in stack["components"] if each["monthly"] is not None]
        assert stack["monthly"] == pytest.approx(sum(known))
        assert stack["unknown"] + stack["by_usage"] == len(stack["components"]) - len(known)
    assert data["total"]["monthly"] == pytest.approx(sum(each["monthly"] for each in data["stacks"]))


def test_where_no_price_is_known_that_is_said() -> None:
    found = [Bill("prod.orders", "prod", (a("db.r8g.large", 730, None),), "prod/orders")]
    assert render.text(found).endswith("\n\nNo price is known here.\n")
    assert json.loads(render.json(found))["prices"] is None


@pytest.mark.parametrize("arguments", [[], ["prod/orders"], ["prod", "--by", "owner"], ["--format", "json"]])
def test_the_verb_prices_the_specs_of_this_repository(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    assert run(["cost", *arguments]) == 0
    printed = capsys.readouterr()
    assert "$" in printed.out or json.loads(printed.out)["stacks"]
    assert printed.err == ""


def test_the_verb_says_what_it_can_sum_by(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["cost", "--by", "colour"]) == 2
    assert "'environment', 'project', 'owner', 'database'" in capsys.readouterr().err
