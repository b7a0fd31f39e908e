"""What the commit of a request says, and as whom."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from bot.forge.forge import Account
from bot.involved import trailers
from bot.requests.clone import Identity
from bot.requests.request import Intent, Request
from compiler.people import User

_VERBS = {Intent.REQUEST: "Add", Intent.CHANGE: "Change", Intent.REMOVE: "Remove", Intent.JOIN: "Let in"}
_SUBJECT = 72


def title(request: Request) -> str:
    """Of the commit and of its pull request."""
    words = f"{_VERBS[request.action]} {_line(request.target)}"
    kind = f" ({_line(request.kind)})" if request.action is Intent.REQUEST and request.kind else ""
    return (words + kind)[:_SUBJECT]


def message(request: Request, name: str, user: User | None, url: str) -> str:
    """Title, reason and who asked, as trailers: `name` is theirs in people.yaml, "" where that does not know them.

    Whoever has a GitHub account is a co-author, so that their own approval counts for nothing. A reason is quoted line
    by line: whatever stands in it is no trailer.
    """
    parts = [title(request)]
    if request.reason.strip():
        parts.append("\n".join(f"> {_line(line)}" for line in request.reason.strip().splitlines()))
    asked = user or User(slack=request.by)
    parts.append(trailers(name or request.by, asked, _host(url)))
    return "\n\n".join(parts) + "\n"


def identity(account: Account, url: str) -> Identity:
    """An account as commits on its forge name it."""
    return Identity(_name(account.login), f"{account.id}+{_name(account.login)}@users.noreply.{_host(url)}")


def _host(url: str) -> str:
    """Where the forge's own addresses are, by the address of the repository."""
    return urlsplit(url).hostname or "localhost"


def _line(text: str) -> str:
    """Printable, on one line."""
    return "".join(each if each.isprintable() else " " for each in text)


def _name(text: str) -> str:
    return re.sub(r"[<>()]", "", _line(text)).strip()
