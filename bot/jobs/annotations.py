"""What is wrong with a pull request, at the lines of its files."""

from __future__ import annotations

from collections.abc import Iterator

from bot.forge.forge import Annotation, Level
from bot.jobs.result import Result
from compiler.diagnostics import Diagnostic, Severity
from compiler.document import visible

_LEVELS = {Severity.ERROR: Level.FAILURE, Severity.WARNING: Level.WARNING, Severity.NOTE: Level.NOTICE}


def placed(result: Result) -> tuple[Diagnostic, ...]:
    """Everything that has a place, the refusals of reports among it, each once."""
    refusals = (one for each in result.reports for one in each.refusals)
    return tuple(each for each in dict.fromkeys((*result.diagnostics, *refusals)) if each.at is not None)


def of(result: Result) -> Iterator[Annotation]:
    """The same as a check shows it."""
    for each in placed(result):
        assert each.at is not None
        path, line, column = each.at
        text = [each.words, *(f"{note.at}: {note.message}" for note in each.also)]
        level = _LEVELS[each.severity]
        yield Annotation(path, line, each.rule, "\n".join(map(visible, text)), level, column)
