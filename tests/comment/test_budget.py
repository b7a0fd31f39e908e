"""How much of a result there is room for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from bot.jobs.comment import BUDGET, comment
from bot.jobs.page import MINIMUM
from bot.jobs.result import Phase, Result, Tier
from bot.jobs.summary import BUDGET as SUMMARY
from bot.jobs.summary import summary
from compiler.changes import Change, Known, Op, PropertyChange, Side
from compiler.consequences import Cause, Consequence
from compiler.cost import Delta
from compiler.diagnostics import Diagnostic, Place, Severity
from compiler.effects import Data, Effect, Service, When
from compiler.lifecycle.said import Acknowledged, Entry, Held
from compiler.render import inline
from compiler.render.worry import Worry, worry, worst_first
from compiler.report import Ending, Failure, Outcome, Report
from compiler.report import Phase as Asked
from tests.comment.html import Page, parsed
from tests.comment.some import results

_ELEMENTS = {
    *("h3", "p", "ul", "li", "strong", "code", "br", "sub", "details", "summary"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
_LOST = Effect(
    "it is made anew", "AWS", replaces=True, data=Data.LOST, service=Service.OUTAGE, reversible=False
)
_FAILOVER = Effect("RDS moves it", "AWS", service=Service.FAILOVER, when=When.WINDOW, duration="minutes")


def _checked(text: str) -> Page:
    """What holds for every comment."""
    page = parsed(text)
    assert page.elements <= _ELEMENTS | {"a"}
    assert set(page.links) <= {"https://github.example/acme/databases/actions/runs/7"}
    assert page.mentions == []
    assert set(page.comments) <= {" "}
    assert all(len(row) == len(table[0]) for table in page.tables for row in table)
    return page


def _names(page: Page) -> list[str]:
    """The databases that have rows, as far as rows name them."""
    return [row[0] for table in page.tables if table[0][0] == "database" for row in table[1:]]


@given(results(), some.integers(MINIMUM, 40_000))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_result_fits_any_budget_and_does_nothing(result: Result, budget: int) -> None:
    for text in (comment(result, budget), summary(result, budget)):
        assert inline.size(text) <= budget
        page = _checked(text)
        worst = worst_first(result.reports)
        shown = _names(page)
        # Of what is as it was, there is no row.
        assert bool(shown) or all(worry(each) is Worry.NOTHING for each in worst)
        if shown:
            assert shown[0].startswith(worst[0].stack)
        assert result.head[:12] in page.text
        # Somebody always has to act, or nobody, which is said as well.
        assert "\n**Next**\n" in text


def _some(count: int, worry: str) -> Iterator[Report]:
    """So many databases that all change a little, and one that loses its data, in the middle."""
    for number in range(count):
        stack = f"{('prod', 'staging', 'dev')[number % 3]}.database-{number:04}"
        change = Change(
            stack,
            "instance",
            "aws:rds:Instance",
            Op.UPDATE,
            (
                PropertyChange(
                    ("instance_class",), Side(Known.KNOWN, f"db.r{number}"), Side(Known.KNOWN, "db.r8g.large")
                ),
            ),
        )
        at = Place(f"specs/{stack.replace('.', '/')}.yaml", 6, 1)
        report = Report(
            stack, Asked.DIFF, Outcome(Ending.CHANGES), (change,), cost=Delta(), spec=Place(at.path)
        )
        effect = {"harmless": None, "interrupted": _FAILOVER}[worry]
        if number == count // 2:
            effect = _LOST
            refusal = Diagnostic("gate/replace", f"{stack}: it would be replaced", "take it back", at)
            report = replace(report, refusals=(refusal,), changes=(replace(change, op=Op.REPLACE),))
        if effect:
            cause = Cause("instance_class", at)
            found = Consequence(
                "instance", change.type, report.changes[0].op, (("instance_class",),), effect, (cause,)
            )
            report = replace(report, effects=(found,))
        yield report


def _of(count: int, worry: str = "harmless") -> Result:
    return Result(7, "a" * 40, "b" * 40, reports=tuple(_some(count, worry)), unchanged=3)


@pytest.mark.parametrize("worry", ["harmless", "interrupted"])
@pytest.mark.parametrize("count", [1, 50])
def test_a_comment_has_room_for_every_property_of_fifty(count: int, worry: str) -> None:
    page = _checked(text := comment(_of(count, worry)))

    assert len(_names(page)) == len(page.summaries) == count
    assert _names(page)[0] == f"{('prod', 'staging', 'dev')[count // 2 % 3]}.database-{count // 2:04}"
    assert "not shown here" not in text.lower()


def test_a_thousand_that_are_alike_are_one_row_and_the_worst_has_its_own() -> None:
    page = _checked(text := comment(_of(1000)))

    assert _names(page) == ["staging.database-0500 ", "dev.database-0002 and 998 more alike"] or _names(
        page
    ) == [
        "dev.database-0500",
        "dev.database-0002 and 998 more alike",
    ]
    counts = next(table for table in page.tables if table[0][0] == "environment")
    assert sum(int(cell) for row in counts[1:] for cell in row[1:]) == 1000
    assert "the properties of 1,000 databases" in text
    assert "rows" not in text.partition("Not shown here")[2]


def test_a_thousand_that_differ_show_their_worst_rows_and_say_how_many_are_missing() -> None:
    page = _checked(text := comment(_of(1000, "interrupted")))

    assert len(_names(page)) == 50
    assert "950 rows" in text
    assert inline.size(text) <= BUDGET


def test_the_worst_keep_their_details_longest() -> None:
    page = _checked(text := comment(_of(180, "interrupted")))

    assert len(_names(page)) == 180
    folded = [each.partition(":")[0] for each in page.summaries]
    assert folded == _names(page)[: len(folded)]
    assert 1 < len(folded) < 180
    assert f"the properties of {180 - len(folded)} databases" in text


def test_details_go_one_by_one_and_rows_only_after_the_last_of_them() -> None:
    result = _of(250, "interrupted")
    told = [comment(result, budget) for budget in range(60_000, 40_000, -500)]
    steps = [(text.count("\n| `"), text.count("</details>")) for text in told]

    # A fold has rows of its own; the counts have one for each of three environments.
    rows = [rows - folds if folds else rows for rows, folds in steps]
    assert set(rows) == {250, 53}
    assert rows == sorted(rows, reverse=True)
    assert [folds for _, folds in steps] == sorted((folds for _, folds in steps), reverse=True)
    assert (250, 0) in steps


def test_details_of_what_is_harmless_go_first() -> None:
    result = replace(_of(120), reports=(*_some(60, "harmless"), *_renamed(_some(60, "interrupted"))))
    page = _checked(comment(result, 45_000))

    assert len(_names(page)) == 120
    assert len(page.summaries) == 61


def _renamed(reports: Iterator[Report]) -> Iterator[Report]:
    for each in reports:
        yield replace(each, stack=f"{each.stack}-b")


def test_the_worst_texts_fit_the_least_budget() -> None:
    text = "#" * 1500
    name = "\U0001f4a3" * 500
    effect = replace(_LOST, says=text, duration=text)
    reports = tuple(
        replace(
            each,
            stack=f"{number:02}{name}.{name}",
            effects=tuple(replace(found, effect=effect) for found in each.effects)
            or (
                Consequence(
                    "instance", "aws:rds:Instance", Op.UPDATE, (), effect, (Cause(text, Place(text)),)
                ),
            ),
            refusals=(Diagnostic("gate/x", text, text, Place(text)),) * 5,
            outcome=Outcome(Ending.FAILED, (Failure(text),) * 5, notes=(text,) * 5),
            overridden={text: (text,)},
            held=Held(text, date(2026, 12, 1)),
            acknowledged=(Acknowledged(Entry(text, text, text), Place(text)),) * 3,
        )
        for number, each in enumerate(_some(6, "interrupted"))
    )
    texts = (text,) * 20
    problems = tuple(
        Diagnostic("x/y", text, text, Place(text), severity=severity)
        for severity in (Severity.ERROR, Severity.WARNING)
        for _ in range(20)
    )
    result = Result(
        7,
        "a" * 40,
        "b" * 40,
        Phase.FAILED,
        Tier.ACCOUNT,
        reports,
        3,
        problems,
        texts,
        reports,
        texts,
        texts,
        texts,
        texts,
    )
    written = comment(result, MINIMUM)

    assert inline.size(written) <= MINIMUM
    assert len(_names(_checked(written))) >= 1


def test_a_summary_has_all_of_a_thousand() -> None:
    page = _checked(text := summary(_of(1000, "interrupted")))

    assert len(_names(page)) == len(page.summaries) == 1000
    assert inline.size(text) <= SUMMARY


def test_a_budget_in_which_not_everything_can_be_told_is_refused() -> None:
    with pytest.raises(ValueError, match="less than"):
        comment(Result(7, "a", "b"), MINIMUM - 1)


def test_a_thousand_errors_are_counted_and_the_first_are_shown() -> None:
    found = tuple(
        Diagnostic("spec/unknown-key", f"no key {number}", "", Place(f"specs/prod/{number}.yaml"))
        for number in range(1000)
    )
    text = comment(Result(7, "a" * 40, "b" * 40, Phase.DONE, diagnostics=found))

    assert "**1,000 errors in the specs**" in text
    assert "- and 950 more" in text
    assert "950 errors" in text.partition("Not shown here")[2]


def test_a_warning_is_shown_and_alarms_nobody() -> None:
    warning = Diagnostic(
        "control/RDS.5", "no standby", "", Place("specs/prod/a.yaml"), severity=Severity.WARNING
    )
    text = comment(Result(7, "a" * 40, "b" * 40, diagnostics=(warning,)))

    assert "### Nothing changes" in text
    assert "**1 warning in the specs**" in text
