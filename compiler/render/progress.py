"""How a run goes: a live table on a terminal, plain lines elsewhere."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

from compiler.document import visible
from compiler.progress import Progress, Stage, Step
from compiler.render.report import ending
from compiler.report import Phase, Report

if TYPE_CHECKING:
    from rich.live import Live

_DOING = {Phase.PREVIEW: "previewing", Phase.APPLY: "applying", Phase.DESTROY: "destroying"}


@contextmanager
def progress(stream: TextIO, *, quiet: bool, live: bool) -> Iterator[Progress]:
    """What to tell of a run meanwhile: nothing, a table that changes in place, or a line for what happens."""
    if quiet:
        yield Silence()
    elif live:
        from rich.console import Console
        from rich.live import Live

        with Live(console=Console(file=stream), transient=True, refresh_per_second=8) as shown:
            yield _Table(shown)
    else:
        yield Lines(stream)


class Silence:
    """Says nothing."""

    def begun(self, stack: str, phase: Phase) -> None:
        del stack, phase

    def step(self, stack: str, step: Step) -> None:
        del stack, step

    def waiting(self, stack: str, reason: str) -> None:
        del stack, reason

    def ended(self, report: Report) -> None:
        del report


class Lines:
    """A line for each stack that begins or ends, and for each step that an apply has taken."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._guard = threading.Lock()
        self._phases: dict[str, Phase] = {}

    def begun(self, stack: str, phase: Phase) -> None:
        self._phases[stack] = phase
        self._say(f"{stack}: {_DOING[phase]}")

    def step(self, stack: str, step: Step) -> None:
        if self._phases.get(stack) is not Phase.PREVIEW and step.stage is not Stage.STARTED:
            self._say(f"{stack}: {step.resource} ({step.type}) {step.op} {step.stage}")

    def waiting(self, stack: str, reason: str) -> None:
        self._say(f"{stack}: waiting {reason}")

    def ended(self, report: Report) -> None:
        self._say(ending(report))

    def _say(self, line: str) -> None:
        with self._guard:
            self._stream.write(visible(line) + "\n")
            self._stream.flush()


class _Table:
    """A row for each stack that is being worked on."""

    def __init__(self, shown: Live) -> None:
        self._shown = shown
        self._guard = threading.Lock()
        self._rows: dict[str, str] = {}
        self._phases: dict[str, Phase] = {}
        self._running: dict[str, set[str]] = {}
        self._done: Counter[str] = Counter()

    def begun(self, stack: str, phase: Phase) -> None:
        self._phases[stack], self._running[stack] = phase, set()
        self._set(stack, _DOING[phase])

    def step(self, stack: str, step: Step) -> None:
        if self._phases[stack] is Phase.PREVIEW:
            return
        running = self._running[stack]
        if step.stage is Stage.STARTED:
            running.add(step.resource)
        else:
            running.discard(step.resource)
            self._done[stack] += 1
        self._set(stack, ", ".join([f"{self._done[stack]} done", *sorted(running)]))

    def waiting(self, stack: str, reason: str) -> None:
        self._set(stack, f"waiting {reason}")

    def ended(self, report: Report) -> None:
        with self._guard:
            self._rows.pop(report.stack, None)
            self._shown.console.print(ending(report), markup=False, highlight=False)
            self._draw()

    def _set(self, stack: str, words: str) -> None:
        with self._guard:
            self._rows[stack] = words
            self._draw()

    def _draw(self) -> None:
        from rich.table import Table
        from rich.text import Text

        table: Any = Table.grid(padding=(0, 2))
        for stack, words in sorted(self._rows.items()):
            table.add_row(Text(stack, style="bold"), Text(visible(words), overflow="ellipsis", no_wrap=True))
        self._shown.update(table)
