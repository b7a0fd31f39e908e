"""A spec's file edited: what was asked for, and not one other character."""

from __future__ import annotations

import difflib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.requests.edit import UneditableError, edited, written
from compiler import document
from compiler.diagnostics import UserError

TEXT = """\
# yaml-language-server: $schema=../x.json
kind: mysql # the kind
owner: checkout   # a team
description: "Orders"
access: [checkout-api] # clients

# storage below
storage:
  allocated_gib: 100   # gib
  # about type
  type: gp3

# tags
tags: {a: b, c: d}
backup:
  retention_days: 3
notes: |
  first
  second

# end
"""


def changed(answers: dict[tuple[str, ...], Any], text: str = TEXT) -> list[str]:
    """The lines of the diff that differ."""
    new = edited(text, answers)
    lines = difflib.unified_diff(text.splitlines(), new.splitlines(), n=0, lineterm="")
    return [line for line in lines if line[:3] not in ("---", "+++") and line[0] in "+-"]


@pytest.mark.parametrize(
    ("answers", "lines"),
    [
        (
            {("storage", "allocated_gib"): 200},
            ["-  allocated_gib: 100   # gib", "+  allocated_gib: 200   # gib"],
        ),
        ({("storage", "iops"): 12000}, ["+  iops: 12000"]),
        ({("storage", "type"): None}, ["-  type: gp3"]),
        ({("backup", "retention_days"): None}, ["-backup:", "-  retention_days: 3"]),
        ({("tags", "a"): None}, ["-tags: {a: b, c: d}", "+tags: {c: d}"]),
        ({("tags", "e:f"): "# no"}, ["-tags: {a: b, c: d}", '+tags: {a: b, c: d, "e:f": "# no"}']),
        ({("owner",): "identity"}, ["-owner: checkout   # a team", "+owner: identity   # a team"]),
        ({("description",): 'a "b"'}, ['-description: "Orders"', '+description: "a \\"b\\""']),
        (
            {("access",): ["a", "b"]},
            ["-access: [checkout-api] # clients", "+access: [a, b] # clients"],
        ),
        ({("multi_az",): True}, ["+multi_az: true"]),
        ({("multi_az",): None}, []),
        ({("owner",): "checkout"}, []),
        ({("backup",): {"retention_days": 3, "window": "03:00-04:00"}}, ['+  window: "03:00-04:00"']),
        ({("notes",): "one"}, ["-notes: |", "-  first", "-  second", "+notes: one"]),
    ],
)
def test_only_the_lines_of_what_was_answered_change(
    answers: dict[tuple[str, ...], Any], lines: list[str]
) -> None:
    assert changed(answers) == lines


def test_a_file_keeps_the_line_ends_it_has() -> None:
    new = edited("kind: mysql\r\nowner: a # who\r\n", {("owner",): "b", ("port",): 3307})
    assert new == "kind: mysql\r\nowner: b # who\r\nport: 3307\r\n"


def test_the_last_line_of_a_file_need_not_end() -> None:
    assert edited("kind: mysql", {("port",): 3307}) == "kind: mysql\nport: 3307\n"


def test_a_short_form_is_answered_as_a_whole() -> None:
    with pytest.raises(UneditableError, match="short form"):
        edited("ttl: expires_at\n", {("ttl", "attribute"): "x"})


def test_what_an_alias_shares_is_left_to_people() -> None:
    with pytest.raises(UneditableError):
        edited("a: &x {b: 1}\nc: *x\n", {("c", "b"): 2})


def test_an_anchor_that_is_used_is_not_taken_away() -> None:
    with pytest.raises(UneditableError):
        edited("a: &x 1\nc: *x\n", {("a",): None})


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Cf", "Zl", "Zp"]), max_size=12)
KEYS = st.text("abcxyz:-# \"'{}[],0", min_size=1, max_size=6)
VALUES = st.recursive(
    TEXTS | st.integers() | st.booleans() | st.sampled_from(["null", "~", "012", "on", "0x1f", "1e3", "- a"]),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(KEYS, below, min_size=1, max_size=3),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(KEYS, VALUES, min_size=1, max_size=4))
def test_whatever_is_written_reads_as_it_was_said(data: dict[str, Any]) -> None:
    assert document.plain(document.read("x", written(data).encode())) == data


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(KEYS, VALUES, min_size=1, max_size=4),
    st.lists(st.tuples(KEYS, VALUES | st.none()), min_size=1, max_size=3),
)
def test_whatever_is_edited_reads_as_it_was_asked_for(data: dict[str, Any], answers: list[Any]) -> None:
    text = "# kept\n" + written(data)
    wanted = {key: value for key, value in (data | dict(answers)).items() if value is not None}
    if not wanted:
        return
    new = edited(text, {(key,): value for key, value in dict(answers).items()})
    assert document.plain(document.read("x", new.encode())) == wanted
    assert new.startswith("# kept\n")


def test_a_file_that_is_no_yaml_is_said_to_be_none() -> None:
    with pytest.raises(UserError):
        edited("a: [\n", {("b",): 1})
