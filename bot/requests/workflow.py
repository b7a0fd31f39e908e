"""A request carried from what somebody said to a pull request, in steps each of which may be done twice."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from bot.chat.chat import ChatError
from bot.forge.forge import ForgeError, Pull
from bot.permissions import Action, Principal, Verdict, allowed, subject, user_of
from bot.requests import applied, commit
from bot.requests.clone import MovedError
from bot.requests.draft import Draft, Main, Problem, draft
from bot.requests.office import Office
from bot.requests.request import Intent, Request, from_data
from bot.requests.showing import show
from bot.requests.transaction import BusyError
from compiler.diagnostics import Exit, UserError
from compiler.render import inline

_LONGEST = 600.0  # seconds between two tries
_PATIENCE = timedelta(hours=24)
_LOG = logging.getLogger(__name__)


class Run(Protocol):
    """Whoever remembers: a step that has ended is not done again after a restart, but answers what it did."""

    def step(self, name: str, function: Callable[[], dict[str, Any]]) -> dict[str, Any]: ...

    def pause(self, seconds: float) -> None: ...


class _Over(Exception):  # noqa: N818 - it is no error: the request comes to nothing, and says why
    """The request ends here; the words are for whoever asked."""


class _NotYet(Exception):  # noqa: N818 - it is no error
    """Somebody else has to be done first."""


def carry(office: Office, data: Mapping[str, Any], run: Run) -> None:
    """Everything from the words to the pull request; killed anywhere and begun again, it leaves one of each."""
    request = from_data(data)
    steps = _Steps(office, request)

    def do(name: str, function: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        return _patiently(office, run, name, function)

    try:
        do("show", steps.show)
        do("permit", steps.permit)
        do("claim", steps.claim)
        drafted = do("draft", steps.draft)
        made = do("commit", lambda: steps.commit(drafted))
        do("push", lambda: steps.push(drafted, made["sha"]))
        do("open", lambda: steps.open(drafted, made["sha"]))
    except _Over as reason:
        said = str(reason)
        do("end", lambda: steps.end(said))
    # What went wrong with it is in the log, and the reconciler tries it again.
    with suppress(_Over):
        do("show again", steps.show)


def _patiently(office: Office, run: Run, name: str, function: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """One step, tried until it goes well or can never; every try is remembered, so that a restart goes on with them."""
    wait, waited = 1.0, 0.0
    while True:
        answer = run.step(name, lambda: _tried(office, function))
        if "over" in answer:
            raise _Over(answer["over"])
        if "again" not in answer:
            return answer
        if waited > _PATIENCE.total_seconds():
            raise _Over(f"it could not be done for a day: {answer['again']}")
        pause = min(max(wait, answer["after"]), _LONGEST)
        run.pause(pause)
        wait, waited = min(wait * 2, _LONGEST), waited + pause


def _tried(office: Office, function: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What it did, that it may go better later, or why it never will."""
    try:
        return function()
    except (ForgeError, ChatError) as error:
        words = office.redactor.clean(str(error))
        if not error.again:
            return {"over": words}
        after = (error.after - office.clock()).total_seconds() if error.after else 0.0
        return {"again": words, "after": after}
    except (BusyError, _NotYet) as error:
        return {"again": office.redactor.clean(str(error)), "after": 0.0}
    except _Over as error:
        return {"over": office.redactor.clean(str(error))}
    except UserError as error:
        words = office.redactor.clean("; ".join(each.words for each in error.diagnostics))
        if error.exit_code is not Exit.ENGINE:
            return {"over": words}
        # Credentials that have ended, say: whoever runs the bot mends that, and nobody has to ask again.
        _LOG.error("a request waits until this is mended: %s", words)
        return {"again": words, "after": 0.0}
    except Exception:  # noqa: BLE001 - a workflow that raised would leave its message waiting
        # Whoever asked must not wait for ever for what nobody foresaw; the log says more.
        _LOG.exception("a request failed in a way that nobody foresaw")
        return {"over": "the bot failed at it in a way that nobody foresaw; its log says more"}


