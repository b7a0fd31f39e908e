"""What a run tells while it goes on."""

from __future__ import annotations

import io

from rich.console import Console
from rich.live import Live

from compiler.progress import Progress, Stage, Step
from compiler.render.progress import Lines, _Table, progress
from compiler.report import Ending, Outcome, Phase, Report

INSTANCE = ("instance", "aws:rds:Instance", "create")


def _run(told: Progress, phase: Phase) -> None:
    told.begun("dev.a", phase)
    told.waiting("dev.a", "for somebody\x1b[31m")
    told.step("dev.a", Step(*INSTANCE, Stage.STARTED))
    told.step("dev.a", Step(*INSTANCE, Stage.DONE))
    told.ended(Report("dev.a", phase, Outcome(Ending.APPLIED)))


def test_elsewhere_than_on_a_terminal_there_is_a_line_for_what_happened() -> None:
    stream = io.StringIO()

    _run(Lines(stream), Phase.APPLY)

    assert stream.getvalue().splitlines() == [
        "dev.a: applying",
        "dev.a: waiting for somebody\\x1b[31m",
        "dev.a: instance (aws:rds:Instance) create done",
        "dev.a: applied",
    ]


def test_the_steps_of_a_preview_are_not_told_as_if_they_were_taken() -> None:
    stream = io.StringIO()

    _run(Lines(stream), Phase.PREVIEW)

    assert "create" not in stream.getvalue()


def test_on_a_terminal_a_row_tells_what_is_being_done() -> None:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=100, color_system=None)
    with Live(console=console, auto_refresh=False) as live:
        table = _Table(live)
        table.begun("dev.a", Phase.APPLY)
        table.step("dev.a", Step("key", "aws:kms:Key", "create", Stage.STARTED))
        table.step("dev.a", Step("key", "aws:kms:Key", "create", Stage.DONE))
        table.step("dev.a", Step(*INSTANCE, Stage.STARTED))
        live.refresh()
        assert "dev.a  1 done, instance" in stream.getvalue()
        table.ended(Report("dev.a", Phase.APPLY, Outcome(Ending.APPLIED)))
        live.refresh()

    assert "dev.a: applied" in stream.getvalue()


def test_quiet_says_nothing() -> None:
    stream = io.StringIO()

    with progress(stream, quiet=True, live=True) as told:
        _run(told, Phase.APPLY)

    assert stream.getvalue() == ""
