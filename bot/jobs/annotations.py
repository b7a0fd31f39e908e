"""What is wrong with a pull request, at the lines of its files."""

from __future__ import annotations

from collections.abc import Iterator

from bot.forge.forge import Annotation, Level
from bot.jobs.lines import NOWHERE, Lines
from bot.jobs.result import Result
from compiler.diagnostics import Diagnostic, Severity
from compiler.document import visible

MOST = 50
"""How many are shown: nobody reads more, and GitHub shows no more of a run."""

_LEVELS = {Severity.ERROR: Level.FAILURE, Severity.WARNING: Level.WARNING, Severity.NOTE: Level.NOTICE}


def placed(result: Result, changed: Lines = NOWHERE) -> tuple[Diagnostic, ...]:
    """What has a place, the refusals of reports among it, each once: the worst first, on changed lines before others.

    Where there are too many, the last one says how many more there are.
    """
    refusals = (one for each in result.reports for one in each.refusals)
    found = [each for each in dict.fromkeys((*result.diagnostics, *refusals)) if each.at is not None]
    found.sort(key=lambda each: (list(Severity).index(each.severity), not _is_on(each, changed)))
    if len(found) <= MOST:
        return tuple(found)
    shown, left = found[: MOST - 1], found[MOST - 1 :]
    more = Diagnostic(
        "dbspec/more",
        f"{len(left):,} more are in the summary of the run",
        at=left[0].at,
        severity=left[0].severity,
    )
    return (*shown, more)


def of(result: Result, changed: Lines = NOWHERE) -> Iterator[Annotation]:
    """The same as a check shows it."""
    for each in placed(result, changed):
        assert each.at is not None
        path, line, column = each.at
        text = [each.words, *(f"{note.at}: {note.message}" for note in each.also)]
        level = _LEVELS[each.severity]
        yield Annotation(path, line, each.rule, "\n".join(map(visible, text)), level, column)


def _is_on(diagnostic: Diagnostic, changed: Lines) -> bool:
    return diagnostic.at is not None and diagnostic.at.line in changed.get(diagnostic.at.path, ())