class _Steps:
    """What each step does. Any of them may have been done before, wholly or in part."""

    def __init__(self, office: Office, request: Request) -> None:
        self.office = office
        self.request = request

    def show(self) -> dict[str, Any]:
        """Best effort: what cannot be said now, the reconciler says later."""
        office, id = self.office, self.request.id
        try:
            found = show(office, id)
            if found is not None and found.ended:
                office.ledger.end(id, office.clock())
        except (ChatError, ForgeError, BusyError) as error:
            _LOG.warning("a card could not be shown: %s", office.redactor.clean(str(error)))
        return {}

    def permit(self) -> dict[str, Any]:
        main = self.office.main()
        verdict = permitted(self.request, main)
        if not verdict.allowed:
            raise _Over(verdict.reason)
        return {}

    def claim(self) -> dict[str, Any]:
        """A new name and an end are for one request at a time."""
        request, ledger = self.request, self.office.ledger
        if request.action is Intent.CHANGE:
            return {}
        winner = ledger.claim(f"{self.office.branch}:{request.action}:{request.target}", request.id)
        if winner == request.id:
            return {}
        other = ledger.entry(winner)
        if other is None or other.ended or not (other.number or self._waited()):
            raise _NotYet("somebody else asked for it just now")
        where = f"in pull request #{other.number} ({other.url})" if other.number else "just now"
        raise _Over(f"somebody else asked for {request.target} already, {where}")

    def draft(self) -> dict[str, Any]:
        main = self.office.main(fresh=False)
        made = drafted(self.office, self.request, main)
        if made.problems:
            said = "\n".join(f"{each.key}: {each}" if each.key else str(each) for each in made.problems)
            raise _Over(said)
        after = None if made.after is None else made.after.decode()
        self.office.ledger.note(self.request.id, path=made.path, base=made.base, removes=after is None)
        return {"path": made.path, "base": made.base, "after": after}

    def commit(self, drafted: Mapping[str, Any]) -> dict[str, Any]:
        if not self.office.clone.knows(drafted["base"]):
            self.office.clone.fetch()
        base, path, after = drafted["base"], drafted["path"], drafted["after"]
        if self.office.commits is None:
            return {"sha": committed(self.office, self.request, base, path, after)}
        data = None if after is None else after.encode()
        said = message(self.office, self.request, base)
        return {"sha": self.office.commits.commit_files(self.request.branch, base, {path: data}, said)}

    def push(self, drafted: Mapping[str, Any], sha: str) -> dict[str, Any]:
        office, branch = self.office, self.request.branch
        if office.commits is not None:
            office.clone.fetch()
            office.ledger.note(self.request.id, sha=sha)
            return {}
        if not office.clone.knows(sha):
            # Committed in the clone of another replica, or in one that is gone: made again, it is the same.
            self.commit(drafted)
        try:
            office.clone.push(sha, branch, None)
        except MovedError:
            # An earlier life of this step pushed, and somebody has built on it since; or the branch is not ours.
            office.clone.fetch()
            tip = office.clone.tip(branch)
            if tip is None:
                raise ForgeError("the branch was removed as it came", again=True) from None
            if not office.clone.contains(tip, sha):
                raise _Over(f"there is a branch {branch} already that is not this request's") from None
        office.ledger.note(self.request.id, sha=sha)
        return {}

    def open(self, drafted: Mapping[str, Any], sha: str) -> dict[str, Any]:
        """The pull request of the branch, whatever has become of it since an earlier try."""
        del sha
        office, request = self.office, self.request
        pull = next(iter(office.forge.pulls.pulls_from(request.branch)), None)
        if pull is None:
            body = office.redactor.clean(described(request, office.at(drafted["base"])))
            pull = office.forge.pulls.open_pull(request.branch, office.branch, commit.title(request), body)
        office.ledger.note(request.id, number=pull.number, url=pull.url, due=office.clock())
        return {"number": pull.number}

    def end(self, reason: str) -> dict[str, Any]:
        """It has ended for others; for whoever asked it ends when they have been told."""
        self.office.ledger.note(self.request.id, stage="refused", note=reason)
        self.office.ledger.release(self.request.id)
        return {}

    def _waited(self) -> bool:
        """Whether the other one had time enough to open its pull request since we first looked."""
        office, id = self.office, self.request.id
        entry = office.ledger.entry(id)
        since = entry.more.get("claiming") if entry else None
        if since is None:
            office.ledger.note(id, claiming=office.clock().isoformat())
            return False
        return office.clock() - datetime.fromisoformat(since) > timedelta(minutes=5)


def permitted(request: Request, main: Main) -> Verdict:
    """Whether whoever asked may ask for that, by people.yaml on main."""
    if request.action is Intent.JOIN:
        return Verdict(True, "anybody may ask to be let in; a review decides")
    people = main.catalog.people
    owner = str(request.answers.get("owner") or "")
    about = subject(request.target, main.catalog, main.catalog, owner)
    principal = Principal(slack=request.by)
    verdict = allowed(principal, Action(request.action.value), about, people, people)
    if verdict.allowed and request.action is Intent.CHANGE and _loses(request):
        verdict = allowed(principal, Action.REMOVE, about, people, people)
    return verdict


def _loses(request: Request) -> bool:
    """Whether a change lets data go."""
    return any(key.partition(".")[0] in ("decommission", "acknowledge") for key in request.answers)


def drafted(office: Office, request: Request, main: Main) -> Draft:
    """The draft on a commit of main, as of today; what looks like a secret is a problem, since a file is for all."""
    gone = request.action is Intent.REMOVE and applied.gone(office, request.target, main)
    made = draft(request, main, office.clock().date(), gone=gone)
    secret = [key for key, value in request.answers.items() if _hides(office, value)]
    said = "this looks like a secret, and everybody reads the file"
    found = tuple(Problem(key, said, "keep it in Secrets Manager, and never here") for key in secret)
    return replace(made, problems=(*found, *made.problems)) if found else made


def _hides(office: Office, value: Any) -> bool:
    return bool(office.redactor.clean_data(value) != value)


def committed(office: Office, request: Request, parent: str, path: str, after: str | None) -> str:
    """The one commit of a request on top of a commit of main; the same again is the same commit."""
    author = commit.identity(office.forge.pulls.me(), office.clone.url)
    data = None if after is None else after.encode()
    return office.clone.commit(parent, {path: data}, message(office, request, parent), author, request.at)


def message(office: Office, request: Request, parent: str) -> str:
    """What that commit says, without any secret."""
    people = office.at(parent).catalog.people
    name = user_of(people, Principal(slack=request.by)) or ""
    return office.redactor.clean(commit.message(request, name, people.users.get(name), office.clone.url))


def described(request: Request, main: Main) -> str:
    """The body of the pull request."""
    name = user_of(main.catalog.people, Principal(slack=request.by))
    asked = f"**{inline.words(name)}** asked for this" if name else "Somebody asked for this"
    lines = [f"{asked} in the chat, and is a co-author of its commit: their approval does not count."]
    if request.reason.strip():
        lines.append(f"> {inline.words(request.reason, 4000)}")
    return "\n\n".join(lines) + "\n"


def is_ours(pull: Pull, sha: str) -> bool:
    """Whether nobody has added to what we pushed."""
    return bool(sha) and pull.head_sha == sha
