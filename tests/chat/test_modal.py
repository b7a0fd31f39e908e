"""Every form fits into Slack's modals, whatever is open, and says where each problem belongs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat import forms
from bot.chat.card import Card
from bot.chat.fields import Control, Field
from bot.chat.forms import Form
from bot.chat.slack import modal
from bot.chat.slack.modal import Sheet, TooLongError
from bot.requests.draft import Problem
from bot.requests.request import Intent, Request
from compiler import kinds
from compiler.catalog import Catalog
from compiler.catalog.loading import load
from compiler.source import WorkTree
from tests.chat import slack_limits
from tests.chat.desk import SPECS
from tests.chat.slack_things import initial

AT = datetime(2026, 11, 23, tzinfo=UTC)
SHEET = Sheet("0123456789abcdef", Intent.REQUEST, "dev/new", "mysql", "C0CHECKOUT")


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load(WorkTree(SPECS)).checked()


def every(catalog: Catalog) -> list[Form]:
    asked = [
        forms.requesting(kind, "dev/new", catalog.environments["dev"], catalog.people) for kind in kinds.KINDS
    ]
    there = [forms.changing(each, catalog.people) for each in catalog.databases.values()]
    going = [forms.removing(each) for each in catalog.databases.values()]
    return [*asked, *there, *going, forms.joining(catalog.people)]


def test_every_form_fits_with_any_section_open_and_with_all(catalog: Catalog) -> None:
    for form in every(catalog):
        titles = [each.title for each in form.more]
        for sections in [(), *((each,) for each in titles), tuple(titles)]:
            shown = modal.view(form, replace(SHEET, sections=sections))
            assert slack_limits.view(shown) == [], (form.target, sections)
            for section in sections[-1:]:
                assert f"*{section}*" in str(shown), "the section that was opened last stays open"
    assert slack_limits.view(modal.start(forms.starting(catalog), SHEET)) == []


def test_a_form_that_nobody_touched_answers_nothing(catalog: Catalog) -> None:
    for form in every(catalog):
        shown = modal.view(form, replace(SHEET, sections=tuple(each.title for each in form.more)))
        given_back = {**shown, "state": {"values": initial(shown)}}
        assert modal.said(given_back).touched == {}, form.target


FIELD = st.builds(
    Field,
    key=st.text("abc_.", min_size=1, max_size=40),
    help=st.text(max_size=2500),
    control=st.sampled_from(Control),
    required=st.booleans(),
    value=st.one_of(
        st.none(), st.text(max_size=3500), st.integers(), st.lists(st.text(max_size=9), max_size=3)
    ),
    origin=st.text(max_size=30),
    choices=st.dictionaries(
        st.text("abcdef ", min_size=1, max_size=90).map(str.strip), st.integers(), max_size=120
    ),
    longest=st.one_of(st.none(), st.integers(1, 9000)),
    example=st.text(max_size=200),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(FIELD, max_size=120, unique_by=lambda each: each.key))
def test_any_form_fits(fields: list[Field]) -> None:
    fields = [each for each in fields if each.value is None or _suits(each)]
    shown = modal.view(Form(Intent.CHANGE, "prod/orders", "mysql", tuple(fields)), SHEET)
    assert slack_limits.view(shown) == []


def test_a_day_that_is_none_is_asked_for_in_words() -> None:
    days = [
        Field(key, "", Control.DAY, value=key)
        for key in ("4183010100", "2027-1-31", "20270131", "2027-01-31")
    ]
    shown = modal.view(Form(Intent.CHANGE, "prod/orders", "mysql", tuple(days)), SHEET)
    assert slack_limits.view(shown) == []
    kinds = [each["element"]["type"] for each in shown["blocks"] if each["type"] == "input"]
    assert kinds == ["plain_text_input"] * 3 + ["datepicker"]


def _suits(field: Field) -> bool:
    """Whether the value is one that the field could have been read from."""
    if field.control in (Control.WHOLE, Control.NUMBER):
        return isinstance(field.value, int)
    if field.control in (Control.MANY, Control.LINES):
        return isinstance(field.value, list)
    return True


def test_a_request_travels_in_the_last_modal_whole(catalog: Catalog) -> None:
    request = Request(
        "0123456789abcdef",
        Intent.CHANGE,
        "prod/users",
        "U0ADA",
        "C0CHECKOUT",
        AT,
        "dynamodb",
        {"indexes": {"a": {"hash_key": "é", "projection": "ALL"}}, "range_key": None, "tags.x": "<>&"},
        "because <!channel>",
    )
    shown = modal.confirm(Card("x", "x"), request)
    assert slack_limits.view(shown) == []
    assert modal.unpack(shown["private_metadata"]) == request


def test_what_no_modal_can_carry_is_refused() -> None:
    noise = "".join(chr(0x4E00 + (n * 7919) % 20000) for n in range(3000))
    with pytest.raises(TooLongError, match="write it in a pull request"):
        modal.pack(Request("i", Intent.CHANGE, "prod/x", "U", "C", AT, "mysql", {"description": noise}))


def test_problems_stand_at_the_nearest_field_that_is_shown(catalog: Catalog) -> None:
    form = forms.changing(catalog.databases["prod/users"], catalog.people)
    shown = modal.view(form, SHEET)
    problems = [
        Problem("indexes.email-index.hash_key", "no attribute", "add it"),
        Problem("hash_key", "fixed"),
        Problem("pitr.days", "too many"),
        Problem("", "nothing changes"),
    ]
    assert modal.errors(problems, shown) == {
        "indexes": "indexes.email-index.hash_key: no attribute; add it",
        "hash_key": "fixed",
        "reason": "pitr.days: too many\nnothing changes",
    }
