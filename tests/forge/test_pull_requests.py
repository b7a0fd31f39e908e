"""What both forges promise of pull requests."""

from __future__ import annotations

from itertools import pairwise

import pytest

from bot.forge.forge import MAX_BODY, MissingError, PullState, ReviewState
from bot.forge.local.merging import Method
from bot.forge.local.repository import address
from tests.forge.conftest import World


def test_a_pull_request_is_opened_once_whatever_is_repeated(world: World) -> None:
    world.mei.commit("request/1", {"a.yaml": "a"}, "Ask")
    first = world.pulls.open_pull("request/1", "main", "One", "body", labels=["dbspec"], reviewers=["omar"])
    again = world.pulls.open_pull("request/1", "main", "Two", "other", labels=["prod"], reviewers=["omar"])
    assert first.number == again.number
    assert (first.title, first.body, first.labels, first.reviewers) == ("One", "body", ("dbspec",), ("omar",))
    assert (again.title, again.body, again.labels, again.reviewers) == (
        "Two",
        "other",
        ("dbspec", "prod"),
        ("omar",),
    )
    assert [each.number for each in world.pulls.open_pulls("main")] == [first.number]
    assert again.author == world.pulls.me()


def test_who_has_answered_is_not_asked_again(world: World) -> None:
    world.mei.commit("x", {"a": "a"}, "Ask")
    pull = world.pulls.open_pull("x", "main", "One", "", reviewers=["omar", "acme/checkout"])
    assert pull.reviewers == ("omar", "acme/checkout")
    world.omar.review(pull.number)
    again = world.pulls.open_pull("x", "main", "One", "", reviewers=["omar", "dbspec[bot]"])
    assert again.reviewers == ("acme/checkout",)


def test_a_pull_request_tells_its_head_as_it_is_now_and_its_trial_merge_to_nobody(world: World) -> None:
    world.mei.commit("x", {"a": "1"}, "One")
    number = world.mei.open("x", "X").number
    head = world.mei.commit("x", {"a": "2"}, "Two")
    pull = world.pulls.pull(number)
    assert (pull.head_sha, pull.head_branch, pull.base_branch, pull.base_sha) == (
        head,
        "x",
        "main",
        world.main,
    )
    assert (pull.state, pull.merged_sha, pull.merged_at, pull.from_fork) == (
        PullState.OPEN,
        None,
        None,
        False,
    )
    forced = world.mei.force("x", {"a": "3"}, "Three")
    assert world.pulls.pull(number).head_sha == forced


def test_a_number_that_does_not_exist_is_missing(world: World) -> None:
    for ask in (world.pulls.pull, world.pulls.reviews, world.pulls.commits, world.pulls.comments):
        with pytest.raises(MissingError):
            ask(404)
    with pytest.raises(MissingError):
        world.pulls.pull_of("e" * 40, "main")
    with pytest.raises(MissingError):
        world.pulls.put_comment(404, "report", "text")


@pytest.mark.parametrize("method", list(Method))
def test_every_commit_that_a_merge_brings_leads_to_its_pull_request(world: World, method: Method) -> None:
    before = world.main
    world.mei.commit("x", {"a": "1"}, "One")
    world.omar.commit("x", {"b": "2"}, "Two")
    number = world.mei.open("x", "X").number
    direct = world.mei.commit("main", {"c": "3"}, "Directly")
    head = world.pulls.pull(number).head_sha
    merged = world.omar.merge(number, method)
    assert merged == world.main
    brought = world.local.repository.between(direct, merged, "--first-parent")
    assert len(brought) == (2 if method is Method.REBASE else 1)
    assert {world.pulls.pull_of(sha, "main").number for sha in brought} == {number}  # type: ignore[union-attr]
    assert world.pulls.pull_of(direct, "main") is None
    assert world.pulls.pull_of(before, "main") is None
    pull = world.pulls.pull(number)
    assert (pull.state, pull.merged_sha, pull.head_sha) == (PullState.MERGED, merged, head)
    assert pull.merged_at is not None
    assert world.pulls.open_pulls("main") == ()
    # What it was stays readable once its branch has gone.
    world.mei.delete_branch("x")
    assert [each.message for each in world.pulls.commits(number)] == ["One", "Two"]
    assert world.pulls.pull(number).head_sha == head


