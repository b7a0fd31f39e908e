"""What is wrong with the names that databases say they had before."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from compiler import document
from compiler.diagnostics import Diagnostic, Note

if TYPE_CHECKING:
    from compiler.catalog.entries import Database


def problems(databases: Iterable[Database[Any]], known: Collection[str]) -> Iterator[Diagnostic]:
    """`known` are all databases that have a file, whether or not it can be read."""
    taken: dict[str, Database[Any]] = {}
    for database in databases:
        former = database.spec.formerly
        if former is None:
            continue
        at = document.locate(database.node, ("formerly",))
        environment, _, name = former.partition("/")
        if environment != database.environment.name:
            yield Diagnostic(
                "rename/environment",
                f"{former} is in another environment, and no database moves to another",
                f"write {database.environment.name}/NAME; or restore a snapshot of it into a new database",
                at,
            )
        elif former in known:
            yield Diagnostic(
                "rename/exists",
                f"{former} is still there, so {database.id} is not what it was",
                "remove its file, or take `formerly` out",
                at,
            )
        elif former in taken:
            other = document.locate(taken[former].node, ("formerly",))
            yield Diagnostic(
                "rename/twice",
                f"{taken[former].id} was {former} before, and so says {database.id}",
                "take one of the two lines out",
                at,
                (Note("the other one", other),),
            )
        elif database.spec.identifier is None:
            yield Diagnostic(
                "rename/identifier",
                "its name in AWS would change with the name of its file",
                f"add `identifier: {database.spec.project}-{environment}-{name}`, or whatever it is called there",
                at,
            )
        taken.setdefault(former, database)
