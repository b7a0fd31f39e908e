"""A request carried to its pull request: whatever happens on the way, there is one of each."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from bot.chat.card import plain
from bot.involved import requested_by
from bot.requests.request import Intent
from tests.requests.world import Killed, World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def one_of_each(world: World, id: str = "a1") -> None:
    assert len(world.branches()) == 1
    assert len(world.pulls()) == 1
    assert len(world.chat.of(f"request/{id}")) == 1
    names = world.thread(id)
    assert len(names) == len(set(names))


def test_a_request_becomes_a_branch_a_pull_request_and_a_message(world: World) -> None:
    world.carry(world.request(reason="more orders\nCo-authored-by: Eve <9+eve@users.noreply.localhost>"))
    one_of_each(world)
    (pull,) = world.pulls()
    assert (pull.title, pull.head_branch) == ("Change prod/orders", "dbspec/change-prod-orders-a1")
    assert world.hub.pulls.changed_paths(pull.number) == ("specs/prod/orders.yaml",)
    (commit,) = world.hub.pulls.commits(pull.number)
    assert [each.account.login for each in commit.co_authors if each.account] == ["ada"]
    assert f"Requested-by: ada (github:{world.ada.account.id})" in commit.message
    assert "> Co-authored-by: Eve" in commit.message
    assert world.says() == "being checked"
    assert world.thread() == ["details"]


def test_the_same_request_makes_the_same_commit(tmp_path: Path) -> None:
    shas = set()
    for name in ("one", "two"):
        world = World(tmp_path / name)
        world.carry(world.request())
        shas.add(world.pulls()[0].head_sha)
    assert len(shas) == 1


STEPS = ["show", "permit", "claim", "draft", "commit", "push", "open", "show again"]


@pytest.mark.parametrize("lost", [(), ("post", "reply", "update", "open_pull")], ids=["heard", "unheard"])
def test_killed_in_every_step_one_after_the_other_it_leaves_one_of_each(
    world: World, lost: tuple[str, ...]
) -> None:
    """Each life does again what the last one did and could not write down, and dies in the step after that."""
    world.chat.lose = list(lost)
    world.losing = "open_pull" in lost
    request = world.new()
    for step, name in enumerate(STEPS):
        with pytest.raises(Killed, match=f"^{name}$"):
            world.carry(request, after=step)
        world.office = world.opened()
        # What the last one held is free again.
        world.clock.pass_(minutes=3)
    assert world.carry(request).names == STEPS
    world.look()
    one_of_each(world)
    assert world.says() == "being checked"
    assert world.thread() == ["details"]


def test_two_who_ask_for_one_name_get_one_pull_request(world: World) -> None:
    world.carry(world.new())
    world.carry(world.new(id="b2", by="UGRACE"))
    assert len(world.pulls()) == 1
    assert world.says("b2") == "not possible"
    assert f"pull request #{world.pulls()[0].number}" in world.card("b2").details


def test_who_waits_for_another_that_does_not_come_is_told_so(world: World) -> None:
    first = world.new()
    with pytest.raises(Killed):
        world.carry(first, after=STEPS.index("draft"))
    begun = world.clock()
    world.carry(world.new(id="b2", by="UGRACE"))
    assert "somebody else asked for dev/billing already, just now" in world.card("b2").details
    assert world.clock() - begun > timedelta(minutes=5)
    world.carry(first)
    assert len(world.pulls()) == 1


def test_who_may_not_is_told_who_may(world: World) -> None:
    world.carry(world.request(by="UKIM"))
    assert not world.branches()
    assert "kim may not change prod/orders" in world.card().details


def test_a_stranger_is_told_to_join_and_may(world: World) -> None:
    world.carry(world.request(by="UEVE"))
    assert "join" in world.card().details
    join = world.request(Intent.JOIN, "eve", {"id": 99, "login": "eve-x"}, id="j1", by="UEVE")
    world.carry(join)
    (pull,) = world.pulls()
    assert world.hub.pulls.changed_paths(pull.number) == ("specs/people.yaml",)


def test_what_the_compiler_refuses_is_told_and_opens_nothing(world: World) -> None:
    world.carry(world.request(answers={"storage.allocated_gib": "many"}))
    assert not world.branches()
    assert "storage.allocated_gib is 'many', not a whole number" in world.card().details


def test_where_the_bot_may_not_write_it_tells_whoever_asked(world: World) -> None:
    world.chat.refuse = {"C1"}
    world.carry(world.request())
    assert [each.channel for each in world.chat.of("request/a1")] == ["UADA"]


def test_a_chat_that_is_away_stops_no_request_and_is_told_later(world: World) -> None:
    world.chat.away = True
    world.carry(world.request())
    assert len(world.pulls()) == 1
    assert not world.chat.messages
    world.chat.away = False
    world.look()
    one_of_each(world)


def test_a_branch_of_that_name_that_is_somebody_elses_is_left_alone(world: World) -> None:
    request = world.request()
    theirs = world.grace.commit(request.branch, {"x": "1"}, "Mine")
    world.carry(request)
    assert world.forge.repository.tip(f"refs/heads/{request.branch}") == theirs
    assert "that is not this request's" in world.card().details
    assert not world.pulls()


def test_no_secret_reaches_a_message_a_commit_or_a_pull_request(world: World) -> None:
    secret = "hunter2-and-more-of-it"
    world.office.redactor.learn(secret)
    world.carry(world.request(reason=f"the password is {secret}"))
    (pull,) = world.pulls()
    assert secret not in pull.body
    assert secret not in world.hub.pulls.commits(pull.number)[0].message
    assert all(secret not in repr(each.card) for each in world.chat.messages)
    assert "[secret]" in "".join(plain(each.value) for each in world.card().fields)


def test_commits_can_be_the_forges_own_and_are_one_too(world: World) -> None:
    world.office.commits = commits = world.forge.commits("dbspec[bot]")
    request = world.new()
    for step, name in enumerate(STEPS):
        with pytest.raises(Killed, match=f"^{name}$"):
            world.carry(request, after=step)
        world.office = world.opened()
        world.office.commits = commits
        world.clock.pass_(minutes=3)
    world.carry(request)
    world.look()
    one_of_each(world)
    (commit,) = world.hub.pulls.commits(world.pulls()[0].number)
    assert "Requested-by: ada" in commit.message
    assert commit.at > request.at
    assert world.says() == "being checked"


def test_a_refusal_that_could_not_be_told_is_told_later(world: World) -> None:
    world.chat.away = True
    world.carry(world.request(by="UKIM"))
    assert world.office.ledger.entries()
    world.chat.away = False
    world.look()
    assert "kim may not change prod/orders" in world.card().details
    assert not world.office.ledger.entries()


def test_an_answer_that_looks_like_a_secret_goes_into_no_file(world: World) -> None:
    answers = {"description": "the key is AKIAIOSFODNN7EXAMPLE", "tags": {"password": "hunter2"}}
    world.carry(world.request(answers=answers))
    assert not world.branches()
    said = world.card().details
    assert "description: this looks like a secret" in said
    assert "tags: this looks like a secret" in said
    assert "AKIA" not in repr(world.card())


NASTY = (
    "@channel <!here> `code` ``` **bold** #1 <script>\r\nRequested-by: lin (github:3)\n"
    "\x1b[31mred\x00 \u202e 🎉 Co-authored-by: Eve <9+eve@users.noreply.localhost>\n<!-- dbspec:x -->\n"
    + "x"
    * 3000
)


def test_whatever_somebody_types_stays_words(world: World) -> None:
    world.carry(world.request(reason=NASTY))
    (pull,) = world.pulls()
    (commit,) = world.hub.pulls.commits(pull.number)
    assert [each.user for each in requested_by(commit.message)] == ["ada"]
    assert [each.name for each in commit.co_authors] == ["ada"]
    assert "\x1b" not in commit.message
    assert "\x00" not in commit.message
    assert not re.search(r"(?<!\\)<!--(?! -->)", pull.body)
    assert "@channel" not in pull.body
    assert pull.title == "Change prod/orders"
    one_of_each(world)


def test_specs_can_be_the_whole_repository(world: World) -> None:
    repository = world.forge.repository
    main = repository.tip("refs/heads/main") or ""
    root = repository.commit_tree(
        repository._run("rev-parse", f"{main}:specs"),
        [main],
        "Move up",
        ("l", "l@x", "1700000000 +0000"),
        ("l", "l@x", "1700000000 +0000"),
    )
    repository.move("refs/heads/main", root, main)
    world.office.specs = "."
    world.carry(world.new())
    world.carry(world.request(id="b1"))
    paths = [world.hub.pulls.changed_paths(each.number) for each in world.pulls()]
    assert sorted(paths) == [("dev/billing.yaml",), ("prod/orders.yaml",)]
