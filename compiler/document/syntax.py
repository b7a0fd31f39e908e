"""What libyaml says about broken YAML, said so that its writer can mend it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from compiler.diagnostics import Diagnostic, Note, Place
from compiler.document.text import short, visible

_QUOTE_IT = "put the value in quotes where it is a text"
_LOOKALIKES = re.compile("[\u00a0\u2000-\u200d\u202f\u205f\u2060\u3000\uff1a]")


class _Spot(NamedTuple):
    """Where libyaml gave up: `row` is the number of that line, `before` and `after` are its parts."""

    row: int
    before: str
    after: str
    above: str
    at: Place
    opened: Place | None
    at_end: bool

    @property
    def character(self) -> str:
        return self.after[:1]


Explained: TypeAlias = tuple[str, str, Place, tuple[Note, ...]]


def explain(path: str, lines: list[str], error: Any) -> Diagnostic:
    """The diagnostic for a YAMLError; `lines` is the text it is about."""
    problem: str = error.problem or ""
    context: str = error.context or ""
    spot = _spot(path, lines, error)
    for words, explanation in _EXPLANATIONS:
        if words in problem or words in context:
            message, fix, at, also = explanation(spot, problem, context)
            break
    else:
        message, fix, at, also = f"this is not YAML: {problem} {context}".rstrip(), "", spot.at, ()
    return Diagnostic("document/syntax", message, fix, at, also + _lookalikes(path, lines, at.line))


def _spot(path: str, lines: list[str], error: Any) -> _Spot:
    mark, context = error.problem_mark or error.context_mark, error.context_mark
    row = mark.line if mark else 0
    column = mark.column if mark else 0
    line = lines[row] if row < len(lines) else ""
    at = Place(path, row + 1, column + 1)
    if not any(each.strip() for each in [line[column:], *lines[row + 1 :]]):
        # The end of the file lies on a line of its own; the end of what it says is what there is to see.
        at = _end(path, lines)
    said = (each for each in reversed(lines[:row]) if each.strip() and not each.lstrip().startswith("#"))
    return _Spot(
        row=row + 1,
        before=line[:column],
        after=line[column:],
        above=next(said, ""),
        at=at,
        opened=Place(path, context.line + 1, context.column + 1) if context else None,
        at_end=not any(each.strip() for each in [line[column:], *lines[row + 1 :]]),
    )


def _end(path: str, lines: list[str]) -> Place:
    row = max((number for number, line in enumerate(lines) if line.strip()), default=0)
    return Place(path, row + 1, len(lines[row].rstrip()) + 1)


def _tab(spot: _Spot, _problem: str, _context: str) -> Explained:
    line = spot.before + spot.after
    at = Place(spot.at.path, spot.row, line.index("\t") + 1) if "\t" in line else spot.at
    return "a tab indents this line, and YAML is indented by spaces", "put spaces in its place", at, ()


def _start(spot: _Spot, problem: str, context: str) -> Explained:
    if spot.character == "\t" or (not spot.before.strip() and "\t" in spot.before):
        return _tab(spot, problem, context)
    sign = "a backquote" if spot.character == "`" else f"`{spot.character}`"
    return f"{sign} cannot start a value", _QUOTE_IT, spot.at, ()


def _colon(spot: _Spot, _problem: str, _context: str) -> Explained:
    key = spot.before.lstrip(" -")
    if re.search(r":\s", key):
        return "a value without quotes holds a colon", "put the whole value in quotes", spot.at, ()
    if len(key) > 1024:
        return "a key may have 1024 characters, and this one is longer", "shorten it", spot.at, ()
    here = spot.at._replace(column=len(spot.before) - len(spot.before.lstrip()) + 1)
    if _indent(spot.before) > _indent(spot.above) and re.search(r":\s+\S", spot.above):
        message = "this line is indented as if it belonged to the line above, which has a value already"
        return message, "indent it like the line above, or remove the value there", here, ()
    line_above = f"the line above, `{short(spot.above)}`, is no `key: value`"
    fix = (
        "write a space after its colon" if ":" in spot.above else "give it a colon and a value, or remove it"
    )
    return line_above, fix, here, ()


def _no_colon(spot: _Spot, _problem: str, _context: str) -> Explained:
    at = spot.opened or spot.at
    if re.search(r":\S", spot.above):
        return "no space stands after the colon of this line", "write one", at, ()
    fix = "write a colon and a space after the key, or indent the line as a part of the value above"
    return "a key without a colon starts here", fix, at, ()


def _bracket(spot: _Spot, _problem: str, context: str) -> Explained:
    opener, closer, what = ("[", "]", "elements") if "sequence" in context else ("{", "}", "entries")
    message = f"the `{opener}` is not closed"
    if spot.character == "?":
        return "within brackets a word without quotes holds no `?`", "put the word in quotes", spot.at, ()
    fix = f"close it with `{closer}`, and put commas between the {what}"
    if spot.opened is None or not spot.at_end:
        also = (Note(f"the `{opener}` stands here", spot.opened),) if spot.opened else ()
        return f"{message} before this", fix, spot.at, also
    return message, fix, spot.opened, ()


def _quote(spot: _Spot, _problem: str, _context: str) -> Explained:
    at = spot.opened or spot.at
    return "the quote that opens here is never closed", "close it", at, ()


def _escape(spot: _Spot, problem: str, _context: str) -> Explained:
    # libyaml points at an escape that it does not know, but past others at their digits.
    line = spot.before + spot.after
    start = len(spot.before) if "unknown" in problem else spot.before.rfind("\\")
    shown = visible(line[start : start + 2])
    at = spot.at._replace(column=start + 1)
    if "invalid Unicode" in problem:
        return "this escape stands for no character", "write the character itself", at, ()
    if "hexdecimal" in problem:
        digits = {"\\x": "two", "\\u": "four"}.get(shown, "eight")
        return f"`{shown}` needs {digits} hexadecimal digits", "write them, or use single quotes", at, ()
    fix = "double the backslash, or use single quotes, in which it means itself"
    return f"`{shown}` is no escape of double quotes", fix, at, ()


def _key(spot: _Spot, _problem: str, _context: str) -> Explained:
    before = spot.before.strip()
    if not before:
        if spot.after.startswith("- "):
            fix = "indent the list below its key, or write a key"
            return "an entry of a list stands where a key is expected", fix, spot.at, ()
        if spot.character == ":":
            return "no key stands before this colon", "write one", spot.at, ()
        fix = "indent it exactly like the keys it belongs with"
        return "this line is indented like none of those above it", fix, spot.at, ()
    if spot.character in ("]", "}"):
        return f"this `{spot.character}` closes nothing", "remove it", spot.at, ()
    if before.endswith(("'", '"')):
        fix = "put the whole value in quotes, and write a single quote within single quotes twice"
        return "text follows the closing quote", fix, spot.at, ()
    return f"nothing can follow here, but `{short(spot.after)}` does", _QUOTE_IT, spot.at, ()


def _entry(spot: _Spot, _problem: str, _context: str) -> Explained:
    fix = "start it with `- `, or indent it as a part of the entry above"
    return "this line stands among the entries of a list and is none", fix, spot.at, ()


def _content(spot: _Spot, _problem: str, _context: str) -> Explained:
    if spot.at_end:
        return "the file ends where a value is expected", "write it, or close the bracket", spot.at, ()
    return f"`{spot.character}` stands where a value is expected", _QUOTE_IT, spot.at, ()


def _dash(spot: _Spot, _problem: str, _context: str) -> Explained:
    fix = "start it on the next line, or put the value in quotes where it is a text"
    return "a list cannot start on the line of its key", fix, spot.at, ()


def _question(spot: _Spot, _problem: str, _context: str) -> Explained:
    return "`?` starts a key, and none can stand here", _QUOTE_IT, spot.at, ()


def _alias(spot: _Spot, _problem: str, context: str) -> Explained:
    sign = "*" if "alias" in context else "&"
    return f"`{sign}` starts the name of an anchor, and none follows", _QUOTE_IT, spot.opened or spot.at, ()


def _tag(spot: _Spot, _problem: str, _context: str) -> Explained:
    return "`!` starts a tag, and this is none", _QUOTE_IT, spot.opened or spot.at, ()


def _block(spot: _Spot, _problem: str, _context: str) -> Explained:
    line = spot.before + spot.after
    sign = line[spot.opened.column - 1 : spot.opened.column] if spot.opened else "|"
    fix = f"start the text on the next line, or put the value in quotes where it starts with `{sign}`"
    return f"`{sign}` starts a text of several lines, and nothing may follow it on its own", fix, spot.at, ()


def _directive(spot: _Spot, _problem: str, _context: str) -> Explained:
    at = spot.at._replace(column=1)
    return "a line that starts with `%` is a directive, and none is needed", "remove it", at, ()


def _after_end(spot: _Spot, _problem: str, _context: str) -> Explained:
    return "the file's one document has ended before this", "remove what follows it", spot.at, ()


def _flow_colon(spot: _Spot, _problem: str, _context: str) -> Explained:
    fix = "put the word in quotes, or a space after the colon where a key ends"
    return "within brackets no word without quotes holds a colon", fix, spot.at, ()


# By what is said (first) or what was being read (after); the first that fits.
_EXPLANATIONS: tuple[tuple[str, Callable[[_Spot, str, str], Explained]], ...] = (
    ("found a tab character", _tab),
    ("cannot start any token", _start),
    ("mapping values are not allowed", _colon),
    ("could not find expected ':'", _no_colon),
    ("did not find expected ',' or", _bracket),
    ("unknown escape", _escape),
    ("hexdecimal number", _escape),
    ("invalid Unicode", _escape),
    ("while scanning a quoted scalar", _quote),
    ("did not find expected key", _key),
    ("did not find expected '-'", _entry),
    ("did not find expected node content", _content),
    ("block sequence entries", _dash),
    ("mapping keys are not allowed", _question),
    ("while scanning an alias", _alias),
    ("while scanning an anchor", _alias),
    ("directive", _directive),
    ("incompatible YAML document", _directive),
    ("<document start>", _after_end),
    ("found unexpected ':'", _flow_colon),
    ("a block scalar", _block),
    (" tag", _tag),
)


def _lookalikes(path: str, lines: list[str], row: int) -> tuple[Note, ...]:
    """Spaces and colons that are none to YAML, on the line at fault and the one above."""
    notes = []
    for number in (row - 1, row):
        match = _LOOKALIKES.search(lines[number - 1]) if 0 < number <= len(lines) else None
        if match:
            name = unicodedata.name(match[0], "character").lower()
            code = f"U+{ord(match[0]):04X}"
            message = f"the {name} ({code}) here means nothing to YAML: write an ordinary one"
            notes.append(Note(message, Place(path, number, match.start() + 1)))
    return tuple(notes)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
