"""The Bolt App: what Slack delivers, handed to the dispatcher, and acknowledged before anything slow begins."""

from __future__ import annotations

import http.client
import logging
import re
import secrets
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as LateError
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from slack_bolt import Ack, App
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from bot.chat.card import Card, Tone
from bot.chat.dispatcher import Dispatcher, Speaker, refusal
from bot.chat.slack import blocks, modal
from bot.chat.slack.client import QUIET
from bot.chat.slack.modal import Sheet, TooLongError
from bot.chat.words import FORMS, Command, Verb
from bot.forge.forge import ForgeError
from bot.requests.draft import Problem
from bot.requests.request import minted
from compiler.diagnostics import UserError

log = logging.getLogger(__name__)

CONCURRENCY = 200
"""Deliveries that are taken at the same time: each needs a thread until it is acknowledged."""
_ANSWERS = 4  # compile: more at a time would only take each other's turn
_CALLS = 64  # wait for Slack
# Of the three seconds that Slack waits, so many are left to the compiler; then a modal says that it takes longer.
_PATIENCE = 1.0

_BROKEN = (OSError, http.client.HTTPException)
_UNWRITTEN = "That could not be written down, so nothing was asked for. Try again in a minute."
_AWAY = "The forge cannot be reached, so this cannot be told. Try again in a minute."
_FAILED = "That failed in a way it should not; the bot's log says how."
_EXPIRED = "Slack waited too long for the form. Type the command again."


