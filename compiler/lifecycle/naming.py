"""The name that a database has in AWS, and what follows from another one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from compiler.changes import Change, Known, Side
from compiler.consequences import Consequence
from compiler.graph import Stack

# The resource that the database is, by type, and the input that names it.
_NAMED: Mapping[str, str] = {
    "aws:rds:Instance": "identifier",
    "aws:elasticache:ReplicationGroup": "replication_group_id",
    "aws:dynamodb:Table": "name",
}


class Renaming(NamedTuple):
    """The database is called `before` in AWS and would be called `after`."""

    resource: str
    input: str
    before: str
    after: str

    def explains(self, consequence: Consequence, changes: Iterable[Change]) -> bool:
        """Whether it has that consequence because something is called after the database."""
        sides = {
            each.route: (each.before, each.after)
            for change in changes
            if change.resource == consequence.resource
            for each in change.properties
        }
        return bool(consequence.routes) and all(
            each in sides and self._follows(*sides[each]) for each in consequence.routes
        )

    def _follows(self, before: Side, after: Side) -> bool:
        if before.known is not Known.KNOWN or after.known is not Known.KNOWN:
            return False
        return json.dumps(before.value).replace(self.before, self.after) == json.dumps(after.value)


def renaming(before: Stack | None, after: Stack | None) -> Renaming | None:
    """The other name of a database that is in both graphs; None where it keeps its own."""
    known = dict(_names(before))
    for (resource, input), name in _names(after):
        was = known.get((resource, input))
        if was is not None and was != name:
            return Renaming(resource, input, was, name)
    return None


def _names(stack: Stack | None) -> Iterator[tuple[tuple[str, str], str]]:
    """Of a primary: its replicas are called after it."""
    for each in stack.resources if stack else ():
        input = _NAMED.get(each.type)
        name = each.inputs.get(input) if input else None
        if input and isinstance(name, str) and "replicate_source_db" not in each.inputs:
            yield (each.name, input), name
