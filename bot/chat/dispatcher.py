"""What the bot does with what people say, wherever they say it: one dispatcher for Slack and the terminal."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from bot.chat import answers, forms, words
from bot.chat.answers import Said
from bot.chat.card import Card, Code, Line, Tone
from bot.chat.confirmation import confirmation
from bot.chat.forms import Form
from bot.chat.words import Command, Verb
from bot.permissions import Principal, user_of
from bot.requests.desk import Desk
from bot.requests.draft import Problem
from bot.requests.request import Intent, Request
from compiler.catalog import Catalog, Database
from compiler.diagnostics import Exit, UserError, fail
from compiler.kinds.kind import DatabaseSpec
from compiler.suggest import closest

_LOG = logging.getLogger(__name__)
_NAMED = frozenset({"kind", "environment", "name"})


class Speaker(NamedTuple):
    """Who says something, and where: ids of the chat."""

    by: str
    channel: str = ""


class Asked(NamedTuple):
    """What a form came to: a request, or what is wrong with the answers."""

    request: Request | None
    problems: tuple[Problem, ...] = ()


class Proposal(NamedTuple):
    """What is shown before somebody confirms; with problems, there is nothing to confirm."""

    card: Card
    problems: tuple[Problem, ...]


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Dispatcher:
    """`command` is what people type in front of the words.

    Reads quickly: `read`, `asked`, `submit`, `given` and `press`. The others may compile, or ask the network. All raise
    UserError, in words for whoever asked; all but `read` and `asked` ForgeError.
    """

    desk: Desk
    command: str = "/database"
    clock: Callable[[], datetime] = _now

    def read(self, text: str) -> Command:
        return words.read(text, self.command)

    def form(self, command: Command, speaker: Speaker) -> Form:
        """The form that a command opens, for somebody whom people.yaml knows."""
        catalog = self.desk.catalog()
        if command.verb is not Verb.JOIN and user_of(catalog.people, Principal(slack=speaker.by)) is None:
            # Nobody should fill in a form to be told that they may not.
            raise _wrong("chat/stranger", "people.yaml does not know you yet", f"write `{self.command} join`")
        return self._form(catalog, command)

    def _form(self, catalog: Catalog, command: Command) -> Form:
        match command.verb:
            case Verb.START:
                return forms.starting(catalog)
            case Verb.JOIN:
                return forms.joining(catalog.people)
            case Verb.REQUEST:
                return self._requesting(catalog, command.kind, command.target)
            case Verb.CHANGE:
                return forms.changing(self._database(catalog, command.target), catalog.people)
            case Verb.REMOVE:
                return forms.removing(self._database(catalog, command.target))
        raise ValueError(f"{command.verb} has no form")

    def started(self, said: Mapping[str, Said]) -> Form:
        """The form that follows on what the first one asks."""
        named = {key: str(value or "").strip() for key, value in said.items() if key in _NAMED}
        target = f"{named.get('environment', '')}/{named.get('name', '')}"
        return self._requesting(self.desk.catalog(), named.get("kind", ""), target)

    def again(self, action: Intent, kind: str, target: str) -> Form:
        """The form that was opened before, as main is now."""
        return self._form(self.desk.catalog(), Command(Verb(action.value), target, kind))

    def asked(self, form: Form, id: str, said: Mapping[str, Said], speaker: Speaker) -> Asked:
        """What was written into a form, as a request."""
        read = answers.read(form, said)
        missing = tuple(
            Problem(each.key, f"{each.key} is missing", "")
            for each in form.fields
            if each.required and not said.get(each.key)
        )
        if read.problems or missing:
            return Asked(None, (*missing, *read.problems))
        found = dict(read.answers)
        reason = str(found.pop(forms.REASON, None) or "")
        target = str(found.pop("name", "")) if form.action is Intent.JOIN else form.target
        return Asked(self._request(id, form.action, target, form.kind, found, reason, speaker))

    def proposal(self, request: Request) -> Proposal:
        """What the request would do, as its asker confirms it."""
        draft = self.desk.draft(request)
        return Proposal(confirmation(request, draft), draft.problems)

    def submit(self, request: Request) -> Card:
        """Records the request for good."""
        new = self.desk.submit(request)
        about = {"request": request.id, "by": request.by}
        _LOG.info(
            "%s %s was asked for%s", request.action, request.target, "" if new else " again", extra=about
        )
        what = f"{request.action.value} {request.target}"
        said = (
            "is on its way; its message in the channel tells how it goes" if new else "is on its way already"
        )
        return Card(text=f"{what}: {said}", title=what, lines=((said,),), tone=Tone.WORKING)

    def given(self, command: Command, speaker: Speaker) -> Request:
        """What a command that leaves nothing to ask asks for."""
        id = self.desk.identify(command.intent, command.target, command.kind, command.answers)
        return self._request(
            id, command.intent, command.target, command.kind, dict(command.answers), command.reason, speaker
        )

    def answer(self, command: Command, speaker: Speaker) -> Card:
        """The answer to a command that asks for nothing to be done."""
        match command.verb:
            case Verb.HELP:
                return self.help()
            case Verb.STATUS:
                return self.desk.status(command.target or "mine", speaker.by)
            case Verb.LIST:
                return self.desk.listing(self._environment(command.target))
            case Verb.COST:
                return self.desk.cost(self._environment(command.target))
            case Verb.WHY:
                return self.desk.why(command.target, speaker.by)
        raise ValueError(f"{command.verb} has a form")

    def press(self, action: str, value: str, speaker: Speaker) -> Card | None:
        return self.desk.press(action, value, speaker.by)

    def help(self) -> Card:
        lines: list[Line] = [(Code(said), f": {does}") for said, does in words.guide(self.command)]
        return Card(
            text=f"What {self.command} can do", title="What you can ask", lines=tuple(lines), tone=Tone.OVER
        )

    def _request(
        self,
        id: str,
        action: Intent,
        target: str,
        kind: str,
        answers: Mapping[str, Any],
        reason: str,
        speaker: Speaker,
    ) -> Request:
        return Request(id, action, target, speaker.by, speaker.channel, self.clock(), kind, answers, reason)

    def _requesting(self, catalog: Catalog, kind: str, target: str) -> Form:
        name, _, _ = target.partition("/")
        environment = catalog.environments.get(name)
        if environment is None:
            raise _unknown("environment", name, catalog.environments)
        if target in catalog.databases:
            raise fail(
                "chat/there",
                f"{target} is there already",
                f"write `{self.command} change {target}`",
                exit_code=Exit.USAGE,
            )
        return forms.requesting(kind, target, environment, catalog.people)

    def _database(self, catalog: Catalog, target: str) -> Database[DatabaseSpec]:
        if target in catalog.databases:
            return catalog.databases[target]
        if target in catalog.unread:
            raise fail(
                "chat/unread",
                f"the file of {target} says something wrong",
                "mend it on the forge",
                exit_code=Exit.USAGE,
            )
        raise _unknown("database", target, catalog.databases)

    def _environment(self, name: str) -> str:
        known = self.desk.catalog().environments if name else {}
        if name and name not in known:
            raise _unknown("environment", name, known)
        return name


def _unknown(noun: str, name: str, known: Mapping[str, object]) -> UserError:
    near = closest(name, known)
    said = f"there is no {noun} {name!r}" + (f"; did you mean {near!r}?" if near else "")
    return _wrong("chat/unknown", said, f"there are {', '.join(known)}" if known and not near else "")


def _wrong(rule: str, message: str, fix: str) -> UserError:
    return fail(rule, message, fix, exit_code=Exit.USAGE)


def refusal(error: UserError) -> Card:
    """What is answered to somebody who asked for what cannot be."""
    said = [each.words for each in error.diagnostics]
    return Card(
        text=said[0], title="That does not work", lines=tuple((each,) for each in said), tone=Tone.BAD
    )
