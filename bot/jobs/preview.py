"""What a pull request would do, as its specs alone tell: no secret, no account, forks included."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import PurePosixPath
from typing import Any

from bot import authority
from bot.jobs import graphs
from bot.jobs.event import Event
from bot.jobs.graphs import Graphs
from bot.jobs.result import Phase, Result, Tier
from bot.jobs.revisions import Revisions, earlier
from compiler import catalog, causes, compilation
from compiler.catalog import Catalog, Database
from compiler.causes import Written
from compiler.diagnostics import Diagnostic, Place, Severity, UserError, ordered
from compiler.difference import BASE, HEAD, Difference, difference
from compiler.graph import Stack
from compiler.lifecycle import said as lifecycle
from compiler.parts import names
from compiler.report import Ending, Report
from compiler.source import Revision
from compiler.waivers import Waiver

_EARLIER = 10
"""How many commits of main are looked through for one at which a spec could be read."""


@dataclass(frozen=True, slots=True)
class Sides:
    """Both sides of a pull request, read once; `was` is what base's own code makes of it where head brings another."""

    base: Catalog
    head: Catalog
    was: Graphs | None = None

    @property
    def graphs(self) -> Mapping[str, Stack] | None:
        return self.was.stacks if self.was else None


def sides(revisions: Revisions, *, own_code: bool = True) -> Sides:
    """Both, as this code reads them; base as its own code compiles it where `own_code` says that this is head's.

    Raises UserError where base's own code does not compile it.
    """
    was = graphs.by_its_own_code(revisions, revisions.base) if own_code and revisions.changes_tool else None
    return Sides(catalog.load(revisions.before), catalog.load(revisions.after), was)


def preview(event: Event, revisions: Revisions, today: date) -> Result:
    """The first tier: everything that differs, what that does, what is refused, and what is wrong.

    Controls are judged on the day `today` of what the pull request touches. What is wrong on base already, in files
    that it leaves alone, is a warning. Nothing is raised for what somebody wrote.
    """
    result = Result(event.number, event.head, event.base, Phase.DONE, Tier.SPECS)
    try:
        found = sides(revisions)
    except UserError as error:
        return replace(result, phase=Phase.FAILED, failures=tuple(each.words for each in error.diagnostics))
    differing = _compared(revisions, found)
    return replace(
        result,
        reports=tuple(_held(found.head, each, today) for each in differing.reports),
        unchanged=differing.unchanged,
        waivers=tuple(_waivers(found)),
        diagnostics=ordered(
            [
                *revisions.problems,
                *_of_this(found, differing, revisions),
                *_unlooked(found, differing, revisions),
                *_judged(found, {each.stack for each in differing.reports}, today),
                *_authority(found, {_id(each.stack) for each in differing.reports}, today),
            ]
        ),
    )


def _compared(revisions: Revisions, found: Sides) -> Difference:
    """What differs; what could not be read at base is compared with the last commit of main at which it could be.

    What cannot be read on either side, and whose file is left alone, is nobody's business here.
    """
    differing = difference(found.base, found.head, was=found.graphs)
    reports = {
        each.stack: each
        for each in differing.reports
        if each.outcome.ending is not Ending.UNCOMPARED or not _is_broken_before(each.stack, found, revisions)
    }
    missing = {
        _id(stack)
        for stack, each in reports.items()
        if each.outcome.ending is Ending.UNCOMPARED and not _is_wrong(found.head, _id(stack))
    }
    unchanged = differing.unchanged
    for commit in earlier(revisions, _EARLIER) if missing else ():
        older = catalog.load(Revision(revisions.top, commit, revisions.folder))
        if readable := sorted(missing & {*older.databases, *older.environments}):
            note = f"compared with {commit[:12]}: what base says of it is wrong"
            again = {each.stack: each for each in difference(older, found.head, readable).reports}
            for stack in map(_stack, readable):
                del reports[stack]
                if stack in again:
                    reports[stack] = _noted(again[stack], note)
                else:
                    unchanged += 1
            missing.difference_update(readable)
        if not missing:
            break
    return replace(differing, reports=tuple(reports[each] for each in sorted(reports)), unchanged=unchanged)


def _held(head: Catalog, report: Report, today: date) -> Report:
    """What is held does not take effect by merging it."""
    id_ = _id(report.stack)
    written = head.databases.get(id_) or head.environments.get(id_)
    return replace(report, held=lifecycle.of(written).held(today)) if written else report


