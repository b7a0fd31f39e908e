"""What a MySQL database costs a month, part by part.

Everything is read from the graph, so an override costs what it costs. A replica inherits from its source what it does
not say itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from compiler.aws.rds import MYSQL_EXTENDED_SUPPORT, instance_class
from compiler.cost import HOURS, Component, Rate, number, priced
from compiler.graph import Resource, Stack, Value
from compiler.kinds.mysql.hours import running
from compiler.parts import cost

if TYPE_CHECKING:
    from compiler.catalog import Database
    from compiler.kinds.mysql.spec import MySQL

# Names of volumes in usage types, and of what is paid for them a month beside their size.
# Source: usage types of AWS's price list AmazonRDS.
_VOLUMES = {
    "gp2": "GP2-Storage",
    "gp3": "GP3-Storage",
    "io1": "PIOPS-Storage",
    "io2": "PIOPS-Storage-IO2",
    "standard": "StorageUsage",
}
_IOPS = {"gp3": "GP3-PIOPS", "io1": "PIOPS", "io2": "PIOPS-IO2"}

# What gp3 includes: IOPS and MiB a second, below 400 GiB and from there on.
# Source: RDS User Guide, "gp3 storage", for MySQL.
_STRIPED_GIB = 400
_INCLUDED = {False: (3000, 125), True: (12000, 500)}

# GiB and IOPS of a volume for logs of its own, paid for like the volume for data.
# Source: RDS User Guide, "Using a dedicated log volume (DLV)".
_LOG_VOLUME = (1000, 3000)

# Source: https://aws.amazon.com/rds/performance-insights/pricing/: seven days are free.
_FREE_INSIGHTS_DAYS = 7
_WHOLE_INSIGHTS_DAYS = 731


def components(database: Database[MySQL], stack: Stack) -> Iterator[Component]:
    """Every component of the stack."""
    usage: Mapping[str, float | None] = database.spec.usage.model_dump()
    instances = [each for each in stack.resources if each.type == "aws:rds:Instance"]
    primary = next((each for each in instances if "replicate_source_db" not in each.inputs), None)
    for resource in stack.resources:
        if resource.type == "aws:rds:Instance":
            yield from _instance(resource, primary, usage, running(stack))
        elif resource.type == "aws:rds:InstanceAutomatedBackupsReplication":
            yield _backups(resource, "backups in the other region", usage, "backup_copy_gib", 0)
        else:
            yield from cost.components(resource)
    writers = [each for each in instances if _writes_logs(each)]
    if writers:
        yield from cost.logs(primary or writers[0], usage)


def _instance(
    resource: Resource,
    primary: Resource | None,
    usage: Mapping[str, float | None],
    hours: float | None,
) -> Iterator[Component]:
    inputs = resource.inputs
    inherited = {**(primary.inputs if primary else {}), **inputs}
    multi_az = inputs.get("multi_az") is True
    class_name = inputs.get("instance_class")
    kind = "Multi-AZUsage" if multi_az else "InstanceUsage"
    zones = ", Multi-AZ" if multi_az else ""
    yield priced(resource, f"{class_name}{zones}", hours, "hour", _rate(f"{kind}:{class_name}"))
    yield from _storage(resource, inherited, multi_az, usage)
    if resource is primary and (number(inputs.get("backup_retention_period")) or usage.get("backup_gib")):
        free = number(inputs.get("allocated_storage"))
        yield _backups(resource, "backups beyond the volume's size", usage, "backup_gib", free)
    yield from _by_vcpu(resource, inherited, multi_az)
    if inputs.get("manage_master_user_password") is True:
        yield priced(resource, "secret kept by RDS", 1, *cost.SECRET)


def _storage(
    resource: Resource, inputs: Mapping[str, Value], multi_az: bool, usage: Mapping[str, float | None]
) -> Iterator[Component]:
    type_ = str(inputs.get("storage_type", "gp2"))
    size, iops = number(inputs.get("allocated_storage")), number(inputs.get("iops"))
    volume, operations = (
        _rate(("RDS:Multi-AZ-" if multi_az else "RDS:") + names.get(type_, type_))
        for names in (_VOLUMES, _IOPS)
    )
    yield priced(resource, f"{type_} storage", size, "GiB-month", volume)
    if type_ == "gp3":
        yield from _beyond(resource, inputs, size, iops, operations)
    elif type_ in _IOPS:
        yield priced(resource, f"{type_} IOPS", iops, "IOPS-month", operations)
    elif type_ == "standard" and "replicate_source_db" not in resource.inputs:
        key = "io_requests_per_month"
        rate = _rate("RDS:StorageIOUsage")
        yield priced(resource, "reads and writes", usage.get(key), "request", rate, usage=key)
    if inputs.get("dedicated_log_volume") is True:
        gib, its_iops = _LOG_VOLUME
        yield priced(resource, "dedicated log volume", gib, "GiB-month", volume)
        yield priced(resource, "IOPS of the dedicated log volume", its_iops, "IOPS-month", operations)


def _beyond(
    resource: Resource, inputs: Mapping[str, Value], size: float | None, iops: float | None, operations: Rate
) -> Iterator[Component]:
    """What a gp3 volume has more than is included in its size."""
    free_iops, free_throughput = _INCLUDED[(size or 0) >= _STRIPED_GIB]
    if iops is not None and iops > free_iops:
        yield priced(resource, f"gp3 IOPS beyond {free_iops}", iops - free_iops, "IOPS-month", operations)
    throughput = number(inputs.get("storage_throughput"))
    if throughput is not None and throughput > free_throughput:
        name = f"gp3 throughput beyond {free_throughput} MiB/s"
        rate = _rate(operations.usage.replace("PIOPS", "Throughput"))
        yield priced(resource, name, throughput - free_throughput, "MiB/s-month", rate)


def _backups(
    resource: Resource, name: str, usage: Mapping[str, float | None], key: str, free: float | None
) -> Component:
    """AWS counts the backups of a region together: up to the size of all its volumes they are free.

    Source: https://aws.amazon.com/rds/mysql/pricing/, "Backup storage".
    """
    said = usage.get(key)
    quantity = None if said is None or free is None else max(0.0, said - free)
    return priced(resource, name, quantity, "GiB-month", _rate("RDS:ChargedBackupUsage"), usage=key)


def _by_vcpu(resource: Resource, inputs: Mapping[str, Value], multi_az: bool) -> Iterator[Component]:
    """What is paid for each vCPU, those of a standby included.

    Source: RDS User Guide, "Amazon RDS Extended Support charges".
    """
    found = instance_class(str(inputs.get("instance_class")))
    vcpus = found.vcpus * (2 if multi_az else 1) if found else None
    version = ".".join(str(inputs.get("engine_version")).split(".")[:2])
    disabled = str(inputs.get("engine_lifecycle_support", "")).endswith("disabled")
    if version in MYSQL_EXTENDED_SUPPORT and not disabled:
        rate = _rate(f"ExtendedSupport:Yr1-Yr2:MySQL{version}")
        hours = vcpus * HOURS if vcpus is not None else None
        yield priced(resource, f"extended support of {version}, first two years", hours, "vCPU-hour", rate)
    days = number(inputs.get("performance_insights_retention_period"))
    if inputs.get("performance_insights_enabled") is not True or days is None:
        return
    if inputs.get("database_insights_mode") == "advanced":
        yield Component(resource.name, "Database Insights, advanced", "vCPU-month", vcpus, None)
    elif days > _FREE_INSIGHTS_DAYS:
        # The list has two prices for what lies between: only that for all of it is one number.
        whole = days == _WHOLE_INSIGHTS_DAYS and found
        rate = _rate(f"PI_LTR:{found.family.upper()}" if whole and found else "")
        yield priced(resource, f"Insights kept for {days:g} days", vcpus, "vCPU-month", rate)


def _rate(usage: str) -> Rate:
    return Rate("rds", usage, "mysql")


def _writes_logs(instance: Resource) -> bool:
    return bool(
        instance.inputs.get("enabled_cloudwatch_logs_exports")
        or number(instance.inputs.get("monitoring_interval"))
    )
