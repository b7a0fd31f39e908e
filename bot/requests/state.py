"""How a request stands: a pure function of what the forge says of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from bot.approval import Approval
from bot.forge.forge import Check, CheckState, Conclusion, DeploymentState, Pull, PullState
from bot.jobs.result import Result
from bot.requests.ledger import Entry
from bot.requests.request import Intent
from compiler import route
from compiler.diagnostics import Severity
from compiler.report import Ending, Report


class Stage(StrEnum):
    """Where it is on its way."""

    ASKED = "asked"
    REFUSED = "refused"
    CHECKING = "checking"
    WRONG = "wrong"
    REVIEW = "review"
    OBJECTED = "objected"
    MERGE = "merge"
    CLOSED = "closed"
    BRANCHLESS = "branchless"
    WAITING = "waiting"
    APPLYING = "applying"
    HELD = "held"
    WINDOW = "window"
    FAILED = "failed"
    DONE = "done"


_PASSED = (Conclusion.SUCCESS, Conclusion.NEUTRAL, Conclusion.SKIPPED)
ENDED = frozenset({Stage.REFUSED, Stage.CLOSED, Stage.DONE})
"""Nothing more comes of these by itself; a pull request that is opened again is looked for by the sweep."""


ASKER = "whoever asked"
"""Their name stands in its place where it is known."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a request; None is what nobody has said yet.

    `check` is the required check of the head, `result` what it carries. `report` is what applies said of the database
    last, `applying` how far the deployment of its environment is, `applied` the check on the commit that was merged.
    `conflict` says in what main has moved on below it, "" where it has not.
    """

    entry: Entry
    pull: Pull | None = None
    branch: bool = True
    check: Check | None = None
    result: Result | None = None
    approval: Approval | None = None
    conflict: str = ""
    applied: Check | None = None
    report: Report | None = None
    applying: DeploymentState | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """`says` is how it stands, `turn` whose turn it is and how, "" where nobody needs to do anything.

    `acting` are the users of people.yaml who must act, `asker` whether whoever asked must. `facts` are lines that say
    more, `words` what AWS or a check said, as it said it.
    """

    stage: Stage
    says: str
    turn: str = ""
    acting: tuple[str, ...] = ()
    asker: bool = False
    facts: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    outputs: tuple[tuple[str, str], ...] = ()

    @property
    def ended(self) -> bool:
        return self.stage in ENDED


def standing(facts: Facts) -> Standing:
    """Where a request is, and whose turn it is."""
    entry, pull = facts.entry, facts.pull
    if pull is None:
        if entry.stage == Stage.REFUSED:
            return Standing(Stage.REFUSED, "not possible", words=tuple(entry.note.splitlines()))
        return Standing(Stage.ASKED, "the bot writes the pull request")
    match pull.state:
        case PullState.MERGED:
            return _merged(facts)
        case PullState.CLOSED:
            return Standing(Stage.CLOSED, "closed without being merged", facts=tuple(_hand(facts)))
    return _open(facts, pull)


def _open(facts: Facts, pull: Pull) -> Standing:
    more = (*_hand(facts), *([facts.conflict] if facts.conflict else ()))
    if not facts.branch:
        return Standing(
            Stage.BRANCHLESS,
            "its branch was removed",
            "whoever removed it restores the branch, or closes the pull request",
            asker=True,
            facts=more,
        )
    if facts.conflict:
        return Standing(
            Stage.WRONG,
            "main has changed the same file",
            f"{ASKER}: bring the branch up to date in the pull request, or close it and ask again",
            asker=True,
            facts=more,
        )
    check = facts.check
    if check is None or check.state is not CheckState.DONE:
        return Standing(Stage.CHECKING, "being checked", facts=more)
    # What only lacks an approval asks for an action: that is no fault, and who may approve is said below.
    if check.conclusion not in (*_PASSED, Conclusion.ACTION_REQUIRED):
        return Standing(
            Stage.WRONG,
            check.title or "its check failed",
            " ".join(facts.result.next if facts.result else ()) or f"{ASKER}: mend it in the pull request",
            asker=True,
            facts=more,
            words=tuple(_wrong(facts.result)),
        )
    approval = facts.approval
    if pull.draft:
        return Standing(
            Stage.REVIEW, "a draft", f"{ASKER}: mark it as ready for review", asker=True, facts=more
        )
    if approval and approval.objections:
        return Standing(
            Stage.OBJECTED,
            f"{_all(approval.objections)} asked for changes",
            f"{ASKER}: answer in the pull request",
            asker=True,
            facts=more,
        )
    if approval and not approval.approved:
        return Standing(
            Stage.REVIEW,
            "checked; it waits to be approved",
            f"{_any(approval.who_may)}: review the pull request" if approval.who_may else approval.reason,
            acting=approval.who_may,
            facts=(*more, *approval.missing, *approval.notes),
        )
    said = approval.reason if approval else "checked"
    turn = f"{ASKER}: merge the pull request; merging applies just this"
    return Standing(Stage.MERGE, f"{said}; it waits to be merged", turn, asker=True, facts=more)


def _merged(facts: Facts) -> Standing:
    entry, report = facts.entry, facts.report
    if entry.request.action is Intent.JOIN:
        return Standing(Stage.DONE, "merged: people.yaml knows you now")
    if report is None:
        return _unreported(facts)
    outcome = report.outcome
    words = tuple(
        f"{each.resource}: {each.message}" if each.resource else each.message for each in outcome.failures
    )
    match outcome.ending:
        case Ending.APPLIED | Ending.UNCHANGED | Ending.DESTROYED if report.pending:
            when = sorted({each.when for each in report.pending if each.when})
            waits = tuple(f"{each.resource}: {route.text(each.property.route)}" for each in report.pending)
            says = f"applied; the rest takes hold {' and '.join(when) or 'when AWS gets to it'}"
            return Standing(Stage.WINDOW, says, facts=(*waits, *_notes(report)), outputs=_outputs(report))
        case Ending.APPLIED | Ending.UNCHANGED:
            return Standing(Stage.DONE, "applied", facts=_notes(report), outputs=_outputs(report))
        case Ending.DESTROYED:
            return Standing(Stage.DONE, "destroyed, as was asked for", facts=_notes(report))
        case Ending.HELD:
            until = f" until {report.held.until}: {report.held.reason}" if report.held else ""
            return Standing(Stage.HELD, f"merged; applies leave it alone{until}")
        case Ending.REFUSED:
            refusals = tuple(each.words for each in report.refusals)
            return Standing(
                Stage.FAILED,
                "merged, and not applied",
                f"{ASKER}: see why below",
                asker=True,
                words=refusals,
            )
        case Ending.ORPHANED:
            turn = f"{ASKER}: see what is said of it below"
            return Standing(Stage.FAILED, "merged, and left alone", turn, asker=True, facts=_notes(report))
        case Ending.SKIPPED:
            return Standing(Stage.WAITING, "merged; it waits for another stack", facts=_notes(report))
    return Standing(
        Stage.FAILED,
        "applying it failed" if outcome.ending is Ending.FAILED else "applying it was interrupted",
        f"{ASKER}, or who may: try again once the cause is gone",
        asker=True,
        facts=_notes(report),
        words=words,
    )


def _unreported(facts: Facts) -> Standing:
    """Merged, and no apply has said anything of the database yet."""
    applied, gone = facts.applied, facts.entry.more.get("removes")
    if applied is not None and applied.state is CheckState.DONE:
        if applied.conclusion in _PASSED:
            return Standing(
                Stage.DONE, "its file is removed" if gone else "merged: nothing was to be applied"
            )
        return Standing(
            Stage.FAILED,
            applied.title or "the apply failed",
            "whoever may: try again once the cause is gone",
            asker=True,
            words=tuple(facts.result.failures if facts.result else ()),
        )
    if applied is not None or facts.applying is DeploymentState.RUNNING:
        return Standing(Stage.APPLYING, "merged; being applied")
    return Standing(Stage.WAITING, "merged; it waits to be applied")


def _hand(facts: Facts) -> Iterator[str]:
    """What somebody else has done to it."""
    pull, entry = facts.pull, facts.entry
    if pull and entry.sha and pull.head_sha != entry.sha:
        yield "somebody has changed the pull request by hand: what it does now is in its own comment"


def _wrong(result: Result | None) -> Iterator[str]:
    if result is None:
        return
    for each in result.diagnostics:
        if each.severity is Severity.ERROR:
            yield str(each)
    for report in result.reports:
        yield from (each.words for each in report.refusals)
    yield from result.failures


def _notes(report: Report) -> tuple[str, ...]:
    return report.outcome.notes


def _outputs(report: Report) -> tuple[tuple[str, str], ...]:
    """What clients connect to, as far as it is known and no secret."""
    return tuple((name, str(side.value)) for name, side in report.outputs.items() if side.known == "known")


def _any(names: tuple[str, ...]) -> str:
    return f"one of {_all(names)}" if len(names) > 1 else _all(names)


def _all(names: tuple[str, ...]) -> str:
    return ", ".join(names[:-1]) + (" or " if len(names) > 1 else "") + names[-1] if names else ""
