"""Whatever happens to a request in whatever order: one pull request, one message, all true, nobody's commit lost."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.forge.forge import ForgeError, PullState, ReviewState
from compiler.report import Ending, Failure, Outcome, Phase, Report
from tests.requests.world import World

STEPS = (
    "approve",
    "object",
    "check",
    "close",
    "reopen",
    "edit",
    "remove branch",
    "main elsewhere",
    "main same file",
    "merge",
    "fail",
    "apply",
    "lose answers",
    "restart",
    "ask again",
)


class Life:
    def __init__(self, world: World) -> None:
        self.world = world
        self.theirs = ""
        world.carry(world.request())
        (self.pull,) = world.pulls()

    def do(self, step: str) -> None:
        world, number = self.world, self.pull.number
        pull = world.hub.pulls.pull(number)
        is_open = pull.state is PullState.OPEN
        branch = world.forge.repository.tip(f"refs/heads/{pull.head_branch}")
        match step:
            case "approve" | "object" if is_open:
                state = ReviewState.APPROVED if step == "approve" else ReviewState.CHANGES_REQUESTED
                world.grace.review(number, state)
            case "check":
                world.check(pull)
            case "close" | "reopen" if pull.state is not PullState.MERGED:
                with suppress(ForgeError):
                    world.hub.pulls.update_pull(number, closed=step == "close")
            case "edit" if is_open and branch:
                self.theirs = world.grace.commit(pull.head_branch, {"notes.md": world.key}, "By hand")
            case "remove branch" if branch:
                world.grace.delete_branch(pull.head_branch)
                self.theirs = ""
            case "main elsewhere":
                world.lin.commit(
                    "main", {"specs/dev/other.yaml": f"kind: mysql # {world.key}\n"}, "Elsewhere"
                )
            case "main same file":
                world.lin.commit("main", {"specs/prod/orders.yaml": f"kind: mysql # {world.key}\n"}, "Same")
            case "merge" if is_open and branch:
                with suppress(ForgeError):
                    world.grace.merge(number)
            case "fail" | "apply" if pull.merged_sha:
                failed = Outcome(Ending.FAILED, (Failure("the quota is full"),))
                outcome = failed if step == "fail" else Outcome(Ending.APPLIED)
                world.apply(pull.merged_sha, Report("prod.orders", Phase.APPLY, outcome))
            case "lose answers":
                world.chat.lose = ["post", "update", "reply"]
            case "restart":
                world.office = world.opened()
            case "ask again":
                world.office.ledger.add(world.request(), world.clock())

    def holds(self) -> None:
        world = self.world
        assert len(world.hub.pulls.pulls_from(self.pull.head_branch)) == 1
        assert len(world.chat.of("request/a1")) == 1
        assert len(world.thread()) == len(set(world.thread()))
        pull = world.hub.pulls.pull(self.pull.number)
        if self.theirs:
            commits = world.hub.pulls.commits(self.pull.number)
            assert self.theirs in {each.sha for each in commits} or pull.state is PullState.MERGED
        said = world.says()
        match pull.state:
            case PullState.CLOSED:
                assert said == "closed without being merged"
            case PullState.MERGED:
                assert said.startswith(("merged", "applied", "applying"))
            case PullState.OPEN:
                assert said != "closed without being merged"
                assert not said.startswith(("merged", "applied"))


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(STEPS), min_size=3, max_size=10))
def test_whatever_happens_there_is_one_of_each_and_it_says_what_is(steps: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        life = Life(World(Path(folder)))
        for step in steps:
            life.do(step)
            life.world.look(minutes=61)
        # A lost answer is made up for by the next round, and so is what was opened again.
        for _ in range(2):
            life.world.look(minutes=61)
        life.holds()
