"""Log groups, made before what writes to them: AWS would make them itself, to keep forever and without our tags."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias

from compiler.parts.assembly import Assembly

# Source: retentionInDays of PutRetentionPolicy in the CloudWatch Logs API reference; 0, for ever, is nobody's wish.
# fmt: off
RetentionDays: TypeAlias = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
]
# fmt: on


def groups(
    assembly: Assembly, names: Iterable[tuple[str, str]], retention_days: int, region: str | None = None
) -> tuple[str, ...]:
    """Adds a log group for each (resource name, group name); returns the resource names, to depend on."""
    return tuple(
        assembly.add(
            name,
            "aws:cloudwatch:LogGroup",
            "keeps the log, for as long as `logs.retention_days` says",
            {"region": region, "name": group, "retention_in_days": retention_days},
        ).name
        for name, group in names
    )
