"""Whatever a card says, Slack takes it, and nobody is notified by what somebody typed."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.card import Button, Card, Code, Field, Line, Link, Mention, Strong, Style, Tone
from bot.chat.slack import blocks
from tests.chat import slack_limits
from tests.chat.slack_things import said

TEXT = st.one_of(
    st.text(max_size=80),
    st.text(alphabet="ab &<>*_`~|@!\n\t\r\x00\x1b\u202e\u2066😀ß", max_size=60),
    st.sampled_from(
        ["<!channel>", "<@U0ADA>", "&amp;", "```", "x" * 3100, "&" * 3000, "y\n" * 2500, "", "  "]
    ),
)
SPAN = st.one_of(
    TEXT,
    st.builds(Strong, TEXT),
    st.builds(Code, TEXT),
    st.builds(Mention, st.one_of(TEXT, st.sampled_from(["U0ADA", "W1", "@here"]))),
    st.builds(
        Link, TEXT, st.one_of(TEXT, st.sampled_from(["https://x.example/a?b=1&c=|<>", "https://x.example/"]))
    ),
)
LINE: st.SearchStrategy[Line] = st.lists(SPAN, max_size=4).map(tuple)
BUTTON = st.builds(
    Button,
    action=st.sampled_from(["retry", "close"]),
    value=st.text("0123456789abcdef", min_size=1, max_size=40),
    label=TEXT,
    style=st.sampled_from(Style),
    confirm=TEXT,
)
CARD = st.builds(
    Card,
    text=TEXT,
    title=TEXT,
    lines=st.lists(LINE, max_size=12).map(tuple),
    fields=st.lists(st.builds(Field, TEXT, LINE), max_size=14).map(tuple),
    details=TEXT,
    buttons=st.lists(BUTTON, max_size=8).map(tuple),
    tone=st.sampled_from(Tone),
)


@settings(max_examples=300, deadline=None)
@given(CARD)
def test_any_card_fits(card: Card) -> None:
    body = blocks.message(card)
    assert slack_limits.message(body) == []
    assert sum(map(len, said(body["blocks"]))) < 13_000
    json.dumps(body, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    "typed", ["<!channel>", "<!here|here>", "<@U0ADA>", "<https://evil.example|prod>", "&lt;!channel&gt;"]
)
def test_what_somebody_typed_mentions_and_links_nobody(typed: str) -> None:
    body = blocks.message(
        Card(typed, typed, ((typed, Strong(typed), Code(typed)),), (Field(typed, (typed,)),), typed)
    )
    marked = [*said(body["blocks"][1:]), body["text"]]
    assert all("<" not in each for each in marked)


def test_a_long_file_comes_in_pieces_and_what_is_left_out_is_said() -> None:
    body = blocks.message(Card("x", "x", details="\n".join(f"line {n}: {'v' * 60}" for n in range(400))))
    assert slack_limits.message(body) == []
    texts = said(body["blocks"])
    assert texts[1].startswith("```\nline 0: ")
    assert texts[-1].endswith("did not fit")


def test_a_line_that_is_too_long_keeps_what_comes_first() -> None:
    body = blocks.message(Card("x", "x", ((Mention("U0ADA"), " asks: " + "é" * 4000),)))
    assert said(body["blocks"])[1].startswith("<@U0ADA> asks: é")
    assert said(body["blocks"])[1].endswith("…")


def test_a_mention_of_nobody_and_a_link_to_a_file_are_words() -> None:
    body = blocks.message(Card("x", "x", ((Mention("@here"), " ", Link("pull", "file:///tmp/a")),)))
    assert said(body["blocks"])[1] == "@here pull (file:///tmp/a)"


def test_two_buttons_of_one_action_are_told_apart() -> None:
    card = Card("x", "x", buttons=(Button("retry", "1", "Orders"), Button("retry", "2", "Carts")))
    ids = [each["action_id"] for each in blocks.message(card)["blocks"][-1]["elements"]]
    assert ids == ["0/retry", "1/retry"]
