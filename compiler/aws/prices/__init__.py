"""What AWS charges, as far as somebody has read it: dated prices, each with its source.

Each service has a file here. A price is found by what AWS's bills call a usage type, without the region that starts
it, and with the class at its end as instance_class says it (`InstanceUsage:db.r7g.large`). The region `*` is every
region, an engine that is empty any engine. `python -m compiler.aws.prices.refresh` writes the files anew from AWS's
price lists.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
EVERYWHERE = "*"

# Files by AWS's own code of the service, as its price lists and bills have it.
SERVICES = {
    "AWSCloudTrail": "cloudtrail",
    "AWSSecretsManager": "secretsmanager",
    "AmazonCloudWatch": "cloudwatch",
    "AmazonDynamoDB": "dynamodb",
    "AmazonElastiCache": "elasticache",
    "AmazonRDS": "rds",
    "AmazonS3": "s3",
    "awskms": "kms",
}


@dataclass(frozen=True, slots=True)
class Reserved:
    """What one costs when it is reserved for some years: dollars at once, and dollars an hour, used or not."""

    years: int
    payment: str
    upfront: float
    hourly: float


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars for one `unit` of something.

    `date` is the day on which the source was read or published; `sku` is AWS's, empty where the source has none.
    `weak` says that no list and no bill of AWS's own stands behind it.
    """

    dollars: float
    unit: str
    date: date
    source: str
    sku: str = ""
    weak: bool = False
    reserved: tuple[Reserved, ...] = ()


def price(service: str, region: str, usage: str, engine: str = "") -> Price | None:
    """The price of a usage type (`RDS:GP3-Storage`) of a service (`rds`), None where nobody has read it."""
    known = _prices(service)
    for place in (region, EVERYWHERE):
        for of in dict.fromkeys((engine, "")):
            if found := known.get((place, usage, of)):
                return found
    return None


@cache
def _prices(service: str) -> Mapping[tuple[str, str, str], Price]:
    data = read(service, FOLDER)
    return {key(row): _price(row, data["sources"][row["source"]]) for row in data["prices"]}


def _price(row: Mapping[str, Any], source: Mapping[str, Any]) -> Price:
    return Price(
        dollars=row["dollars"],
        unit=row["unit"],
        date=date.fromisoformat(source["date"]),
        source=source["says"],
        sku=row.get("sku", ""),
        weak=source.get("weak", False),
        reserved=tuple(Reserved(**each) for each in row.get("reserved", ())),
    )


def key(row: Mapping[str, Any]) -> tuple[str, str, str]:
    """What tells a row of a file from every other: region, usage type, engine."""
    return row["region"], row["usage"], row.get("engine", "")


def read(service: str, folder: Path) -> dict[str, Any]:
    """The file of a service: `sources` by name, `prices` as rows; both empty where there is no file."""
    path = folder / f"{service}.json"
    if not path.exists():
        return {"sources": {}, "prices": []}
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return data


def write(service: str, sources: Mapping[str, Any], rows: Iterable[Mapping[str, Any]], folder: Path) -> None:
    """Writes the file of a service: a row a line, in an order that never changes, without sources nobody needs."""
    ordered = sorted(rows, key=key)
    used = {row["source"] for row in ordered}
    lines = [
        "{",
        ' "sources": {',
        ",\n".join(f"  {_line(name)}: {_line(sources[name])}" for name in sorted(used)),
        " },",
        ' "prices": [',
        ",\n".join(f"  {_line(row)}" for row in ordered),
        " ]",
        "}",
    ]
    path = folder / f"{service}.json"
    temporary = path.with_suffix(".tmp")
    temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")
    temporary.replace(path)


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
