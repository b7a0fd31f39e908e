"""Specs to compare, at prices that stay."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

import pytest

from compiler import catalog
from compiler.aws import prices
from compiler.difference import Difference, difference
from compiler.source import WorkTree

BASE = Path(__file__).parent / "base"

PRICES = {
    "cloudwatch": [("CW:AlarmMonitorUsage", "alarm metric-month", 0.10)],
    "kms": [("KMS-Keys", "key-month", 1.00)],
    "rds": [
        ("InstanceUsage:db.t4g.medium", "hour", 0.10),
        ("Multi-AZUsage:db.r7g.large", "hour", 0.60),
        ("Multi-AZUsage:db.r7g.xlarge", "hour", 1.20),
        ("RDS:GP3-Storage", "GiB-month", 0.13),
        ("RDS:Multi-AZ-GP3-Storage", "GiB-month", 0.26),
    ],
    "secretsmanager": [("AWSSecretsManager-Secrets", "secret-month", 0.40)],
}

Files: TypeAlias = Mapping[str, str | None]
Compared: TypeAlias = Callable[[Files, Files], Difference]


@pytest.fixture(scope="session")
def price_lists(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prices")
    for service, rows in PRICES.items():
        given = [
            {"region": "ap-northeast-2", "usage": usage, "unit": unit, "dollars": dollars, "source": "test"}
            for usage, unit, dollars in rows
        ]
        prices.write(service, {"test": {"date": "2026-10-01", "says": "these tests"}}, given, folder)
    return folder


@pytest.fixture
def known_prices(price_lists: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(prices, "FOLDER", price_lists)
    prices._prices.cache_clear()
    yield
    prices._prices.cache_clear()


@pytest.fixture
def compared(known_prices: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Compared:
    """What differs between two sets of files over those of `base`; None is a file that is not there."""

    def compare(before: Files, after: Files) -> Difference:
        sides = []
        for name, files in (("before", before), ("after", {**before, **after})):
            monkeypatch.chdir(_written(tmp_path / name, files))
            sides.append(catalog.load(WorkTree(Path("specs"))))
        return difference(*sides)

    return compare


def _written(root: Path, files: Files) -> Path:
    shutil.copytree(BASE, root / "specs")
    for path, text in files.items():
        file = root / "specs" / path
        if text is None:
            file.unlink()
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        if text.startswith("+"):
            text = file.read_text(encoding="utf-8") + text[1:].lstrip()
        file.write_text(text, encoding="utf-8")
    return root
