"""What the dashboard of a MySQL database shows besides what has alarms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from compiler.kinds.mysql import replicas
from compiler.parts import names
from compiler.parts.dashboards import Graph, Line

if TYPE_CHECKING:
    from compiler.catalog import Database
    from compiler.kinds.mysql.spec import MySQL

_TRAFFIC = {
    "reads and writes a second": ("ReadIOPS", "WriteIOPS"),
    "bytes a second": ("ReadThroughput", "WriteThroughput"),
    "bytes a second in the network": ("NetworkReceiveThroughput", "NetworkTransmitThroughput"),
}


def graphs(database: Database[MySQL]) -> Iterator[Graph]:
    """The traffic of each instance."""
    primary = names.identifier(database)
    followers = database.spec.read_replicas
    instances = [
        (primary, ""),
        *((replicas.identifier(primary, each), each.region or "") for each in followers),
    ]
    for title, metrics in _TRAFFIC.items():
        yield Graph(
            title,
            [
                Line("AWS/RDS", metric, {"DBInstanceIdentifier": identifier}, "Average", region)
                for identifier, region in instances
                for metric in metrics
            ],
        )
