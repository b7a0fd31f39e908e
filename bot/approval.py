"""Whether those who may have approved a pull request as it is now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from bot.authority import Need, Right, Scope, merged, needs
from bot.forge.forge import Account, Commit, Pull, Pulls, Review, ReviewState
from bot.involved import Involved, involved
from bot.permissions import Principal, user_of
from compiler.catalog import Catalog
from compiler.people import People

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Approval:
    """Where a pull request stands with those who have to agree to it.

    `by` are the users whose approvals count, `objections` those who want changes. `missing` says what there is to be
    got, a sentence each, and `who_may` are the users who may still give it. `notes` say why a review does not count,
    and what could not be known.
    """

    approved: bool
    by: tuple[str, ...] = ()
    objections: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    who_may: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def reason(self) -> str:
        """All of it in one sentence."""
        if self.approved:
            return f"approved by {_all(self.by)}" if self.by else "no approval is needed"
        said = [f"{_all(self.objections)} asked for changes"] if self.objections else []
        return "; ".join([*said, *self.missing])


def of_pull(
    pulls: Pulls, pull: Pull, base: Catalog, head: Catalog, today: date, touched: Collection[str] = ()
) -> Approval:
    """The approval of a pull request, asked of its forge; `head` is the catalog of its last commit, or of the merge.

    `base` is what counts already: main, for one that is merged as it was just before. Both are read from git objects:
    their paths are the repository's, as those are that the forge says are changed. Raises ForgeError.
    """
    if not needs(base, head, today, touched):
        return Approval(True)
    number = pull.number
    head = merged(base, head, pulls.changed_paths(number))
    wanted = needs(base, head, today, touched)
    commits, reviews = (pulls.commits(number), pulls.reviews(number)) if wanted else ((), ())
    return approval(pull, commits, reviews, wanted, base.people, head.people)


def approval(
    pull: Pull,
    commits: Iterable[Commit],
    reviews: Iterable[Review],
    wanted: Sequence[Need],
    base: People,
    head: People,
) -> Approval:
    """Whether every need is met by people who had no hand in it and saw its last commit.

    Whoever may approve and asked for changes stands in the way until they say otherwise or are dismissed.
    """
    if not wanted:
        return Approval(True)
    hands = involved(pull, commits, base, head)
    rights = _rights(wanted)
    approvers: dict[str, set[Scope]] = {}
    objections: list[str] = []
    notes: list[str] = []
    for review in _last(reviews):
        principal = Principal(github=review.author)
        name = user_of(base, principal) or review.author.login
        verdicts = {scope: right.held_by(principal, base, head) for scope, right in rights.items()}
        may = any(each.allowed for each in verdicts.values())
        if review.state is ReviewState.CHANGES_REQUESTED:
            objections += [name] if may else []
        elif said := _void(review, name, pull, hands):
            notes.append(said)
        elif may:
            approvers[name] = {scope for scope, each in verdicts.items() if each.allowed}
        else:
            reason = verdicts[wanted[0].right.scope].reason
            notes.append(f"the approval by {name} does not count: {reason}")
    notes += _unknown(hands)
    if hands.unsaid:
        said = "no commit says any more who asked for this, so that nobody can be known to be somebody else: ask anew"
        return Approval(False, (), tuple(objections), (said,), (), tuple(notes))
    given = Counter(scope for scopes in approvers.values() for scope in scopes)
    short = [(each, each.count - given[each.right.scope]) for each in wanted]
    unmet = [(need, count) for need, count in short if count > 0]
    left = {
        scope: [each for each in right.holders(base, head) if _free(each, base, hands, approvers)]
        for scope, right in _rights(need for need, _ in unmet).items()
    }
    if any(len(left[need.right.scope]) < count for need, count in unmet):
        said = "too few are left who may and had no hand in it: somebody else has to be let in by people.yaml"
        notes.append(said)
    approved = not unmet and not objections
    may_act = tuple(dict.fromkeys(name for names in left.values() for name in names))
    return Approval(
        approved, tuple(approvers), tuple(objections), _missing(unmet, base), may_act, tuple(notes)
    )


def approving(wanted: Sequence[Need], base: People, head: People) -> tuple[str, ...]:
    """The users whose approval counts for one of these at least."""
    rights = _rights(wanted).values()
    names = dict.fromkeys(name for right in rights for name in right.holders(base, head))
    return tuple(names)


def _rights(wanted: Iterable[Need]) -> dict[Scope, Right]:
    """Every right that is asked for once, however many databases ask for it."""
    found: dict[Scope, Right] = {}
    for need in wanted:
        found.setdefault(need.right.scope, need.right)
    return found


def _last(reviews: Iterable[Review]) -> list[Review]:
    """What everybody last said that decides: approvals, and wishes for changes."""
    last: dict[int, Review] = {}
    for each in reviews:
        if each.state is not ReviewState.COMMENTED:
            last[each.author.id] = each
    return [each for each in last.values() if each.state is not ReviewState.DISMISSED]


def _void(review: Review, name: str, pull: Pull, hands: Involved) -> str:
    """Why an approval does not count, whoever it is by."""
    if review.sha != pull.head_sha:
        old, now = review.sha[:7], pull.head_sha[:7]
        return f"{name} approved {old}, and the last commit is {now}: what came after an approval wants a new one"
    part = hands.part(name, review.author)
    return f"the approval by {name} does not count, who {part}" if part else ""


def _unknown(hands: Involved) -> list[str]:
    return [
        f"{each.name} <{each.email}> of a commit has no account that the forge knows, and was told by name only"
        for each in hands.unknown
    ]


def _free(name: str, base: People, hands: Involved, approvers: Collection[str]) -> bool:
    """Whether that user could still approve."""
    github = base.users[name].github
    if github is None or name in approvers:
        return False
    return hands.part(name, Account(github.id, github.login)) is None


def _missing(unmet: Sequence[tuple[Need, int]], base: People) -> tuple[str, ...]:
    """What is still to be got, with a few of the reasons for each kind of it."""
    groups: dict[str, list[str]] = {}
    for need, short in unmet:
        groups.setdefault(need.right.words(base, short), []).append(need.reason)
    return tuple(
        f"{words} ({'; '.join(reasons[:_SHOWN])}{_rest(len(reasons))})" for words, reasons in groups.items()
    )


def _rest(count: int) -> str:
    return f"; and {count - _SHOWN} more" if count > _SHOWN else ""


def _all(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
