"""The workflow files: what they may do, and that every command in them is there."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from ruamel.yaml import YAML

from bot.commands.app import dbspec_bot
from tests.workflows.go_tools import ACTIONLINT, ROOT, tool

GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yaml"))
PINNED = re.compile(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}")
OWN = re.compile(r"([\w.-]+/[\w.-]+)/\.github/workflows/([\w.-]+)@main")


def _read(file: Path) -> Any:
    return YAML(typ="safe").load(file.read_text())


def _jobs() -> Iterator[tuple[str, Any]]:
    for file in WORKFLOWS:
        for name, job in _read(file)["jobs"].items():
            yield f"{file.stem}.{name}", job


def _steps() -> Iterator[tuple[str, Any]]:
    for name, job in _jobs():
        for step in job.get("steps", ()):
            yield name, step
    for step in _read(GITHUB / "actions/setup/action.yaml")["runs"]["steps"]:
        yield "setup", step


def test_zizmor_finds_nothing() -> None:
    zizmor = Path(sys.executable).with_name("zizmor")
    done = subprocess.run([zizmor, "--offline", "--quiet", str(GITHUB)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_actionlint_finds_nothing() -> None:
    done = subprocess.run([tool(ACTIONLINT, build=True)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_a_workflow_may_do_nothing_and_each_job_what_it_says(file: Path) -> None:
    found = _read(file)
    assert found["permissions"] == {}
    assert "pull_request_target" not in found[True if True in found else "on"]
    for job in found["jobs"].values():
        assert "permissions" in job
        assert ("uses" in job) != ("timeout-minutes" in job)


def test_what_runs_the_code_of_a_pull_request_can_write_nothing_and_log_in_nowhere() -> None:
    jobs = _read(GITHUB / "workflows/preview.yaml")["jobs"]
    own = {name: job for name, job in jobs.items() if "steps" in job}
    assert own.keys() == {"specs", "rehearse"}
    assert all(job["permissions"] == {"contents": "read"} for job in own.values())
    assert "secrets" not in str(own)


def test_whatever_has_rights_is_the_code_of_main() -> None:
    for name in ("accounts", "conclude"):
        for job in _read(GITHUB / f"workflows/{name}.yaml")["jobs"].values():
            (checkout,) = (
                each for each in job["steps"] if each.get("uses", "").startswith("actions/checkout@")
            )
            assert checkout["with"]["ref"] == "${{ github.event.repository.default_branch }}"


def test_actions_of_others_are_pinned_and_workflows_of_ours_are_those_of_main() -> None:
    owners = set()
    for _, step in _steps():
        uses = step.get("uses", "./")
        assert uses.startswith("./") or PINNED.fullmatch(uses), uses
    for name, job in _jobs():
        if "uses" in job:
            found = OWN.fullmatch(job["uses"])
            assert found, name
            owners.add(found[1])
            assert (GITHUB / "workflows" / found[2]).is_file()
    assert len(owners) == 1, "the repository's own name is the same everywhere"
    text = "".join(file.read_text() for file in GITHUB.rglob("*.yaml"))
    for line in text.splitlines():
        if re.search(r"@[0-9a-f]{40}", line):
            assert re.search(r"# v\d+\.\d+\.\d+$", line), f"{line.strip()} says no version"


def test_no_checkout_leaves_a_token_behind() -> None:
    for name, step in _steps():
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False, name


def test_no_value_is_written_into_a_shell_line() -> None:
    for name, step in _steps():
        assert "${{" not in step.get("run", ""), name


def test_no_apply_is_ever_cancelled_and_none_is_lost_in_the_queue() -> None:
    jobs = _read(GITHUB / "workflows/apply.yaml")["jobs"]
    assert jobs["apply"]["concurrency"] == {
        "group": "apply-${{ matrix.environment }}",
        "cancel-in-progress": False,
        "queue": "max",
    }
    assert "concurrency" not in _read(GITHUB / "workflows/apply.yaml")


def _commands() -> Iterator[Any]:
    for name, step in _steps():
        for line in step.get("run", "").replace("\\\n", " ").splitlines():
            if "dbspec-bot" in line:
                yield pytest.param(line, id=f"{name}: {line.split('dbspec-bot ')[1]}")


@pytest.mark.parametrize("line", list(_commands()))
def test_every_command_is_there_with_its_options(line: str) -> None:
    words = shlex.split(re.sub(r"\$\{\w+:\+(.*?)\}", r"\1", line))
    command: Any = typer.main.get_command(dbspec_bot.app)
    words = words[words.index(".venv/bin/dbspec-bot") + 1 :]
    while hasattr(command, "get_command"):
        command = command.get_command(None, words.pop(0))
        assert command is not None, line
    command.make_parser(typer.Context(command)).parse_args(args=words)
