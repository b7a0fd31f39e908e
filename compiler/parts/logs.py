"""Log groups, made before what writes to them: AWS would make them itself, to keep forever and without our tags."""

from __future__ import annotations

from collections.abc import Iterable

from compiler.parts.assembly import Assembly


def groups(assembly: Assembly, names: Iterable[tuple[str, str]], retention_days: int) -> tuple[str, ...]:
    """Adds a log group for each (resource name, group name); returns the resource names, to depend on."""
    return tuple(
        assembly.add(
            name,
            "aws:cloudwatch:LogGroup",
            "keeps the log, for as long as `logs.retention_days` says",
            {"name": group, "retention_in_days": retention_days},
        ).name
        for name, group in names
    )
