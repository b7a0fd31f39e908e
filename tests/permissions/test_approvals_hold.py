"""What must hold of every approval, whoever reviewed, pushed and asked, in any order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.approval import approval
from bot.authority import needs
from bot.forge.authors import co_authors
from bot.forge.forge import Account, Commit, Person, Pull, PullState, Review, ReviewState
from compiler.catalog import Catalog

Specs = Callable[..., Catalog]

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
OLD, HEAD = "1" * 40, "2" * 40
NAMES = ["ada", "alan", "grace", "barbara", "edsger", "stranger"]
ACCOUNTS = {name: Account(number, name) for number, name in enumerate(NAMES, 1)}
# Who may approve what the cases change, by hand.
MAY = {
    "prod/orders.yaml": {"ada", "alan", "barbara", "edsger"},
    "prod/environment.yaml": {"barbara", "edsger"},
}
CHANGES = {
    "prod/orders.yaml": ("database_name", "description: the shop\ndatabase_name"),
    "prod/environment.yaml": ("approvals: 1", "approvals: 1\ntags: {Team: shop}"),
}

names = st.sampled_from(NAMES)
reviews = st.lists(
    st.builds(
        lambda name, state, sha: Review(ACCOUNTS[name], state, sha, NOW),
        names,
        # Approvals of the head often enough that some changes are approved.
        st.sampled_from([*[ReviewState.APPROVED] * 6, *ReviewState]),
        st.sampled_from([OLD, *[HEAD] * 5]),
    ),
    max_size=8,
)
commits = st.lists(
    st.tuples(names, names, st.lists(names, max_size=1), st.lists(names, max_size=1)), max_size=3
)


def _person(name: str) -> Person:
    return Person(name, f"{ACCOUNTS[name].id}+{name}@users.noreply.github.com", ACCOUNTS[name])


def _commit(author: str, committer: str, authors: list[str], requesters: list[str]) -> Commit:
    lines = [f"Co-authored-by: {name} <{_person(name).email}>" for name in authors]
    lines += [f"Requested-by: {name} (github:{ACCOUNTS[name].id})" for name in requesters]
    message = "\n".join(["Change it", "", *lines])
    return Commit(HEAD, (), _person(author), _person(committer), co_authors(message), message, NOW)


@given(
    author=names,
    made=commits,
    said=reviews,
    changed=st.lists(st.sampled_from(list(CHANGES)), min_size=1, unique=True),
    count=st.integers(1, 2),
)
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_takes_enough_who_may_saw_the_last_commit_and_had_no_hand_in_it(
    specs: Specs,
    author: str,
    made: list[tuple[str, str, list[str], list[str]]],
    said: list[Review],
    changed: list[str],
    count: int,
) -> None:
    number = ("approvals: 1", f"approvals: {count}")
    before = specs({"prod/environment.yaml": number})
    environment = (
        CHANGES["prod/environment.yaml"][1] if "prod/environment.yaml" in changed else "approvals: 1"
    )
    after = specs(
        {path: CHANGES[path] for path in changed}
        | {"prod/environment.yaml": ("approvals: 1", environment.replace("approvals: 1", number[1]))}
    )
    pull = Pull(
        1,
        "",
        "",
        "",
        ACCOUNTS[author],
        PullState.OPEN,
        False,
        HEAD,
        "x",
        False,
        "main",
        OLD,
        None,
        None,
        (),
        (),
    )
    wanted = needs(before, after, date(2026, 11, 23))
    found = approval(pull, [_commit(*each) for each in made], said, wanted, before.people, after.people)

    hands = {author} | {name for one, other, more, rest in made for name in (one, other, *more, *rest)}
    last = {each.author.login: each for each in said if each.state is not ReviewState.COMMENTED}
    approving = {
        name
        for name, each in last.items()
        if each.state is ReviewState.APPROVED and each.sha == HEAD and name not in hands
    }
    against = {name for name, each in last.items() if each.state is ReviewState.CHANGES_REQUESTED}
    enough = all(len(approving & MAY[path]) >= count for path in changed)
    assert found.approved is (enough and not any(against & MAY[path] for path in changed))
    assert set(found.by) <= approving
    assert not set(found.who_may) & (hands | approving)
    assert found.approved or found.missing or found.objections
