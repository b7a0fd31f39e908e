"""A request's one message, written once and kept up to date, and what is said in its thread."""

from __future__ import annotations

from bot.chat import cards
from bot.chat.card import Card
from bot.chat.chat import Posted
from bot.chat.cleaning import cleaned
from bot.chat.confirmation import confirmation
from bot.chat.living import Written, bring
from bot.permissions import Principal, user_of
from bot.requests.draft import Draft, Main, draft
from bot.requests.gathering import gather
from bot.requests.ledger import Entry
from bot.requests.office import Office
from bot.requests.state import Standing, standing


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
    posted = _put(office, entry, cleaned(cards.request(entry, found, asker), office.redactor))
    if found.stage != entry.stage:
        office.ledger.note(entry.request.id, stage=found.stage.value)
    _details(office, entry, posted)
    call = cards.call(entry, found, people)
    if call is not None:
        head = facts.pull.head_sha[:12] if facts.pull else ""
        _reply(office, entry, posted, f"{found.stage}/{head}", call)
    return found


def _put(office: Office, entry: Entry, card: Card) -> Posted:
    """Where it was said, or to whoever said it where the bot may not write there."""
    request = entry.request

    def keep(written: Written) -> None:
        posted = list(written.posted) if written.posted else None
        office.ledger.note(request.id, posted=posted, posting=written.begun, shown=written.shown)

    known = Written(entry.posted, bool(entry.more.get("posting")), entry.shown)
    return bring(office.chat, (request.channel, request.by), f"request/{request.id}", card, known, keep)


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
    office.chat.reply(posted, key, cleaned(card, office.redactor))
    office.ledger.note(entry.request.id, replies=replies | {name: "said"})
