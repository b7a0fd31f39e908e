"""Main has moved on below a request: its own commit made anew on top, as long as nobody has put work into it."""

from __future__ import annotations

from bot.forge.forge import PullState, ReviewState
from bot.requests.clone import MovedError
from bot.requests.gathering import conflict
from bot.requests.ledger import Entry
from bot.requests.office import Office
from bot.requests.workflow import committed

_SAID = (ReviewState.APPROVED, ReviewState.CHANGES_REQUESTED)


def rebase(office: Office, entry: Entry) -> bool:
    """Whether it was: its file is untouched on main, specs around it are not, and nobody has reviewed or added to it.

    What somebody reviewed stays as they saw it: an approval would not count for another commit.
    """
    if not (entry.number and entry.sha) or office.commits is not None:
        return False  # what the forge signed cannot take another's place without the branch being empty for a moment
    clone, tip = office.clone, office.clone.tip(office.branch)
    if tip is None or clone.tree(tip, office.specs) == clone.tree(entry.base, office.specs):
        return False
    pull = office.forge.pulls.pull(entry.number)
    begun = entry.more.get("rebasing")
    if begun and pull.head_sha == begun[0] != entry.sha:
        # Pushed by an earlier try that did not live to write it down.
        office.ledger.note(entry.request.id, sha=begun[0], base=begun[1])
        return True
    if pull.state is not PullState.OPEN or pull.head_sha != entry.sha:
        return False
    if conflict(office, entry, tip):
        return False
    if any(each.state in _SAID for each in office.forge.pulls.reviews(entry.number)):
        return False
    after = clone.read(entry.sha, entry.path)
    sha = committed(office, entry.request, tip, entry.path, None if after is None else after.decode())
    office.ledger.note(entry.request.id, rebasing=[sha, tip])
    try:
        clone.push(sha, pull.head_branch, entry.sha)
    except MovedError:
        return False  # somebody was quicker, and their commits stay
    office.ledger.note(entry.request.id, sha=sha, base=tip)
    return True
