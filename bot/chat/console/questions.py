"""A form asked one question after the other."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from bot.chat import answers
from bot.chat.answers import Said, UnreadableError
from bot.chat.console.screen import Screen
from bot.chat.fields import Control, Field
from bot.chat.forms import Form
from bot.requests.draft import Problem

_EMPTY = '""'


def fill(screen: Screen, form: Form) -> dict[str, Said]:
    """What somebody says to a form: its first questions, and those of the sections that they open.

    Raises EOFError where they hang up.
    """
    if form.target:
        screen.say(
            f"\n{form.action} {form.target}. Return keeps what is in brackets, ? explains, {_EMPTY} leaves empty."
        )
    said = _asked(screen, form.first)
    left = {each.title: each.fields for each in form.more}
    while left:
        words = screen.ask(f"more settings ({', '.join(left)}), or return to go on:").split()
        if not words:
            break
        for word in words:
            if word in left:
                said |= _asked(screen, left.pop(word))
            else:
                screen.say(f"there is no section {word!r}")
    return said


def mend(screen: Screen, form: Form, problems: Iterable[Problem]) -> dict[str, Said] | None:
    """The questions that something is wrong with, again; None where what is wrong is at none of them."""
    keys = {_field(form, each.key) for each in problems}
    wrong = [each for each in form.fields if each.key in keys]
    return _asked(screen, wrong) if wrong else None


def yes(screen: Screen, question: str) -> bool:
    return screen.ask(f"{question} [Y/n]").strip().lower() in ("", "y", "yes")


def _asked(screen: Screen, fields: Iterable[Field]) -> dict[str, Said]:
    said: dict[str, Said] = {}
    for each in fields:
        words = _one(screen, each)
        if words is not None:
            said[each.key] = None if words == _EMPTY else words
    return said


def _one(screen: Screen, field: Field) -> str | None:
    """What was said to one question; None where everything stays as it is."""
    now = " ".join(answers.shown(field, field.value).split("\n"))
    prompt = f"{field.key}{f' [{now}]' if now else ' *' if field.required else ''}:"
    while True:
        words = screen.ask(prompt).strip()
        if words == "?":
            screen.say(_help(field))
            continue
        if not words:
            if not field.required:
                return None
            screen.say("this has to be said; ? explains")
            continue
        try:
            if words != _EMPTY:
                answers.parsed(field, words)
            return words
        except UnreadableError as error:
            screen.say(f"{error.message}; {error.fix}" if error.fix else error.message)


def _help(field: Field) -> str:
    lines = [f"  {field.help}"]
    if field.choices:
        lines.append(f"  {field.control.value} {', '.join(field.choices)}")
    elif field.control is not Control.TEXT:
        lines.append(f"  {field.control.value}")
    if field.example:
        lines.append(f"  such as {field.example}")
    if field.origin:
        lines.append(f"  as it is: from {field.origin}")
    return "\n".join(lines)


def _field(form: Form, key: str) -> str:
    """The question that a key belongs to."""
    known: Collection[str] = [each.key for each in form.fields]
    near = [each for each in known if key == each or key.startswith((f"{each}.", f"{each}["))]
    return max(near, key=len, default="")
