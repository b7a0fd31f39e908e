"""Which products of a price list are what dbspec prices, and which only look like them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from compiler.aws.prices import EVERYWHERE
from compiler.aws.prices.pricelist import PriceList, Product, Rate

# A region's own code before a usage type (`APN2-`, `EU-`), or its name (`ap-northeast-2-KMS-Keys`). `IA-` is none.
_REGION = r"(?:(?:[A-Z]{3}\d|EU)-|[a-z]{2}(?:-[a-z]+)+-\d-)?"

# What units are called in price lists, and how many of ours one is.
_UNITS: dict[str, dict[str, Decimal]] = {
    "GiB": {"gb": Decimal(1)},
    "GiB-month": {"gb-mo": Decimal(1), "gb-month": Decimal(1)},
    "IOPS-month": {"iops-mo": Decimal(1), "iops-month": Decimal(1)},
    "MiB/s-month": {"mbps-mo": Decimal(1), "mibps-mo": Decimal(1), "gibps-mo": 1 / Decimal(1024)},
    "alarm metric-month": {"alarms": Decimal(1)},
    "dashboard-month": {"dashboards": Decimal(1)},
    "event": {"events": Decimal(1)},
    "hour": {"hrs": Decimal(1), "hours": Decimal(1)},
    "key-month": {"keys": Decimal(1), "key": Decimal(1)},
    "read capacity unit-hour": {"readcapacityunit-hrs": Decimal(1)},
    "read request unit": {"readrequestunits": Decimal(1)},
    "request": {"requests": Decimal(1), "ios": Decimal(1)},
    "secret-month": {"secrets": Decimal(1), "secret": Decimal(1)},
    "vCPU-hour": {"vcpu-hours": Decimal(1), "vcpu-hour": Decimal(1)},
    "vCPU-month": {"vcpu-months": Decimal(1), "vcpu-month": Decimal(1)},
    "write capacity unit-hour": {
        "writecapacityunit-hrs": Decimal(1),
        "replicatedwritecapacityunit-hrs": Decimal(1),
        "replwritecapacityunit-hrs": Decimal(1),
    },
    "write request unit": {
        "writerequestunits": Decimal(1),
        "replicatedwriterequestunits": Decimal(1),
        "replwriterequestunits": Decimal(1),
    },
}

# Usage types whole, so that nothing that only ends like one is taken for it (`IA-`, `Repl`, `ExtendedSupport`,
# `SyncDurability-`), and what each is counted in. A class at the end is a star.
_WANTED: dict[str, dict[str, str]] = {
    "AWSCloudTrail": {"DataEventsRecorded": "event", "PaidEventsRecorded": "event"},
    "AWSSecretsManager": {"AWSSecretsManager-Secrets": "secret-month"},
    "AmazonCloudWatch": {
        "CW:AlarmMonitorUsage": "alarm metric-month",
        "CW:HighResAlarmMonitorUsage": "alarm metric-month",
        "DashboardsUsageHour": "dashboard-month",
        "DataProcessing-Bytes": "GiB",
        "TimedStorage-ByteHrs": "GiB-month",
    },
    "AmazonDynamoDB": {
        **{
            f"{infrequent}{name}": unit
            for infrequent in ("", "IA-")
            for name, unit in {
                "ReadRequestUnits": "read request unit",
                "WriteRequestUnits": "write request unit",
                "ReplWriteRequestUnits": "write request unit",
                "ReadCapacityUnit-Hrs": "read capacity unit-hour",
                "WriteCapacityUnit-Hrs": "write capacity unit-hour",
                "ReplWriteCapacityUnit-Hrs": "write capacity unit-hour",
                "TimedStorage-ByteHrs": "GiB-month",
            }.items()
        },
        "RestoreDataSize-Bytes": "GiB",
        "Streams-Requests": "request",
        "TimedBackupStorage-ByteHrs": "GiB-month",
        "TimedPITRStorage-ByteHrs": "GiB-month",
    },
    "AmazonElastiCache": {
        "ElastiCache:BackupUsage": "GiB-month",
        "ExtendedSupportYr1_Yr2-NodeUsage:*": "hour",
        "ExtendedSupportYr3-NodeUsage:*": "hour",
        "NodeUsage:*": "hour",
    },
    "AmazonRDS": {
        "InstanceUsage:*": "hour",
        "Multi-AZUsage:*": "hour",
        **{
            f"RDS:{zones}{name}": unit
            for zones in ("", "Multi-AZ-")
            for name, unit in {
                "GP2-Storage": "GiB-month",
                "GP3-Storage": "GiB-month",
                "GP3-PIOPS": "IOPS-month",
                "GP3-Throughput": "MiB/s-month",
                "PIOPS-Storage": "GiB-month",
                "PIOPS": "IOPS-month",
                "PIOPS-Storage-IO2": "GiB-month",
                "PIOPS-IO2": "IOPS-month",
                "StorageUsage": "GiB-month",
            }.items()
        },
        "RDS:ChargedBackupUsage": "GiB-month",
        "RDS:StorageIOUsage": "request",
        "ExtendedSupport:Yr1-Yr2:MySQL8.0": "vCPU-hour",
        "ExtendedSupport:Yr3:MySQL8.0": "vCPU-hour",
        "PI_LTR:*": "vCPU-month",
    },
    "AmazonS3": {"TimedStorage-ByteHrs": "GiB-month"},
    "awskms": {"KMS-Keys": "key-month"},
}

# Engines as price lists call them, by the attribute that says them, and as dbspec does; others are not dbspec's.
_ENGINES = {
    "AmazonElastiCache": ("cacheengine", {"Redis": "redis", "Valkey": "valkey"}),
    "AmazonRDS": ("databaseengine", {"MySQL": "mysql"}),
}
_ANY = {"", "Any"}


class Found(NamedTuple):
    """One row for the file of a service, or what a product that is wanted has against it."""

    row: dict[str, Any]
    refused: str = ""


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A product that is wanted, and its price in our unit; None where its unit is not one we know."""

    product: Product
    unit: str
    dollars: Decimal | None
    said: str


