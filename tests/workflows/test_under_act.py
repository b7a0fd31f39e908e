"""The workflow files under a runner on this machine, with a local forge in GitHub's place."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.forge.forge import Conclusion, Pull
from bot.forge.local.forge import LocalForge
from bot.jobs import conclude
from bot.jobs.conclude import Attempt
from bot.jobs.event import Event
from bot.jobs.result import Phase, Result
from tests.jobs.conftest import IN_AN_ACCOUNT, ROOT, SESSIONS, SPECS, git
from tests.workflows.go_tools import ACT, tool

pytestmark = pytest.mark.xdist_group("engine")

# Where act is there one run is tried with all other tests, and the rest by `make act`.
by_hand = pytest.mark.skipif(not os.environ.get("DBSPEC_ACT"), reason="`make act` runs it")

OWN = "acme/databases"
STAND_INS = Path(__file__).with_name("stand-ins")
PINNED = re.compile(r"uses: ([\w.-]+)/([\w.-]+)@([0-9a-f]{40})")
FILES = (".github", "bot", "compiler", "Makefile", "pyproject.toml", "requirements.lock")


@dataclass(frozen=True)
class Runner:
    """act, a forge with this code and some specs on main, and where its runs leave things."""

    act: Path
    local: LocalForge
    folder: Path

    def pull(self, changes: Mapping[str, str]) -> Pull:
        ada = self.local.contributor("ada")
        ada.commit("change", changes, "Change it")
        return ada.open("change", "Change it")

    def run(self, event: str, workflow: str, data: Mapping[str, Any]) -> subprocess.CompletedProcess[str]:
        """One event, as GitHub would run that workflow for it."""
        work = self.folder / "work"
        subprocess.run(["git", "clone", "--quiet", self.local.url, str(work)], check=True)
        git(work, "remote", "set-url", "origin", f"https://github.com/{OWN}.git")
        # GitHub has it since May 2026; act, which queues nothing, refuses the whole file for it.
        file = work / ".github/workflows" / f"{workflow}.yaml"
        file.write_text(file.read_text().replace("      queue: max\n", ""))
        payload = self.folder / "event.json"
        payload.write_text(
            json.dumps(
                data | {"repository": {"full_name": OWN, "name": "databases", "default_branch": "main"}}
            )
        )
        environ = {
            "DBSPEC_ACT_REPOSITORY": self.local.url,
            "DBSPEC_ACT_ARTIFACTS": str(self.folder / "artifacts"),
            "DBSPEC_ACT_PYTHON": sys.executable,
            "DBSPEC_FORGE": str(self.local.root),
            "DBSPEC_FORGE_LOGIN": "github-actions[bot]",
            "DBSPEC_PULUMI": os.environ.get("DBSPEC_PULUMI", ""),
            "GIT_CONFIG_GLOBAL": os.devnull,
            # Nobody's credentials, and nobody is asked for some over the network.
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        command = [str(self.act), event, "--workflows", f".github/workflows/{workflow}.yaml"]
        command += ["--eventpath", str(payload), "--platform", "ubuntu-latest=-self-hosted"]
        command += ["--no-skip-checkout", "--no-cache-server", "--container-daemon-socket", "-"]
        command += ["--action-cache-path", str(self.folder / "cache"), "--secret", "GITHUB_TOKEN=none"]
        command += ["--concurrent-jobs", "1", "--local-repository", f"{OWN}@main={work}"]
        for owner, name, sha in sorted(self._actions()):
            command += ["--local-repository", f"{owner}/{name}@{sha}={self._stand_in(name)}"]
        for key, value in environ.items():
            command += ["--env", f"{key}={value}"]
        aws = [name for name in os.environ if name.startswith("AWS_")]
        kept = {name: value for name, value in os.environ.items() if name not in aws}
        return subprocess.run(command, cwd=work, env=kept, capture_output=True, text=True, check=False)

    def _actions(self) -> set[tuple[str, str, str]]:
        texts = [file.read_text() for file in (ROOT / ".github").rglob("*.yaml")]
        return {found for text in texts for found in PINNED.findall(text)}

    def _stand_in(self, name: str) -> Path:
        """A repository for each, as act takes them."""
        folder = self.folder / "stand-ins" / name
        if not folder.exists():
            shutil.copytree(STAND_INS / name, folder)
        return folder


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    act = tool(ACT, build=bool(os.environ.get("DBSPEC_ACT")))
    local = LocalForge.create(tmp_path / "forge")
    listed = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard", *FILES)
    paths = [path for path in listed.split("\0") if path and (ROOT / path).is_file()]
    specs = {path: text.encode() for path, text in SPECS.items()}
    local.contributor("ada").commit(
        "main", specs | {path: (ROOT / path).read_bytes() for path in paths}, "Begin"
    )
    return Runner(act, local, tmp_path)


def _pull_request(pull: Pull) -> dict[str, Any]:
    return {
        "action": "synchronize",
        "number": pull.number,
        "pull_request": {
            "number": pull.number,
            "head": {"sha": pull.head_sha, "ref": pull.head_branch, "repo": {"full_name": OWN}},
            "base": {"sha": pull.base_sha, "ref": pull.base_branch},
            "merge_commit_sha": pull.head_sha,
        },
    }


def test_a_pull_request_is_previewed_rehearsed_and_told(runner: Runner) -> None:
    pull = runner.pull({"specs/dev/sessions.yaml": SESSIONS + "ttl: gone_at\n"})
    done = runner.run("pull_request", "preview", _pull_request(pull))
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    forge = runner.local.connect("github-actions[bot]")
    (check,) = forge.checks.checks(pull.head_sha, "dbspec")
    assert check.conclusion is Conclusion.SUCCESS, check.title
    (comment,) = forge.pulls.comments(pull.number)
    assert "dev/sessions" in comment.body
    assert {each.name for each in (runner.folder / "artifacts").iterdir()} == {
        "graphs",
        "results-accounts",
        "results-sandbox-1",
        "results-specs",
    }


@by_hand
def test_an_account_is_asked_by_a_job_of_its_own_which_fails_where_nobody_may_log_in(runner: Runner) -> None:
    runner.local.contributor("ada").commit("main", {"specs/prod/environment.yaml": IN_AN_ACCOUNT}, "Move")
    pull = runner.pull({"specs/prod/sessions.yaml": SESSIONS + "ttl: gone_at\n"})
    done = runner.run("pull_request", "preview", _pull_request(pull))
    assert done.returncode != 0
    assert "[accounts/accounts/ask" in done.stdout
    forge = runner.local.connect("github-actions[bot]")
    (check,) = forge.checks.checks(pull.head_sha, "dbspec")
    assert check.conclusion is Conclusion.FAILURE
    (comment,) = forge.pulls.comments(pull.number)
    assert "credentials" in comment.body


@by_hand
def test_a_review_tells_again_what_was_told(runner: Runner) -> None:
    pull = runner.pull({"specs/dev/sessions.yaml": SESSIONS + "ttl: gone_at\n"})
    forge = runner.local.connect("github-actions[bot]")
    result = Result(
        pull.number, pull.head_sha, pull.base_sha, failures=("something broke",), phase=Phase.FAILED
    )
    conclude.tell(forge, Event(pull.number, pull.head_sha, pull.base_sha), result, None, Attempt("1/1"))
    done = runner.run("pull_request_review", "review", _pull_request(pull) | {"action": "submitted"})
    assert "something broke" in done.stdout, done.stdout[-4000:] + done.stderr[-2000:]


@by_hand
def test_a_push_to_main_applies_to_every_account_and_to_nothing_else(runner: Runner) -> None:
    runner.local.contributor("ada").commit("main", {"specs/prod/environment.yaml": IN_AN_ACCOUNT}, "Move")
    main = runner.local.repository.tip("refs/heads/main")
    done = runner.run("push", "apply", {"ref": "refs/heads/main", "after": main, "before": main})
    assert "ci apply" in done.stdout, done.stdout[-4000:] + done.stderr[-2000:]
    assert '::set-output:: jobs=[{"environment": "prod"' in done.stdout


@by_hand
def test_a_group_of_a_merge_queue_gets_the_check_on_its_own_commit(runner: Runner) -> None:
    pull = runner.pull({"specs/dev/sessions.yaml": "# touched\n" + SESSIONS})
    group = runner.local.contributor("grace").merging.enqueue(pull.number)
    ref = f"refs/heads/gh-readonly-queue/main/pr-{pull.number}-{pull.base_sha}"
    data = {
        "merge_group": {
            "head_sha": group,
            "base_sha": pull.base_sha,
            "head_ref": ref,
            "base_ref": "refs/heads/main",
        }
    }
    done = runner.run("merge_group", "preview", data | {"after": group})
    forge = runner.local.connect("github-actions[bot]")
    (check,) = forge.checks.checks(group, "dbspec")
    assert check.conclusion is Conclusion.SUCCESS, done.stdout[-4000:] + done.stderr[-2000:]
    assert forge.pulls.comments(pull.number) == ()