class _Shown(NamedTuple):
    """What a modal is to show next: `errors` at its fields, or another view."""

    action: str
    view: dict[str, Any] | None = None
    errors: Mapping[str, str] | None = None
    # The same in a view of its own, for when the modal could not wait.
    instead: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Listener:
    """Takes what Slack delivers. What must not get lost is written down before it is acknowledged.

    `clean` takes secrets out of whatever is answered. `patience` is how many seconds a modal waits for the compiler.
    """

    dispatcher: Dispatcher
    client: WebClient
    patience: float = _PATIENCE
    clean: Callable[[Card], Card] = lambda card: card
    answers: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(_ANSWERS, "answer"))
    calls: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(_CALLS, "call"))

    def app(self, signing_secret: str = "") -> App:
        """The App; the secret is needed where Slack comes by HTTP, which Bolt then checks."""
        token = self.client.token
        made = App(
            # Without the token: looking up whose it is would ask Slack before the first acknowledgement.
            client=WebClient(base_url=self.client.base_url, logger=QUIET),
            authorize=lambda **_: AuthorizeResult(enterprise_id=None, team_id=None, bot_token=token),
            signing_secret=signing_secret,
            token_verification_enabled=False,
            # Listeners are quick: they run where the delivery came in, and no second pool can be full.
            process_before_response=True,
            logger=log,
        )
        made.command(self.dispatcher.command)(self.command)
        for callback in (modal.START, modal.FORM, modal.CONFIRM):
            made.view(callback)(self.submitted)
        made.action(modal.MORE)(self.more)
        made.action(re.compile(rf"^\d+{blocks.SEPARATOR}"))(self.pressed)
        return made

    def close(self) -> None:
        """Finishes what was begun."""
        self.answers.shutdown()
        self.calls.shutdown()

    def command(self, ack: Ack, command: dict[str, Any]) -> None:
        speaker = Speaker(command["user_id"], command["channel_id"])
        try:
            said = self.dispatcher.read(command.get("text") or "")
            if said.complete:
                ack(**self._alone(self.dispatcher.submit(self.dispatcher.given(said, speaker))))
                return
        except UserError as error:
            ack(**self._alone(refusal(error)))
            return
        except Exception:
            log.exception("a command could not be taken")
            ack(**self._alone(_sorry(_UNWRITTEN)))
            return
        if said.verb is Verb.HELP:
            ack(**self._alone(self.dispatcher.help()))
            return
        ack()
        if said.verb in FORMS:
            sheet = Sheet(minted(), said.intent, said.target, said.kind, command["channel_id"])
            form = self.answers.submit(self._first, said, sheet, speaker)
            self._later(self._open, form, time.monotonic() + self.patience, command)
        else:
            self.answers.submit(self._answer, said, speaker, command["response_url"])

    def submitted(self, ack: Ack, body: dict[str, Any], view: dict[str, Any]) -> None:
        speaker = Speaker(body["user"]["id"])
        if view["callback_id"] == modal.CONFIRM:
            self._confirmed(ack, view, speaker)
            return
        work = self._started if view["callback_id"] == modal.START else self._proposed
        external = secrets.token_hex(12)
        future = self.answers.submit(work, view, speaker)
        try:
            shown = future.result(self.patience)
        except LateError:
            action = "update" if view["callback_id"] == modal.START else "push"
            ack(response_action=action, view=modal.waiting(external))
            future.add_done_callback(lambda done: self._later(self._replace, external, done))
            return
        if shown.errors:
            ack(response_action="errors", errors=dict(shown.errors))
        else:
            ack(response_action=shown.action, view=shown.view)

    def more(self, ack: Ack, body: dict[str, Any], action: dict[str, Any]) -> None:
        ack()
        self._later(self._opened_more, body["view"], action["selected_option"]["value"])

    def pressed(self, ack: Ack, body: dict[str, Any], action: dict[str, Any]) -> None:
        name = action["action_id"].partition(blocks.SEPARATOR)[2]
        speaker = Speaker(body["user"]["id"], body.get("channel", {}).get("id", ""))
        try:
            told = self.dispatcher.press(name, action.get("value", ""), speaker)
        except UserError as error:
            told = refusal(error)
        except Exception:
            log.exception("a button could not be taken")
            told = _sorry(_UNWRITTEN)
        ack()
        if told is not None and body.get("response_url"):
            self._later(self._tell, body["response_url"], told)

    # What takes longer, after the acknowledgement.

    def _later(self, work: Callable[..., None], *arguments: Any) -> None:
        self.calls.submit(self._worked, work, *arguments)

    def _worked(self, work: Callable[..., None], *arguments: Any) -> None:
        """Whoever waits in Slack sees that nothing comes; the log says why."""
        try:
            work(*arguments)
        except _BROKEN as error:
            log.warning("Slack cannot be reached: %s", error)
        except Exception:
            log.exception("what was to come after an acknowledgement failed")

    def _open(self, form: Future[_Shown], until: float, command: dict[str, Any]) -> None:
        external = secrets.token_hex(12)
        try:
            view = form.result(max(0.0, until - time.monotonic())).view or modal.waiting(external)
        except LateError:
            view = modal.waiting(external)
        try:
            self.client.views_open(trigger_id=command["trigger_id"], view=view)
        except SlackApiError as error:
            code = error.response.get("error")
            # Slack delivered the command twice, or its answer got lost: the form is open.
            if code != "exchanged_trigger_id":
                log.warning("a form could not be opened: %s", code)
                self._tell(command["response_url"], _sorry(_EXPIRED))
            return
        if view.get("external_id"):
            self._replace(external, form)

    def _first(self, said: Command, sheet: Sheet, speaker: Speaker) -> _Shown:
        def made() -> _Shown:
            form = self.dispatcher.form(said, speaker)
            return _Shown(
                "open", modal.view(form, sheet) if said.verb is not Verb.START else modal.start(form, sheet)
            )

        return self._guarded(made)

    def _started(self, view: dict[str, Any], _speaker: Speaker) -> _Shown:
        def made() -> _Shown:
            sheet = Sheet.unpack(view["private_metadata"])
            try:
                form = self.dispatcher.started(modal.said(view).every)
            except UserError as error:
                problems = [Problem("name", each.message, each.fix) for each in error.diagnostics]
                refused = modal.refused(self.clean(refusal(error)))
                return _Shown("", errors=modal.errors(problems, view), instead=refused)
            here = Sheet(sheet.id, form.action, form.target, form.kind, sheet.channel)
            return _Shown("update", modal.view(form, here))

        return self._guarded(made)

    def _proposed(self, view: dict[str, Any], speaker: Speaker) -> _Shown:
        def made() -> _Shown:
            sheet = Sheet.unpack(view["private_metadata"])
            form = self.dispatcher.again(sheet.action, sheet.kind, sheet.target)
            speaking = speaker._replace(channel=sheet.channel)
            request, problems = self.dispatcher.asked(form, sheet.id, modal.said(view).touched, speaking)
            if request is None:
                return self._problems(problems, view)
            card, problems = self.dispatcher.proposal(request)
            if problems:
                return self._problems(problems, view)
            try:
                return _Shown("push", modal.confirm(self.clean(card), request))
            except TooLongError as error:
                return self._problems((Problem("", str(error)),), view)

        return self._guarded(made)

    def _problems(self, problems: tuple[Problem, ...], view: dict[str, Any]) -> _Shown:
        lines = tuple((f"{each.key}: {each}" if each.key else str(each),) for each in problems)
        card = Card(text="This cannot be sent", title="Go back and correct", lines=lines, tone=Tone.BAD)
        return _Shown("", errors=modal.errors(problems, view), instead=modal.refused(self.clean(card)))

    def _confirmed(self, ack: Ack, view: dict[str, Any], speaker: Speaker) -> None:
        try:
            request = replace(modal.unpack(view["private_metadata"]), by=speaker.by)
            card = self.dispatcher.submit(request)
        except UserError as error:
            card = refusal(error)
        except Exception:
            log.exception("a request could not be taken")
            ack(response_action="push", view=modal.refused(_sorry(_UNWRITTEN)))
            return
        ack(response_action="update", view=modal.taken(self.clean(card)))

    def _opened_more(self, view: dict[str, Any], section: str) -> None:
        try:
            sheet = Sheet.unpack(view["private_metadata"])
            form = self.dispatcher.again(sheet.action, sheet.kind, sheet.target)
            shown = modal.view(form, sheet.opening(section))
            self.client.views_update(view_id=view["id"], hash=view["hash"], view=shown)
        except (SlackApiError, UserError, ForgeError, *_BROKEN) as error:
            # Two quick choices, or a modal that was closed: what is shown stays as it is.
            log.info("a section was not opened: %s", error)

    def _replace(self, external: str, done: Future[_Shown]) -> None:
        shown = done.result()
        view = shown.instead or shown.view
        if view is None:
            return
        try:
            self.client.views_update(external_id=external, view=view)
        except (SlackApiError, *_BROKEN) as error:
            log.info("a modal was closed before it was ready: %s", error)

    def _answer(self, said: Command, speaker: Speaker, url: str) -> None:
        try:
            card = self.dispatcher.answer(said, speaker)
        except UserError as error:
            card = refusal(error)
        except ForgeError as error:
            log.warning("the forge is away: %s", error)
            card = _sorry(_AWAY)
        except Exception:
            log.exception("a command could not be answered")
            card = _sorry(_FAILED)
        self._later(self._tell, url, card)

    def _guarded(self, work: Callable[[], _Shown]) -> _Shown:
        """What a modal shows, whatever happens."""
        try:
            return work()
        except UserError as error:
            view = modal.refused(self.clean(refusal(error)))
        except ForgeError as error:
            log.warning("the forge is away: %s", error)
            view = modal.refused(_sorry(_AWAY))
        except Exception:
            log.exception("a form could not be shown")
            view = modal.refused(_sorry(_FAILED))
        return _Shown("push", view)

    def _tell(self, url: str, card: Card) -> None:
        try:
            answer = WebhookClient(url, timeout=10, logger=QUIET).send_dict(
                {**self._alone(card), "replace_original": False}
            )
        except _BROKEN as error:
            log.warning("an answer could not be given: %s", error)
            return
        if answer.status_code != 200:
            log.warning("an answer could not be given: %s", answer.status_code)

    def _alone(self, card: Card) -> dict[str, Any]:
        """A card for the eyes of whoever asked."""
        return {**blocks.message(self.clean(card)), "response_type": "ephemeral"}


def _sorry(words: str) -> Card:
    return Card(text=words, title="That did not work", lines=((words,),), tone=Tone.BAD)
