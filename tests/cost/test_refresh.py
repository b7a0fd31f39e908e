"""Price lists in AWS's format, with every trap that they are known for, taken into the files of prices."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from compiler.aws import prices
from compiler.aws.prices import refresh

SEOUL = "ap-northeast-2"


def product(
    sku: str, usage: str, unit: str, *bands: str, family: str = "", terms: Any = None, **said: str
) -> Any:
    """A product as a price list has it: `bands` are its prices, the first from nothing on."""
    return {
        "sku": sku,
        "family": family,
        "attributes": {
            "locationType": "AWS Region",
            "location": "Asia Pacific (Seoul)",
            "regionCode": SEOUL,
            "usagetype": usage,
            **said,
        },
        "rates": [(unit, str(index * 18600), dollars) for index, dollars in enumerate(bands)],
        "reserved": terms or {},
    }


def rds(sku: str, usage: str, unit: str, *bands: str, **said: Any) -> Any:
    """A product of RDS for MySQL, Single-AZ unless said."""
    return product(
        sku, usage, unit, *bands, **{"databaseEngine": "MySQL", "deploymentOption": "Single-AZ"} | said
    )


def write_json(path: Path, code: str, products: list[Any], published: str = "2026-11-20T00:00:00Z") -> Path:
    """The list as AWS's JSON."""
    data: dict[str, Any] = {
        "formatVersion": "v1.0",
        "disclaimer": "This pricing list is for informational purposes only.",
        "offerCode": code,
        "version": "20261120000000",
        "publicationDate": published,
        "products": {},
        "terms": {"OnDemand": {}, "Reserved": {}},
    }
    for each in products:
        sku = each["sku"]
        data["products"][sku] = {
            "sku": sku,
            "productFamily": each["family"],
            "attributes": each["attributes"],
        }
        data["terms"]["OnDemand"][sku] = {
            f"{sku}.JRTCKXETXF": {
                "offerTermCode": "JRTCKXETXF",
                "sku": sku,
                "effectiveDate": "2026-11-01T00:00:00Z",
                "priceDimensions": {
                    f"{sku}.JRTCKXETXF.{index}": {
                        "rateCode": f"{sku}.JRTCKXETXF.{index}",
                        "description": "",
                        "beginRange": start,
                        "endRange": "Inf",
                        "unit": unit,
                        "pricePerUnit": {"USD": dollars},
                        "appliesTo": [],
                    }
                    for index, (unit, start, dollars) in enumerate(each["rates"])
                },
                "termAttributes": {},
            }
        }
        for (length, payment, offering), (upfront, hourly) in each["reserved"].items():
            rates = {"upfront": ("Quantity", upfront), "hourly": ("Hrs", hourly)}
            data["terms"]["Reserved"].setdefault(sku, {})[f"{sku}.{length}{payment}"] = {
                "offerTermCode": "X",
                "sku": sku,
                "effectiveDate": "2026-11-01T00:00:00Z",
                "priceDimensions": {
                    name: {"rateCode": name, "unit": unit, "pricePerUnit": {"USD": dollars}, "appliesTo": []}
                    for name, (unit, dollars) in rates.items()
                    if dollars
                },
                "termAttributes": {
                    "LeaseContractLength": length,
                    "OfferingClass": offering,
                    "PurchaseOption": payment,
                },
            }
    path.write_text(json.dumps(data))
    return path


TITLES = {
    "locationType": "Location Type",
    "location": "Location",
    "regionCode": "Region Code",
    "usagetype": "usageType",
    "instanceType": "Instance Type",
    "databaseEngine": "Database Engine",
    "deploymentOption": "Deployment Option",
    "cacheEngine": "Cache Engine",
    "licenseModel": "License Model",
}


