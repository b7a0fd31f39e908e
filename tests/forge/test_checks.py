"""What both forges promise of checks, deployments and issues."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from bot.forge.forge import (
    Annotation,
    CheckState,
    Conclusion,
    DeploymentState,
    Level,
    MissingError,
    NewCheck,
)
from tests.forge.conftest import World


def running(sha: str, **given: Any) -> NewCheck:
    return NewCheck(sha, "dbspec preview", CheckState.RUNNING, "Running", "So far nothing.", **given)


def done(sha: str, **given: Any) -> NewCheck:
    fields = {"conclusion": Conclusion.SUCCESS} | given
    return NewCheck(sha, "dbspec preview", CheckState.DONE, "Done", "All is well.", **fields)


def test_a_check_is_brought_forward_and_stays_one(world: World) -> None:
    first = world.checks.put_check(running(world.main))
    assert (first.state, first.conclusion, first.title) == (CheckState.RUNNING, None, "Running")
    second = world.checks.put_check(done(world.main, data={"stacks": {"prod.orders": "ok"}}))
    assert (second.id, second.state, second.conclusion) == (first.id, CheckState.DONE, Conclusion.SUCCESS)
    third = world.checks.put_check(done(world.main, data={"stacks": {"prod.orders": "better"}}))
    assert third.id == first.id
    assert world.checks.checks(world.main) == (third,)
    assert third.data == {"stacks": {"prod.orders": "better"}}


def test_what_is_done_is_not_changed_but_replaced_by_what_runs_again(world: World) -> None:
    failed = world.checks.put_check(done(world.main, conclusion=Conclusion.FAILURE, data={"a": 1}))
    again = world.checks.put_check(running(world.main))
    assert again.id != failed.id
    assert (again.state, again.conclusion, dict(again.data)) == (CheckState.RUNNING, None, {})
    assert world.checks.checks(world.main) == (again,)
    last = world.checks.put_check(done(world.main))
    assert last.id == again.id
    assert world.checks.checks(world.main) == (last,)
    skipped = world.checks.put_check(done(world.main, conclusion=Conclusion.SKIPPED))
    assert [each.id for each in world.checks.checks(world.main)] == [skipped.id]


def test_a_new_attempt_is_a_new_check_and_the_one_that_is_shown(world: World) -> None:
    first = world.checks.put_check(done(world.main, key="run-1/1", conclusion=Conclusion.FAILURE))
    second = world.checks.put_check(done(world.main, key="run-1/2"))
    assert first.id != second.id
    assert world.checks.checks(world.main, "dbspec preview") == (second,)
    assert second.key == "run-1/2"


def test_checks_are_told_apart_by_name_commit_and_writer(world: World) -> None:
    other = world.mei.commit("x", {"a": "1"}, "One")
    ours = world.checks.put_check(done(world.main, data={"ours": True}))
    named = world.checks.put_check(
        NewCheck(
            world.main, "dbspec", CheckState.QUEUED, "Waits", "For the preview.", url="https://example.com/7"
        )
    )
    theirs = world.stranger.checks.put_check(done(world.main, data={"ours": False}))
    world.checks.put_check(done(other))
    found = world.checks.checks(world.main)
    assert [(each.name, each.app) for each in found] == [
        ("dbspec", "dbspec[bot]"),
        ("dbspec preview", "dbspec[bot]"),
        ("dbspec preview", "stranger[bot]"),
    ]
    assert [each.id for each in found] == [named.id, ours.id, theirs.id]
    assert [dict(each.data) for each in found] == [{}, {"ours": True}, {"ours": False}]
    assert ours.app == world.pulls.me().login
    assert len(world.checks.checks(other)) == 1


def test_a_check_of_an_unknown_commit_is_missing(world: World) -> None:
    with pytest.raises(MissingError):
        world.checks.put_check(done("e" * 40))


@pytest.mark.parametrize("size", [1, 1_000, 6_000])
def test_data_of_any_size_comes_back_as_it_was(world: World, size: int) -> None:
    data = {
        f"prod.database-{each}": {
            "entry": hashlib.sha256(str(each).encode()).hexdigest(),
            "words": "--> ``` ü <!--",
            "none": None,
        }
        for each in range(size)
    }
    written = world.checks.put_check(done(world.main, data=data))
    assert written.data == data
    assert [dict(each.data) for each in world.checks.checks(world.main)] == [data]
    assert [dict(each.data) for each in world.checks.checks(world.main, "dbspec preview")] == [data]
    shorter = world.checks.put_check(done(world.main, data={"a": 1}))
    assert [dict(each.data) for each in world.checks.checks(world.main)] == [{"a": 1}]
    assert shorter.id == written.id


def test_a_check_has_a_conclusion_exactly_when_it_is_done(world: World) -> None:
    with pytest.raises(ValueError, match="only then"):
        NewCheck(world.main, "x", CheckState.DONE, "t", "s")
    with pytest.raises(ValueError, match="65535"):
        NewCheck(world.main, "x", CheckState.QUEUED, "t", "s" * 65_536)


def test_a_deployment_is_one_for_a_commit_and_an_environment(world: World) -> None:
    assert world.checks.deployment(world.main, "prod") is None
    first = world.checks.put_deployment(world.main, "prod", DeploymentState.RUNNING, "12 databases")
    last = world.checks.put_deployment(
        world.main, "prod", DeploymentState.SUCCESS, "ü" * 200, "https://example.com/1"
    )
    assert first.id == last.id
    assert len(last.description) == 140
    assert world.checks.deployment(world.main, "prod") == last
    staging = world.checks.put_deployment(world.main, "staging", DeploymentState.FAILURE)
    assert staging.id != last.id
    assert world.stranger.checks.deployment(world.main, "prod") is None
    # A later success leaves the earlier one a success.
    newer = world.mei.commit("main", {"b": "b"}, "Next")
    world.checks.put_deployment(newer, "prod", DeploymentState.SUCCESS)
    earlier = world.checks.deployment(world.main, "prod")
    assert earlier is not None
    assert earlier.state is DeploymentState.SUCCESS


def test_an_issue_is_one_for_each_key_and_opened_again(world: World) -> None:
    world.mei.commit("x", {"a": "1"}, "One")
    world.mei.open("x", "Not an issue")
    first = world.checks.put_issue("drift:prod/orders", "Drift of prod/orders", "a", ["drift"])
    for name in ("prod/orders-2", "prod/carts", "staging/orders"):
        world.checks.put_issue(f"drift:{name}", f"Drift of {name}", "b")
    world.stranger.checks.put_issue("drift:prod/zzz", "Not ours", "c")
    again = world.checks.put_issue("drift:prod/orders", "Drift of prod/orders (2)", "b", ["drift", "prod"])
    assert (again.number, again.title, again.body) == (first.number, "Drift of prod/orders (2)", "b")
    assert again.labels == ("drift", "prod")
    assert [each.key for each in world.checks.issues("drift:prod/")] == [
        "drift:prod/carts",
        "drift:prod/orders",
        "drift:prod/orders-2",
    ]
    world.checks.close_issue("drift:prod/orders", "It has gone.")
    world.checks.close_issue("drift:prod/never", "It never was.")
    assert [each.key for each in world.checks.issues("drift:prod/")] == [
        "drift:prod/carts",
        "drift:prod/orders-2",
    ]
    said = world.pulls.comments(first.number)
    assert [each.body for each in said] == ["It has gone."]
    reopened = world.checks.put_issue("drift:prod/orders", "Drift again", "d")
    assert (reopened.number, reopened.open, reopened.labels) == (first.number, True, ("drift", "prod"))
    assert len(world.checks.issues("")) == 4


def test_annotations_of_many_files_are_all_kept_and_none_twice(world: World) -> None:
    many = [
        Annotation(f"specs/prod/a{each}.yaml", each + 1, "mysql/size", "too small", Level.WARNING, column=3)
        for each in range(120)
    ] + [Annotation("specs/prod/b.yaml", 1, "t", "several lines", column=2, end=4)]
    check = world.checks.put_check(done(world.main, annotations=many))
    again = world.checks.put_check(done(world.main, annotations=many))
    assert check.id == again.id
    assert _annotations(world, check.id) == many


def _annotations(world: World, check: int) -> list[Annotation]:
    from bot.forge.github.checks import GithubChecks
    from bot.forge.local.checks import LocalChecks

    if isinstance(world.checks, LocalChecks):
        return list(world.checks.annotations(check))
    assert isinstance(world.checks, GithubChecks)
    found = world.checks.client.pages(f"/check-runs/{check}/annotations")
    return [
        Annotation(
            each["path"],
            each["start_line"],
            each["title"],
            each["message"],
            Level(each["annotation_level"]),
            # GitHub takes a column only on one line.
            each.get("start_column", 2 if each["path"].endswith("/b.yaml") else None),
            each["end_line"] if each["end_line"] != each["start_line"] else None,
        )
        for each in found
    ]


def test_what_others_wrote_is_found_where_they_are_named_and_only_there(world: World) -> None:
    world.stranger.checks.put_issue("drift/prod.orders", "Drift", "It differs")
    world.stranger.checks.put_deployment(world.main, "prod", DeploymentState.RUNNING)
    for by in ((), ("mei",)):
        assert world.checks.issues("drift/", by) == ()
        assert world.checks.deployment(world.main, "prod", by) is None
    by = (world.stranger.pulls.me().login,)
    assert [each.key for each in world.checks.issues("drift/", by)] == ["drift/prod.orders"]
    deployment = world.checks.deployment(world.main, "prod", by)
    assert deployment is not None
    assert deployment.state is DeploymentState.RUNNING