def counted_in(service: str, usage: str) -> str:
    """What a usage type of a service (AWS's code) is counted in; empty where dbspec does not price it."""
    wanted = _WANTED.get(service, {})
    return wanted.get(usage) or wanted.get(re.sub(r":[^:]+$", ":*", usage), "")


def select(found: PriceList, source: str) -> Iterator[Found]:
    """The rows that a price list gives, each with `source`, ordered; and what it has that cannot be one."""
    candidates: dict[tuple[str, str, str], list[_Candidate]] = {}
    for product in found.products:
        if (key := _key(found.service, product)) and product.on_demand:
            unit = counted_in(found.service, key[1])
            dollars = _in(unit, _first_that_costs(product.on_demand))
            said = product.on_demand[0].unit
            candidates.setdefault(key, []).append(_Candidate(product, unit, dollars, said))
    for key, same in sorted(candidates.items()):
        yield _row(key, same, source)


def _key(service: str, product: Product) -> tuple[str, str, str] | None:
    """Region, usage type and engine, where the product is one that dbspec prices, in a region and by no other name."""
    said = product.attributes
    # Outposts, local zones and wavelength zones sell the same usage types at prices of their own.
    if said.get("locationtype", "") not in ("AWS Region", "") and said.get("regioncode"):
        return None
    usage = re.sub(f"^{_REGION}", "", said.get("usagetype", ""))
    if said.get("instancetype") and ":" in usage:
        # Usage types shorten classes in ways of their own (`db.r5.2xl`).
        usage = f"{usage.partition(':')[0]}:{said['instancetype']}"
    if not counted_in(service, usage) or not _of_its_deployment(usage, said.get("deploymentoption", "")):
        return None
    attribute, engines = _ENGINES.get(service, ("", {}))
    engine = said.get(attribute, "")
    if engine in _ANY:
        return said.get("regioncode") or EVERYWHERE, usage, ""
    return (said.get("regioncode") or EVERYWHERE, usage, engines[engine]) if engine in engines else None


def _of_its_deployment(usage: str, option: str) -> bool:
    """RDS has a price for each deployment, readable standbys among them: only that which goes with the usage type."""
    if not option or not re.match(r"InstanceUsage|Multi-AZ|RDS:", usage):
        return True
    if usage in ("RDS:ChargedBackupUsage", "RDS:StorageIOUsage"):
        return True
    return option == ("Multi-AZ" if "Multi-AZ" in usage else "Single-AZ")


def _first_that_costs(rates: list[Rate]) -> Rate:
    """The first band that is not free: free allowances are the account's, not a database's."""
    ordered = sorted(rates, key=lambda each: each.start)
    return next((each for each in ordered if each.dollars), ordered[0])


def _in(unit: str, rate: Rate) -> Decimal | None:
    factor = _UNITS[unit].get(rate.unit.lower())
    return None if factor is None else rate.dollars * factor


def _row(key: tuple[str, str, str], same: list[_Candidate], source: str) -> Found:
    region, usage, engine = key
    row: dict[str, Any] = {"region": region, "usage": usage} | ({"engine": engine} if engine else {})
    known = [each for each in same if each.dollars is not None]
    if not known:
        return Found(row, f"it is in {same[0].said!r}, which is none of {', '.join(_UNITS[same[0].unit])}")
    # A free allowance can be a product of its own.
    costing = [each for each in known if each.dollars] or known
    prices = {each.dollars for each in costing}
    if len(prices) > 1:
        listed = ", ".join(f"{each.product.sku} ${each.dollars}" for each in costing)
        return Found(row, f"several products have different prices: {listed}")
    chosen = min(costing, key=lambda each: each.product.sku)
    assert chosen.dollars is not None
    row |= {
        "unit": chosen.unit,
        "dollars": float(chosen.dollars),
        "source": source,
        "sku": chosen.product.sku,
    }
    if reserved := list(_reserved(chosen.product)):
        row["reserved"] = reserved
    return Found(row)


def _reserved(product: Product) -> Iterator[dict[str, Any]]:
    """Today's offers: those of no years, and the light, medium and heavy ones of old, are not to be had."""
    for (years, payment, offering), rates in sorted(product.reserved.items()):
        if years and payment.endswith("Upfront") and offering in ("", "standard"):
            hourly = sum((each.dollars for each in rates if each.unit.lower() == "hrs"), Decimal(0))
            upfront = sum((each.dollars for each in rates if each.unit.lower() == "quantity"), Decimal(0))
            yield {"years": years, "payment": payment, "upfront": float(upfront), "hourly": float(hourly)}
