"""What somebody typed after `/database`, read as a command."""

from __future__ import annotations

import html
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from bot.requests.request import Intent
from compiler import document, kinds
from compiler.diagnostics import Exit, UserError, fail
from compiler.document import plain
from compiler.suggest import closest

# Phones write quotes as books do, and Slack passes them on.
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "\u00a0": " "})
_LONGEST = 3000


class Verb(StrEnum):
    """What can be asked."""

    START = ""
    REQUEST = "request"
    CHANGE = "change"
    REMOVE = "remove"
    STATUS = "status"
    LIST = "list"
    WHY = "why"
    COST = "cost"
    JOIN = "join"
    HELP = "help"


class Usage(NamedTuple):
    """How a verb is written and what it does; `least` and `most` are how many words it takes."""

    words: str
    does: str
    least: int
    most: int


USAGE: Mapping[Verb, Usage] = {
    Verb.START: Usage("", "asks for a database with a form", 0, 0),
    Verb.REQUEST: Usage("request KIND ENV/NAME", "asks for a database of that kind and name", 2, 2),
    Verb.CHANGE: Usage("change ENV/NAME", "changes a database, with a form or by KEY=VALUE", 1, 1),
    Verb.REMOVE: Usage("remove ENV/NAME", "lets a database go", 1, 1),
    Verb.STATUS: Usage("status [ENV/NAME | mine]", "how a database stands, or what you asked for", 0, 1),
    Verb.LIST: Usage("list [ENV]", "all databases", 0, 1),
    Verb.WHY: Usage("why ENV/NAME", "who may do what there, and what is waited for", 1, 1),
    Verb.COST: Usage("cost [ENV]", "what databases cost a month", 0, 1),
    Verb.JOIN: Usage("join", "opens the pull request that writes you into people.yaml", 0, 0),
    Verb.HELP: Usage("help", "this", 0, 0),
}
FORMS = frozenset({Verb.START, Verb.REQUEST, Verb.CHANGE, Verb.REMOVE, Verb.JOIN})
"""The verbs that open a form, where the command itself does not say everything."""


@dataclass(frozen=True, slots=True)
class Command:
    """`target` is a database, an environment, or empty. `answers` and `reason` are what a form would ask for."""

    verb: Verb
    target: str = ""
    kind: str = ""
    answers: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""

    @property
    def intent(self) -> Intent:
        """What a verb with a form asks for."""
        return Intent.REQUEST if self.verb is Verb.START else Intent(self.verb)

    @property
    def complete(self) -> bool:
        """Whether nothing is left to ask."""
        return bool(self.answers) or (self.verb is Verb.REMOVE and bool(self.reason))


def read(text: str, command: str = "/database") -> Command:
    """The command in a text; raises UserError (usage) that says what was probably meant."""
    if len(text) > _LONGEST:
        raise _wrong(f"a command of {len(text)} characters is too long", f"write `{command} help`")
    text, reason = _reason(html.unescape(text.translate(_QUOTES)).strip())
    words = _split(text)
    if not words:
        return Command(Verb.START)
    verb = _verb(words[0], command)
    said = [each for each in words[1:] if "=" not in each]
    answers = dict(_answer(each) for each in words[1:] if "=" in each)
    usage = USAGE[verb]
    if not usage.least <= len(said) <= usage.most or (answers and verb not in (Verb.CHANGE, Verb.REQUEST)):
        raise _wrong(
            f"`{command} {_line(text)}` is not how it is written", f"write `{command} {usage.words}`"
        )
    kind = _kind(said[0]) if verb is Verb.REQUEST else ""
    target = said[-1] if said else ""
    if verb in (Verb.REQUEST, Verb.CHANGE, Verb.REMOVE, Verb.WHY) and not _is_database(target):
        raise _wrong(f"{target!r} is no database", f"write `{command} {usage.words}`, such as prod/orders")
    return Command(verb, target, kind, answers, reason)


def guide(command: str = "/database") -> tuple[tuple[str, str], ...]:
    """Every verb as it is written, and what it does."""
    return tuple((f"{command} {usage.words}".strip(), usage.does) for usage in USAGE.values())


def _reason(text: str) -> tuple[str, str]:
    """What stands before and after `because`."""
    words = f" {text}"
    before, found, after = words.partition(" because ")
    return (before.strip(), after.strip()) if found else (text, "")


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def _verb(word: str, command: str) -> Verb:
    known = [each.value for each in Verb if each.value]
    if word.lower() in known:
        return Verb(word.lower())
    near = closest(word, known)
    raise _wrong(
        f"there is no `{command} {_line(word)}`" + (f"; did you mean `{near}`?" if near else ""),
        f"`{command} help` lists what there is",
    )


def _kind(word: str) -> str:
    if word in kinds.KINDS:
        return word
    near = closest(word, kinds.KINDS)
    raise _wrong(
        f"there is no kind {word!r}" + (f"; did you mean {near!r}?" if near else ""),
        f"write one of {', '.join(kinds.KINDS)}",
    )


def _answer(word: str) -> tuple[str, Any]:
    """`storage.allocated_gib=100`: the value is YAML; nothing after the sign takes the key out."""
    key, _, said = word.partition("=")
    if not said:
        return key, None
    try:
        return key, plain(document.read("what you wrote", f"value: {said}\n".encode()))["value"]
    except UserError as error:
        first = error.diagnostics[0]
        raise _wrong(f"`{_line(key)}`: {first.message}", first.fix) from None


def _is_database(target: str) -> bool:
    environment, slash, name = target.partition("/")
    return bool(slash and environment and name and "/" not in name)


def _line(text: str) -> str:
    return " ".join(text.split())[:100]


def _wrong(message: str, fix: str) -> UserError:
    return fail("chat/command", message, fix, exit_code=Exit.USAGE)
