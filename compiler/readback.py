"""Reports and diagnostics read back from the JSON that they were written as."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from compiler import route
from compiler.aws.prices import Price
from compiler.changes import Change, Known, Op, PropertyChange, Side
from compiler.consequences import Cause, Consequence
from compiler.cost import Component, Delta
from compiler.diagnostics import Diagnostic, Note, Place, Severity
from compiler.effects import Data, Effect, Feasibility, Service, When
from compiler.lifecycle.said import Acknowledged, Entry, Held
from compiler.report import Ending, Failure, Outcome, Pending, Phase, Report, Strayed
from compiler.reviewed import from_data


def report(data: Mapping[str, Any]) -> Report:
    """One of the `reports` of `compiler.report.to_data`, but for what prices to reserve at there are."""
    outcome = data["outcome"]
    return Report(
        stack=data["stack"],
        phase=Phase(data["phase"]),
        outcome=Outcome(
            Ending(outcome["ending"]),
            tuple(Failure(**each) for each in outcome["failures"]),
            tuple(outcome["done"]),
            tuple(outcome["notes"]),
        ),
        changes=tuple(_change(data["stack"], each) for each in data["changes"]),
        pending=tuple(
            Pending(each["resource"], each["type"], _property(each["property"]), each["when"])
            for each in data["pending"]
        ),
        effects=tuple(map(_consequence, data["effects"])),
        cost=None if data["cost"] is None else _delta(data["cost"]),
        refusals=tuple(map(diagnostic, data["refusals"])),
        outputs={name: _side(side) for name, side in data["outputs"].items()},
        spec=None if data["spec"] is None else Place(data["spec"]),
        overridden={name: tuple(routes) for name, routes in data["overridden"].items()},
        acknowledged=tuple(map(_acknowledged, data["acknowledged"])),
        held=None
        if data["held"] is None
        else Held(data["held"]["reason"], date.fromisoformat(data["held"]["until"])),
        strayed=tuple(
            Strayed(each["resource"], each["type"], _property(each["property"]), each["reason"])
            for each in data["strayed"]
        ),
        shown=None if data["shown"] is None else from_data(data["shown"]),
    )


def diagnostic(data: Mapping[str, Any]) -> Diagnostic:
    """The inverse of `compiler.render.json.data`."""
    return Diagnostic(
        data["rule"],
        data["message"],
        data["fix"],
        None if data["path"] is None else _place(data),
        tuple(Note(each["message"], _place(each)) for each in data["also"]),
        Severity(data["severity"]),
    )


def _place(data: Mapping[str, Any]) -> Place:
    return Place(data["path"], data["line"], data["column"])


def _acknowledged(data: Mapping[str, Any]) -> Acknowledged:
    return Acknowledged(Entry(data["resource"], data["property"] or "", data["reason"]), _place(data))


def _change(stack: str, data: Mapping[str, Any]) -> Change:
    return Change(
        stack,
        data["resource"],
        data["type"],
        Op(data["op"]),
        tuple(map(_property, data["properties"])),
        data["reverts_drift"],
    )


def _property(data: Mapping[str, Any]) -> PropertyChange:
    return PropertyChange(
        route.parse(data["path"]), _side(data["before"]), _side(data["after"]), data["replaces"]
    )


def _side(data: Mapping[str, Any]) -> Side:
    return Side(Known(data["known"]), data.get("value"))


def _consequence(data: Mapping[str, Any]) -> Consequence:
    effect = Effect(
        data["says"],
        data["source"],
        data["replaces"],
        Data(data["data"]),
        Service(data["service"]),
        When(data["when"]),
        data["duration"],
        data["reversible"],
        Feasibility(data["feasibility"]),
        data["fix"],
    )
    causes = tuple(Cause(each["key"], _place(each)) for each in data["causes"])
    routes = tuple(map(route.parse, data["paths"]))
    return Consequence(data["resource"], data["type"], Op(data["op"]), routes, effect, causes)


def _delta(data: Mapping[str, Any]) -> Delta:
    return Delta(tuple(map(_component, data["gone"])), tuple(map(_component, data["new"])))


def _component(data: Mapping[str, Any]) -> Component:
    price = None
    if data["price"] is not None:
        day = date.fromisoformat(data["date"])
        price = Price(data["price"], data["unit"], day, data["source"], data["sku"] or "", data["weak"])
    return Component(
        data["resource"], data["name"], data["unit"], data["quantity"], price, data["usage"] or ""
    )
