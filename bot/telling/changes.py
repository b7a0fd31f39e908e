"""What was merged to main, by whomever and however, and what applying it came to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.chat.card import Code, Line, Link, Span, Strong, Tone
from bot.chat.chat import ChatError
from bot.forge.forge import Account, CheckState
from bot.jobs.result import Result
from bot.permissions import Principal, user_of
from bot.requests import applied
from bot.requests.marks import Marks
from bot.requests.office import Office
from bot.telling.item import Item
from compiler.catalog import Catalog
from compiler.report import Ending, Report

_SINCE = "telling/since"
_WATCHED = "telling/watched"
_LONGEST = timedelta(days=14)  # what has not been applied by then is told by its environment's own failures
_MOST = 500  # commits at once: more were pushed by nobody's hand
_WORDS = {
    Ending.APPLIED: "applied",
    Ending.UNCHANGED: "applied before",
    Ending.DESTROYED: "destroyed",
    Ending.HELD: "held",
    Ending.ORPHANED: "left without a spec",
    Ending.REFUSED: "refused",
    Ending.SKIPPED: "waits for another stack",
    Ending.FAILED: "failed",
    Ending.INTERRUPTED: "interrupted",
}
_GOOD = (Ending.APPLIED, Ending.UNCHANGED, Ending.DESTROYED)
_BAD = (Ending.FAILED, Ending.INTERRUPTED, Ending.REFUSED, Ending.ORPHANED)


@dataclass(frozen=True, slots=True)
class Landed:
    """A commit of main and the pull request that brought it, 0 where somebody pushed it; `owners` by target."""

    sha: str
    number: int
    title: str
    url: str
    author: Account
    owners: Mapping[str, str]
    at: datetime


class Changes:
    """`channel` is told of environments themselves, and of what belongs to no team that has one."""

    def __init__(self, office: Office, marks: Marks, channel: str) -> None:
        self.office = office
        self.marks = marks
        self.channel = channel

    def items(self) -> Iterator[Item]:
        """An item for each commit and channel that it concerns, until everything in it came to its end.

        Raises ChatError where the chat is away: nobody can say then what a request tells already.

        Begins with what is merged after the first call: a bot that is set up tells nothing old.
        """
        watched = [*self._watched(), *self._landed()]
        still: list[Landed] = []
        for each in watched:
            states = dict(self._states(each))
            if not all(_is_final(state) for state in states.values()):
                still.append(each)
            yield from self._told(each, states)
        now = self.office.clock()
        self._keep([each for each in still if now - each.at < _LONGEST])

    def _landed(self) -> list[Landed]:
        """What came to main since the last round."""
        office = self.office
        tip = office.main(fresh=False).sha
        known = self.marks.get(_SINCE)
        found: list[Landed] = []
        if known and known.value != tip:
            commits = office.clone.between(known.value, tip)[-_MOST:]
            owners = {sha: self._owners(sha, office.clone.changed(sha)) for sha in commits}
            found = [self._commit(sha, theirs) for sha, theirs in owners.items() if theirs]
        if found:
            self._keep([*self._watched(), *found])
        self.marks.set(_SINCE, tip, office.clock())
        return found

    def _commit(self, sha: str, owners: Mapping[str, str]) -> Landed:
        office = self.office
        pull = office.forge.pulls.pull_of(sha, office.branch)
        now = office.clock()
        if pull is None:
            return Landed(sha, 0, office.clone.subject(sha), "", Account(0, ""), owners, now)
        return Landed(sha, pull.number, pull.title, pull.url, pull.author, owners, now)

    def _owners(self, sha: str, paths: list[str]) -> dict[str, str]:
        """The databases and environments whose files those are, before or after, with their teams."""
        found: dict[str, str] = {}
        for commit in (self.office.clone.parent(sha), sha):
            catalog = self.office.at(commit).catalog if commit else None
            for each in catalog.databases.values() if catalog else ():
                if each.path in paths:
                    found[each.id] = each.spec.owner
            for environment in catalog.environments.values() if catalog else ():
                if environment.path in paths:
                    found[environment.name] = ""
        return found

    def _states(self, landed: Landed) -> Iterator[tuple[str, Report | str | None]]:
        """What came of each target: a report, words where there is none, None while nothing is known."""
        results: dict[str, Result | None] = {}
        done: dict[str, bool] = {}
        for name in {each.partition("/")[0] for each in landed.owners}:
            for check in applied.checks(self.office, landed.sha, name):
                results[name] = applied.result(self.office, check)
                done[name] = check.state is CheckState.DONE
        for target in landed.owners:
            name = target.partition("/")[0]
            report = applied.report_in(
                results.get(name), target if "/" in target else f"{target}/environment"
            )
            ended = "nothing was to be applied" if done.get(name) else None
            yield target, report or ended

    def _told(self, landed: Landed, states: Mapping[str, Report | str | None]) -> Iterator[Item]:
        catalog = self.office.main(fresh=False).catalog
        channels: dict[str, list[str]] = {}
        for target, owner in landed.owners.items():
            team = catalog.people.teams.get(owner)
            channels.setdefault((team.channel if team else "") or self.channel, []).append(target)
        for channel, targets in channels.items():
            if not self._is_a_request(landed, channel):
                yield self._item(landed, channel, {each: states[each] for each in targets}, catalog)

    def _is_a_request(self, landed: Landed, channel: str) -> bool:
        """Whether a request's own message tells it in that very channel."""
        if not landed.number:
            return False
        posted = [
            each.posted.channel
            for each in self.office.ledger.entries(number=landed.number, open=False)
            if each.posted
        ]
        if not posted or channel in posted:
            return bool(posted)
        try:
            # Where it was said is an id, what people.yaml says is a name.
            return self.office.chat.where(channel) in posted
        except ChatError as error:
            if error.again:
                raise
            return False

    def _item(
        self, landed: Landed, channel: str, states: Mapping[str, Report | str | None], catalog: Catalog
    ) -> Item:
        reports = [each for each in states.values() if isinstance(each, Report)]
        bad = [each for each in reports if each.outcome.ending in _BAD]
        parts: list[Span] = [_source(landed)]
        author = user_of(catalog.people, Principal(github=landed.author)) or landed.author.login
        parts += [f" by {author}"] if author else []
        for target, state in states.items():
            parts += [" · ", Code(target), f" {_said(state)}"]
        tone = Tone.BAD if bad else Tone.GOOD if all(map(_is_final, states.values())) else Tone.WORKING
        words = [_of(each.stack, failure.message) for each in bad for failure in each.outcome.failures] + [
            _of(each.stack, refusal.words) for each in bad for refusal in each.refusals
        ]
        user = catalog.people.users.get(author)
        call = (user.slack,) if bad and user and user.slack else ()
        line: Line = tuple(parts)
        return Item(f"merge/{landed.sha}", channel, "A change", line, tone, "\n".join(words), call)

    def _watched(self) -> list[Landed]:
        mark = self.marks.get(_WATCHED)
        return [_landed(each) for each in json.loads(mark.value)] if mark else []

    def _keep(self, watched: list[Landed]) -> None:
        unique = {each.sha: each for each in watched}
        self.marks.set(_WATCHED, json.dumps([_data(each) for each in unique.values()]), self.office.clock())


def _source(landed: Landed) -> Span:
    if landed.number:
        return Link(f"#{landed.number} {landed.title}", landed.url)
    return Strong(f"pushed to main: {landed.title}")


def _said(state: Report | str | None) -> str:
    if isinstance(state, Report):
        waits = " in part, the rest takes hold later" if state.pending else ""
        return _WORDS.get(state.outcome.ending, state.outcome.ending.value) + waits
    return state or "merged, not applied yet"


def _is_final(state: Report | str | None) -> bool:
    if isinstance(state, Report):
        return state.outcome.ending in _GOOD and not state.pending
    return state is not None


def _data(landed: Landed) -> dict[str, Any]:
    return {
        "sha": landed.sha,
        "number": landed.number,
        "title": landed.title,
        "url": landed.url,
        "author": list(landed.author),
        "owners": dict(landed.owners),
        "at": landed.at.isoformat(),
    }


def _landed(data: Mapping[str, Any]) -> Landed:
    return Landed(**{**data, "author": Account(*data["author"]), "at": datetime.fromisoformat(data["at"])})


def _of(stack: str, message: str) -> str:
    """Gates name the stack themselves, AWS does not."""
    return message if message.startswith(f"{stack}: ") else f"{stack}: {message}"
