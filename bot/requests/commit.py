"""What the commit of a request says, and as whom."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from bot.forge.forge import Account
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
    parts.append("\n".join(_trailers(request, name, user, url)))
    return "\n\n".join(parts) + "\n"


def identity(account: Account, url: str) -> Identity:
    """An account as commits on its forge name it."""
    host = urlsplit(url).hostname or "localhost"
    return Identity(_name(account.login), f"{account.id}+{_name(account.login)}@users.noreply.{host}")


def _trailers(request: Request, name: str, user: User | None, url: str) -> Iterator[str]:
    if user and user.github:
        author = identity(Account(user.github.id, user.github.login), url)
        yield f"Requested-by: {_name(name)} (github:{user.github.id})"
        yield f"Co-authored-by: {author.name} <{author.email}>"
    else:
        yield f"Requested-by: {_name(name or request.by)} (slack:{_name(request.by)})"


def _line(text: str) -> str:
    """Printable, on one line."""
    return "".join(each if each.isprintable() else " " for each in text)


def _name(text: str) -> str:
    return re.sub(r"[<>()]", "", _line(text)).strip()