def test_a_commit_leads_to_the_pull_request_of_the_branch_that_is_asked_about(world: World) -> None:
    world.mei.commit("release", {"r": "r"}, "Branch off")
    world.mei.commit("x", {"a": "1"}, "One")
    number = world.mei.open("x", "X", base="release").number
    merged = world.mei.merge(number)
    found = world.pulls.pull_of(merged, "release")
    assert found is not None
    assert found.number == number
    assert world.pulls.pull_of(merged, "main") is None


def test_an_open_pull_request_did_not_bring_the_commits_that_it_holds(world: World) -> None:
    sha = world.mei.commit("x", {"a": "1"}, "One")
    world.mei.open("x", "X")
    assert world.pulls.pull_of(sha, "main") is None


def test_a_merge_queue_brings_each_pull_request_its_own_commit(world: World) -> None:
    numbers = []
    for name in ("x", "y", "z"):
        world.mei.commit(name, {name: name}, f"Write {name}")
        numbers.append(world.mei.open(name, name).number)
    groups = [world.omar.merging.enqueue(number, Method.SQUASH) for number in numbers]
    for before, after in pairwise(groups):
        assert world.local.repository.fields(after, "%P") == [before]
    # The second one's checks fail: the third is made anew without it.
    world.omar.merging.drop(numbers[1])
    landed = [world.omar.merging.land(numbers[0]), world.omar.merging.land(numbers[2])]
    assert landed[0] == groups[0]
    assert landed[1] == world.main != groups[2]
    found = [world.pulls.pull_of(sha, "main") for sha in landed]
    assert [each and each.number for each in found] == [numbers[0], numbers[2]]
    assert world.pulls.pull(numbers[1]).state is PullState.OPEN


def test_reviews_say_which_head_they_saw_oldest_first(world: World) -> None:
    first = world.mei.commit("x", {"a": "1"}, "One")
    number = world.mei.open("x", "X").number
    world.omar.review(number, ReviewState.CHANGES_REQUESTED)
    second = world.mei.commit("x", {"a": "2"}, "Two")
    world.omar.review(number)
    world.local.contributor("ida").review(number, ReviewState.COMMENTED)
    reviews = world.pulls.reviews(number)
    assert [(each.author.login, each.state, each.sha) for each in reviews] == [
        ("omar", ReviewState.CHANGES_REQUESTED, first),
        ("omar", ReviewState.APPROVED, second),
        ("ida", ReviewState.COMMENTED, second),
    ]
    assert [each.at for each in reviews] == sorted(each.at for each in reviews)
    world.mei.dismiss(number, world.omar.account)
    assert [each.state for each in world.pulls.reviews(number)] == [
        ReviewState.DISMISSED,
        ReviewState.DISMISSED,
        ReviewState.COMMENTED,
    ]


def test_commits_name_everybody_who_had_a_hand_in_them(world: World) -> None:
    ida = world.local.contributor("ida")
    world.mei.commit("x", {"a": "1"}, "One", co_authors=[world.omar, ida])
    world.omar.commit("x", {"b": "2"}, "Two")
    world.mei.commit("x", {"c": "3"}, "Three")
    commits = world.pulls.commits(world.mei.open("x", "X").number)
    assert [each.author.account for each in commits] == [
        world.mei.account,
        world.omar.account,
        world.mei.account,
    ]
    assert [each.account for each in commits[0].co_authors] == [world.omar.account, ida.account]
    assert commits[1].parents == (commits[0].sha,)
    assert commits[0].author.email == address(world.mei.account)
    assert commits[2].at.tzinfo is not None


def test_changed_paths_hold_both_names_of_what_moved(world: World) -> None:
    world.mei.commit(
        "x",
        {
            "specs/prod/orders.yaml": None,
            "specs/prod/shop/orders.yaml": "kind: mysql\n",
            "b.yaml": "b",
            "ü d.yaml": "d",
        },
        "Move",
    )
    pull = world.mei.open("x", "X")
    assert world.pulls.changed_paths(pull.number) == (
        "b.yaml",
        "specs/prod/orders.yaml",
        "specs/prod/shop/orders.yaml",
        "ü d.yaml",
    )


