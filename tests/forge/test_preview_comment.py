"""A preview's comment on both forges, whatever happens to it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.forge.forge import Comment, ForgeError
from bot.jobs.comment import KEY, comment, post
from bot.jobs.result import Phase, Result
from compiler.diagnostics import Diagnostic, Place
from compiler.report import Ending, Outcome, Report
from compiler.report import Phase as Asked
from tests.forge.conftest import Github, World
from tests.forge.github_server import Fault, Principal


def _refused(head: str) -> Result:
    place = Place("specs/prod/orders.yaml", 6, 1)
    refusal = Diagnostic("gate/replace", "prod.orders: instance would be replaced", "take it back", place)
    report = Report("prod.orders", Asked.DIFF, Outcome(Ending.CHANGES), refusals=(refusal,))
    return Result(1, head, "b" * 40, reports=(report,))


def _opened(world: World) -> tuple[int, str]:
    head = world.mei.commit("x", {"a": "1"}, "One")
    return world.mei.open("x", "X").number, head


def _ours(world: World, number: int) -> list[Comment]:
    return [each for each in world.pulls.comments(number) if each.author == world.pulls.me()]


def test_there_is_one_comment_through_all_that_a_branch_goes_through(world: World) -> None:
    number, head = _opened(world)
    world.stranger.pulls.put_comment(number, KEY, "another tool's")
    for each in range(3):
        world.omar.comment(number, f"chatter {each}")
    running = replace(_refused(head), phase=Phase.RUNNING, reports=())
    for result in (
        running,
        _refused(head),
        replace(running, head="c" * 40),
        Result(number, "c" * 40, "b" * 40),
    ):
        assert post(world.pulls, number, result) == ""
        (found,) = _ours(world, number)
        assert found.body == comment(result)
    assert found.body.startswith("### Nothing changes")
    assert head[:12] not in found.body


def test_a_comment_that_somebody_deleted_or_defaced_is_written_anew(world: World) -> None:
    number, head = _opened(world)
    result = _refused(head)
    post(world.pulls, number, result)
    (first,) = _ours(world, number)
    world.mei.edit_comment(first.id, f"<!-- dbspec:{KEY} -->\n### Nothing changes")
    post(world.pulls, number, result)
    assert [each.body for each in _ours(world, number)] == [comment(result)]
    world.mei.delete_comment(first.id)
    post(world.pulls, number, result)
    assert [each.body for each in _ours(world, number)] == [comment(result)]


@pytest.mark.parametrize("fault", [each for each in Fault if each is not Fault.NONE])
def test_a_comment_is_there_once_whatever_github_answers(github: Github, fault: Fault) -> None:
    forge = github.connect()
    contributor = github.server.local.contributor("mei")
    head = contributor.commit("x", {"a": "1"}, "One")
    number = contributor.open("x", "X").number
    for result in (replace(_refused(head), phase=Phase.RUNNING), _refused(head)):
        github.server.faults.append(fault)
        assert post(forge.pulls, number, result) == ""
    assert [each.body for each in forge.pulls.comments(number)] == [comment(_refused(head))]


def test_github_that_stays_away_is_a_failure_and_not_silence(github: Github) -> None:
    forge = github.connect(tries=2)
    contributor = github.server.local.contributor("mei")
    head = contributor.commit("x", {"a": "1"}, "One")
    number = contributor.open("x", "X").number
    github.server.faults.extend([Fault.BAD_GATEWAY] * 9)
    with pytest.raises(ForgeError):
        post(forge.pulls, number, _refused(head))
    github.server.faults.clear()


def test_a_token_of_a_fork_writes_no_comment_and_that_is_no_failure(github: Github) -> None:
    github.server.tokens["fork"] = Principal(
        "dbspec[bot]", {"contents": "read", "pull_requests": "read", "metadata": "read"}
    )
    contributor = github.server.local.contributor("mei")
    head = contributor.commit("x", {"a": "1"}, "One")
    number = contributor.open("x", "X").number

    said = post(github.connect("fork").pulls, number, _refused(head))

    assert said.startswith("no comment was written: ")
    assert github.connect().pulls.comments(number) == ()
