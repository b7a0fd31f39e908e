"""The prices that ship with dbspec: their form, not their amounts, which the next price list may change."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from compiler.aws import prices
from compiler.aws.prices import selection

ROOT = Path(__file__).parents[2]
FILES = [(code, service) for code, service in prices.SERVICES.items()]


@pytest.mark.parametrize(("code", "service"), FILES, ids=[service for _, service in FILES])
def test_every_price_has_a_dated_source_and_the_unit_of_its_usage_type(code: str, service: str) -> None:
    data = prices.read(service, prices.FOLDER)
    assert data["prices"]
    for row in data["prices"]:
        source = data["sources"][row["source"]]
        assert date.fromisoformat(source["date"]) <= date(2026, 12, 31)
        assert source["says"]
        # A usage type that the refresh would not take could never be brought up to date.
        assert row["unit"] == selection.counted_in(code, row["usage"])
        assert row["dollars"] > 0
        found = prices.price(service, row["region"], row["usage"], row.get("engine", ""))
        assert found is not None
        assert found.dollars == row["dollars"]


@pytest.mark.parametrize(("code", "service"), FILES, ids=[service for _, service in FILES])
def test_a_file_reads_as_it_was_written(code: str, service: str, tmp_path: Path) -> None:
    data = prices.read(service, prices.FOLDER)
    prices.write(service, data["sources"], data["prices"], tmp_path)
    assert (tmp_path / f"{service}.json").read_bytes() == (prices.FOLDER / f"{service}.json").read_bytes()


def test_every_file_is_that_of_a_service() -> None:
    assert {path.stem for path in prices.FOLDER.glob("*.json")} == set(prices.SERVICES.values())


def test_what_nobody_has_read_is_unknown() -> None:
    assert prices.price("rds", "us-east-1", "InstanceUsage:db.r8g.48xlarge", "postgresql") is None
    assert prices.price("rds", "xx-nowhere-1", "RDS:GP3-Storage") is None
    assert prices.price("no-such-service", "us-east-1", "RDS:GP3-Storage") is None


def test_a_price_of_every_region_holds_where_the_region_has_none_of_its_own() -> None:
    assert prices.price("cloudwatch", "eu-central-2", "DashboardsUsageHour") is not None


WATCH = """
import sys
opened = []
def watch(event, arguments):
    if event == "open" and "prices" in str(arguments[0]) and str(arguments[0]).endswith(".json"):
        opened.append(arguments[0])
sys.addaudithook(watch)
from compiler.commands.app import run
code = run(sys.argv[1:])
print("OPENED", len(opened), file=sys.stderr)
sys.exit(code)
"""


@pytest.mark.parametrize(("verb", "opens"), [("validate", False), ("compile", False), ("cost", True)])
def test_only_who_asks_for_the_cost_pays_for_reading_prices(verb: str, opens: bool, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WATCH, verb],
        cwd=ROOT,
        env={"PATH": os.defpath, "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert ("OPENED 0" not in done.stderr) is opens
