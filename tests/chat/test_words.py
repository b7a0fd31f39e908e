"""What is typed after the command, with everything that keyboards and phones make of it."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat import words
from bot.chat.words import Command, Verb
from compiler.diagnostics import UserError


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("", Command(Verb.START)),
        ("  \n ", Command(Verb.START)),
        ("HELP", Command(Verb.HELP)),
        ("request mysql prod/orders", Command(Verb.REQUEST, "prod/orders", "mysql")),
        ("change prod/orders", Command(Verb.CHANGE, "prod/orders")),
        ("status", Command(Verb.STATUS)),
        ("status mine", Command(Verb.STATUS, "mine")),
        ("list prod", Command(Verb.LIST, "prod")),
        (
            "change prod/orders storage.allocated_gib=200 multi_az=true because it fills up = soon",
            Command(
                Verb.CHANGE,
                "prod/orders",
                answers={"storage.allocated_gib": 200, "multi_az": True},
                reason="it fills up = soon",
            ),
        ),
        (
            "change prod/orders “access=[checkout-api, back-office]” description=‘it is’",
            Command(
                Verb.CHANGE,
                "prod/orders",
                answers={"access": ["checkout-api", "back-office"], "description": "it is"},
            ),
        ),
        (
            "change prod/orders description=",
            Command(Verb.CHANGE, "prod/orders", answers={"description": None}),
        ),
        ('change dev/x "parameters={a: 1}"', Command(Verb.CHANGE, "dev/x", answers={"parameters": {"a": 1}})),
        (
            "change dev/x description=a&amp;b because 1 &lt; 2",
            Command(Verb.CHANGE, "dev/x", answers={"description": "a&b"}, reason="1 < 2"),
        ),
        ("remove dev/x because it's over", Command(Verb.REMOVE, "dev/x", reason="it's over")),
    ],
)
def test_commands_are_read(text: str, command: Command) -> None:
    assert words.read(text) == command


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("chnage prod/x", "did you mean `change`?"),
        ("change prod", "'prod' is no database"),
        ("change a/b/c", "'a/b/c' is no database"),
        ("request prod/orders", "is not how it is written"),
        ("status a b", "is not how it is written"),
        ("status prod/x a=1", "is not how it is written"),
        ("change dev/x a={b", "`a`: "),
        ("x" * 3001, "a command of 3001 characters is too long"),
    ],
)
def test_what_is_no_command_is_told_with_the_way_out(text: str, said: str) -> None:
    with pytest.raises(UserError) as refused:
        words.read(text)
    assert said in str(refused.value)
    assert refused.value.diagnostics[0].fix or "did you mean" in said


def test_only_what_leaves_nothing_to_ask_is_complete() -> None:
    assert not words.read("remove dev/x").complete
    assert words.read("remove dev/x because it is over").complete
    assert not words.read("change dev/x because it is slow").complete
    assert words.read("change dev/x a=1").complete


@given(st.text(max_size=200))
def test_whatever_is_typed_is_a_command_or_refused_in_words(text: str) -> None:
    with contextlib.suppress(UserError):
        assert words.read(text).verb in Verb
