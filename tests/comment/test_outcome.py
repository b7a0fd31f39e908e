"""What is told after a merge: of an apply on the pull request, and of drift in an issue."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from ruamel.yaml import YAML

from bot.jobs import outcome, straying
from bot.jobs import result as results
from bot.jobs.page import MINIMUM
from bot.jobs.result import Result, Tier
from compiler.changes import Known, Op, PropertyChange, Side
from compiler.diagnostics import Place
from compiler.render import inline
from compiler.report import Ending, Failure, Outcome, Phase, Report, Strayed
from tests.comment import written
from tests.comment.html import Page, parsed
from tests.comment.some import reports as some_reports
from tests.comment.some import results as some_results

HERE = Path(__file__).parent
HEAD, MAIN = "d670460b4b4aece5915caf5c68d12f560a9fe3e4", "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567"
RUN = "https://github.example/acme/databases/actions/runs/7"


def _cases(folder: str) -> list[Path]:
    return sorted((HERE / folder).glob("*.yaml"))


def _checked(text: str) -> Page:
    page = parsed(text)
    assert all(len(row) == len(table[0]) for table in page.tables for row in table)
    assert set(page.links) <= {RUN}
    assert page.mentions == []
    assert set(page.comments) <= {" "}
    return page


@pytest.mark.parametrize("path", _cases("outcomes"), ids=lambda path: path.stem)
def test_after_a_merge_everybody_reads(path: Path, golden: Callable[[Path, str], None]) -> None:
    case = YAML(typ="safe").load(path)
    reports = [written.report(stack, Phase.APPLY, over) for stack, over in case.pop("reports", {}).items()]
    data = results.to_data(Result(7, HEAD, MAIN, tier=Tier.ACCOUNT, reports=tuple(reports), url=RUN))
    text = outcome.applied(results.from_data({**data, **case}))

    golden(path.with_suffix(".md"), text)
    _checked(text)


@pytest.mark.parametrize("path", _cases("drifts"), ids=lambda path: path.stem)
def test_an_issue_says(path: Path, golden: Callable[[Path, str], None]) -> None:
    case = YAML(typ="safe").load(path)
    report = written.report("prod.orders", Phase.DRIFT, case)
    text = straying.drift(report, RUN)

    golden(path.with_suffix(".md"), f"# {straying.title(report)}\n\n{text}")
    _checked(text)


@given(some_results(), some.integers(MINIMUM, 40_000))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_outcome_fits_any_budget_and_does_nothing(result: Result, budget: int) -> None:
    text = outcome.applied(result, budget)

    assert inline.size(text) <= budget
    page = _checked(text)
    rows = [row[0] for table in page.tables if table[0][0] == "database" for row in table[1:]]
    assert bool(rows) == bool(result.reports)


@given(some_reports())
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_drift_does_nothing(report: Report) -> None:
    page = _checked(straying.drift(report, RUN))

    put_back = sum(
        len(each.properties) if each.op is Op.UPDATE and each.properties else 1 for each in report.changes
    )
    rows = put_back + len(report.strayed)
    assert len(page.rows) == (rows + 1 if rows else 0)


@pytest.mark.parametrize("count", [1, 40, 200])
def test_the_worst_drift_fits_an_issue_and_says_what_it_leaves_out(count: int) -> None:
    text = "#@" * 500
    side = Side(Known.KNOWN, text)
    strayed = Strayed(text, text, PropertyChange((text,), side, side), text)
    outcome = Outcome(Ending.DRIFTED, (Failure(text),) * 40, notes=(text,) * 40)
    report = Report(text, Phase.DRIFT, outcome, strayed=(strayed,) * count, spec=Place(text))
    written = straying.drift(report, RUN)

    assert inline.size(written) <= straying.BUDGET
    page = _checked(written)
    assert len(page.rows) > 1
    left = count + 1 - len(page.rows)
    assert (f"{left:,} more: " in written) is bool(left)
