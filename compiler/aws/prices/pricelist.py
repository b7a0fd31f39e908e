"""AWS's price lists, as it publishes them for each service and region: JSON, or CSV with the same in it.

Source: AWS Billing user guide, "Reading the service price list file for an AWS service".
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import islice
from pathlib import Path
from typing import Any

# The five lines before a CSV's column titles.
_HEAD = 5


@dataclass(frozen=True, slots=True)
class Rate:
    """Dollars for one `unit`; of several bands of quantity, the one that begins at `start`."""

    dollars: Decimal
    unit: str
    start: Decimal = Decimal(0)


@dataclass(slots=True)
class Product:
    """What has a price of its own. Attributes are named in lower case without spaces, in both formats.

    `reserved` are the rates of each way to reserve it, by years, payment and class of the offer.
    """

    sku: str
    family: str
    attributes: Mapping[str, str]
    on_demand: list[Rate] = field(default_factory=list)
    reserved: dict[tuple[int, str, str], list[Rate]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PriceList:
    """One file: `service` is AWS's code of it."""

    service: str
    published: date
    products: tuple[Product, ...]


def read(path: Path) -> PriceList:
    """The file, by how its name ends. Raises ValueError, which says what is wrong, where it is no price list."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _csv(file) if path.suffix.lower() == ".csv" else _json(json.load(file))
    except (KeyError, IndexError, TypeError, AttributeError, InvalidOperation) as error:
        raise ValueError(f"{path} is no price list of AWS's: {type(error).__name__} {error}") from error
    except ValueError as error:
        raise ValueError(f"{path} is no price list of AWS's: {error}") from error


def _json(data: Mapping[str, Any]) -> PriceList:
    terms = data["terms"]
    products = []
    for sku, each in data["products"].items():
        product = Product(
            sku,
            each.get("productFamily", ""),
            {_name(key): value for key, value in each["attributes"].items()},
        )
        offers = list(terms.get("OnDemand", {}).get(sku, {}).values())
        if offers:
            # A price that will hold later stands beside the one that holds.
            in_force = [
                each for each in offers if each.get("effectiveDate", "")[:10] <= data["publicationDate"][:10]
            ]
            newest = max(in_force or offers, key=lambda each: str(each.get("effectiveDate", "")))
            product.on_demand = list(_dimensions(newest["priceDimensions"].values()))
        for offer in terms.get("Reserved", {}).get(sku, {}).values():
            said = offer["termAttributes"]
            way = _way(said.get("LeaseContractLength"), said.get("PurchaseOption"), said.get("OfferingClass"))
            product.reserved[way] = list(_dimensions(offer["priceDimensions"].values()))
        products.append(product)
    return PriceList(data["offerCode"], date.fromisoformat(data["publicationDate"][:10]), tuple(products))


def _dimensions(rates: Iterable[Mapping[str, Any]]) -> Iterator[Rate]:
    for each in rates:
        if "USD" in each["pricePerUnit"]:
            yield _rate(each["pricePerUnit"]["USD"], each["unit"], each.get("beginRange"))


def _csv(lines: Iterable[str]) -> PriceList:
    rows = csv.reader(lines)
    head = {row[0]: row[1] for row in islice(rows, _HEAD)}
    published = head["Publication Date"][:10]
    titles = [_name(each) for each in next(rows, [])]
    products: dict[str, Product] = {}
    in_force: dict[str, str] = {}
    for cells in rows:
        row = dict(zip(titles, cells, strict=True))
        sku = row["sku"]
        product = products.setdefault(sku, Product(sku, row["productfamily"], row))
        if row["currency"] != "USD":
            continue
        rate = _rate(row["priceperunit"], row["unit"], row.get("startingrange"))
        if row["termtype"] == "Reserved":
            way = _way(row["leasecontractlength"], row["purchaseoption"], row["offeringclass"])
            product.reserved.setdefault(way, []).append(rate)
        elif row["termtype"] == "OnDemand":
            begins = row.get("effectivedate", "")[:10]
            known = in_force.get(sku)
            if known is None or _better(begins, known, published):
                in_force[sku] = begins
                product.on_demand = [rate]
            elif begins == known:
                product.on_demand.append(rate)
    return PriceList(head["OfferCode"], date.fromisoformat(published), tuple(products.values()))


def _better(begins: str, known: str, published: str) -> bool:
    """Whether a price of one day goes before that of another: the newest that holds already, else the first."""
    if begins <= published and known <= published:
        return begins > known
    return begins < known


def _rate(dollars: str, unit: str, start: str | None) -> Rate:
    return Rate(Decimal(dollars), unit, Decimal(start) if start else Decimal(0))


def _way(length: str | None, payment: str | None, offering: str | None) -> tuple[int, str, str]:
    years = (length or "").removesuffix("yr").strip()
    return int(years) if years.isdecimal() else 0, payment or "", offering or ""


def _name(title: str) -> str:
    return title.replace(" ", "").lower()
