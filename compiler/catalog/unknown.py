"""A name that there is nothing for, and the one that was probably meant."""

from __future__ import annotations

from collections.abc import Iterable

from compiler.diagnostics import Diagnostic, Place
from compiler.suggest import closest


def unknown(rule: str, noun: str, name: str, known: Iterable[str], fix: str, at: Place) -> Diagnostic:
    """What is said of it; `known` are the names that there are."""
    near = closest(name, list(known))
    said = f"there is no {noun} {name!r}" + (f"; did you mean {near!r}?" if near else "")
    return Diagnostic(rule, said, fix, at)
