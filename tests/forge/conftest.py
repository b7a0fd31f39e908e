"""Both forges, each over a repository of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.forge.forge import Checks, Forge, Pulls
from bot.forge.github.client import Patience
from bot.forge.github.connect import connect
from bot.forge.local.contributor import Contributor
from bot.forge.local.forge import LocalForge
from tests.forge.github_server import ALL, GithubServer, Principal


@dataclass
class World:
    """A repository with one commit on main; `forge` acts as dbspec[bot], `stranger` as another App."""

    local: LocalForge
    forge: Forge
    stranger: Forge
    mei: Contributor
    omar: Contributor

    @property
    def pulls(self) -> Pulls:
        return self.forge.pulls

    @property
    def checks(self) -> Checks:
        return self.forge.checks

    @property
    def main(self) -> str:
        return self.local.repository.tip("refs/heads/main") or ""


@dataclass
class Github:
    """The simulated GitHub, and how long its client waited, in seconds."""

    server: GithubServer
    waits: list[float] = field(default_factory=list)

    def connect(self, token: str = "good", tries: int = 6) -> Forge:
        return connect(self.server.environ(token), Patience(tries=tries, sleep=self.waits.append))


@pytest.fixture
def local(tmp_path: Path) -> LocalForge:
    forge = LocalForge.create(tmp_path / "forge")
    forge.contributor("mei").commit("main", {"specs/prod/orders.yaml": "kind: mysql\n"}, "Begin")
    return forge


@pytest.fixture
def github(local: LocalForge) -> Iterator[Github]:
    with GithubServer(local) as server:
        server.tokens["another"] = Principal("stranger[bot]", ALL)
        yield Github(server)
    assert server.problems == []


@pytest.fixture(params=["local", "github"])
def world(request: pytest.FixtureRequest, local: LocalForge) -> World:
    if request.param == "local":
        forge, stranger = local.connect("dbspec[bot]"), local.connect("stranger[bot]")
    else:
        github: Github = request.getfixturevalue("github")
        # Everything is listed in many pages, so that whatever reads only the first one fails.
        github.server.largest_page = 2
        forge, stranger = github.connect(), github.connect("another")
    return World(local, forge, stranger, local.contributor("mei"), local.contributor("omar"))
