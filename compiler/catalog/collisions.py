"""Names that two databases would both have in AWS."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from compiler import document, kinds
from compiler.catalog.entries import Database
from compiler.diagnostics import Diagnostic, Note, Place


def collisions(databases: Iterable[Database[Any]]) -> Iterator[Diagnostic]:
    """What is claimed twice in one account and region: AWS would refuse the second, or worse, share it."""
    taken: dict[tuple[str, str, str], Database[Any]] = {}
    for database in databases:
        place = database.environment.spec
        for name in kinds.named(database.spec.kind).claims(database):
            key = (place.account, place.region, name.lower())
            other = taken.setdefault(key, database)
            if other is not database:
                said = database.spec.identifier is not None
                yield Diagnostic(
                    "spec/same-identifier",
                    f"{database.id} and {other.id} would both be called {name} in AWS",
                    "give one of them another `identifier`",
                    document.locate(database.node, ("identifier",)) if said else Place(database.path),
                    (Note("the other one", Place(other.path)),),
                )