def write_csv(path: Path, code: str, products: list[Any], published: str = "2026-11-20T00:00:00Z") -> Path:
    """The same list as AWS's CSV: five lines about the file, a line of titles, a line a rate."""
    fixed = ["SKU", "OfferTermCode", "RateCode", "TermType", "PriceDescription", "EffectiveDate"]
    fixed += ["StartingRange", "EndingRange", "Unit", "PricePerUnit", "Currency", "RelatedTo"]
    fixed += ["LeaseContractLength", "PurchaseOption", "OfferingClass", "Product Family", "serviceCode"]
    with path.open("w", newline="") as file:
        out = csv.writer(file, quoting=csv.QUOTE_ALL)
        out.writerow(["FormatVersion", "v1.0"])
        out.writerow(["Disclaimer", "This pricing list is for informational purposes only."])
        out.writerow(["Publication Date", published])
        out.writerow(["Version", "20261120000000"])
        out.writerow(["OfferCode", code])
        out.writerow(fixed + list(TITLES.values()))
        for each in products:
            about = [each["attributes"].get(name, "") for name in TITLES]

            def line(
                kind: str, unit: str, start: str, dollars: str, lease: tuple[str, str, str], each: Any = each
            ) -> list[str]:
                first = [
                    each["sku"],
                    "X",
                    "X",
                    kind,
                    "",
                    "2026-11-01",
                    start,
                    "Inf",
                    unit,
                    dollars,
                    "USD",
                    "",
                ]
                return [*first, *lease, each["family"], code]

            for unit, start, dollars in each["rates"]:
                out.writerow(line("OnDemand", unit, start, dollars, ("", "", "")) + about)
            for lease, (upfront, hourly) in each["reserved"].items():
                for unit, dollars in (("Quantity", upfront), ("Hrs", hourly)):
                    if dollars:
                        out.writerow(line("Reserved", unit, "", dollars, lease) + about)
    return path


