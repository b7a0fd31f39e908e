"""Whom commits name: addresses that a forge gave to its accounts, and the trailers of co-authors."""

from __future__ import annotations

import re

from bot.forge.forge import Account, Person

_GIVEN = re.compile(r"(\d+)\+([^@]+)@users\.noreply\.")
_TRAILER = re.compile(
    r"^[ \t]*co-authored-by:[ \t]*(.*?)[ \t]*<([^<>\n]+)>[ \t]*\r?$", re.IGNORECASE | re.MULTILINE
)


def co_authors(message: str) -> tuple[Person, ...]:
    """Those whom trailers name anywhere in the message; `account` only where the address is one that a forge gave."""
    return tuple(Person(name, email, account_of(email)) for name, email in _TRAILER.findall(message))


def account_of(email: str) -> Account | None:
    """The account that a `<id>+<login>@users.noreply.` address belongs to; the login may be an old one."""
    found = _GIVEN.match(email)
    return Account(int(found[1]), found[2]) if found else None
