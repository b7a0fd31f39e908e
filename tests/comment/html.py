"""Markdown as cmark-gfm renders it, and what GitHub would make of the text of that."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

import cmarkgfm
from cmarkgfm.cmark import Options

# What GitHub links by itself, in one piece of text outside of code.
_ACTIVE = re.compile(
    r"(?<![\w/])@[a-z0-9]|#\d|\bGH-\d|\b[0-9a-f]{40}\b|\bCVE-\d|\bGHSA-\w|https?://|\bwww\.|\$\S+\$|:[\w+-]+:",
    re.IGNORECASE,
)


@dataclass
class Page(HTMLParser):
    """What stands in a document: `rows` of all tables, `mentions` what GitHub would turn into links of its own."""

    elements: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    tables: list[list[list[str]]] = field(default_factory=list)
    summaries: list[str] = field(default_factory=list)
    mentions: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    text: str = ""

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.piece = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._part()
        self.elements.add(tag)
        if tag in ("a", "img"):
            self.links.append(dict(attrs).get("href") or dict(attrs).get("src") or "")
        if tag == "table":
            self.tables.append([])
        if tag == "tr":
            self.rows.append([])
            self.tables[-1].append(self.rows[-1])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        if tag == "summary":
            self.summaries.append("")
        if tag not in ("br", "hr", "img", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self._part()
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"code", "pre"} & set(self.open):
            self.piece += data
        self.text += data
        if "td" in self.open or "th" in self.open:
            self.rows[-1][-1] += data
        if "summary" in self.open:
            self.summaries[-1] += data

    def handle_comment(self, data: str) -> None:
        self._part()
        self.comments.append(data)

    def _part(self) -> None:
        if "a" not in self.open:
            self.mentions += _ACTIVE.findall(self.piece)
        self.piece = ""


def parsed(markdown: str) -> Page:
    """The page; every element that is opened is closed."""
    page = Page()
    page.feed(cmarkgfm.github_flavored_markdown_to_html(markdown, Options.CMARK_OPT_UNSAFE))
    page.close()
    page._part()
    assert page.open == []
    page.text = page.text.strip()
    return page
