"""What differs: one change a resource, one property change a path, whoever found it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from compiler.route import Route


class Op(StrEnum):
    """What is done to a resource. A replacement is one change, whichever half of it comes first."""

    CREATE = "create"
    IMPORT = "import"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    FORGET = "forget"  # leaves the stack, stays in the account


class Known(StrEnum):
    """How much is known of one side of a property."""

    KNOWN = "known"
    SECRET = "secret"  # noqa: S105
    UNKNOWN = "unknown"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Side:
    """What a property is on one side of a change; `value` is plain data, None unless known."""

    known: Known
    value: Any = None


ABSENT = Side(Known.ABSENT)
SECRET = Side(Known.SECRET)
UNKNOWN = Side(Known.UNKNOWN)


@dataclass(frozen=True, slots=True)
class PropertyChange:
    """One property: `route` has pulumi_aws's names, map keys kept; `replaces` where the provider says so."""

    route: Route
    before: Side
    after: Side
    replaces: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """One resource that changes; `resource` is its name in the graph, `type` a key of the type data.

    `reverts_drift`: the spec did not change here, the account did, and this step only puts it back.
    """

    stack: str
    resource: str
    type: str
    op: Op
    properties: tuple[PropertyChange, ...] = ()
    reverts_drift: bool = False


def ordered(changes: list[Change]) -> tuple[Change, ...]:
    """The order of every report: by stack and resource, never that of events, which differs in each run."""
    return tuple(sorted(changes, key=lambda each: (each.stack, each.resource, each.op)))