@pytest.fixture(params=["json", "csv"])
def take(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Callable[..., tuple[str, dict[tuple[str, str, str], Any]]]:
    """Takes products in as one price list; what the refresh said, and the rows of the file by key."""
    write = {"json": write_json, "csv": write_csv}[request.param]

    def take(
        code: str, products: list[Any], published: str = "2026-11-20T00:00:00Z"
    ) -> tuple[str, dict[tuple[str, str, str], Any]]:
        path = write(tmp_path / f"index.{request.param}", code, products, published)
        said = refresh.refresh(path, tmp_path)
        data = prices.read(prices.SERVICES[code], tmp_path)
        return said, {prices.key(row): row for row in data["prices"]}

    return take


def test_a_price_comes_with_its_sku_and_the_day_of_its_list(take: Any, tmp_path: Path) -> None:
    small = rds("SKU1", "APN2-InstanceUsage:db.t4g.small", "Hrs", "0.0510000000", instanceType="db.t4g.small")
    said, rows = take("AmazonRDS", [small])
    assert said == "rds.json: 1 prices of 2026-11-20 taken, 0 others kept\n"
    assert rows == {
        (SEOUL, "InstanceUsage:db.t4g.small", "mysql"): {
            "region": SEOUL,
            "usage": "InstanceUsage:db.t4g.small",
            "engine": "mysql",
            "unit": "hour",
            "dollars": 0.051,
            "source": "AmazonRDS-2026-11-20",
            "sku": "SKU1",
        }
    }
    source = prices.read("rds", tmp_path)["sources"]["AmazonRDS-2026-11-20"]
    assert source == {"date": "2026-11-20", "says": "AWS's price list AmazonRDS of 2026-11-20"}


@pytest.mark.parametrize(
    "prefix", ["APN2-", "EU-", "USE1-", ""], ids=["seoul", "ireland", "virginia", "none"]
)
def test_a_usage_type_is_known_whatever_region_starts_it(take: Any, prefix: str) -> None:
    _, rows = take(
        "AmazonDynamoDB", [product("A", f"{prefix}WriteRequestUnits", "WriteRequestUnits", "0.00000068")]
    )
    assert rows[SEOUL, "WriteRequestUnits", ""]["dollars"] == 6.8e-7


def test_a_key_is_known_by_a_usage_type_that_starts_with_the_regions_name(take: Any) -> None:
    _, rows = take("awskms", [product("A", "ap-northeast-2-KMS-Keys", "Keys", "1.0000000000")])
    assert rows[SEOUL, "KMS-Keys", ""]["dollars"] == 1


def test_a_class_is_called_as_everywhere_else_though_its_usage_type_shortens_it(take: Any) -> None:
    big = rds("A", "APN2-InstanceUsage:db.r5.2xl", "Hrs", "1.14", instanceType="db.r5.2xlarge")
    _, rows = take("AmazonRDS", [big])
    assert list(rows) == [(SEOUL, "InstanceUsage:db.r5.2xlarge", "mysql")]


def test_a_node_costs_what_its_node_costs_and_not_what_its_surcharges_do(take: Any) -> None:
    node = {"instanceType": "cache.t4g.micro", "cacheEngine": "Redis"}
    _, rows = take(
        "AmazonElastiCache",
        [
            product("A", "APN2-ExtendedSupportYr1_Yr2-NodeUsage:cache.t4g.micro", "Hrs", "0.019", **node),
            product("B", "APN2-ExtendedSupportYr3-NodeUsage:cache.t4g.micro", "Hrs", "0.038", **node),
            product("C", "APN2-SyncDurability-NodeUsage:cache.t4g.micro", "Hrs", "0.004", **node),
            product("D", "APN2-NodeUsage:cache.t4g.micro", "Hrs", "0.024", **node),
        ],
    )
    assert {usage: row["dollars"] for (_, usage, _), row in rows.items()} == {
        "ExtendedSupportYr1_Yr2-NodeUsage:cache.t4g.micro": 0.019,
        "ExtendedSupportYr3-NodeUsage:cache.t4g.micro": 0.038,
        "NodeUsage:cache.t4g.micro": 0.024,
    }


def test_engines_that_share_a_usage_type_each_have_their_price(take: Any) -> None:
    node = {"instanceType": "cache.t4g.micro"}
    _, rows = take(
        "AmazonElastiCache",
        [
            product("A", "APN2-NodeUsage:cache.t4g.micro", "Hrs", "0.024", cacheEngine="Redis", **node),
            product("B", "APN2-NodeUsage:cache.t4g.micro", "Hrs", "0.0192", cacheEngine="Valkey", **node),
            product("C", "APN2-NodeUsage:cache.t4g.micro", "Hrs", "0.023", cacheEngine="Memcached", **node),
        ],
    )
    assert {engine: row["dollars"] for (_, _, engine), row in rows.items()} == {
        "redis": 0.024,
        "valkey": 0.0192,
    }


def test_infrequent_access_and_replicated_writes_are_no_ordinary_writes(take: Any) -> None:
    _, rows = take(
        "AmazonDynamoDB",
        [
            product("A", "APN2-IA-WriteRequestUnits", "WriteRequestUnits", "0.000000845"),
            product("B", "APN2-ReplWriteRequestUnits", "ReplicatedWriteRequestUnits", "0.0000007"),
            product("C", "APN2-WriteRequestUnits", "WriteRequestUnits", "0.00000068"),
        ],
    )
    assert {usage: row["dollars"] for (_, usage, _), row in rows.items()} == {
        "IA-WriteRequestUnits": 8.45e-7,
        "ReplWriteRequestUnits": 7e-7,
        "WriteRequestUnits": 6.8e-7,
    }


def test_the_band_that_is_free_is_not_the_price(take: Any) -> None:
    unit = "WriteCapacityUnit-Hrs"
    _, rows = take("AmazonDynamoDB", [product("A", f"APN2-{unit}", unit, "0.0000000000", "0.0007049000")])
    assert rows[SEOUL, unit, ""]["dollars"] == 0.0007049


def test_a_free_allowance_that_is_a_product_of_its_own_is_not_the_price(take: Any) -> None:
    _, rows = take(
        "AmazonCloudWatch",
        [
            product("A", "APN2-CW:AlarmMonitorUsage", "Alarms", "0.0000000000"),
            product("B", "APN2-CW:AlarmMonitorUsage", "Alarms", "0.1000000000"),
        ],
    )
    assert rows[SEOUL, "CW:AlarmMonitorUsage", ""]["sku"] == "B"


def test_storage_has_a_price_for_each_deployment(take: Any) -> None:
    cluster = "Multi-AZ (readable standbys)"
    _, rows = take(
        "AmazonRDS",
        [
            rds("A", "APN2-RDS:GP3-Storage", "GB-Mo", "0.131"),
            rds("B", "APN2-RDS:Multi-AZ-GP3-Storage", "GB-Mo", "0.262", deploymentOption="Multi-AZ"),
            rds("C", "APN2-RDS:Multi-AZCluster-GP3-Storage", "GB-Mo", "0.393", deploymentOption=cluster),
            rds("D", "APN2-RDS:Multi-AZ-GP3-Storage", "GB-Mo", "0.393", deploymentOption=cluster),
            rds("E", "APN2-RDS:GP3-Storage", "GB-Mo", "0.262", deploymentOption="Multi-AZ"),
        ],
    )
    assert {usage: row["sku"] for (_, usage, _), row in rows.items()} == {
        "RDS:GP3-Storage": "A",
        "RDS:Multi-AZ-GP3-Storage": "B",
    }


def test_other_engines_and_what_only_aurora_has_are_left_alone(take: Any) -> None:
    large = {"instanceType": "db.r6g.large"}
    _, rows = take(
        "AmazonRDS",
        [
            rds(
                "A", "APN2-InstanceUsage:db.r6g.large", "Hrs", "0.313", databaseEngine="Aurora MySQL", **large
            ),
            rds("B", "APN2-InstanceUsageIOOptimized:db.r6g.large", "Hrs", "0.407", **large),
            rds("C", "APN2-InstanceUsage:db.r6g.large", "Hrs", "0.27", databaseEngine="PostgreSQL", **large),
            rds("D", "APN2-InstanceUsage:db.r6g.large", "Hrs", "0.26", **large),
        ],
    )
    assert {key: row["sku"] for key, row in rows.items()} == {
        (SEOUL, "InstanceUsage:db.r6g.large", "mysql"): "D"
    }


def test_outposts_and_local_zones_are_no_region(take: Any) -> None:
    said, rows = take(
        "AmazonRDS",
        [
            rds("A", "APN2-RDS:GP3-Storage", "GB-Mo", "0.9", locationType="AWS Outposts"),
            rds("B", "APN2-RDS:GP3-Storage", "GB-Mo", "0.2", locationType="AWS Local Zone"),
        ],
    )
    assert rows == {}
    assert said.startswith("rds.json: 0 prices")


def test_what_has_no_region_has_its_price_everywhere(take: Any) -> None:
    dashboard = product("A", "DashboardsUsageHour", "Dashboards", "3.00", regionCode="", locationType="Other")
    _, rows = take("AmazonCloudWatch", [dashboard])
    assert rows["*", "DashboardsUsageHour", ""]["dollars"] == 3


def test_a_unit_that_nobody_knows_gives_no_price(take: Any) -> None:
    said, rows = take("AmazonRDS", [rds("A", "APN2-RDS:GP3-Throughput", "Furlongs", "0.08")])
    assert rows == {}
    assert "left out" in said
    assert "'Furlongs'" in said


def test_gibibytes_a_second_become_mebibytes(take: Any) -> None:
    _, rows = take("AmazonRDS", [rds("A", "APN2-RDS:GP3-Throughput", "GiBps-mo", "81.92")])
    assert rows[SEOUL, "RDS:GP3-Throughput", "mysql"]["dollars"] == 0.08


def test_two_prices_for_one_thing_are_none(take: Any) -> None:
    products = [
        rds("A", "APN2-RDS:GP2-Storage", "GB-Mo", "0.13"),
        rds("B", "APN2-RDS:GP2-Storage", "GB-Mo", "0.14"),
    ]
    said, rows = take("AmazonRDS", products)
    assert rows == {}
    assert "A $0.13, B $0.14" in said


def test_reserved_prices_come_along_without_those_of_old_offers(take: Any) -> None:
    terms = {
        ("1yr", "No Upfront", "standard"): ("", "0.0350"),
        ("3yr", "Partial Upfront", "standard"): ("312", "0.0120"),
        ("1yr", "Heavy Utilization", "standard"): ("100", "0.0200"),
    }
    usage = "APN2-InstanceUsage:db.t4g.small"
    _, rows = take("AmazonRDS", [rds("A", usage, "Hrs", "0.051", instanceType="db.t4g.small", terms=terms)])
    assert rows[SEOUL, "InstanceUsage:db.t4g.small", "mysql"]["reserved"] == [
        {"years": 1, "payment": "No Upfront", "upfront": 0.0, "hourly": 0.035},
        {"years": 3, "payment": "Partial Upfront", "upfront": 312.0, "hourly": 0.012},
    ]


def test_what_a_list_lacks_stays_with_its_older_date(take: Any) -> None:
    storage = rds("A", "APN2-RDS:GP3-Storage", "GB-Mo", "0.131")
    take("AmazonRDS", [storage, rds("B", "APN2-RDS:PIOPS", "IOPS-Mo", "0.11")], "2026-06-01T00:00:00Z")
    said, rows = take("AmazonRDS", [rds("C", "APN2-RDS:GP3-Storage", "GB-Mo", "0.14")])
    assert said == "rds.json: 1 prices of 2026-11-20 taken, 1 others kept\n"
    assert rows[SEOUL, "RDS:GP3-Storage", "mysql"]["dollars"] == 0.14
    assert rows[SEOUL, "RDS:PIOPS", "mysql"]["source"] == "AmazonRDS-2026-06-01"


def test_an_older_list_takes_nothing_back(take: Any) -> None:
    take("AmazonRDS", [rds("A", "APN2-RDS:GP3-Storage", "GB-Mo", "0.14")])
    older = [rds("B", "APN2-RDS:GP3-Storage", "GB-Mo", "0.131")]
    said, rows = take("AmazonRDS", older, "2026-06-01T00:00:00Z")
    assert "1 left out that are older" in said
    assert rows[SEOUL, "RDS:GP3-Storage", "mysql"]["dollars"] == 0.14


def test_a_price_of_the_engine_takes_the_place_of_an_older_one_of_any(take: Any) -> None:
    every = rds("A", "APN2-RDS:GP3-Storage", "GB-Mo", "0.131", databaseEngine="Any")
    take("AmazonRDS", [every], "2026-06-01T00:00:00Z")
    _, rows = take("AmazonRDS", [rds("B", "APN2-RDS:GP3-Storage", "GB-Mo", "0.14")])
    assert list(rows) == [(SEOUL, "RDS:GP3-Storage", "mysql")]


def test_a_price_that_will_hold_later_is_not_todays(tmp_path: Path) -> None:
    path = write_json(
        tmp_path / "index.json", "AmazonRDS", [rds("A", "APN2-RDS:GP3-Storage", "GB-Mo", "0.131")]
    )
    data = json.loads(path.read_text())
    later = json.loads(json.dumps(data["terms"]["OnDemand"]["A"]["A.JRTCKXETXF"]))
    later["effectiveDate"] = "2027-01-01T00:00:00Z"
    later["priceDimensions"]["A.JRTCKXETXF.0"]["pricePerUnit"]["USD"] = "0.2"
    data["terms"]["OnDemand"]["A"]["A.LATER"] = later
    path.write_text(json.dumps(data))
    refresh.refresh(path, tmp_path)
    (row,) = prices.read("rds", tmp_path)["prices"]
    assert row["dollars"] == 0.131


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("index.json", "no json"),
        ("index.json", "[]"),
        ("index.json", '{"offerCode": "AmazonRDS"}'),
        ("index.csv", "SKU,Price\n1,2\n"),
        ("index.csv", ""),
    ],
)
def test_what_is_no_price_list_changes_nothing_and_is_said_to_be_none(
    name: str, text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_text(text)
    code = refresh.main([str(tmp_path / name), "--folder", str(tmp_path)])
    assert code == 1
    assert "is no price list of AWS's" in capsys.readouterr().err
    assert not (tmp_path / "rds.json").exists()


def test_a_list_of_another_service_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_json(tmp_path / "index.json", "AmazonEC2", [])
    assert refresh.main([str(path), "--folder", str(tmp_path)]) == 1
    assert "is the price list of AmazonEC2" in capsys.readouterr().err


def test_a_file_that_is_missing_does_not_keep_the_others_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_json(
        tmp_path / "index.json", "awskms", [product("A", "ap-northeast-2-KMS-Keys", "Keys", "1")]
    )
    assert refresh.main([str(tmp_path / "none.json"), str(path), "--folder", str(tmp_path)]) == 1
    assert "1 prices" in capsys.readouterr().out
