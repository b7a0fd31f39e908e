"""What a job found out about a pull request, as data that shards hand over to whoever tells it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from compiler import readback
from compiler.diagnostics import Diagnostic, ordered
from compiler.render import json
from compiler.report import Ending, Report
from compiler.report import to_data as reports_to_data

# Of the JSON: a result is read by the version that wrote it.
VERSION = 1


class Phase(StrEnum):
    """How far the job is; `failed` is where it did not find out what it was to find out."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Tier(StrEnum):
    """Who was asked: the specs alone, the simulated account, or the account itself."""

    SPECS = "specs"
    SANDBOX = "sandbox"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Result:
    """One job's answer, or that of several together.

    `number` is the pull request's, `head` and `base` full shas. `reports` are those of the affected stacks, `unchanged`
    how many stacks are none of them. `diagnostics` are errors and warnings in the specs; `failures` what went wrong
    with the job itself, in words for people. `rehearsals` are what came of the sandbox. `orphans` are stacks that have
    a state and no spec. `waivers` say which control is waived where, why and until when, `approvals` which approvals
    there are and which are missing, `next` who must act next and how: a sentence each, in which `...` is code. `url` is
    where all of it is: the run with its summary.
    """

    number: int
    head: str
    base: str
    phase: Phase = Phase.DONE
    tier: Tier = Tier.SPECS
    reports: tuple[Report, ...] = ()
    unchanged: int = 0
    diagnostics: tuple[Diagnostic, ...] = ()
    failures: tuple[str, ...] = ()
    rehearsals: tuple[Report, ...] = ()
    orphans: tuple[str, ...] = ()
    waivers: tuple[str, ...] = ()
    approvals: tuple[str, ...] = ()
    next: tuple[str, ...] = ()
    url: str = ""


def to_data(result: Result) -> dict[str, Any]:
    """The result as JSON has it; reports and diagnostics are as the verbs print them."""
    return {
        "version": VERSION,
        "number": result.number,
        "head": result.head,
        "base": result.base,
        "phase": result.phase,
        "tier": result.tier,
        "reports": reports_to_data(result.reports)["reports"],
        "unchanged": result.unchanged,
        "diagnostics": [json.data(each) for each in result.diagnostics],
        "failures": list(result.failures),
        "rehearsals": reports_to_data(result.rehearsals)["reports"],
        "orphans": list(result.orphans),
        "waivers": list(result.waivers),
        "approvals": list(result.approvals),
        "next": list(result.next),
        "url": result.url,
    }


def from_data(data: Mapping[str, Any]) -> Result:
    """The inverse of `to_data`, but for the order of reports, which is by stack."""
    if data["version"] != VERSION:
        raise ValueError(f"a result of version {data['version']}, where {VERSION} is read")
    return Result(
        number=data["number"],
        head=data["head"],
        base=data["base"],
        phase=Phase(data["phase"]),
        tier=Tier(data["tier"]),
        reports=tuple(map(readback.report, data["reports"])),
        unchanged=data["unchanged"],
        diagnostics=tuple(map(readback.diagnostic, data["diagnostics"])),
        failures=tuple(data["failures"]),
        rehearsals=tuple(map(readback.report, data["rehearsals"])),
        orphans=tuple(data["orphans"]),
        waivers=tuple(data["waivers"]),
        approvals=tuple(data["approvals"]),
        next=tuple(data["next"]),
        url=data["url"],
    )


def together(results: Iterable[Result]) -> Result:
    """One result of what the jobs for one head found, in any order; raises ValueError where there is none.

    What the account said of a stack stands over what the specs alone said, with the cost, the causes and the places
    that only these know; what came of the sandbox stands beside both. It is done when all are, and failed when one is.
    """
    results = sorted(results, key=lambda each: list(Tier).index(each.tier))
    if len({(each.number, each.head) for each in results}) != 1:
        raise ValueError("no results, or of different heads")
    reports: dict[str, Report] = {}
    rehearsals: list[Report] = []
    for each in results:
        rehearsals += each.rehearsals
        if each.tier is Tier.SANDBOX:
            rehearsals += each.reports
            continue
        for report in each.reports:
            known = reports.get(report.stack)
            reports[report.stack] = _over(known, report) if known else report
    phases = {each.phase for each in results}
    return replace(
        results[-1],
        phase=next(each for each in (Phase.FAILED, Phase.RUNNING, Phase.DONE) if each in phases),
        tier=next((each.tier for each in reversed(results) if each.tier is not Tier.SANDBOX), Tier.SANDBOX),
        reports=tuple(reports[stack] for stack in sorted(reports)),
        unchanged=max(each.unchanged for each in results),
        diagnostics=ordered(each for result in results for each in result.diagnostics),
        rehearsals=tuple(sorted(rehearsals, key=lambda each: each.stack)),
        failures=_all(each.failures for each in results),
        orphans=tuple(sorted(set(_all(each.orphans for each in results)))),
        waivers=_all(each.waivers for each in results),
        approvals=_all(each.approvals for each in results),
        next=_all(each.next for each in results),
        url=next((each.url for each in reversed(results) if each.url), ""),
    )


def _over(known: Report, asked: Report) -> Report:
    """What the account said, with what only the comparison of the specs knows.

    What is refused is for the account to say: it is judged by what was applied, which base need not be.
    """
    outcome = asked.outcome
    if outcome.ending in (Ending.FAILED, Ending.INTERRUPTED, Ending.SKIPPED):
        # The account said nothing: the comparison still shows what was meant.
        return replace(known, outcome=replace(outcome, notes=(*known.outcome.notes, *outcome.notes)))
    if outcome.ending is Ending.CHANGES and known.outcome.ending in (Ending.ADDED, Ending.REMOVED):
        outcome = replace(outcome, ending=known.outcome.ending)
    causes = {(each.resource, each.op, each.routes): each.causes for each in known.effects}
    places = {(each.rule, each.message): each for each in known.refusals}
    return replace(
        asked,
        outcome=outcome,
        effects=tuple(
            replace(each, causes=each.causes or causes.get((each.resource, each.op, each.routes), ()))
            for each in asked.effects
        ),
        cost=asked.cost or known.cost,
        refusals=tuple(places.get((each.rule, each.message), each) for each in asked.refusals),
        spec=asked.spec or known.spec,
    )


def _all(found: Iterable[Iterable[str]]) -> tuple[str, ...]:
    """All of them, each once, in the order in which they came."""
    return tuple(dict.fromkeys(each for some in found for each in some))
