"""The bytes of a file as text that YAML allows and a reviewer can see."""

from __future__ import annotations

import re

from compiler.diagnostics import Diagnostic, Place, UserError, fail

LIMIT = 1_000_000
_BREAK = re.compile(r"\r\n|\r|\n")
_BYTE_ORDER_MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16", b"\x00\x00\xfe\xff": "UTF-32"}
# What YAML 1.2 does not call printable; the line breaks of YAML 1.1, which libyaml would count as lines; and
# what makes a line look other than it is: https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
_REFUSED = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
    "|[\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)
_REPORTED = 20


def decode(path: str, data: bytes) -> str:
    """The text of a file, without its byte order mark.

    Raises UserError where it is too large, not UTF-8, or holds characters that nobody can see.
    """
    if len(data) > LIMIT:
        raise fail(
            "document/too-large",
            f"the file has {len(data):,} bytes, and {LIMIT:,} are the most that are read",
            "split it, or remove what does not belong in it",
            Place(path),
        )
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if data.startswith(mark):
            raise fail("document/encoding", f"the file is {encoding}", "save it as UTF-8", Place(path))
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8").removeprefix("\ufeff")
        raise fail(
            "document/encoding",
            f"the byte 0x{data[error.start]:02x} is not UTF-8",
            "save the file as UTF-8",
            place(path, before, len(before)),
        ) from None
    if _REFUSED.search(text):
        raise UserError(*_invisible(path, text))
    return text


def lines(text: str) -> list[str]:
    """The lines of a text without their ends, broken as YAML breaks them: at CRLF, lone CR and LF only."""
    return _BREAK.split(text)


def place(path: str, text: str, offset: int) -> Place:
    """The place of the character at `offset`."""
    before = lines(text[:offset])
    return Place(path, len(before), len(before[-1]) + 1)


def short(text: str) -> str:
    """As much of a text as a message can show."""
    text = text.strip()
    return visible(text if len(text) <= 40 else f"{text[:37]}...")


def visible(text: str) -> str:
    """The text on one line, with escapes for what cannot be seen, so that it can do nothing to a terminal."""
    if text.isprintable():
        return text
    return "".join(
        each if each.isprintable() or each == "\u00a0" else each.encode("unicode_escape").decode()
        for each in text
    )


def _invisible(path: str, text: str) -> list[Diagnostic]:
    found: list[Diagnostic] = []
    for match in _REFUSED.finditer(text):
        if len(found) == _REPORTED:
            break
        code = ord(match[0])
        escape = f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
        fix = f'remove it, or write "{escape}" in double quotes where it is meant'
        if code == 0:
            fix = "save the file as UTF-8 text"
        found.append(
            Diagnostic(
                "document/invisible-character",
                f"the file holds the invisible character U+{code:04X}",
                fix,
                place(path, text, match.start()),
            )
        )
    return found
