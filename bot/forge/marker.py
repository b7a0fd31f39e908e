"""The first line of what we write on a forge, by which it is found again."""

from __future__ import annotations

import re

from bot.forge.forge import MAX_BODY

_KEY = re.compile(r"[A-Za-z0-9._/:=+-]{1,200}")
_LINE = re.compile(r"<!-- dbspec:(\S+) -->(?:\r?\n|\Z)")


def marked(key: str, body: str) -> str:
    """The text under its marker; raises ValueError where the key cannot be in one, or the whole is over MAX_BODY."""
    if not _KEY.fullmatch(key) or "--" in key:
        raise ValueError(f"{key!r} cannot stand in an HTML comment")
    text = f"<!-- dbspec:{key} -->\n{body}"
    if len(text) > MAX_BODY:
        raise ValueError(f"the text for {key} has {len(text)} characters, more than {MAX_BODY}")
    return text


def unmarked(text: str) -> tuple[str, str]:
    """Key and text; the key is "" where the first line is no marker. Line ends are as we wrote them."""
    found = _LINE.match(text)
    if found is None:
        return "", text
    return found[1], text[found.end() :].replace("\r\n", "\n")