def test_a_forks_pull_request_is_known_as_such_and_never_taken_for_ours(world: World) -> None:
    fork = world.mei.open_from_fork("request/1", {"evil": "yes"}, "From outside")
    assert world.pulls.pull(fork.number).from_fork
    assert world.pulls.pulls_from("request/1") == ()
    world.omar.commit("request/1", {"a": "a"}, "Ask")
    ours = world.pulls.open_pull("request/1", "main", "Ours", "")
    assert ours.number != fork.number
    assert [each.number for each in world.pulls.pulls_from("request/1")] == [ours.number]
    assert [each.number for each in world.pulls.open_pulls("main")] == [ours.number, fork.number]


def test_pull_requests_of_a_branch_are_listed_in_every_state(world: World) -> None:
    numbers = []
    for text in ("1", "2", "3"):
        world.mei.commit("x", {"a": text}, text)
        numbers.append(world.mei.open("x", text).number)
        if text != "3":
            world.pulls.update_pull(numbers[-1], closed=True)
    found = world.pulls.pulls_from("x")
    assert [each.number for each in found] == numbers[::-1]
    assert [each.state for each in found] == [PullState.OPEN, PullState.CLOSED, PullState.CLOSED]
    assert world.pulls.update_pull(numbers[0], title="Renamed").title == "Renamed"


def test_our_comment_is_found_over_all_pages_and_by_its_author(world: World) -> None:
    world.mei.commit("x", {"a": "1"}, "One")
    number = world.mei.open("x", "X").number
    # Anybody can copy our marker, and one key can begin with another.
    world.mei.comment(number, "<!-- dbspec:report -->\nI am the report")
    world.stranger.pulls.put_comment(number, "report", "another tool's")
    for each in range(5):
        world.omar.comment(number, f"chatter {each}")
    longer = world.pulls.put_comment(number, "report/prod", "another key")
    first = world.pulls.put_comment(number, "report", "running")
    second = world.pulls.put_comment(number, "report", "done\n\n| a | b |\n")
    assert (first.id, second.body, second.key) == (second.id, "done\n\n| a | b |\n", "report")
    found = world.pulls.comments(number)
    assert len(found) == 9
    ours = [each for each in found if each.author == world.pulls.me()]
    assert [(each.id, each.key, each.body) for each in ours] == [
        (longer.id, "report/prod", "another key"),
        (first.id, "report", "done\n\n| a | b |\n"),
    ]
    assert found[0].body == "I am the report"


def test_a_comment_that_was_edited_or_deleted_by_hand_is_whole_again(world: World) -> None:
    world.mei.commit("x", {"a": "1"}, "One")
    number = world.mei.open("x", "X").number
    first = world.pulls.put_comment(number, "report", "text")
    world.mei.edit_comment(first.id, "<!-- dbspec:report -->\nnothing to see")
    assert world.pulls.put_comment(number, "report", "text") == first
    world.mei.edit_comment(first.id, "the marker is gone too")
    second = world.pulls.put_comment(number, "report", "text")
    assert second.id != first.id
    world.mei.delete_comment(second.id)
    third = world.pulls.put_comment(number, "report", "text")
    assert [each.id for each in world.pulls.comments(number) if each.key == "report"] == [third.id]


def test_a_text_too_long_is_refused_before_it_is_sent(world: World) -> None:
    world.mei.commit("x", {"a": "1"}, "One")
    number = world.mei.open("x", "X").number
    room = MAX_BODY - len("<!-- dbspec:report -->\n")
    world.pulls.put_comment(number, "report", "ü" * room)
    with pytest.raises(ValueError, match="more than 65536"):
        world.pulls.put_comment(number, "report", "ü" * (room + 1))
    with pytest.raises(ValueError, match="over 65536"):
        world.pulls.update_pull(number, body="x" * (MAX_BODY + 1))
    with pytest.raises(ValueError, match="cannot stand"):
        world.pulls.put_comment(number, "report -->", "text")
    assert world.pulls.comments(number)[0].body == "ü" * room
