"""Rounds of telling: what is new goes into one message a channel, what has moved on into the message that told it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta

from bot.chat.card import Card, Line, Mention, Tone, plain
from bot.chat.chat import ChatError
from bot.chat.cleaning import cleaned
from bot.chat.living import Written, bring
from bot.requests.office import Office
from bot.telling.book import Book, Story, known, with_items
from bot.telling.item import Item

_LOG = logging.getLogger(__name__)
_REMEMBERED = timedelta(days=60)
_ORDER = (Tone.BAD, Tone.WAITING, Tone.WORKING, Tone.GOOD, Tone.OVER)
_MOST = 20  # lines of a message; the rest is on the forge


class Teller:
    """`sources` give what is to be told as it is now; what begins with one of `passing` and none gives is over.

    `channel` is told what cannot be told where it belongs.
    """

    def __init__(
        self,
        office: Office,
        book: Book,
        sources: Iterable[Callable[[], Iterable[Item]]],
        passing: tuple[str, ...] = (),
        channel: str = "",
    ) -> None:
        self.office = office
        self.book = book
        self.sources = tuple(sources)
        self.passing = passing
        self.channel = channel

    def round(self) -> None:
        """Tells whatever is new or otherwise than it was told. Raises ForgeError and BusyError."""
        now = self.office.clock()
        items = [each for source in self.sources for each in source() if each.channel]
        stories = {each.id: each for each in self.book.stories(now - _REMEMBERED)}
        told = known(stories.values())
        new: dict[str, list[Item]] = {}
        moved: dict[str, list[Item]] = {}
        for item in items:
            story = told.get((item.channel, item.key))
            if story is None:
                new.setdefault(item.channel, []).append(item)
            else:
                moved.setdefault(story.id, []).append(item)
        there = {(each.channel, each.key) for each in items}
        for story in stories.values():
            moved.setdefault(story.id, []).extend(self._over(story, there))
        for channel, found in new.items():
            story = self.book.begin(channel, found, now)
            stories[story.id] = story
            moved[story.id] = found
        for id, found in moved.items():
            self._bring(stories[id], found)
        self.book.forget(now - _REMEMBERED)

    def _over(self, story: Story, there: set[tuple[str, str]]) -> Iterable[Item]:
        for each in story.items:
            gone = (story.channel, each.key) not in there and each.key.startswith(self.passing)
            if gone and each.tone is not Tone.OVER:
                yield replace(each, line=(each.title, ": over"), tone=Tone.OVER, words="")

    def _bring(self, story: Story, items: list[Item]) -> None:
        """One message, to how things stand; one that cannot be written stops no other, and is tried again."""
        now = self.office.clock()
        changed = with_items(story, items)
        if changed.items != story.items:
            story = changed
            self.book.keep(story, now)

        def keep(written: Written) -> None:
            nonlocal story
            story = replace(story, written=written)
            self.book.keep(story)

        try:
            try:
                self._write(story, self.channel if story.elsewhere else story.channel, keep)
            except ChatError as error:
                if error.again or story.elsewhere or self.channel in ("", story.channel):
                    raise
                story = replace(
                    story, elsewhere=f"for {story.channel}, where the bot could not write: {error}"
                )
                self.book.keep(story)
                self._write(story, self.channel, keep)
            for item in items:
                story = self._call(story, item)
        except ChatError as error:
            _LOG.warning("%s was not told: %s", story.channel, self.office.redactor.clean(str(error)))

    def _write(self, story: Story, channel: str, keep: Callable[[Written], None]) -> None:
        card = cleaned(card_of(story), self.office.redactor)
        bring(self.office.chat, (channel,), f"story/{story.id}", card, story.written, keep)

    def _call(self, story: Story, item: Item) -> Story:
        """Notifies in the thread those who must act, once for each way in which it stands."""
        posted, name = story.written.posted, f"{item.key}/{item.tone}"
        called = dict(story.called)
        if not item.call or posted is None or called.get(name) == "said":
            return story
        key = f"story/{story.id}/{name}"
        line: Line = (*(part for each in item.call for part in (Mention(each), " ")), *item.line)
        if name not in called:
            story = replace(story, called=tuple((called | {name: "saying"}).items()))
            self.book.keep(story)
            found = None
        else:
            found = self.office.chat.find(posted.channel, key, posted)
        if found is None:
            card = Card(plain(line), item.title, (line,), details=item.words, tone=item.tone)
            self.office.chat.reply(posted, key, cleaned(card, self.office.redactor))
        story = replace(story, called=tuple((dict(story.called) | {name: "said"}).items()))
        self.book.keep(story)
        return story


def card_of(story: Story) -> Card:
    """The worst first; a message that tells one thing is called by it."""
    items = sorted(story.items, key=lambda each: _ORDER.index(each.tone))
    lines = [each.line for each in items[:_MOST]]
    if len(items) > _MOST:
        lines.append((f"and {len(items) - _MOST} more",))
    if story.elsewhere:
        lines.append((story.elsewhere,))
    title = items[0].title if len(items) == 1 else f"{len(items)} changes"
    text = f"{title}: {plain(items[0].line)}"
    words = "\n".join(each.words for each in items if each.words)
    return Card(text, title, tuple(lines), details=words, tone=items[0].tone)
