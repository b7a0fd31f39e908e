"""Cards and questions in a terminal, in which nothing that somebody typed does anything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TextIO

from bot.chat.card import Card, Tone, plain
from compiler.document import visible

_SIGNS = {
    Tone.WAITING: ("?", "33"),
    Tone.WORKING: ("~", "36"),
    Tone.GOOD: ("+", "32"),
    Tone.BAD: ("!", "31"),
    Tone.OVER: ("-", "2"),
}


@dataclass(frozen=True, slots=True)
class Screen:
    """Reads lines from `source`, writes to `out`; only one thread does."""

    source: TextIO
    out: TextIO
    color: bool = False

    def say(self, text: str = "") -> None:
        for line in text.split("\n"):
            self.out.write(f"{visible(line)}\n")
        self.out.flush()

    def ask(self, prompt: str) -> str:
        """A line without its end; raises EOFError where there is no more."""
        self.out.write(f"{visible(prompt)} ")
        self.out.flush()
        line = self.source.readline()
        if not line:
            raise EOFError
        return line.rstrip("\n")

    def show(self, card: Card, where: str = "") -> None:
        """A card; `where` is the channel that it stands in, empty for an answer."""
        sign, style = _SIGNS[card.tone]
        title = f"{sign} {visible(' '.join(card.title.split()))}"
        place = f"{where}: " if where else ""
        self.out.write(f"{place}\x1b[1;{style}m{title}\x1b[0m\n" if self.color else f"{place}{title}\n")
        for line in _body(card):
            self.out.write(f"    {visible(line)}\n" if line else "\n")
        self.out.flush()


def _body(card: Card) -> Iterator[str]:
    for each in card.lines:
        yield from plain(each).split("\n")
    width = max((len(each.name) for each in card.fields), default=0)
    for field in card.fields:
        yield f"{field.name:<{width}}  {plain(field.value)}"
    for line in card.details.rstrip("\n").split("\n") if card.details else ():
        yield f"| {line}"
    for button in card.buttons:
        yield f"[{button.label}]  press {button.action}"