def _noted(report: Report, note: str) -> Report:
    return replace(report, outcome=replace(report.outcome, notes=(*report.outcome.notes, note)))


def _is_broken_before(stack: str, found: Sides, revisions: Revisions) -> bool:
    if any(_is_of(path, stack, revisions) for path in revisions.paths):
        return False
    return all(_is_wrong(each, _id(stack)) for each in (found.base, found.head))


def _is_of(path: str, stack: str, revisions: Revisions) -> bool:
    environment, _, name = stack.partition(".")
    return path.startswith(f"{revisions.folder}/{environment}/") and PurePosixPath(path).stem == name


def _is_wrong(found: Catalog, id_: str) -> bool:
    return id_ in found.unread or (id_ in found.databases and bool(causes.compiled(found.databases[id_])[1]))


def _of_this(found: Sides, differing: Difference, revisions: Revisions) -> Iterator[Diagnostic]:
    """What is wrong at head; where base has it too, in a file that stays as it is, it is no fault of this change."""
    known = {(each.rule, each.message) for each in (*found.base.diagnostics, *differing.wrong[BASE])}
    for each in (*found.head.diagnostics, *differing.wrong[HEAD]):
        old = (
            (each.rule, each.message) in known and each.at is not None and each.at.path not in revisions.paths
        )
        if old and each.severity is Severity.ERROR:
            yield replace(
                each, severity=Severity.WARNING, message=f"{each.message} (on {revisions.base[:12]} already)"
            )
        else:
            yield each


def _unlooked(found: Sides, differing: Difference, revisions: Revisions) -> Iterator[Diagnostic]:
    """What the pull request does something to that nobody can look at, for a reason that is not in its own file."""
    wrong = {each.at.path for each in (*found.head.diagnostics, *differing.wrong[HEAD]) if each.at}
    for each in differing.reports:
        id_ = _id(each.stack)
        readable = id_ in found.head.databases or id_ in found.head.environments
        if each.outcome.ending is not Ending.UNCOMPARED or readable:
            continue
        own = sorted(path for path in revisions.paths if _is_of(path, each.stack, revisions))
        if own and not wrong & set(own):
            yield Diagnostic(
                "preview/unlooked",
                f"{id_}: nobody knows what this does to it: what {revisions.base[:12]} says of it, or of what it "
                "stands on, cannot be read",
                "mend that first, in a change of its own",
                Place(own[0]),
            )


def _judged(found: Sides, differing: Collection[str], today: date) -> tuple[Diagnostic, ...]:
    """How what the pull request touches stands to controls, limits and waivers."""
    touched = [name for name, each in found.head.environments.items() if _touches_environment(found, name)]
    databases = [
        each
        for each in found.head.databases.values()
        if names.stack_id(each) in differing or each.environment.name in touched or _touches(found, each)
    ]
    environments = [found.head.environments[name] for name in touched]
    return compilation.problems(environments, databases, today, found.head.environments.values())


def _waivers(found: Sides) -> Iterator[str]:
    """Those that the pull request writes, or writes otherwise."""
    old = _written_waivers(found.base)
    for (id_, control), waiver in _written_waivers(found.head).items():
        if waiver != old.get((id_, control)):
            yield f"`{control}` for {id_} until {waiver.until}: {waiver.reason}"


def _written_waivers(found: Catalog) -> dict[tuple[str, str], Waiver]:
    everything: list[tuple[str, Written]] = [*found.environments.items(), *found.databases.items()]
    return {(id_, control): waiver for id_, each in everything for control, waiver in each.spec.waive.items()}


def _authority(found: Sides, differing: Collection[str], today: date) -> tuple[Diagnostic, ...]:
    """What it takes for itself, and what nobody could approve."""
    needed = authority.needs(found.base, found.head, today, differing if found.was else ())
    return authority.problems(needed, found.base.people, found.head.people)


def _touches(found: Sides, database: Database[Any]) -> bool:
    return found.base.texts.get(database.path) != found.head.texts[database.path]


def _touches_environment(found: Sides, name: str) -> bool:
    before, after = found.base.environments.get(name), found.head.environments[name]
    return before is None or before.spec != after.spec


def _id(stack: str) -> str:
    environment, _, name = stack.partition(".")
    return environment if name == "environment" else f"{environment}/{name}"


def _stack(id_: str) -> str:
    environment, _, name = id_.partition("/")
    return f"{environment}.{name or 'environment'}"
