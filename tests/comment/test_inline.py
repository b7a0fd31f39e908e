"""Text of users as cmark-gfm reads it."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from compiler.document import visible
from compiler.render import inline
from tests.comment.html import parsed
from tests.comment.some import NASTY, texts


@given(texts)
@example("a\\|b")
@example("- x")
@example("1. x")
@example("`a``b`")
def test_prose_says_what_it_said_and_does_nothing(text: str) -> None:
    shown = inline.words(text)
    for document in (shown, f"- {shown}\n", f"**x**: {shown}\n"):
        page = parsed(document)
        assert page.links == []
        assert page.elements <= {"p", "ul", "li", "code", "strong"}
        assert _plain(page.text.removeprefix("x:")) == _plain(visible(" ".join(text.split())))
        assert page.mentions == []


@given(texts)
@example("a\\|b")
@example("`|`")
def test_code_says_what_it_said_and_does_nothing(text: str) -> None:
    page = parsed(f"- x {inline.code(text)}\n")
    assert page.elements == {"ul", "li", "code"}
    assert (page.links, page.mentions) == ([], [])
    said = visible(text)
    assert page.text.removeprefix("x ").strip() == (said.strip() or "(empty)")


@given(texts, texts)
@example("a\\|b", "|")
def test_a_cell_is_one_cell_whatever_stands_in_it(prose: str, quoted: str) -> None:
    cells = [inline.words(prose), inline.code(quoted), "x"]
    page = parsed("\n".join(["| a | b | c |", "|---|---|---|", inline.row(cells)]))

    assert [len(each) for each in page.rows] == [3, 3]
    assert (page.links, page.mentions) == ([], [])
    assert _plain(page.rows[1][0]) == _plain(visible(" ".join(prose.split())))
    assert page.rows[1][1].strip() == (visible(quoted).strip() or "(empty)")


@given(texts)
def test_a_summary_of_details_is_text(text: str) -> None:
    page = parsed(f"<details><summary>{inline.html(text)}</summary>\n\nx\n\n</details>\n")

    assert page.elements == {"details", "summary", "p"}
    assert (page.links, page.mentions) == ([], [])
    assert page.text.replace("\n", " ").split() == [*visible(" ".join(text.split())).split(), "x"]


@given(texts, some.integers(10, 60))
def test_what_is_too_long_is_cut_before_it_is_written(text: str, most: int) -> None:
    for shown in (inline.words(text, most), inline.code(text, most)):
        assert inline.size(shown) <= most
        page = parsed(f"- {shown}\n")
        assert page.elements <= {"p", "ul", "li", "code"}
        assert page.links == []


@pytest.mark.parametrize("text", NASTY)
def test_each_trick_alone_does_nothing(text: str) -> None:
    test_prose_says_what_it_said_and_does_nothing.hypothesis.inner_test(text)  # type: ignore[attr-defined]


def test_a_word_in_backticks_is_code() -> None:
    assert inline.words("add `identifier: x`, or not") == "add `identifier: x`, or not"


def test_names_of_inputs_stay_readable_in_the_source() -> None:
    assert inline.words("allocated_storage of aws-1: 5") == "allocated_storage of aws-1: 5"


def _plain(text: str) -> str:
    """Without what backticks there are, since they may become code."""
    return " ".join(text.replace("`", "").split())
