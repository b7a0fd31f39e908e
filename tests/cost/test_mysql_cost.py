"""What a MySQL database costs, added up by hand beside what dbspec says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from compiler.cost import Component, Total, bills, total
from compiler.cost.bills import Bill
from compiler.graph import Stack, Value
from compiler.kinds.mysql.cost import components
from tests.cost.conftest import Row, row

US = "us-east-1"
SPEC = """\
kind: mysql
project: shop
owner: checkout
database_name: orders
instance_class: db.t4g.medium
storage: {allocated_gib: 20}
"""


def mysql(usage: str, unit: str, dollars: float, **more: Any) -> Row:
    return row(US, usage, unit, dollars, engine="mysql", **more)


@pytest.fixture
def known(price: Callable[[str, list[Row]], None]) -> None:
    price(
        "rds",
        [
            mysql("InstanceUsage:db.t4g.medium", "hour", 0.10),
            mysql("Multi-AZUsage:db.t4g.medium", "hour", 0.20),
            mysql("InstanceUsage:db.r7g.large", "hour", 0.30),
            mysql("ExtendedSupport:Yr1-Yr2:MySQL8.0", "vCPU-hour", 0.10),
            mysql("PI_LTR:R7G", "vCPU-month", 3.0),
            row(US, "RDS:GP3-Storage", "GiB-month", 0.10),
            row(US, "RDS:Multi-AZ-GP3-Storage", "GiB-month", 0.25),
            # Some lists have one price for all engines, others one for each.
            mysql("RDS:GP3-PIOPS", "IOPS-month", 0.02),
            mysql("RDS:GP3-Throughput", "MiB/s-month", 0.08),
            row(US, "RDS:PIOPS-Storage", "GiB-month", 0.125),
            row(US, "RDS:PIOPS", "IOPS-month", 0.10),
            row(US, "RDS:StorageUsage", "GiB-month", 0.10),
            row(US, "RDS:StorageIOUsage", "request", 1e-7),
            row(US, "RDS:ChargedBackupUsage", "GiB-month", 0.10),
        ],
    )
    price(
        "cloudwatch",
        [
            row(US, "CW:AlarmMonitorUsage", "alarm metric-month", 0.10),
            row(US, "CW:HighResAlarmMonitorUsage", "alarm metric-month", 0.30),
            row(US, "DataProcessing-Bytes", "GiB", 0.50),
            row(US, "TimedStorage-ByteHrs", "GiB-month", 0.03),
        ],
    )
    price("kms", [row(US, "KMS-Keys", "key-month", 1.00)])
    price("secretsmanager", [row(US, "AWSSecretsManager-Secrets", "secret-month", 0.40)])


def costs(database: Any, stack: Stack) -> dict[tuple[str, str], Component]:
    """The components by resource and name."""
    return {(each.resource, each.name): each for each in components(database, stack)}


def overridden(stack: Stack, name: str, **inputs: Value) -> Stack:
    """The stack with other inputs, as an override would set them."""
    return replace(
        stack,
        resources=tuple(
            replace(each, inputs={**each.inputs, **inputs}) if each.name == name else each
            for each in stack.resources
        ),
    )


@pytest.mark.usefixtures("known")
def test_a_small_database_costs_the_sum_of_its_parts(load: Callable[..., list[Bill]]) -> None:
    spec = SPEC + "usage: {backup_gib: 30, logs_gib_per_month: 2, logs_gib: 4}\n"
    _, bill = load({"orders": spec})
    by_name = [each for each in bill.components if each.name != "alarm"]
    assert {each.name: each.monthly for each in by_name} == {
        "db.t4g.medium": pytest.approx(730 * 0.10),
        "gp3 storage": pytest.approx(20 * 0.10),
        "backups beyond the volume's size": pytest.approx((30 - 20) * 0.10),
        "key": 1.0,
        "secret": 0.4,
        "logs written": pytest.approx(2 * 0.50),
        "logs kept": pytest.approx(4 * 0.03),
    }
    alarms = [each for each in bill.components if each.name == "alarm"]
    assert len(alarms) >= 10
    known = 73 + 2 + 1 + 1 + 0.4 + 1 + 0.12 + 0.1 * len(alarms)
    assert total(bill.components).dollars == pytest.approx(known)
    assert total(bill.components).missing == ""


@pytest.mark.usefixtures("known")
def test_a_standby_and_replicas_are_paid_for(stack: Callable[[str], Any]) -> None:
    spec = SPEC + "multi_az: true\nread_replicas: [{name: a}, {name: b, instance_class: db.r7g.large}]\n"
    found = costs(*stack(spec))
    assert found["instance", "db.t4g.medium, Multi-AZ"].monthly == pytest.approx(730 * 0.20)
    assert found["instance", "gp3 storage"].monthly == pytest.approx(20 * 0.25)
    assert found["replica-a", "db.t4g.medium"].monthly == pytest.approx(730 * 0.10)
    assert found["replica-b", "db.r7g.large"].monthly == pytest.approx(730 * 0.30)
    # A replica's volume has the size of its source's, and no standby.
    assert found["replica-b", "gp3 storage"].monthly == pytest.approx(20 * 0.10)
    # Backups are the primary's, once.
    assert [key for key in found if "backups" in key[1]] == [("instance", "backups beyond the volume's size")]


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    ("gib", "iops", "throughput", "beyond"),
    [
        (400, 12000, 500, {}),
        (400, 12001, 500, {"gp3 IOPS beyond 12000": 1}),
        (400, 16000, 1000, {"gp3 IOPS beyond 12000": 4000, "gp3 throughput beyond 500 MiB/s": 500}),
    ],
)
def test_gp3_is_paid_for_beyond_what_its_size_includes(
    stack: Callable[[str], Any], gib: int, iops: int, throughput: int, beyond: dict[str, float]
) -> None:
    storage = f"storage: {{allocated_gib: {gib}, iops: {iops}, throughput: {throughput}}}"
    found = costs(*stack(SPEC.replace("storage: {allocated_gib: 20}", storage)))
    assert {
        name: each.quantity for (_, name), each in found.items() if "beyond 1" in name or "MiB/s" in name
    } == (beyond)
    if "gp3 throughput beyond 500 MiB/s" in beyond:
        assert found["instance", "gp3 IOPS beyond 12000"].monthly == pytest.approx(4000 * 0.02)
        assert found["instance", "gp3 throughput beyond 500 MiB/s"].monthly == pytest.approx(500 * 0.08)


@pytest.mark.usefixtures("known")
def test_all_iops_of_io1_are_paid_for(stack: Callable[[str], Any]) -> None:
    storage = "storage: {type: io1, allocated_gib: 100, iops: 3000}"
    found = costs(*stack(SPEC.replace("storage: {allocated_gib: 20}", storage)))
    assert found["instance", "io1 storage"].monthly == pytest.approx(100 * 0.125)
    assert found["instance", "io1 IOPS"].monthly == pytest.approx(3000 * 0.10)


@pytest.mark.usefixtures("known")
def test_a_magnetic_volume_is_paid_for_by_its_reads_and_writes(stack: Callable[[str], Any]) -> None:
    spec = SPEC.replace("storage: {allocated_gib: 20}", "storage: {type: standard, allocated_gib: 20}")
    silent = costs(*stack(spec))["instance", "reads and writes"]
    assert silent.monthly is None
    assert silent.depends
    said = costs(*stack(spec + "usage: {io_requests_per_month: 5000000}\n"))
    assert said["instance", "reads and writes"].monthly == pytest.approx(0.5)


@pytest.mark.usefixtures("known")
def test_a_dedicated_log_volume_is_a_second_one(stack: Callable[[str], Any]) -> None:
    storage = "storage: {type: io1, allocated_gib: 100, iops: 3000}"
    database, compiled = stack(SPEC.replace("storage: {allocated_gib: 20}", storage))
    found = costs(database, overridden(compiled, "instance", dedicated_log_volume=True))
    assert found["instance", "dedicated log volume"].monthly == pytest.approx(1000 * 0.125)
    assert found["instance", "IOPS of the dedicated log volume"].monthly == pytest.approx(3000 * 0.10)


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(("said", "charged"), [(0, 0.0), (20, 0.0), (21, 0.1)])
def test_backups_are_free_up_to_the_volumes_size(
    stack: Callable[[str], Any], said: int, charged: float
) -> None:
    found = costs(*stack(SPEC + f"usage: {{backup_gib: {said}}}\n"))
    assert found["instance", "backups beyond the volume's size"].monthly == pytest.approx(charged)


@pytest.mark.usefixtures("known")
def test_what_traffic_decides_is_said_to_depend_on_it(stack: Callable[[str], Any]) -> None:
    found = costs(*stack(SPEC))
    assert {each.usage for each in found.values() if each.depends} == {
        "backup_gib",
        "logs_gib_per_month",
        "logs_gib",
    }
    assert total(found.values()).missing == "by usage: 3 components"


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(("multi_az", "vcpus"), [(False, 2), (True, 4)])
def test_extended_support_is_paid_for_each_vcpu_those_of_a_standby_too(
    stack: Callable[[str], Any], multi_az: bool, vcpus: int
) -> None:
    spec = SPEC + (
        'engine_version: "8.0"\nengine_lifecycle_support: open-source-rds-extended-support\n'
        f"multi_az: {str(multi_az).lower()}\n"
    )
    found = costs(*stack(spec))
    component = found["instance", "extended support of 8.0, first two years"]
    assert component.monthly == pytest.approx(vcpus * 730 * 0.10)


@pytest.mark.usefixtures("known")
def test_a_version_in_standard_support_costs_nothing_more(stack: Callable[[str], Any]) -> None:
    assert not [name for _, name in costs(*stack(SPEC)) if "extended" in name]


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    ("insights", "name", "monthly"),
    [
        ("mode: standard, retention_days: 7", None, None),
        ("mode: standard, retention_days: 731", "Insights kept for 731 days", 2 * 3.0),
        # The list has two prices for what lies between, and none for advanced: unknown, and no guess.
        ("mode: standard, retention_days: 93", "Insights kept for 93 days", None),
        ("mode: advanced, retention_days: 465", "Insights kept for 465 days", None),
    ],
)
def test_insights_are_paid_for_beyond_seven_days(
    stack: Callable[[str], Any], insights: str, name: str | None, monthly: float | None
) -> None:
    spec = SPEC.replace("db.t4g.medium", "db.r7g.large") + f"insights: {{{insights}}}\n"
    found = [each for each in components(*stack(spec)) if "Insights" in each.name]
    if name is None:
        assert found == []
        return
    (component,) = found
    assert component.monthly == (None if monthly is None else pytest.approx(monthly))
    assert total(found).unknown == (monthly is None)


@pytest.mark.usefixtures("known")
def test_a_password_that_rds_keeps_is_a_secret_to_pay_for(stack: Callable[[str], Any]) -> None:
    found = costs(*stack(SPEC + "credentials: {mode: managed}\n"))
    assert found["instance", "secret kept by RDS"].monthly == pytest.approx(0.40)
    assert ("secret", "secret") not in found


# Weekly: stopped for the twelve hours of five nights; for weekends, across the end of the week; never.
@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    ("schedule", "stopped"),
    [
        ('{stop: "20:00", start: "08:00", timezone: UTC}', 4 * 12 + 60),
        ('{stop: "20:00", start: "08:00", days: [mon, tue, wed, thu, fri, sat, sun], timezone: UTC}', 7 * 12),
        ('{stop: "08:00", start: "20:00", days: [wed], timezone: UTC}', 12),
        ('{stop: "20:00", start: "08:00", days: [wed], timezone: UTC}', 7 * 24 - 12),
    ],
)
def test_a_stopped_instance_costs_its_storage_alone(
    stack: Callable[[str], Any], schedule: str, stopped: int
) -> None:
    found = costs(*stack(SPEC + f"schedule: {schedule}\n"))
    assert found["instance", "db.t4g.medium"].quantity == pytest.approx(730 * (168 - stopped) / 168)
    assert found["instance", "gp3 storage"].quantity == 20


@pytest.mark.usefixtures("known")
def test_an_instance_that_nothing_starts_again_runs_for_nobody_knows_how_long(
    stack: Callable[[str], Any],
) -> None:
    found = costs(*stack(SPEC + 'schedule: {stop: "20:00", timezone: UTC}\n'))
    assert found["instance", "db.t4g.medium"].monthly is None
    assert total(found.values()).unknown == 1


@pytest.mark.usefixtures("known")
def test_a_schedule_that_an_override_made_something_else_is_not_guessed_at(
    stack: Callable[[str], Any],
) -> None:
    database, compiled = stack(SPEC + 'schedule: {stop: "20:00", start: "08:00", timezone: UTC}\n')
    found = costs(database, overridden(compiled, "schedule-stop", schedule_expression="rate(5 hours)"))
    assert found["instance", "db.t4g.medium"].quantity is None


@pytest.mark.usefixtures("known")
def test_backups_in_another_region_are_paid_for_there(
    price: Callable[[str, list[Row]], None], stack: Callable[[str], Any]
) -> None:
    price("rds", [row("eu-west-1", "RDS:ChargedBackupUsage", "GiB-month", 0.20)])
    spec = SPEC + "backup: {cross_region: {region: eu-west-1}}\nusage: {backup_copy_gib: 50}\n"
    found = costs(*stack(spec))
    assert found["backup-copies", "backups in the other region"].monthly == pytest.approx(10)


@pytest.mark.usefixtures("known")
def test_an_override_costs_what_it_costs(stack: Callable[[str], Any]) -> None:
    database, compiled = stack(SPEC)
    changed = overridden(compiled, "instance", instance_class="db.r7g.large", allocated_storage=100)
    found = costs(database, overridden(changed, "instance-cpu", period=10))
    assert found["instance", "db.r7g.large"].monthly == pytest.approx(730 * 0.30)
    assert found["instance", "gp3 storage"].monthly == pytest.approx(100 * 0.10)
    assert found["instance-cpu", "high-resolution alarm"].monthly == pytest.approx(0.30)


@pytest.mark.usefixtures("known")
def test_a_price_that_nobody_has_read_stays_unknown_in_every_sum(load: Callable[..., list[Bill]]) -> None:
    spec = SPEC.replace("db.t4g.medium", "db.r7g.8xlarge")
    _, bill = load({"orders": spec})
    assert total(bill.components).unknown == 1
    assert str(total(bill.components)).endswith("+ unknown: 1 component, by usage: 3 components")


@pytest.mark.usefixtures("known")
def test_a_region_without_prices_costs_nothing_that_is_known(load: Callable[..., list[Bill]]) -> None:
    _, bill = load({"orders": SPEC}, region="eu-west-3")
    assert total(bill.components).dollars == 0
    assert total(bill.components).unknown == len(bill.components)


def test_a_price_for_another_unit_is_no_price(
    price: Callable[[str, list[Row]], None], stack: Callable[[str], Any]
) -> None:
    price("rds", [row(US, "RDS:GP3-Storage", "hour", 0.10)])
    assert costs(*stack(SPEC))["instance", "gp3 storage"].price is None


@pytest.mark.usefixtures("known")
def test_a_key_that_outlives_its_database_goes_on_costing(stack: Callable[[str], Any]) -> None:
    database, compiled = stack(SPEC)
    everything = bills.of(database, compiled).components
    removed = bills.change((database, compiled), None)
    assert {each.name for each in everything} - {each.name for each in removed.gone} == {"key"}
    assert removed.total.dollars == pytest.approx(1.00 - total(everything).dollars)
    assert bills.change((database, compiled), (database, compiled)).total == Total()
    assert bills.change(None, (database, compiled)).total == total(everything)
