"""What people wrote, inside of Markdown and HTML, where it stays text: it formats, links and mentions nothing.

GitHub turns more into links than Markdown does: mentions, issues, commits and advisories. It does so in the text of
the finished HTML, which an empty comment parts.
"""

from __future__ import annotations

import html as markup
import re
from collections.abc import Callable, Iterable

from compiler.document import visible

_SPECIAL = re.compile(r"[\\`*\[\]<>~&#]|(?<![^\W_])_|_(?![^\W_])")
# At the start of a line: list items, headings, rules.
_BLOCK = re.compile(r"\A(?:(?=[-+=])|(\d+)(?=[.)]))")
_ACTIVE = re.compile(
    r"(?P<after>[@$#](?=\S)|:(?=//)|:(?=[\w+-]+:)|\b(?:GH|CVE|GHSA)-(?=\w))"
    r"|(?P<before>(?<=www)\.)"
    r"|\b(?P<sha>(?=[0-9]*[a-f])[0-9a-f]{3})(?=[0-9a-f]{4,}\b)",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"(?<!`)`([^\s`](?:[^`]*[^\s`])?)`(?!`)")
_NOTHING = "<!-- -->"
_LINK = re.compile(r"https?://[\w.:/?&=%~+-]+")


def words(text: str, most: int = 0) -> str:
    """The text as prose on one line; what stands in it between `backticks` is code. At most so many bytes, if given."""
    return _fitting(" ".join(text.split()), _words, most)


def code(text: str, most: int = 0) -> str:
    """The text as code. At most so many bytes, if given."""
    return _fitting(text, _code, most)


def html(text: str) -> str:
    """The text as prose within an HTML block, where Markdown means nothing."""
    return _parted(markup.escape(visible(" ".join(text.split())), quote=False))


def row(cells: Iterable[str]) -> str:
    """A row of a table, of cells that are Markdown."""
    return "| " + " | ".join(each.replace("|", "\\|") for each in cells) + " |"


def table(header: Iterable[str], rows: Iterable[str]) -> str:
    """A table of these rows; empty where there are none."""
    head = tuple(header)
    lines = [row(head), "|---" * len(head) + "|", *rows]
    return "\n".join(lines) if len(lines) > 2 else ""


def is_link(text: str) -> bool:
    """Whether it is a URL that can stand in `[...](...)` as it is."""
    return _LINK.fullmatch(text) is not None


def size(text: str) -> int:
    """Its bytes in UTF-8."""
    return len(text.encode(errors="surrogatepass"))


def _fitting(text: str, render: Callable[[str], str], most: int) -> str:
    # Nothing gets shorter by being written: most of a text that is far too long need not be looked at.
    if not most or len(text) <= most:
        whole = render(text)
        if not most or size(whole) <= most:
            return whole
    length = most
    while length and size(shown := render(text[:length] + "…")) > most:
        # By what there is too much of, in the smallest steps that are sure to end.
        length -= max(1, (size(shown) - most) // 16)
    return render(text[: max(length, 0)] + "…")


def _words(text: str) -> str:
    pieces = _QUOTED.split(text)
    shown = [_code(each) if index % 2 else _prose(each) for index, each in enumerate(pieces)]
    return _BLOCK.sub(lambda found: f"{found[1] or ''}\\", "".join(shown))


def _prose(text: str) -> str:
    shown = visible(text)
    out, at = "", 0
    for found in _ACTIVE.finditer(shown):
        out += _escaped(shown, at, found.start())
        kept = _escaped(shown, found.start(), found.end())
        out += _NOTHING + kept if found["before"] else kept + _NOTHING
        at = found.end()
    return out + _escaped(shown, at, len(shown))


def _escaped(text: str, start: int, end: int) -> str:
    """A part of the text; what it means depends on what is around it."""
    out, at = "", start
    for found in _SPECIAL.finditer(text, start, end):
        out += text[at : found.start()] + "\\" + found[0]
        at = found.end()
    return out + text[at:end]


def _parted(text: str) -> str:
    """The text of finished HTML, with nothing left in it to turn into a link."""
    return _ACTIVE.sub(
        lambda found: f"{_NOTHING}{found[0]}" if found["before"] else f"{found[0]}{_NOTHING}", text
    )


def _code(text: str) -> str:
    shown = visible(text)
    ticks = "`" * (max(map(len, re.findall("`+", shown)), default=0) + 1)
    space = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{ticks}{space}{(shown.strip() and shown) or '(empty)'}{space}{ticks}"
