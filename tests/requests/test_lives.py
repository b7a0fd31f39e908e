"""The life of a request after its pull request is open: its message says what is, whoever did it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.chat.card import Mention, plain
from bot.forge.forge import DeploymentState, ReviewState
from bot.requests.request import Intent
from compiler.changes import Known, PropertyChange, Side
from compiler.diagnostics import Diagnostic, Place
from compiler.report import Ending, Failure, Outcome, Pending, Phase, Report
from tests.requests.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def open_(world: World) -> World:
    """With a request whose pull request is open and checked."""
    world.carry(world.request())
    world.check(world.pulls()[0])
    world.look()
    return world


def report(ending: Ending, **more: object) -> Report:
    failures = tuple(more.pop("failures", ()))  # type: ignore[arg-type]
    return Report("prod.orders", Phase.APPLY, Outcome(ending, failures), **more)  # type: ignore[arg-type]


def mentioned(world: World, name: str) -> set[str]:
    """Who is notified by that one of the thread."""
    (message,) = [each for each in world.chat.messages if each.key.startswith(f"request/a1/{name}")]
    return {part.user for line in message.card.lines for part in line if isinstance(part, Mention)}


def test_from_review_to_the_endpoint(open_: World) -> None:
    world = open_
    (pull,) = world.pulls()
    assert world.says() == "checked; it waits to be approved"
    assert plain(world.card().lines[1]) == "next: one of grace or lin: review the pull request"
    assert mentioned(world, "review") == {"UGRACE", "ULIN"}
    world.grace.review(pull.number)
    world.look()
    assert world.says() == "approved by grace; it waits to be merged"
    assert mentioned(world, "merge") == {"UADA"}
    assert plain(world.card().lines[1]) == "next: ada: merge the pull request; merging applies just this"
    sha = world.grace.merge(pull.number)
    world.look()
    assert world.says() == "merged; it waits to be applied"
    world.hub.checks.put_deployment(sha, "prod", DeploymentState.RUNNING)
    world.look()
    assert world.says() == "merged; being applied"
    world.apply(sha, report(Ending.APPLIED, outputs={"endpoint": Side(Known.KNOWN, "orders.example:3307")}))
    world.look()
    assert world.says() == "applied"
    assert {each.name: plain(each.value) for each in world.card().fields}["endpoint"] == "orders.example:3307"
    assert not world.office.ledger.entries()
    assert len(world.chat.of("request/a1")) == 1


def test_nothing_is_said_where_nothing_has_changed(open_: World) -> None:
    said = [(each.key, each.card) for each in open_.chat.messages]
    for _ in range(3):
        open_.look()
    assert [(each.key, each.card) for each in open_.chat.messages] == said


def test_a_check_that_fails_says_what_is_wrong_and_calls_whoever_asked(world: World) -> None:
    world.carry(world.request())
    wrong = Diagnostic(
        "spec/x", "there is no class db.t9", "write another", Place("specs/prod/orders.yaml", 3, 1)
    )
    world.check(world.pulls()[0], diagnostics=(wrong,))
    world.look()
    assert "there is no class db.t9" in world.card().details
    assert mentioned(world, "wrong") == {"UADA"}


def test_changes_that_are_asked_for_call_whoever_asked(open_: World) -> None:
    open_.grace.review(open_.pulls()[0].number, ReviewState.CHANGES_REQUESTED)
    open_.look()
    assert open_.says() == "grace asked for changes"
    assert mentioned(open_, "objected") == {"UADA"}


def test_an_apply_that_fails_is_told_in_its_own_words_and_can_be_retried(open_: World) -> None:
    sha = open_.grace.merge(open_.pulls()[0].number)
    said = "InvalidParameterCombination: RDS does not support db.r6g.xlarge"
    open_.apply(sha, report(Ending.FAILED, failures=[Failure(said, "instance")]))
    open_.look()
    assert said in open_.card().details
    assert [each.action for each in open_.card().buttons] == ["retry"]
    assert mentioned(open_, "failed") == {"UADA"}
    open_.apply(sha, report(Ending.APPLIED))
    open_.look()
    assert open_.says() == "applied"
    assert not open_.card().buttons


def test_what_takes_hold_in_a_window_stays_open_until_it_did(open_: World) -> None:
    sha = open_.grace.merge(open_.pulls()[0].number)
    change = PropertyChange(("instance_class",), Side(Known.KNOWN, "a"), Side(Known.KNOWN, "b"))
    waits = Pending("instance", "aws:rds:Instance", change, "in the window on Sunday")
    open_.apply(sha, report(Ending.APPLIED, pending=(waits,)))
    open_.look()
    assert open_.says() == "applied; the rest takes hold in the window on Sunday"
    assert open_.office.ledger.entries()
    later = open_.lin.commit("main", {"README.md": "."}, "Something else")
    open_.apply(later, report(Ending.UNCHANGED))
    open_.look()
    assert open_.says() == "applied"
    assert not open_.office.ledger.entries()


def test_what_took_hold_is_known_from_whoever_looks_for_drift(open_: World) -> None:
    sha = open_.grace.merge(open_.pulls()[0].number)
    change = PropertyChange(("instance_class",), Side(Known.KNOWN, "a"), Side(Known.KNOWN, "b"))
    waits = Pending("instance", "aws:rds:Instance", change, "in the window on Sunday")
    # What was seen before the apply says nothing of it.
    open_.drift(sha, report(Ending.UNCHANGED))
    open_.apply(sha, report(Ending.APPLIED, pending=(waits,)))
    open_.look()
    assert open_.says() == "applied; the rest takes hold in the window on Sunday"
    later = open_.lin.commit("main", {"README.md": "."}, "Something else")
    open_.drift(later, report(Ending.UNCHANGED, pending=(waits,)))
    open_.look()
    assert open_.says() == "applied; the rest takes hold in the window on Sunday"
    open_.clock.pass_(days=1)
    open_.drift(later, report(Ending.UNCHANGED))
    open_.look()
    assert open_.says() == "applied"


@pytest.mark.parametrize(
    ("ending", "says"),
    [
        (Ending.HELD, "merged; applies leave it alone"),
        (Ending.SKIPPED, "merged; it waits for another stack"),
        (Ending.REFUSED, "merged, and not applied"),
        (Ending.INTERRUPTED, "applying it was interrupted"),
    ],
)
def test_what_was_merged_and_not_applied_stays_open(open_: World, ending: Ending, says: str) -> None:
    sha = open_.grace.merge(open_.pulls()[0].number)
    open_.apply(sha, report(ending))
    open_.look()
    assert open_.says() == says
    assert open_.office.ledger.entries()


def test_closed_and_opened_again(open_: World) -> None:
    number = open_.pulls()[0].number
    open_.grace.close(number)
    open_.look()
    assert open_.says() == "closed without being merged"
    assert not open_.office.ledger.entries()
    open_.hub.pulls.update_pull(number, closed=False)
    open_.look()
    open_.look()
    assert open_.says() == "checked; it waits to be approved"
    assert len(open_.chat.of("request/a1")) == 1


def test_edited_by_hand_in_its_pull_request(open_: World) -> None:
    (pull,) = open_.pulls()
    theirs = open_.grace.commit(pull.head_branch, {"specs/prod/orders.yaml": "kind: mysql\n"}, "Better")
    open_.look()
    assert open_.says() == "being checked"
    assert "changed the pull request by hand" in plain(open_.card().lines[1])
    open_.lin.commit("main", {"specs/dev/other.yaml": "x: 1\n"}, "Elsewhere")
    open_.look()
    assert open_.forge.repository.tip(f"refs/heads/{pull.head_branch}") == theirs


def test_its_branch_removed(open_: World) -> None:
    open_.grace.delete_branch(open_.pulls()[0].head_branch)
    open_.look()
    assert open_.says() == "its branch was removed"
    assert mentioned(open_, "branchless") == {"UADA"}


def test_main_moves_on_around_it_and_it_moves_along(open_: World) -> None:
    (before,) = open_.pulls()
    open_.lin.commit("main", {"specs/dev/other.yaml": "kind: mysql\n"}, "Elsewhere")
    open_.look()
    (after,) = open_.pulls()
    assert after.head_sha != before.head_sha
    (commit,) = open_.hub.pulls.commits(after.number)
    assert commit.parents == (open_.forge.repository.tip("refs/heads/main"),)
    assert open_.hub.pulls.changed_paths(after.number) == ("specs/prod/orders.yaml",)
    assert open_.says() == "being checked"
    assert len(open_.lines_of("by hand")) == 0


def test_what_somebody_approved_stays_as_they_saw_it(open_: World) -> None:
    (before,) = open_.pulls()
    open_.grace.review(before.number)
    open_.lin.commit("main", {"specs/dev/other.yaml": "kind: mysql\n"}, "Elsewhere")
    open_.look()
    assert open_.pulls()[0].head_sha == before.head_sha


def test_a_move_that_was_killed_is_known_for_ours(open_: World) -> None:
    open_.lin.commit("main", {"specs/dev/other.yaml": "kind: mysql\n"}, "Elsewhere")
    (entry,) = open_.office.ledger.entries()
    open_.look()
    # As if the process had died between the push and the note of it.
    open_.office.ledger.note("a1", sha=entry.sha, base=entry.base)
    open_.look()
    assert open_.says() == "being checked"
    assert not open_.lines_of("by hand")


def test_main_changes_the_same_file_and_it_is_explained(open_: World) -> None:
    (before,) = open_.pulls()
    open_.lin.commit("main", {"specs/prod/orders.yaml": "kind: mysql\n"}, "Quicker")
    open_.look()
    assert open_.says() == "main has changed the same file"
    assert open_.pulls()[0].head_sha == before.head_sha


def test_a_message_that_was_deleted_stays_deleted(open_: World) -> None:
    open_.chat.of("request/a1")[0].deleted = True
    open_.grace.review(open_.pulls()[0].number)
    open_.look()
    assert len(open_.chat.of("request/a1")) == 1


def test_a_place_in_people_is_had_with_the_merge(world: World) -> None:
    world.carry(world.request(Intent.JOIN, "eve", {"id": 99, "login": "eve-x"}, by="UEVE"))
    world.grace.merge(world.pulls()[0].number)
    world.look()
    assert world.says() == "merged: people.yaml knows you now"


def test_a_check_of_somebody_else_proves_nothing(world: World) -> None:
    world.carry(world.request())
    (pull,) = world.pulls()
    world.hub = world.forge.connect("eve")
    world.check(pull)
    world.look()
    assert world.says() == "being checked"


def test_the_second_step_of_an_end_waits_for_the_first(world: World) -> None:
    world.carry(world.request(Intent.REMOVE, id="r1", reason="over"))
    sha = world.grace.merge(world.pulls()[0].number)
    world.look()
    world.carry(world.request(Intent.REMOVE, id="r2", reason="over"))
    assert "somebody else asked" in world.card("r2").details
    world.apply(sha, report(Ending.DESTROYED))
    world.look()
    assert world.says("r1") == "destroyed, as was asked for"
    world.carry(world.request(Intent.REMOVE, id="r3", reason="over"))
    (pull,) = world.pulls()
    assert world.hub.pulls.changed_paths(pull.number) == ("specs/prod/orders.yaml",)
    sha = world.grace.merge(pull.number)
    world.apply(sha)
    world.look()
    assert world.says("r3") == "its file is removed"
