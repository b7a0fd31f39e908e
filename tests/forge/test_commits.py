"""Commits that the forge makes itself: one for each branch, whatever was lost; and applies that it begins."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.forge.forge import Commits, ForgeError
from bot.forge.github.client import Patience
from bot.forge.github.connect import connect_commits, starter
from bot.forge.local.forge import LocalForge
from tests.forge.conftest import Github
from tests.forge.github_server import WRITES, Fault

_fresh = itertools.count()
MESSAGE = "Change prod/orders\n\n> more\n\nRequested-by: ada (github:7)\n"


@pytest.fixture(params=["local", "github"])
def commits(request: pytest.FixtureRequest, local: LocalForge) -> Commits:
    if request.param == "local":
        return local.commits("dbspec[bot]")
    github: Github = request.getfixturevalue("github")
    return connect_commits(github.server.environ(), Patience(sleep=github.waits.append))


def test_a_commit_on_a_branch_of_its_own_is_made_once(local: LocalForge, commits: Commits) -> None:
    main = local.repository.tip("refs/heads/main") or ""
    changes = {"specs/prod/new.yaml": b"kind: mysql\n", "specs/prod/orders.yaml": None}
    sha = commits.commit_files("dbspec/a", main, changes, MESSAGE)
    assert commits.commit_files("dbspec/a", main, changes, MESSAGE) == sha
    assert local.repository.tip("refs/heads/dbspec/a") == sha
    assert local.repository.changed(main, sha) == ["specs/prod/new.yaml", "specs/prod/orders.yaml"]
    (message,) = local.repository.fields(sha, "%B")
    assert message.strip() == MESSAGE.strip()


def test_a_branch_with_something_else_is_left_alone(local: LocalForge, commits: Commits) -> None:
    main = local.repository.tip("refs/heads/main") or ""
    theirs = local.contributor("omar").commit("dbspec/a", {"x": "x"}, "Mine")
    with pytest.raises(ForgeError, match="something else"):
        commits.commit_files("dbspec/a", main, {"y": b"y"}, MESSAGE)
    assert local.repository.tip("refs/heads/dbspec/a") == theirs


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(faults=st.lists(st.sampled_from(list(Fault)), max_size=5), reads_too=st.booleans())
def test_whatever_fails_there_is_one_commit(github: Github, faults: list[Fault], reads_too: bool) -> None:
    server = github.server
    commits = connect_commits(server.environ(), Patience(sleep=github.waits.append))
    main = server.local.repository.tip("refs/heads/main") or ""
    branch = f"dbspec/{next(_fresh)}"
    server.faults_on = WRITES | {"GET"} if reads_too else WRITES
    server.faults.clear()
    server.faults.extend(faults)
    sha = commits.commit_files(branch, main, {"x.yaml": branch.encode()}, MESSAGE)
    server.faults.clear()
    assert server.local.repository.between(main, f"refs/heads/{branch}") == [sha]


def test_an_apply_is_asked_for_by_its_environment(github: Github) -> None:
    starter(github.server.environ(), Patience(sleep=github.waits.append))("prod")
    assert github.server.git.dispatched == [
        {"event_type": "dbspec-apply", "client_payload": {"environment": "prod"}}
    ]


def test_the_workflow_of_applies_listens_to_what_starts_them() -> None:
    from bot.forge.github.writing import APPLY
    from compiler import document

    path = Path(__file__).parents[2] / ".github/workflows/apply.yaml"
    listens = document.plain(document.read("apply.yaml", path.read_bytes()))["on"]
    assert listens["repository_dispatch"] == {"types": [APPLY]}
