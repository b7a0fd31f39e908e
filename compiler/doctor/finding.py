"""One thing that was looked at, and how it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from compiler.diagnostics import Exit, Severity, UserError


class State(StrEnum):
    """`unknown` is what cannot be told from here; only what is missing makes the verb fail."""

    OK = "ok"
    MISSING = "missing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """`about` is what was looked at, in two or three words; `said` how it stands, `fix` the way out."""

    about: str
    state: State
    said: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Area:
    """What belongs together: this machine, an environment, the forge."""

    name: str
    findings: tuple[Finding, ...]


def ok(about: str, said: str) -> Finding:
    return Finding(about, State.OK, said)


def missing(about: str, said: str, fix: str) -> Finding:
    return Finding(about, State.MISSING, said, fix)


def unknown(about: str, said: str, fix: str = "") -> Finding:
    return Finding(about, State.UNKNOWN, said, fix)


def asked(about: str, ask: Callable[[], Iterator[Finding]]) -> tuple[Finding, ...]:
    """What asking finds; whatever it could not be asked for is missing, in the error's own words."""
    found: list[Finding] = []
    try:
        found += ask()
    except UserError as error:
        found += (
            missing(about, each.message, each.fix)
            for each in error.diagnostics
            if each.severity is not Severity.NOTE
        )
    return tuple(found)


def exit_code(areas: Sequence[Area]) -> Exit:
    """Done, unless something is missing."""
    gone = any(each.state is State.MISSING for area in areas for each in area.findings)
    return Exit.ENGINE if gone else Exit.DONE
