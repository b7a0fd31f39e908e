"""A terminal as a chat: what is shown, once, and what nobody's words can do to it."""

from __future__ import annotations

import io

from bot.chat.card import Button, Card, Code, Field, Mention, Tone
from bot.chat.chat import Posted
from bot.chat.console.chat import ConsoleChat
from bot.chat.console.screen import Screen


def test_a_message_is_shown_when_it_is_new_and_when_it_changed() -> None:
    chat = ConsoleChat({"U0ADA": "ada"})
    posted = chat.post("#checkout", "k", Card("x", "asked", ((Mention("U0ADA"), " asks"),)))
    chat.update(posted, Card("x", "checked", ((Mention("U0ADA"), " asks"),)))
    ((where, card),) = chat.news()
    assert (where, card.title, card.lines) == ("#checkout", "checked", ((Mention("ada"), " asks"),))
    assert chat.news() == []
    chat.update(posted, Card("x", "merged"))
    assert [card.title for _, card in chat.news()] == ["merged"]


def test_messages_of_an_earlier_start_are_said_again_and_are_none_of_this_one() -> None:
    earlier = ConsoleChat().post("#checkout", "k", Card("x", "asked"))
    chat = ConsoleChat()
    mine = chat.post("#checkout", "other", Card("x", "mine"))
    assert mine != earlier
    chat.update(earlier, Card("x", "merged"))
    assert [card.title for _, card in chat.news()] == ["mine", "merged"]


def test_messages_are_found_by_key_and_thread() -> None:
    chat = ConsoleChat()
    retry = Button("retry", "7", "Try again")
    posted = chat.post("#checkout", "k", Card("x", "x", buttons=(retry,)))
    reply = chat.reply(posted, "r", Card("y", "y"))
    assert chat.find("#checkout", "k") == posted
    assert chat.find("#checkout", "r") is None
    assert chat.find("#checkout", "r", posted) == reply
    assert chat.find("#other", "k") is None
    assert chat.button("retry") == chat.button("try again ") == retry
    assert chat.button("close") is None
    assert isinstance(posted, Posted)


def test_what_somebody_typed_does_nothing_to_the_terminal() -> None:
    out = io.StringIO()
    screen = Screen(io.StringIO("\x1b[31mred\n"), out)
    nasty = "\x1b]0;title\x07\x1b[2J"
    screen.show(
        Card(nasty, nasty, ((nasty, Code(nasty)),), (Field(nasty, (nasty,)),), nasty, tone=Tone.BAD),
        nasty[:0],
    )
    screen.say(screen.ask(nasty))
    assert "\x1b" not in out.getvalue()
    assert "\x07" not in out.getvalue()
