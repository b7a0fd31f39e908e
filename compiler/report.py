"""What a verb did to a stack, or would do, as data; and its JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from compiler import route
from compiler.changes import Change, Known, PropertyChange, Side
from compiler.consequences import Cause, Consequence
from compiler.cost import Delta
from compiler.cost import data as costs
from compiler.diagnostics import Diagnostic, Exit, Place
from compiler.effects import gravity
from compiler.lifecycle.said import Acknowledged, Held
from compiler.render import json
from compiler.reviewed import Shown
from compiler.reviewed import to_data as shown_data
from compiler.route import Route

# Of the JSON: keys may be added within a version, never removed.
VERSION = 1


class Phase(StrEnum):
    """What was asked for."""

    DIFF = "diff"
    PREVIEW = "preview"
    APPLY = "apply"
    DESTROY = "destroy"
    DRIFT = "drift"


class Ending(StrEnum):
    """How it ended.

    `changes` is a preview or a diff that found some, `added` and `removed` are a diff's, `uncompared` one that could
    not read the base; `drifted` is an account that has something otherwise than it was applied; `skipped` is a stack
    that was never begun, `held` one that was left alone because somebody asked for that: no failure; `orphaned` one
    that is there and that no spec has: nobody touches it.
    """

    UNCHANGED = "unchanged"
    CHANGES = "changes"
    ADDED = "added"
    REMOVED = "removed"
    UNCOMPARED = "uncompared"
    DRIFTED = "drifted"
    ORPHANED = "orphaned"
    APPLIED = "applied"
    DESTROYED = "destroyed"
    REFUSED = "refused"
    HELD = "held"
    SKIPPED = "skipped"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Failure:
    """What failed, in AWS's own words without secrets; `resource` and `type` are empty where no resource did."""

    message: str
    resource: str = ""
    type: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`done` names the resources that were changed, also where the whole failed; `notes` are for people."""

    ending: Ending
    failures: tuple[Failure, ...] = ()
    done: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pending:
    """A modification that AWS has accepted and will make by itself; `when` is for people, empty if unknown."""

    resource: str
    type: str
    property: PropertyChange
    when: str = ""


@dataclass(frozen=True, slots=True)
class Strayed:
    """What the account has otherwise than it was applied, and no apply puts back: `before` was applied, `after` is.

    `reason` is the rule by which it is meant to be so; empty where nobody decided it.
    """

    resource: str
    type: str
    property: PropertyChange
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """One stack. `spec` is the file it comes from; effects and cost are empty where nobody worked them out.

    `overridden` are the inputs that no rule of dbspec's decided, but the spec's `overrides`, by resource;
    `acknowledged` what the spec's `acknowledge` alone lets through. `held` says that applies leave it alone.
    `strayed` is what only drift looks for, and `shown` what only a preview of the account can show.
    """

    stack: str
    phase: Phase
    outcome: Outcome
    changes: tuple[Change, ...] = ()
    pending: tuple[Pending, ...] = ()
    effects: tuple[Consequence, ...] = ()
    cost: Delta | None = None
    refusals: tuple[Diagnostic, ...] = ()
    outputs: Mapping[str, Side] = field(default_factory=dict)
    spec: Place | None = None
    overridden: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    acknowledged: tuple[Acknowledged, ...] = ()
    held: Held | None = None
    strayed: tuple[Strayed, ...] = ()
    shown: Shown | None = None

    def overrides(self, resource: str, at: Route) -> bool:
        """Whether an override decided what stands there, or a part of it."""
        return any(
            at[: len(each)] == each or each[: len(at)] == at
            for each in map(route.parse, self.overridden.get(resource, ()))
        )


_DIFFERENT = {
    Ending.CHANGES,
    Ending.ADDED,
    Ending.REMOVED,
    Ending.UNCOMPARED,
    Ending.DRIFTED,
    Ending.ORPHANED,
}


def exit_code(reports: Iterable[Report], *, detailed: bool = False) -> Exit:
    """3 where anything failed, else 4 where a gate refuses, else 10 where that is asked for and something changes.

    A diff shows what would be refused, and refuses nothing.
    """
    reports = list(reports)
    endings = {each.outcome.ending for each in reports}
    if endings & {Ending.FAILED, Ending.INTERRUPTED, Ending.SKIPPED}:
        return Exit.ENGINE
    if any(each.refusals and each.phase is not Phase.DIFF for each in reports):
        return Exit.REFUSED
    return Exit.CHANGES if detailed and endings & _DIFFERENT else Exit.DONE


def to_data(reports: Iterable[Report]) -> dict[str, Any]:
    """What `--format json` prints: `{version, reports: [...]}`, sorted by stack.

    `op` is create, import, update, replace, delete or forget. A property's `path` is a route as text, and its sides
    are `{known: known|secret|unknown|absent}`, with a `value` where that is known. `spec` is a path, or null.
    `overridden` has for each resource the inputs that the spec's `overrides` decided, changed or not. `cost` is what
    is added a month, `{monthly, unknown, by_usage, gone, new}`, with components as `dbspec cost --format json` has
    them; null where nobody worked it out. `refusals` are diagnostics. `acknowledged` are losses of data that the spec
    lets through, with the reason; `property` is null where the resource goes. `held` is `{reason, until}`, `until`
    being the last day on which applies leave the stack alone, or null. `strayed` is what the account has otherwise
    than it was applied and no apply puts back, with the rule that lets it be so, "" where none does. `shown` is what a
    preview found beside what the graphs say, `{steps, shared}`, all hashes; null where none was made.
    """
    return {
        "version": VERSION,
        "reports": [_report(each) for each in sorted(reports, key=lambda each: each.stack)],
    }


def _report(report: Report) -> dict[str, Any]:
    return {
        "stack": report.stack,
        "spec": report.spec and report.spec.path,
        "phase": report.phase,
        "outcome": {
            "ending": report.outcome.ending,
            "failures": [
                {"message": each.message, "resource": each.resource, "type": each.type}
                for each in report.outcome.failures
            ],
            "done": list(report.outcome.done),
            "notes": list(report.outcome.notes),
        },
        "changes": [_change(each) for each in report.changes],
        "pending": [
            {
                "resource": each.resource,
                "type": each.type,
                "property": _property(each.property),
                "when": each.when,
            }
            for each in report.pending
        ],
        "strayed": [
            {
                "resource": each.resource,
                "type": each.type,
                "property": _property(each.property),
                "reason": each.reason,
            }
            for each in report.strayed
        ],
        "shown": report.shown and shown_data(report.shown),
        "effects": [_consequence(each) for each in report.effects],
        "cost": None if report.cost is None else costs.delta(report.cost),
        "refusals": [json.data(each) for each in report.refusals],
        "outputs": {name: _side(side) for name, side in sorted(report.outputs.items())},
        "acknowledged": [_acknowledged(each) for each in report.acknowledged],
        "held": report.held and {"reason": report.held.reason, "until": report.held.until.isoformat()},
        "overridden": {name: list(routes) for name, routes in sorted(report.overridden.items())},
    }


def _acknowledged(acknowledged: Acknowledged) -> dict[str, Any]:
    entry = acknowledged.entry
    path, line, column = acknowledged.at
    return {
        "resource": entry.resource,
        "property": entry.property or None,
        "reason": entry.reason,
        "path": path,
        "line": line,
        "column": column,
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "resource": change.resource,
        "type": change.type,
        "op": change.op,
        "reverts_drift": change.reverts_drift,
        "properties": [_property(each) for each in change.properties],
    }


def _consequence(consequence: Consequence) -> dict[str, Any]:
    effect = consequence.effect
    return {
        "resource": consequence.resource,
        "type": consequence.type,
        "op": consequence.op,
        "paths": [route.text(each) for each in consequence.routes],
        "says": effect.says,
        "gravity": gravity(effect).name.lower(),
        "replaces": effect.replaces,
        "data": effect.data,
        "service": effect.service,
        "when": effect.when,
        "duration": effect.duration,
        "reversible": effect.reversible,
        "feasibility": effect.feasibility,
        "fix": effect.fix,
        "source": effect.source,
        "causes": [_cause(each) for each in consequence.causes],
    }


def _cause(cause: Cause) -> dict[str, Any]:
    return {"key": cause.key, "path": cause.at.path, "line": cause.at.line, "column": cause.at.column}


def _property(change: PropertyChange) -> dict[str, Any]:
    return {
        "path": route.text(change.route),
        "before": _side(change.before),
        "after": _side(change.after),
        "replaces": change.replaces,
    }


def _side(side: Side) -> dict[str, Any]:
    known: dict[str, Any] = {"known": side.known}
    return known | {"value": side.value} if side.known is Known.KNOWN else known
