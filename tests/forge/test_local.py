"""The local forge: several processes at once, real git beside it, and how it is found."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.forge.connect import connect
from bot.forge.forge import ForgeError, PullState
from bot.forge.local.forge import LocalForge
from bot.forge.local.merging import Method
from compiler.diagnostics import UserError

WRITER = """
import sys
from pathlib import Path
from bot.forge.local.forge import LocalForge
forge = LocalForge.at(Path(sys.argv[1])).connect("dbspec[bot]")
for each in range(8):
    forge.pulls.put_comment(1, "report", f"{sys.argv[2]} {each}")
    forge.checks.put_issue("drift:prod/orders", "Drift", sys.argv[2])
    forge.pulls.open_pull("y", "main", "Y", sys.argv[2])
"""


def test_several_processes_write_one_comment_one_issue_and_one_pull_request(local: LocalForge) -> None:
    mei = local.contributor("mei")
    mei.commit("x", {"a": "a"}, "x")
    mei.commit("y", {"b": "b"}, "y")
    assert mei.open("x", "X").number == 1
    started = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(local.root), name], env=os.environ | _importable()
        )
        for name in ("one", "two", "three")
    ]
    assert [each.wait() for each in started] == [0, 0, 0]
    forge = local.connect("dbspec[bot]")
    assert len(forge.pulls.comments(1)) == 1
    assert len(forge.checks.issues("")) == 1
    assert len(forge.pulls.pulls_from("y")) == 1


def test_commits_of_several_threads_lose_none_and_leave_the_working_directory(local: LocalForge) -> None:
    mei, before = local.contributor("mei"), Path.cwd()

    def commit(number: int) -> str:
        return mei.commit(f"x{number}", {f"specs/prod/x{number}.yaml": f"{number}\n", "specs": None}, "x")

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(commit, range(24)))
    assert len(set(made)) == 24
    assert Path.cwd() == before
    for number in range(24):
        pull = mei.open(f"x{number}", "X")
        assert local.connect("dbspec[bot]").pulls.changed_paths(pull.number) == (
            f"specs/prod/x{number}.yaml",
        )


def test_a_push_by_git_itself_moves_the_pull_request_and_a_clone_has_what_was_merged(
    local: LocalForge, tmp_path: Path
) -> None:
    mei = local.contributor("mei")
    clone = tmp_path / "clone"
    _git(tmp_path, "clone", "--quiet", local.url, str(clone))
    _git(clone, "switch", "--quiet", "--create", "x")
    (clone / "new.yaml").write_text("kind: redis\n", encoding="utf-8")
    _git(clone, "add", "new.yaml")
    identity = ("-c", "user.name=mei", "-c", f"user.email={mei.address}")
    _git(clone, *identity, "commit", "--quiet", "--message", "By hand")
    _git(clone, "push", "--quiet", "origin", "x")
    pull = mei.open("x", "X")
    assert pull.head_sha == _git(clone, "rev-parse", "x")
    (commit,) = local.connect("dbspec[bot]").pulls.commits(pull.number)
    assert (commit.author.account, commit.message) == (mei.account, "By hand")
    merged = mei.merge(pull.number, Method.SQUASH)
    _git(clone, "fetch", "--quiet", "origin")
    assert _git(clone, "rev-parse", "origin/main") == merged
    assert _git(clone, "show", "origin/main:new.yaml") == "kind: redis"
    _git(Path(local.url), "fsck", "--strict")


@pytest.mark.parametrize("method", list(Method))
def test_a_conflict_merges_nothing(local: LocalForge, method: Method) -> None:
    mei = local.contributor("mei")
    mei.commit("x", {"specs/prod/orders.yaml": "kind: redis\n"}, "x")
    pull = mei.open("x", "X")
    mei.commit("main", {"specs/prod/orders.yaml": "kind: dynamodb\n"}, "main")
    before = local.repository.tip("refs/heads/main")
    with pytest.raises(ForgeError, match="conflicts"):
        mei.merge(pull.number, method)
    assert local.repository.tip("refs/heads/main") == before
    assert local.connect("dbspec[bot]").pulls.pull(pull.number).state is PullState.OPEN


def test_drafts_and_closed_ones_are_not_merged_and_nobody_approves_their_own(local: LocalForge) -> None:
    mei = local.contributor("mei")
    mei.commit("x", {"a": "a"}, "x")
    draft = mei.open("x", "X", draft=True)
    with pytest.raises(ForgeError, match="is a draft"):
        mei.merge(draft.number)
    with pytest.raises(ForgeError, match="their own"):
        mei.review(draft.number)
    mei.close(draft.number)
    mei.commit("y", {"a": "b"}, "y")
    other = mei.open("y", "Y")
    mei.close(other.number)
    with pytest.raises(ForgeError, match="is closed"):
        mei.merge(other.number)


def test_a_rebase_keeps_who_wrote_each_commit(local: LocalForge) -> None:
    mei, omar = local.contributor("mei"), local.contributor("omar")
    mei.commit("x", {"a": "1"}, "One")
    omar.commit("x", {"a": "2", "b": "2"}, "Two")
    pull = mei.open("x", "X")
    direct = mei.commit("main", {"c": "3"}, "Directly")
    merged = omar.merge(pull.number, Method.REBASE)
    brought = local.repository.between(direct, merged)
    assert [local.repository.fields(sha, "%an%x00%s") for sha in brought] == [["mei", "One"], ["omar", "Two"]]
    assert local.repository.changed(direct, merged) == ["a", "b"]


def test_the_environment_names_the_forge(local: LocalForge) -> None:
    forge = connect({"DBSPEC_FORGE": str(local.root), "GITHUB_TOKEN": "unused"})
    assert forge.pulls.me().login == "dbspec[bot]"
    mine = connect({"DBSPEC_FORGE": str(local.root), "DBSPEC_FORGE_LOGIN": "mei"})
    assert mine.pulls.me() == local.contributor("mei").account
    with pytest.raises(UserError, match="no forge"):
        connect({"DBSPEC_FORGE": str(local.root / "nowhere")})


def _importable() -> dict[str, str]:
    return {"PYTHONPATH": str(Path(__file__).parents[2])}


def _git(folder: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()
