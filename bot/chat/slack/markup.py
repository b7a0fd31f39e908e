"""Texts as Slack shows them: what users typed is escaped, and cut where Slack would not take more."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from bot.chat.card import Code, Line, Link, Mention, Span, Strong

_USER = re.compile(r"[UW][A-Z0-9]{2,30}")
_URL = re.compile(r"https?://[^\s<>|]{1,2000}")
# Marks that turn the direction of writing can make a text look like another.
_TURNING = re.compile("[\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_CUT = "…"


def clean(text: str) -> str:
    """The text without control characters, which nobody typed on purpose."""
    text = _TURNING.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(each for each in text if each in "\n\t" or unicodedata.category(each) not in ("Cc", "Cs"))


def escaped(text: str) -> str:
    return clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def plain(text: str, most: int) -> str:
    """A text for a place that knows no markup, cut; a dash where nothing is left of it."""
    return cut(clean(text).strip(), most) or "-"


def cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + _CUT


def cut_escaped(text: str, most: int) -> str:
    """The same of an escaped text: no entity is cut in two."""
    if len(text) <= most:
        return text
    head = text[: most - 1]
    entity = head.rfind("&")
    return (head[:entity] if entity >= 0 and ";" not in head[entity:] else head) + _CUT


def line(spans: Line, most: int) -> str:
    """A line in Slack's markup; what does not fit is cut between or inside plain words, never inside markup."""
    out: list[str] = []
    left = most
    for each in spans:
        said = _span(each)
        if len(said) > left:
            out.append(cut_escaped(escaped(_bare(each)), left) if left > 1 else "")
            break
        out.append(said)
        left -= len(said)
    return "".join(out)


def fenced(text: str, most: int) -> Iterator[str]:
    """A text line by line as it is, in pieces that each fit, each between fences."""
    room = most - len("```\n\n```")
    # Three backticks would end the fence: a mark that nobody sees keeps them apart.
    text = escaped(text).replace("```", "`\u200b`\u200b`")
    piece = ""
    for each in (part for whole in text.split("\n") for part in _pieces(whole, room)):
        if piece and len(piece) + 1 + len(each) > room:
            yield f"```\n{piece}\n```"
            piece = each
        else:
            piece = f"{piece}\n{each}" if piece else each
    if piece.strip():
        yield f"```\n{piece}\n```"


def _pieces(text: str, room: int) -> Iterator[str]:
    """A line that is longer than a whole block, in parts; no entity is cut in two."""
    while len(text) > room:
        end = room
        entity = text.rfind("&", room - 5, room)
        if entity >= 0 and ";" not in text[entity:room]:
            end = entity
        yield text[:end]
        text = text[end:]
    yield text


def _span(span: Span) -> str:
    match span:
        case Mention(user) if _USER.fullmatch(user):
            return f"<@{user}>"
        case Link(text, url) if _URL.fullmatch(url):
            words = escaped(text).replace("|", "¦").replace("\n", " ").strip()
            return f"<{url.replace('&', '&amp;')}|{words}>" if words else f"<{url.replace('&', '&amp;')}>"
        case Strong(text):
            return _marked(text, "*")
        case Code(text):
            return _marked(text.replace("`", "'"), "`")
    return escaped(_bare(span))


def _marked(text: str, mark: str) -> str:
    words = escaped(text).replace("\n", " ").strip()
    return f"{mark}{words}{mark}" if words else ""


def _bare(span: Span) -> str:
    match span:
        case Link(text, url):
            return f"{text} ({url})" if text != url else text
        case Mention(user):
            return user
        case Strong(text) | Code(text):
            return text
        case str():
            return span
