"""What buttons ask for: written down at the click, authorised then and again when it is done."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.chat.cards import CLOSE, RETRY
from bot.forge.forge import ForgeError, PullState
from bot.permissions import Action, Principal, Verdict, allowed, subject
from bot.requests.ledger import Entry
from bot.requests.marks import Marks
from bot.requests.office import Office
from compiler.diagnostics import Exit, UserError, fail

_PREFIX = "press/"


def press(office: Office, marks: Marks, action: str, value: str, by: str) -> None:
    """Notes that somebody pressed a button of a request's message; raises UserError where they may not, or too late."""
    entry = office.ledger.entry(value)
    if entry is None or action not in (RETRY, CLOSE):
        raise fail("chat/button", "that button belongs to nothing any more", exit_code=Exit.USAGE)
    if entry.ended is not None:
        raise fail("chat/ended", f"the request for {entry.request.target} has ended", exit_code=Exit.USAGE)
    verdict = may(office, entry, action, by)
    if not verdict.allowed:
        raise fail("chat/denied", verdict.reason, exit_code=Exit.REFUSED)
    marks.set(f"{_PREFIX}{action}/{value}", by, office.clock())


def done(office: Office, marks: Marks) -> None:
    """Does what was pressed since; each once, whatever fails then is said in the request's own message."""
    for name, mark in marks.named(_PREFIX, datetime.fromtimestamp(0, UTC)).items():
        action, _, id = name.partition("/")
        entry = office.ledger.entry(id)
        if entry is not None and entry.ended is None and may(office, entry, action, mark.value).allowed:
            trouble = _tried(office, entry, action)
            office.ledger.note(id, due=office.clock(), trouble=trouble)
        marks.remove(f"{_PREFIX}{name}")


def may(office: Office, entry: Entry, action: str, by: str) -> Verdict:
    """Whether somebody may press that: whoever asked may withdraw, others need the right."""
    if action == CLOSE and by == entry.request.by:
        return Verdict(True, "it is theirs")
    catalog = office.main(fresh=False).catalog
    about = subject(entry.request.target, catalog, catalog, str(entry.request.answers.get("owner") or ""))
    right = Action.RETRY if action == RETRY else Action.CHANGE
    return allowed(Principal(slack=by), right, about, catalog.people, catalog.people)


def _tried(office: Office, entry: Entry, action: str) -> str:
    """What kept it from being done and will again; raises ForgeError where it may go well the next time."""
    try:
        _do(office, entry, action)
    except ForgeError as error:
        if error.again:
            raise
        return office.redactor.clean(f"{action} was not possible: {error}")
    except UserError as error:
        said = "; ".join(each.words for each in error.diagnostics)
        return office.redactor.clean(f"{action} was not possible: {said}")
    return ""


def _do(office: Office, entry: Entry, action: str) -> None:
    if action == CLOSE:
        if entry.number and office.forge.pulls.pull(entry.number).state is PullState.OPEN:
            office.forge.pulls.update_pull(entry.number, closed=True)
    elif office.apply is not None:
        office.apply(entry.request.environment)
