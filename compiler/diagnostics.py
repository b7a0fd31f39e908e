"""What can be wrong, where, and the way out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import NamedTuple


class Place(NamedTuple):
    """A place in a text file; line and column count from 1, columns in characters."""

    path: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


class Severity(StrEnum):
    """How bad it is: only an error stops a verb."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Exit(IntEnum):
    """The exit codes of both commands."""

    DONE = 0
    SPECS = 1
    USAGE = 2
    ENGINE = 3
    REFUSED = 4
    CHANGES = 10


@dataclass(frozen=True, slots=True)
class Note:
    """A second place that a diagnostic speaks of, and what stands there."""

    message: str
    at: Place


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One fact about what somebody wrote, and the way out.

    `rule` is stable: `area/name`, lower case with hyphens. `message` states the fact without a full stop; `fix`
    is an imperative, empty where the message says it all. `at` is None where no text is to blame (a missing tool).
    """

    rule: str
    message: str
    fix: str = ""
    at: Place | None = None
    also: tuple[Note, ...] = ()
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        return f"{self.at}: {self.words}" if self.at else self.words

    @property
    def words(self) -> str:
        """The fact and the way out."""
        if not self.fix:
            return self.message
        return f"{self.message}{'' if self.message.endswith('?') else ';'} {self.fix}"


class UserError(Exception):
    """What its user can mend: the one exception that a verb turns into an exit code and a clear message."""

    def __init__(self, *diagnostics: Diagnostic, exit_code: Exit = Exit.SPECS) -> None:
        super().__init__("\n".join(str(each) for each in diagnostics))
        self.diagnostics = diagnostics
        self.exit_code = exit_code


def fail(
    rule: str, message: str, fix: str = "", at: Place | None = None, exit_code: Exit = Exit.SPECS
) -> UserError:
    """The user error with this one diagnostic, to be raised."""
    return UserError(Diagnostic(rule, message, fix, at), exit_code=exit_code)


def any_error(diagnostics: Iterable[Diagnostic]) -> bool:
    """Whether one of them stops a verb."""
    return any(each.severity is Severity.ERROR for each in diagnostics)


def ordered(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Sorted by place, each once: two databases that inherit one wrong line report it once."""
    return tuple(
        sorted(set(diagnostics), key=lambda each: (each.at or Place("", 0, 0), each.rule, each.message))
    )
