"""A request's one message, written once and kept up to date, and what is said in its thread."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar, cast

from bot.chat import cards
from bot.chat.card import Card
from bot.chat.chat import ChatError, GoneError, Posted
from bot.chat.confirmation import confirmation
from bot.permissions import Principal, user_of
from bot.requests.draft import Draft, Main, draft
from bot.requests.gathering import gather
from bot.requests.ledger import Entry
from bot.requests.office import Office
from bot.requests.state import Standing, standing

T = TypeVar("T")


def show(office: Office, id: str) -> Standing | None:
    """Brings a request's message to how it stands; None where it is not there, or somebody else is just at it.

    Raises what forge, chat and ledger raise; done again, it goes on where it was.
    """
    if not office.ledger.lease(id, office.clock()):
        return None
    try:
        entry = office.ledger.entry(id)
        return _shown(office, entry) if entry else None
    finally:
        office.ledger.free(id)


def _shown(office: Office, entry: Entry) -> Standing:
    facts = gather(office, entry)
    found = standing(facts)
    people = office.main(fresh=False).catalog.people
    asker = user_of(people, Principal(slack=entry.request.by)) or ""
    posted = _put(office, entry, cleaned(office, cards.request(entry, found, asker)))
    if found.stage != entry.stage:
        office.ledger.note(entry.request.id, stage=found.stage.value)
    _details(office, entry, posted)
    call = cards.call(entry, found, people)
    if call is not None:
        head = facts.pull.head_sha[:12] if facts.pull else ""
        _reply(office, entry, posted, f"{found.stage}/{head}", call)
    return found


def cleaned(office: Office, card: Card) -> Card:
    """The card without any secret in it."""
    return _clean(office, card)


def _put(office: Office, entry: Entry, card: Card) -> Posted:
    """Posts or updates it."""
    digest, id, key = _digest(card), entry.request.id, f"request/{entry.request.id}"
    posted = entry.posted
    if posted is None and entry.more.get("posting"):
        # An earlier try may have been heard, and its answer lost.
        posted = _found(office, entry, key)
    if posted is None:
        office.ledger.note(id, posting=True)
        posted = _post(office, entry, key, card)
    elif entry.shown == digest:
        return posted
    else:
        # Somebody may have deleted it: there is no message then, and nobody who wants one.
        with suppress(GoneError):
            office.chat.update(posted, card)
    office.ledger.note(id, posted=list(posted), shown=digest)
    return posted


def _post(office: Office, entry: Entry, key: str, card: Card) -> Posted:
    """Where it was said, or to whoever said it where the bot may not write there."""
    try:
        return office.chat.post(entry.request.channel, key, card)
    except ChatError as error:
        if error.again or entry.request.channel == entry.request.by:
            raise
        return office.chat.post(entry.request.by, key, card)


def _found(office: Office, entry: Entry, key: str) -> Posted | None:
    for channel in dict.fromkeys((entry.request.channel, entry.request.by)):
        try:
            found = office.chat.find(channel, key)
        except ChatError as error:
            if error.again:
                raise
            continue
        if found:
            return found
    return None


def _details(office: Office, entry: Entry, posted: Posted) -> None:
    """What the request writes and does, in the thread, once its draft is known."""
    if not entry.number or "details" in entry.more.get("replies", {}):
        return
    main = office.at(entry.base)
    made = _drafted(entry, main)
    _reply(office, entry, posted, "details", confirmation(entry.request, made))


def _drafted(entry: Entry, main: Main) -> Draft:
    gone = entry.more.get("removes", False)
    return draft(entry.request, main, entry.request.at.date(), gone=gone)


def _reply(office: Office, entry: Entry, posted: Posted, name: str, card: Card) -> None:
    """Says something in the thread, once for each name."""
    known = office.ledger.entry(entry.request.id)
    replies = dict(known.more.get("replies", {})) if known else {}
    if replies.get(name) == "said":
        return
    key = f"request/{entry.request.id}/{name}"
    if name not in replies:
        replies[name] = "saying"
        office.ledger.note(entry.request.id, replies=replies)
    elif office.chat.find(posted.channel, key, posted) is not None:
        office.ledger.note(entry.request.id, replies=replies | {name: "said"})
        return
    office.chat.reply(posted, key, cleaned(office, card))
    office.ledger.note(entry.request.id, replies=replies | {name: "said"})


def _digest(card: Card) -> str:
    return hashlib.sha256(repr(card).encode()).hexdigest()[:16]


def _clean(office: Office, value: T) -> T:
    out: Any = value
    if isinstance(value, str):
        out = value if type(value) is not str else office.redactor.clean(value)
    elif isinstance(value, tuple):
        parts = [_clean(office, each) for each in value]
        out = type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    elif isinstance(value, Mapping):
        out = {key: _clean(office, each) for key, each in value.items()}
    elif is_dataclass(value) and not isinstance(value, type):
        out = replace(
            value, **{each.name: _clean(office, getattr(value, each.name)) for each in fields(value)}
        )
    return cast(T, out)
