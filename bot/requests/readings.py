"""What people can read about databases and requests, as cards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.chat import cards
from bot.chat.card import Card, Code, Field, Line, Link, Strong, Tone
from bot.permissions import Action, Principal, allowed, subject
from bot.requests import applied
from bot.requests.gathering import gather
from bot.requests.ledger import Entry
from bot.requests.office import Office
from bot.requests.state import standing
from compiler import compilation, controls
from compiler.catalog import Catalog, Database
from compiler.cost import bills
from compiler.cost.bills import By
from compiler.diagnostics import Exit, UserError, fail
from compiler.kinds.kind import DatabaseSpec
from compiler.suggest import closest

MINE = "mine"
_MOST = 20  # more do not fit on a screen; `list` of one environment is shorter


def status(office: Office, target: str, by: str) -> Card:
    """How a database stands and what is under way for it, or what somebody has under way."""
    if target == MINE:
        return _under_way("What you asked for", office.ledger.entries(by=by))
    main = office.main(fresh=False)
    entries = office.ledger.entries(target=target)
    database = main.catalog.databases.get(target)
    if database is None and not entries:
        raise _unknown(target, main.catalog)
    lines = [_line(each) for each in entries] or [("nothing is under way",)]
    if database is None:
        return Card(f"{target}: asked for", target, tuple(lines), tone=Tone.WAITING)
    sha = office.clone.last(main.sha, database.path)
    report = applied.of_stack(office, sha, target) if sha else None
    fields = [
        Field("kind", (database.spec.kind,)),
        Field("owner", (database.spec.owner,)),
        Field("file", (Code(database.path),)),
        Field("last change", (report.outcome.ending.value if report else "not known to be applied",)),
    ]
    if report:
        fields += [
            Field(name, (Code(str(side.value)),)) for name, side in report.outputs.items() if side.value
        ]
        lines += [(f"waits: {each.resource}, {each.when or 'for AWS'}",) for each in report.pending]
        lines += [(f"{each.resource}: {each.message}",) for each in report.outcome.failures]
    bad = report is not None and bool(report.outcome.failures)
    tone = Tone.BAD if bad else Tone.WORKING if entries else Tone.GOOD
    return Card(
        f"{target}: {database.spec.kind} of {database.spec.owner}",
        target,
        tuple(lines),
        tuple(fields),
        tone=tone,
    )


def listing(office: Office, environment: str) -> Card:
    """Every database, or those of an environment."""
    catalog = office.main(fresh=False).catalog
    found = [each for each in catalog.databases.values() if environment in ("", each.environment.name)]
    lines: list[Line] = [
        (Strong(each.id), f" {each.spec.kind}, of {each.spec.owner}" + _said(each)) for each in found[:_MOST]
    ]
    if len(found) > _MOST:
        lines.append((f"and {len(found) - _MOST} more: name an environment",))
    title = f"Databases in {environment}" if environment else "Databases"
    return Card(f"{title}: {len(found)}", title, tuple(lines) or (("there are none",),), tone=Tone.OVER)


def why(office: Office, target: str, by: str) -> Card:
    """Who may do what there, who must approve a change, which controls do not hold, and what requests wait for."""
    main = office.main(fresh=False)
    catalog = main.catalog
    if target not in catalog.databases and target not in catalog.environments:
        raise _unknown(target, catalog)
    about = subject(target, catalog, catalog)
    lines: list[Line] = []
    for action in Action:
        verdict = allowed(Principal(slack=by), action, about, catalog.people, catalog.people)
        lines.append((Strong(f"{action}: {'yes' if verdict.allowed else 'no'}"), f", {verdict.reason}"))
    database = catalog.databases.get(target)
    lines += list(_judged(database, catalog, office)) if database else []
    for entry in office.ledger.entries(target=target):
        found = standing(gather(office, entry))
        lines.append((_link(entry), f" {found.says}" + (f"; next: {found.turn}" if found.turn else "")))
    environment = catalog.environments.get(target.partition("/")[0])
    count = environment.spec.approvers if environment else 0
    fields = (Field("approvals", (f"{count} for a change" if count else "none is needed",)),)
    return Card(
        f"Why {target} is as it is", f"Who may do what to {target}", tuple(lines), fields, tone=Tone.OVER
    )


def cost(office: Office, environment: str) -> Card:
    """Dollars a month of each environment, or of each database of one."""
    catalog = office.main(fresh=False).catalog
    if environment and environment not in catalog.environments:
        raise _unknown(environment, catalog)
    environments, databases = catalog.select([environment] if environment else [])
    found = bills.sums(bills.bills(environments, databases), By.DATABASE if environment else By.ENVIRONMENT)
    lines: list[Line] = [(Strong(name), f" {total}") for name, total in found.items()]
    title = f"What {environment} costs a month" if environment else "What it costs a month"
    return Card(title, title, tuple(lines) or (("nothing is there",),), tone=Tone.OVER)


def _under_way(title: str, entries: Iterable[Entry]) -> Card:
    lines = tuple(_line(each) for each in entries) or (("nothing is under way",),)
    return Card(f"{title}: {len(lines)}", title, lines, tone=Tone.OVER)


def _line(entry: Entry) -> Line:
    return (Strong(cards.title(entry)), " ", _link(entry), f" {entry.stage or 'asked'}")


def _link(entry: Entry) -> Link | str:
    return Link(f"#{entry.number}", entry.url) if entry.number else "no pull request yet"


def _said(database: Database[DatabaseSpec]) -> str:
    spec = database.spec
    if spec.decommission:
        return ", decommissioned"
    return f", held until {spec.hold.until}" if spec.hold else ""


def _judged(database: Database[DatabaseSpec], catalog: Catalog, office: Office) -> Iterator[Line]:
    known = list(catalog.environments.values())
    for judged in compilation.judged([], [database], office.clock().date(), known):
        for each in judged.judgements:
            if each.verdict is controls.Verdict.WAIVED and each.waived:
                waiver = each.waived.waiver
                yield (Strong(each.control.id), f" is waived until {waiver.until}: {waiver.reason}")
            elif each.verdict is controls.Verdict.UNMET:
                yield (Strong(each.control.id), f" is not met: {each.control.title}")


def _unknown(name: str, catalog: Catalog) -> UserError:
    near = closest(name, [*catalog.databases, *catalog.environments])
    return fail(
        "chat/unknown",
        f"there is no database or environment {name!r}" + (f"; did you mean {near!r}?" if near else ""),
        "" if near else "`list` shows them",
        exit_code=Exit.USAGE,
    )
