"""How a stack stands, as data; and its JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from compiler.changes import Known, Side
from compiler.lifecycle.said import Held
from compiler.report import Pending

# Of the JSON: keys may be added within a version, never removed.
VERSION = 1


@dataclass(frozen=True, slots=True)
class Applied:
    """What a stack last converged on; `current` says whether its spec still compiles to just that."""

    at: datetime
    commit: str | None
    digest: str
    version: str
    current: bool


@dataclass(frozen=True, slots=True)
class Attempt:
    """How the last attempt ended: started, applied, failed, interrupted, refused or destroyed."""

    at: datetime
    commit: str | None
    outcome: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """One stack. `spec` is the path of its file, None for an orphan: a stack that no spec has.

    `problem` says why what the engine or the account know is missing here, empty where nothing is; `held` that applies
    leave it alone.
    """

    stack: str
    spec: str | None
    applied: Applied | None = None
    attempt: Attempt | None = None
    outputs: Mapping[str, Side] = field(default_factory=dict)
    pending: tuple[Pending, ...] = ()
    problem: str = ""
    held: Held | None = None


def to_data(found: Iterable[Status]) -> dict[str, Any]:
    """What `--format json` prints: `{version, stacks: [...]}`, sorted by stack; times are ISO 8601 in UTC.

    Outputs are `{known: known|secret}`, with a `value` where that is known.
    """
    return {
        "version": VERSION,
        "stacks": [_data(each) for each in sorted(found, key=lambda each: each.stack)],
    }


def _data(status: Status) -> dict[str, Any]:
    applied, attempt = status.applied, status.attempt
    return {
        "stack": status.stack,
        "spec": status.spec,
        "orphan": status.spec is None,
        "applied": applied
        and {
            "at": applied.at.isoformat(),
            "commit": applied.commit,
            "digest": applied.digest,
            "version": applied.version,
            "current": applied.current,
        },
        "attempt": attempt
        and {
            "at": attempt.at.isoformat(),
            "commit": attempt.commit,
            "outcome": attempt.outcome,
            "message": attempt.message,
        },
        "outputs": {
            name: {"known": side.known, "value": side.value}
            if side.known is Known.KNOWN
            else {"known": side.known}
            for name, side in sorted(status.outputs.items())
        },
        "pending": [
            {
                "resource": each.resource,
                "type": each.type,
                "path": str(each.property.route[0]),
                "value": each.property.after.value,
            }
            for each in status.pending
        ],
        "problem": status.problem,
        "held": status.held and {"reason": status.held.reason, "until": status.held.until.isoformat()},
    }
