"""Prices that tests choose, and databases that are compiled from the text of their spec."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from compiler import catalog, compilation
from compiler.aws import prices
from compiler.cost import bills
from compiler.cost.bills import Bill
from compiler.source import WorkTree

Row: TypeAlias = dict[str, Any]

ENVIRONMENT = """\
tier: {tier}
edition: "2026.11"
region: {region}
target: sandbox
windows: {{timezone: UTC, days: [sun], from: "03:00", to: "06:00"}}
"""

# Round numbers, so that sums can be checked by hand; the sources say what is weak.
SOURCES = {
    "list": {"date": "2026-10-01", "says": "AWS's price list"},
    "bill": {"date": "2026-04-03", "says": "a bill"},
    "hearsay": {"date": "2026-11-22", "says": "three tables that agree", "weak": True},
}


def row(region: str, usage: str, unit: str, dollars: float, source: str = "list", **more: Any) -> Row:
    """A row of a file of prices."""
    return {"region": region, "usage": usage, "unit": unit, "dollars": dollars, "source": source, **more}


@pytest.fixture
def price(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, list[Row]], None]]:
    """Makes the prices of a service those of the rows, for this test; a service without rows has none."""
    folder = tmp_path / "prices"
    folder.mkdir()
    monkeypatch.setattr(prices, "FOLDER", folder)
    prices._prices.cache_clear()

    def set_(service: str, rows: list[Row]) -> None:
        prices.write(service, SOURCES, rows, folder)
        prices._prices.cache_clear()

    yield set_
    prices._prices.cache_clear()


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., list[Bill]]:
    """The bills of an environment and of specs, which are texts by name (`orders`)."""

    def load(specs: dict[str, str], region: str = "us-east-1", tier: str = "development") -> list[Bill]:
        folder = tmp_path / "specs"
        (folder / "prod").mkdir(parents=True, exist_ok=True)
        (folder / "people.yaml").write_text("teams: {checkout: {}, search: {}}\n")
        (folder / "prod" / "environment.yaml").write_text(ENVIRONMENT.format(tier=tier, region=region))
        for name, text in specs.items():
            (folder / "prod" / f"{name}.yaml").write_text(text)
        found = catalog.load(WorkTree(folder)).checked()
        return list(bills.bills(*found.select([])))

    return load


@pytest.fixture
def stack(tmp_path: Path) -> Callable[[str], Any]:
    """The database and the stack of one spec."""

    def compile_(text: str) -> Any:
        folder = tmp_path / "specs"
        (folder / "prod").mkdir(parents=True, exist_ok=True)
        (folder / "people.yaml").write_text("teams: {checkout: {}}\n")
        environment = ENVIRONMENT.format(tier="development", region="us-east-1")
        (folder / "prod" / "environment.yaml").write_text(environment)
        (folder / "prod" / "orders.yaml").write_text(text)
        found = catalog.load(WorkTree(folder)).checked()
        database = found.databases["prod/orders"]
        return database, next(compilation.stacks([], [database]))

    return compile_
