"""The last snapshot of a database, taken when it goes."""

from __future__ import annotations

from compiler.graph import Concat
from compiler.parts.assembly import Assembly


def final_name(assembly: Assembly, identifier: str) -> Concat:
    """A name that no earlier database of that identifier has left behind."""
    suffix = assembly.add(
        "final-snapshot",
        "random:RandomId",
        "keeps the final snapshot's name from meeting that of an earlier database",
        {"byte_length": 4, "keepers": {"identifier": identifier}},
    )
    return Concat((f"{identifier}-final-", suffix["hex"]))
