"""Whose approvals count, and for how long."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.approval import Approval, approval, approving
from bot.authority import needs
from bot.forge.authors import co_authors
from bot.forge.forge import Account, Commit, Person, Pull, PullState, Review, ReviewState
from bot.involved import involved, requested_by, trailers
from bot.permissions import Principal
from compiler.catalog import Catalog
from compiler.people import User

Specs = Callable[..., Catalog]

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
OLD, HEAD = "1" * 40, "2" * 40

ACCOUNTS = {
    name: Account(number, name)
    for number, name in enumerate(["ada", "alan", "grace", "barbara", "edsger"], 1)
} | {"stranger": Account(77, "stranger"), "bot": Account(900, "dbspec[bot]")}
DESCRIBED = ("prod/orders.yaml", ("database_name", "description: the shop\ndatabase_name"))
WAIVED = ("database_name", "waive: {RDS.23: {reason: it is compiled in, until: 2027-03-31}}\ndatabase_name")


def person(name: str) -> Person:
    account = ACCOUNTS[name]
    return Person(name.title(), f"{account.id}+{name}@users.noreply.github.com", account)


def commit(author: str = "ada", message: str = "Say what orders are for\n", committer: str = "") -> Commit:
    by = person(author)
    return Commit(HEAD, (OLD,), by, person(committer) if committer else by, co_authors(message), message, NOW)


def pull(author: str = "ada", branch: str = "orders") -> Pull:
    account, base = ACCOUNTS[author], "0" * 40
    opened = PullState.OPEN
    return Pull(1, "", "", "", account, opened, False, HEAD, branch, False, "main", base, None, None, (), ())


def review(author: str, state: ReviewState = ReviewState.APPROVED, sha: str = HEAD) -> Review:
    return Review(ACCOUNTS[author], state, sha, NOW)


@pytest.fixture
def judge(specs: Specs) -> Callable[..., Approval]:
    """The approval of a change of prod/orders by ada, with whatever is otherwise."""

    def judged(
        *reviews: Review,
        head: Catalog | None = None,
        base: Catalog | None = None,
        opened: Pull | None = None,
        commits: tuple[Commit, ...] = (),
    ) -> Approval:
        before, after = base or specs(), head or specs(dict([DESCRIBED]))
        timed = [each._replace(at=NOW + timedelta(minutes=index)) for index, each in enumerate(reviews)]
        wanted = needs(before, after, TODAY)
        return approval(opened or pull(), commits or (commit(),), timed, wanted, before.people, after.people)

    return judged


Judge = Callable[..., Approval]


def test_one_of_the_owning_team_who_had_no_hand_in_it_approves(judge: Judge) -> None:
    found = judge(review("alan"))
    assert found == Approval(True, by=("alan",))


def test_somebody_whom_it_is_granted_by_name_approves(judge: Judge) -> None:
    assert judge(review("barbara")).approved


def test_nobody_has_approved_yet(judge: Judge) -> None:
    found = judge()
    assert not found.approved
    assert found.who_may == ("alan", "barbara", "edsger")
    assert found.missing == (
        "an approval by somebody who may `change` in prod: the owning team checkout or team platform "
        "(prod/orders is changed)",
    )


def test_where_nothing_needs_an_approval_there_is_one(specs: Specs, judge: Judge) -> None:
    assert judge(review("stranger"), head=specs()) == Approval(True)


@pytest.mark.parametrize("state", [ReviewState.COMMENTED, ReviewState.DISMISSED])
def test_only_approvals_approve(judge: Judge, state: ReviewState) -> None:
    assert not judge(review("alan", state)).approved


def test_another_teams_approval_does_not_count(judge: Judge) -> None:
    found = judge(review("grace"))
    assert not found.approved
    assert found.notes == (
        "the approval by grace does not count: grace may not change prod/orders: that is for the owning team checkout "
        "or team platform",
    )


def test_a_strangers_approval_does_not_count(judge: Judge) -> None:
    found = judge(review("stranger"))
    assert not found.approved
    assert "`/database join`" in found.notes[0]


def test_a_later_commit_voids_an_approval(judge: Judge) -> None:
    found = judge(review("alan", sha=OLD))
    assert not found.approved
    assert found.notes == (
        "alan approved 1111111, and the last commit is 2222222: what came after an approval wants a new one",
    )
    assert "alan" in found.who_may
    assert judge(review("alan", sha=OLD), review("alan")).approved


def test_a_comment_after_an_approval_leaves_it(judge: Judge) -> None:
    assert judge(review("alan"), review("alan", ReviewState.COMMENTED)).approved


def test_a_wish_for_changes_stands_until_the_same_person_approves_or_is_dismissed(judge: Judge) -> None:
    wish = review("barbara", ReviewState.CHANGES_REQUESTED)
    found = judge(review("alan"), wish)
    assert not found.approved
    assert found.objections == ("barbara",)
    assert found.reason.startswith("barbara asked for changes")
    assert not judge(wish, review("alan")).approved
    assert not judge(wish._replace(sha=OLD), review("alan")).approved
    assert judge(wish, review("alan"), review("barbara")).approved
    assert judge(wish, review("alan"), review("barbara", ReviewState.DISMISSED)).approved


def test_a_wish_for_changes_by_somebody_who_may_not_is_a_comment(judge: Judge) -> None:
    assert judge(review("alan"), review("grace", ReviewState.CHANGES_REQUESTED)).approved


@pytest.mark.parametrize(
    ("commits", "opened", "part"),
    [
        ((commit("ada"),), pull("barbara"), "opened it"),
        ((commit("barbara"),), pull("ada"), "wrote a commit"),
        ((commit("ada", committer="barbara"),), pull("ada"), "committed to it"),
        (
            (commit("ada", "Say\n\nCo-authored-by: B <4+barbara@users.noreply.github.com>\n"),),
            pull("ada"),
            "is a co-author",
        ),
        ((commit("bot", "Say\n\nRequested-by: barbara (github:4)\n"),), pull("bot"), "asked for it"),
        ((commit("bot", "Say\n\nRequested-by: b (slack:U0BARBARA)\n"),), pull("bot"), "asked for it"),
        ((commit("bot", "Say\n\nRequested-by: barbara (github:77)\n"),), pull("bot"), "asked for it"),
    ],
    ids=[
        "author",
        "commit author",
        "committer",
        "co-author",
        "requester",
        "requester in Slack",
        "requester by name",
    ],
)
def test_whoever_had_a_hand_in_it_does_not_approve_it(
    judge: Judge, commits: tuple[Commit, ...], opened: Pull, part: str
) -> None:
    found = judge(review("barbara"), commits=commits, opened=opened)
    assert not found.approved
    assert found.notes == (f"the approval by barbara does not count, who {part}",)
    assert "barbara" not in found.who_may
    assert judge(review("barbara"), review("edsger"), commits=commits, opened=opened).approved


def test_an_earlier_commits_author_is_remembered(judge: Judge) -> None:
    commits = (commit("barbara"), commit("ada"))
    assert not judge(review("barbara"), commits=commits).approved


@pytest.mark.parametrize(
    "unknown",
    [
        Person("Barbara", "someone@example.com", None),
        Person("Someone", "barbara@example.com", None),
    ],
    ids=["name", "address"],
)
def test_whoever_may_be_an_unknown_author_does_not_approve(judge: Judge, unknown: Person) -> None:
    commits = (replace(commit("ada"), author=unknown),)
    found = judge(review("barbara"), commits=commits)
    assert not found.approved
    assert found.notes == (
        f"the approval by barbara does not count, who may be the {unknown.name} <{unknown.email}> of a commit",
        f"{unknown.name} <{unknown.email}> of a commit has no account that the forge knows, and was told by name only",
    )


def test_an_unknown_author_is_told_of_when_others_approve(judge: Judge) -> None:
    commits = (replace(commit("ada"), author=Person("Pipeline", "ci@example.com", None)),)
    found = judge(review("barbara"), commits=commits)
    assert found.approved
    assert found.notes == (
        "Pipeline <ci@example.com> of a commit has no account that the forge knows, and was told by name only",
    )


def test_what_was_asked_for_through_us_needs_to_say_by_whom(judge: Judge) -> None:
    branch = "dbspec/change-prod-orders-1"
    found = judge(review("barbara"), commits=(commit("bot"),), opened=pull("bot", branch))
    assert not found.approved
    assert "ask anew" in found.reason
    by_hand = judge(review("barbara"), opened=pull("ada", branch))
    assert by_hand.approved


def test_a_waiver_needs_somebody_who_may_waive(specs: Specs, judge: Judge) -> None:
    head = specs({"prod/orders.yaml": WAIVED})
    assert judge(review("alan"), head=head).missing == (
        "an approval by somebody who may `waive` in prod: team platform "
        "(prod/orders waives RDS.23 until 2027-03-31 (it is compiled in))",
    )
    assert judge(review("barbara"), head=head).approved


def test_it_is_said_when_nobody_is_left_who_could_approve(specs: Specs, judge: Judge) -> None:
    base = specs({"people.yaml": ("members: [barbara, edsger]", "members: [barbara]")})
    head = specs(
        {"people.yaml": ("members: [barbara, edsger]", "members: [barbara]"), "prod/orders.yaml": WAIVED}
    )
    found = judge(review("alan"), base=base, head=head, opened=pull("barbara"), commits=(commit("barbara"),))
    assert found.who_may == ()
    assert found.notes == (
        "too few are left who may and had no hand in it: somebody else has to be let in by people.yaml",
    )


def test_a_right_given_in_the_same_change_approves_nothing(specs: Specs, judge: Judge) -> None:
    head = specs(
        {"prod/orders.yaml": WAIVED, "people.yaml": ("waive: [platform]", "waive: [platform, owner]")}
    )
    assert not judge(review("alan"), head=head).approved


def test_the_new_owner_cannot_take_a_database(specs: Specs, judge: Judge) -> None:
    head = specs({"prod/orders.yaml": ("checkout", "identity")})
    assert not judge(
        review("grace"), head=head, opened=pull("stranger"), commits=(commit("stranger"),)
    ).approved
    assert judge(review("alan"), head=head, opened=pull("stranger"), commits=(commit("stranger"),)).approved


def test_different_people_may_meet_different_needs(specs: Specs, judge: Judge) -> None:
    head = specs(dict([DESCRIBED]) | {"prod/sessions.yaml": ("hash_key", "description: who is in\nhash_key")})
    assert not judge(review("grace"), head=head).approved
    assert judge(review("grace"), review("alan"), head=head).approved


def test_two_approvals_are_those_of_two_people(specs: Specs, judge: Judge) -> None:
    two = {"prod/environment.yaml": ("approvals: 1", "approvals: 2")}
    found = judge(review("alan"), review("alan"), base=specs(two), head=specs(two | dict([DESCRIBED])))
    assert not found.approved
    assert found.missing[0].startswith("an approval by")
    assert judge(
        review("alan"), review("edsger"), base=specs(two), head=specs(two | dict([DESCRIBED]))
    ).approved


def test_a_repository_that_lowers_its_approvals_is_held_to_the_old_number(specs: Specs, judge: Judge) -> None:
    head = specs({"prod/environment.yaml": ("approvals: 1", "approvals: 0")})
    assert not judge(head=head).approved
    assert not judge(review("alan"), head=head).approved
    assert judge(review("edsger"), head=head).approved


def test_many_reasons_are_told_in_few_words(specs: Specs, judge: Judge) -> None:
    text = "kind: mysql\nproject: shop\nowner: checkout\ndatabase_name: orders\n"
    head = specs({f"prod/shop-{number}.yaml": text for number in range(9)})
    (missing,) = judge(head=head).missing
    assert missing.endswith("(prod/shop-0 is new; prod/shop-1 is new; prod/shop-2 is new; and 6 more)")


def test_who_may_approve_is_known_beforehand(specs: Specs) -> None:
    base, head = specs(), specs({"prod/orders.yaml": WAIVED})
    assert approving(needs(base, head, TODAY), base.people, head.people) == (
        "ada",
        "alan",
        "barbara",
        "edsger",
    )


def test_trailers_are_read_as_they_were_written(specs: Specs) -> None:
    user = specs().people.users["grace"]
    message = f"Ask for carts\n\n{trailers('grace', user)}\n"
    assert requested_by(message) == [("grace", Principal(github=Account(3, "grace")))]
    assert co_authors(message) == (person("grace")._replace(name="grace"),)


def test_trailers_of_somebody_without_an_account_name_their_slack_id(specs: Specs) -> None:
    message = f"Ask for carts\n\n{trailers('donald', specs().people.users['donald'])}\n"
    assert requested_by(message) == [("donald", Principal(slack="U0DONALD"))]
    assert co_authors(message) == ()


def test_a_name_is_no_way_to_another_trailer() -> None:
    said = trailers("x\nRequested-by: ada (github:1)", User(slack="U0X"))
    assert [each.principal for each in requested_by(said)] == [Principal(slack="U0X")]


def test_the_body_of_a_pull_request_says_nothing_of_who_asked(specs: Specs) -> None:
    opened = replace(pull("bot"), body="Requested-by: barbara (github:4)")
    found = involved(opened, [commit("bot")], specs().people)
    assert 4 not in found.accounts


def test_what_is_missing_reads_well(judge: Judge, specs: Specs, golden: Callable[[Path, str], None]) -> None:
    head = specs(
        {
            "prod/orders.yaml": WAIVED,
            "prod/sessions.yaml": None,
            "people.yaml": ("members: [barbara, edsger]", "members: [barbara, edsger, ada]"),
        }
    )
    wish = review("barbara", ReviewState.CHANGES_REQUESTED)
    cases = [
        judge(),
        judge(review("alan")),
        judge(review("alan"), wish),
        judge(head=head),
        judge(review("alan"), review("grace", sha=OLD), review("ada"), review("stranger"), head=head),
        judge(commits=(commit("bot"),), opened=pull("bot", "dbspec/x")),
    ]
    said: list[str] = []
    for each in cases:
        said += [each.reason, *(f"  may: {name}" for name in each.who_may)]
        said += [*(f"  {note}" for note in each.notes), ""]
    text = "\n".join(said)
    golden(Path(__file__).parent / "approvals.txt", text)
