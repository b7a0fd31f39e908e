"""The whole life of a request against a GitHub that speaks HTTP, refuses, stumbles and cuts connections."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.forge.forge import DeploymentState
from bot.forge.github.client import Patience
from bot.forge.github.connect import connect, connect_commits
from compiler.report import Ending, Outcome, Phase, Report
from tests.forge.github_server import ALL, WRITES, Fault, GithubServer, Principal
from tests.requests.world import Memory, World

CI = "github-actions[bot]"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def github(world: World) -> Iterator[GithubServer]:
    with GithubServer(world.forge) as server:
        server.tokens["ci"] = Principal(CI, ALL)
        patience = Patience(sleep=lambda _: None)
        # The bot is one App, and CI writes as another account.
        world.office.forge = connect(server.environ(), patience)
        world.hub = connect(server.environ("ci"), patience)
        yield server
    assert server.problems == []


FAULTS = [each for each in Fault if each is not Fault.NONE]


@pytest.mark.parametrize("signed", [False, True], ids=["pushed", "signed"])
def test_from_words_to_an_endpoint_whatever_github_does(
    world: World, github: GithubServer, signed: bool
) -> None:
    if signed:
        patience = Patience(sleep=lambda _: None)
        world.office.commits = connect_commits(github.environ(), patience)
    github.faults_on = WRITES | {"GET"}
    # One in three requests goes wrong, in every way in turn.
    github.faults.extend(
        next(turn) if number % 3 == 0 else Fault.NONE
        for turn in [itertools.cycle(FAULTS)]
        for number in range(600)
    )
    world.carry(world.request())
    github.faults.clear()
    (pull,) = world.pulls()
    assert len(world.branches()) == 1
    assert pull.author.login == "dbspec[bot]"
    world.check(pull)
    world.look()
    assert world.says() == "checked; it waits to be approved"
    world.grace.review(pull.number)
    world.look()
    sha = world.grace.merge(pull.number)
    world.hub.checks.put_deployment(sha, "prod", DeploymentState.RUNNING)
    world.look()
    assert world.says() == "merged; being applied"
    world.apply(sha, Report("prod.orders", Phase.APPLY, Outcome(Ending.APPLIED)))
    world.look()
    assert world.says() == "applied"
    assert len(world.chat.of("request/a1")) == 1


def test_a_check_of_another_app_is_not_believed(world: World, github: GithubServer) -> None:
    github.tokens["eve"] = Principal("eve[bot]", ALL)
    world.carry(world.request())
    world.hub = connect(github.environ("eve"), Patience(sleep=lambda _: None))
    world.check(world.pulls()[0])
    world.look()
    assert world.says() == "being checked"


def test_a_request_outlives_the_credentials_of_the_bot(
    world: World, github: GithubServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    revoked = github.tokens.pop("good")
    monkeypatch.setattr(Memory, "pause", lambda *_: github.tokens.update(good=revoked))
    world.carry(world.request())
    assert len(world.pulls()) == 1
    assert world.says() == "being checked"
    assert "waits until this is mended: GitHub does not accept the credentials" in caplog.text
