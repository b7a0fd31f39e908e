"""The alarms of a MySQL instance.

Metrics, statistics and periods are those that AWS recommends (the CloudWatch list of recommended alarms for RDS); where
AWS names no number, and where its number pages for healthy databases, the reason is in `why` or beside the number.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from compiler.aws.rds import InstanceClass
from compiler.kinds.mysql import derived
from compiler.parts.alarms import Alarm

if TYPE_CHECKING:
    from compiler.catalog import Database
    from compiler.kinds.mysql.spec import MySQL

GIB = 1024**3

# The default of max_connections is DBInstanceClassMemory divided by this, DBInstanceClassMemory being a little less
# than the class's memory. Source: RDS User Guide, "Quotas and constraints", maximum number of connections.
BYTES_A_CONNECTION = 12582880
MAX_CONNECTIONS = 16000


def alarms(database: Database[MySQL], found: InstanceClass, *, replica: bool) -> Iterator[Alarm]:
    """The alarms of the primary, or of a replica, of that class."""
    spec = database.spec
    # A development database may be stopped for the night: what says nothing then is no reason to wake anybody.
    silent: Literal["breaching", "missing"] = (
        "missing" if database.environment.spec.tier == "development" else "breaching"
    )
    connections = _connections(spec, found)
    yield Alarm("cpu", "CPUUtilization", "Average", "above", 90, 5, silent, "CPU above 90 %")
    yield Alarm(
        "connections",
        "DatabaseConnections",
        "Average",
        "above",
        connections * 9 // 10,
        5,
        silent,
        f"nine tenths of {connections} connections are in use",
    )
    yield Alarm(
        "storage",
        "FreeStorageSpace",
        "Minimum",
        "below",
        spec.storage.allocated_gib * GIB // 10,
        5,
        silent,
        "less than a tenth of the storage is free",
    )
    # AWS recommends a quarter, but MySQL's buffer pool takes three quarters of a healthy instance.
    yield Alarm(
        "memory",
        "FreeableMemory",
        "Average",
        "below",
        found.memory_gib * GIB // 10,
        15,
        silent,
        "less than a tenth of the memory can be freed",
    )
    yield Alarm(
        "swap", "SwapUsage", "Average", "above", GIB // 4, 15, silent, "more than 256 MiB are swapped out"
    )
    yield Alarm(
        "read-latency",
        "ReadLatency",
        "p90",
        "above",
        0.02,
        5,
        "missing",
        "one read in ten takes more than 20 ms",
    )
    yield Alarm(
        "write-latency",
        "WriteLatency",
        "p90",
        "above",
        0.02,
        5,
        "missing",
        "one write in ten takes more than 20 ms",
    )
    yield Alarm(
        "io-balance",
        "EBSIOBalance%",
        "Average",
        "below",
        10,
        3,
        "missing",
        "the volume's burst of IOPS is nearly used up",
    )
    yield Alarm(
        "throughput-balance",
        "EBSByteBalance%",
        "Average",
        "below",
        10,
        3,
        "missing",
        "the volume's burst of throughput is nearly used up",
    )
    if found.burstable:
        yield Alarm(
            "cpu-credits",
            "CPUCreditBalance",
            "Average",
            "below",
            20,
            5,
            "missing",
            "CPU credits are nearly used up",
        )
    if replica:
        yield Alarm("lag", "ReplicaLag", "Maximum", "above", 60, 10, silent, "the replica is a minute behind")
    if derived.insights(spec, found.name) != "off":
        yield Alarm(
            "load",
            "DBLoad",
            "Average",
            "above",
            found.vcpus,
            15,
            "missing",
            "more sessions are active than there are vCPUs",
        )


def _connections(spec: MySQL, found: InstanceClass) -> int:
    said = spec.parameters.get("max_connections")
    if said is not None and said.value.isdecimal():
        return int(said.value)
    return min(found.memory_gib * GIB // BYTES_A_CONNECTION, MAX_CONNECTIONS)
