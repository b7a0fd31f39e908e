"""A conversation with the bot in a terminal, and everything that happens around it, one thing after the other."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from bot.chat.card import Card, Tone
from bot.chat.console import questions
from bot.chat.console.chat import ConsoleChat
from bot.chat.console.ci import Ci
from bot.chat.console.scratch import ASKER, PEOPLE, REVIEWER, Scratch
from bot.chat.console.screen import Screen
from bot.chat.dispatcher import Dispatcher, Speaker, refusal
from bot.chat.words import FORMS, Command, Verb
from bot.forge.forge import ForgeError, PullState
from bot.requests.request import Request, minted
from bot.requests.service import Service
from bot.requests.state import Stage
from compiler.diagnostics import UserError
from compiler.suggest import closest

_CHANNEL = "#console"
# In these the bot or a job is at work, in all others somebody has to do something.
_MOVING = frozenset({"", Stage.ASKED, Stage.CHECKING, Stage.WAITING, Stage.APPLYING})
_PATIENCE = 600.0
_ROUND = 1.5  # seconds in which the bot has looked at the forge once more
_OWN = {
    "approve": "approve [NUMBER]: the other one reviews and approves a pull request",
    "merge": "merge [NUMBER]: you merge it",
    "press": "press ACTION: a button of the last message that has it",
    "as": "as NAME: go on as somebody else",
    "quit": "quit",
}


@dataclass(slots=True)
class Conversation:
    """`who` speaks; whatever is said leads on until somebody has to do something. `stirred` is whether anything was."""

    screen: Screen
    dispatcher: Dispatcher
    service: Service
    chat: ConsoleChat
    scratch: Scratch
    ci: Ci
    who: str = ASKER
    stirred: bool = True

    def run(self) -> None:
        """Until `quit`, or the end of what is read."""
        self.screen.say(
            f"You are {self.who}; {REVIEWER} reviews what you ask for. Try `request mysql dev/returns`, then `approve`"
            " and `merge`; `help` lists what there is."
        )
        self._settled()
        while True:
            try:
                words = self.screen.ask(f"{self.who}>").strip()
            except (EOFError, KeyboardInterrupt):
                self.screen.say()
                return
            if words == "quit":
                return
            try:
                if words:
                    self._said(words)
            except (EOFError, KeyboardInterrupt):
                self.screen.say("\nnothing was sent")
            except UserError as error:
                self.screen.show(refusal(error))
            except ForgeError as error:
                self.screen.show(Card(str(error), str(error), tone=Tone.BAD))
            self._settled()

    def _settled(self) -> None:
        """What CI cannot do is told, and ends nothing."""
        try:
            self._settle()
        except UserError as error:
            self.screen.show(refusal(error))
        except KeyboardInterrupt:
            self.screen.say("\nleft to itself")

    def _said(self, words: str) -> None:
        verb, _, rest = words.partition(" ")
        own: dict[str, Callable[[str], None]] = {
            "approve": self._approve,
            "merge": self._merge,
            "press": self._press,
            "as": self._as,
        }
        if verb in own:
            own[verb](rest.strip())
            return
        command = self.dispatcher.read(words.removeprefix(self.dispatcher.command).strip())
        if command.verb is Verb.HELP:
            self.screen.show(self.dispatcher.help())
            self.screen.say("\n".join(f"    {each}" for each in _OWN.values()))
        elif command.complete:
            self._submit(self.dispatcher.given(command, self._speaker))
        elif command.verb in FORMS:
            self._form(command)
        else:
            self.screen.show(self.dispatcher.answer(command, self._speaker))

    @property
    def _speaker(self) -> Speaker:
        return Speaker(PEOPLE[self.who], _CHANNEL)

    def _form(self, command: Command) -> None:
        """From the questions to the record, with everything in between said again where it is wrong."""
        id = minted()
        form = self.dispatcher.form(command, self._speaker)
        said = questions.fill(self.screen, form)
        if command.verb is Verb.START:
            form = self.dispatcher.started(said)
            said = questions.fill(self.screen, form)
        while True:
            request, problems = self.dispatcher.asked(form, id, said, self._speaker)
            card = None
            if request is not None:
                card, problems = self.dispatcher.proposal(request)
            if not problems and request is not None and card is not None:
                self.screen.show(card)
                break
            for each in problems:
                self.screen.say(f"! {f'{each.key}: ' if each.key else ''}{each}")
            mended = questions.mend(self.screen, form, problems)
            if mended is None:
                self.screen.say("nothing was sent")
                return
            said |= mended
        if questions.yes(self.screen, "send this? It opens a pull request"):
            self._submit(request)
        else:
            self.screen.say("nothing was sent")

    def _submit(self, request: Request) -> None:
        self.screen.show(self.dispatcher.submit(request))
        self.stirred = True

    def _approve(self, rest: str) -> None:
        number = self._number(rest)
        other = REVIEWER if self.who == ASKER else ASKER
        self.scratch.forge.contributor(other).review(number)
        self.stirred = True
        self.screen.say(f"{other} approved #{number}")

    def _merge(self, rest: str) -> None:
        number = self._number(rest)
        self.scratch.forge.contributor(self.who).merge(number)
        self.stirred = True
        self.screen.say(f"{self.who} merged #{number}")

    def _press(self, said: str) -> None:
        button = self.chat.button(said)
        if button is None:
            self.screen.say(f"no message has a button {said!r}")
            return
        card = self.dispatcher.press(button.action, button.value, self._speaker)
        if card is not None:
            self.screen.show(card)
        self.stirred = True

    def _as(self, name: str) -> None:
        if name in PEOPLE:
            self.who = name
        else:
            near = closest(name, PEOPLE)
            self.screen.say(
                f"there is no {name!r}; "
                + (f"did you mean {near}?" if near else f"there are {', '.join(PEOPLE)}")
            )

    def _number(self, rest: str) -> int:
        """The pull request that is meant: the one that is open, where none is named."""
        said = rest.removeprefix("#")
        if said.isdigit():
            return int(said)
        pulls = self.ci.forge.pulls.open_pulls("main")
        if len(pulls) == 1:
            return pulls[0].number
        raise ForgeError("name a pull request by its number" if pulls else "no pull request is open")

    def _settle(self) -> None:
        """Lets the bot and CI work until both wait for people; what they say is shown meanwhile."""
        now = time.monotonic()
        end, calm = now + _PATIENCE, now + (_ROUND if self.stirred else 0)
        self.stirred = False
        while (now := time.monotonic()) < end:
            if self.ci.work():
                self.service.reconciler.wake()
                calm = time.monotonic() + _ROUND
            elif self._news() or self._moving():
                calm = max(calm, now + _ROUND)
            elif now >= calm:
                return
            time.sleep(0.1)

    def _moving(self) -> bool:
        """Whether anything is under way that needs nobody."""
        return any(self._moves(each.stage, each.number) for each in self.service.office.ledger.entries())

    def _moves(self, stage: str, number: int) -> bool:
        if stage in _MOVING or not number:
            return True
        # What was merged or closed since the bot last looked is news to it.
        state = self.ci.forge.pulls.pull(number).state
        return state is not PullState.OPEN and stage not in (Stage.FAILED, Stage.HELD, Stage.WINDOW)

    def _news(self) -> bool:
        """Shows what was said since; False where nothing was."""
        news = self.chat.news()
        for channel, card in news:
            self.screen.show(card, channel)
        return bool(news)
