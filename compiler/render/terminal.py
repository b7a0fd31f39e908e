"""Diagnostics for people: a line each where lines are read by tools, with the source and a caret on a terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable

from compiler.diagnostics import Diagnostic, Place, Severity
from compiler.document import lines, visible

# The text of the file that a place names, as bytes; None where it cannot be had.
Source = Callable[[str], bytes | None]

# What stands on the lines of these is not to be shown to whoever looks on, nor to end in a log.
_SECRET = {"overrides/secret-input"}

_WIDEST = 120
_TAB = "    "
_BOLD, _DIM, _BLUE, _GREEN = "1", "2", "34", "32"
_SEVERITY = {Severity.ERROR: "1;31", Severity.WARNING: "1;33", Severity.NOTE: "1;36"}


def diagnostics(found: Iterable[Diagnostic], source: Source | None = None, *, color: bool = False) -> str:
    """Without `source` one line each, `path:line:column: message; fix [rule]`; with it the line itself too.

    A line that has a secret on it is not shown.
    """
    paint = _paint if color else _leave
    if source is None:
        return "".join(_line(each, paint) + "\n" for each in found)
    found = list(found)
    hidden = {(each.at.path, each.at.line) for each in found if each.at and each.rule in _SECRET}
    texts: dict[str, list[str]] = {}

    def line_at(place: Place) -> str | None:
        if (place.path, place.line) in hidden:
            return None
        if place.path not in texts:
            data = source(place.path) or b""
            texts[place.path] = lines(data.decode("utf-8", "replace").removeprefix("\ufeff"))
        text = texts[place.path]
        return text[place.line - 1] if 0 < place.line <= len(text) else None

    return "\n".join(_block(each, line_at, paint) for each in found)


Paint = Callable[[str, str], str]


def _paint(text: str, style: str) -> str:
    return f"\x1b[{style}m{text}\x1b[0m"


def _leave(text: str, _style: str) -> str:
    return text


def _line(diagnostic: Diagnostic, paint: Paint) -> str:
    start = paint(f"{_path(diagnostic.at)}: ", _BOLD) if diagnostic.at else ""
    if diagnostic.severity is not Severity.ERROR or not diagnostic.at:
        start += paint(f"{diagnostic.severity}: ", _SEVERITY[diagnostic.severity])
    notes = "".join(f" ({note.message}: {note.at})" for note in diagnostic.also)
    return start + visible(diagnostic.words + notes) + paint(f" [{diagnostic.rule}]", _DIM)


def _block(diagnostic: Diagnostic, line_at: Callable[[Place], str | None], paint: Paint) -> str:
    severity = paint(f"{diagnostic.severity}:", _SEVERITY[diagnostic.severity])
    start = paint(f"{_path(diagnostic.at)}: ", _BOLD) if diagnostic.at else ""
    rule = paint(f"[{diagnostic.rule}]", _DIM)
    out = [f"{start}{severity} {paint(visible(diagnostic.message), _BOLD)} {rule}"]
    out += _frame(diagnostic.at, line_at, paint, _SEVERITY[diagnostic.severity])
    if diagnostic.fix:
        out.append(f"  {paint('fix:', _GREEN)} {visible(diagnostic.fix)}")
    for note in diagnostic.also:
        style = _SEVERITY[Severity.NOTE]
        out.append(f"  {_path(note.at)}: {paint('note:', style)} {visible(note.message)}")
        out += _frame(note.at, line_at, paint, style)
    return "\n".join(out) + "\n"


def _frame(at: Place | None, line_at: Callable[[Place], str | None], paint: Paint, style: str) -> list[str]:
    line = line_at(at) if at else None
    if at is None or line is None or not line.strip():
        return []
    before, after = line[: at.column - 1], line[at.column - 1 :]
    cut = max(0, len(before) - _WIDEST // 2)
    before = ("…" if cut else "") + before[cut:]
    room = _WIDEST - len(before)
    after = after if len(after) <= room else f"{after[:room]}…"
    before, after = _seen(before), _seen(after)
    number = str(at.line)
    gutter = paint(f"  {number} |", _BLUE)
    below = paint(f"  {' ' * len(number)} |", _BLUE)
    return [f"{gutter} {before}{after}".rstrip(), f"{below} {' ' * _width(before)}{paint('^', style)}"]


def _seen(text: str) -> str:
    return "".join(_TAB if each == "\t" else visible(each) for each in text)


def _width(text: str) -> int:
    """How many columns of a terminal a text takes: https://www.unicode.org/reports/tr11/."""
    return sum(
        0 if unicodedata.combining(each) else 2 if unicodedata.east_asian_width(each) in "WF" else 1
        for each in text
    )


def _path(place: Place) -> str:
    return visible(str(place))
