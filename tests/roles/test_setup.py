"""What docs/setup.md and docs/running.md say to do: commands exist, rules protect, and every setting is told."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel
from ruamel.yaml import YAML

from bot.commands.app import run as run_bot
from bot.doctor import WORKFLOWS, Wanted, _branch
from bot.forge.github.connect import PERMISSIONS
from bot.forge.github.rules import _by_rulesets
from bot.settings import VARIABLES, File, load
from compiler import catalog
from compiler.commands.app import run
from compiler.doctor.finding import State
from compiler.roles.repository import PREVIEWING
from compiler.source import WorkTree

ROOT = Path(__file__).parents[2]
PAGES = {name: (ROOT / "docs" / f"{name}.md").read_text() for name in ("running", "setup")}
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
COMMAND = re.compile(r"^(?:\$ )?(dbspec|dbspec-bot) (.*?)(?:\s+#.*|\s*[>|].*)?$", re.MULTILINE)


def _blocks(page: str, language: str) -> list[str]:
    return [text for found, text in BLOCK.findall(PAGES[page]) if found == language]


@pytest.mark.parametrize("page", PAGES)
def test_every_script_of_the_page_is_one(page: str) -> None:
    for text in _blocks(page, "sh"):
        done = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_the_page_exists_with_its_options(
    page: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = [
        match for text in _blocks(page, "sh") for match in COMMAND.findall(text.replace("\\\n", " "))
    ] + re.findall(r"`(dbspec|dbspec-bot) ([a-z][^`]*)`", PAGES[page])
    assert len(found) > 4
    for program, rest in found:
        words = shlex.split(re.sub(r"\$\(.*?\)\"?", "X", rest), posix=False)
        verb = [words[0]] + ([words[1]] if words[0] in ("audit", "ci") and len(words) > 1 else [])
        assert (run if program == "dbspec" else run_bot)([*verb, "--help"]) == 0, rest
        shown = capsys.readouterr().out
        for option in (each.partition("=")[0] for each in words if each.startswith("--")):
            assert option in shown, rest


def test_the_ruleset_of_the_page_lacks_nothing() -> None:
    (ruleset,) = (
        json.loads(text)
        for text in re.findall(r"<<'JSON'\n(.*?)\nJSON", PAGES["setup"], re.DOTALL)
        if '"rules"' in text
    )
    found = list(_branch(_by_rulesets(ruleset["rules"]), Wanted("main", "dbspec", [], 1)))
    assert [each.about for each in found if each.state is not State.OK] == []
    assert ruleset["enforcement"] == "active"
    assert ruleset["bypass_actors"] == []


def test_the_environment_of_the_page_is_one(tmp_path: Path) -> None:
    (target,) = (text for text in _blocks("setup", "yaml") if "preview_role" in text)
    (hold,) = (text for text in _blocks("setup", "yaml") if text.startswith("hold"))
    shipped = (ROOT / "specs" / "prod" / "environment.yaml").read_text()
    specs = tmp_path / "specs"
    (specs / "prod").mkdir(parents=True)
    text = shipped.replace("target: sandbox\n", target + hold)
    (specs / "prod" / "environment.yaml").write_text(text)
    catalog.load(WorkTree(specs)).checked()


# -- the workflows


def _workflow(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = YAML(typ="safe").load(path.read_text())
    return found


def _takers() -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Every job that takes a role: its file, itself, and the step's inputs."""
    return [
        (path.name, job, step["with"])
        for path in sorted((ROOT / ".github" / "workflows").glob("*.yaml"))
        for job in _workflow(path)["jobs"].values()
        for step in job.get("steps", ())
        if "configure-aws-credentials" in step.get("uses", "")
    ]


def test_the_preview_role_trusts_the_workflows_that_take_it_and_no_other() -> None:
    takers = {name for name, job, _ in _takers() if "environment" not in job}
    assert {f".github/workflows/{name}" for name in takers} == set(PREVIEWING)


def test_the_apply_role_is_taken_in_the_environment_of_its_name() -> None:
    (taker,) = [(job, given) for _, job, given in _takers() if "environment" in job]
    job, given = taker
    assert job["environment"] == "${{ matrix.environment }}"
    assert given["role-to-assume"] == "${{ matrix.apply_role }}"


def test_no_session_ends_before_its_job_nor_is_longer_than_the_page_makes_the_role() -> None:
    longest = {"apply": 21600, "preview": 7200}
    assert f"echo {longest['apply']} || echo {longest['preview']}" in PAGES["setup"]
    for name, job, given in _takers():
        role = "apply" if "environment" in job else "preview"
        seconds = int(given.get("role-duration-seconds", 3600))
        assert job["timeout-minutes"] * 60 <= seconds <= longest[role], name


def test_the_doctor_knows_every_workflow_but_the_one_of_dbspec_itself() -> None:
    there = {path.stem for path in (ROOT / ".github" / "workflows").glob("*.yaml")}
    assert there - {"ci"} == set(WORKFLOWS)


# -- running it


def _keys(model: type[BaseModel], above: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        inner = [each for each in get_args(field.annotation) or (field.annotation,) if _is_model(each)]
        for each in inner:
            yield from _keys(each, f"{above}{name}.")
        if not inner:
            yield f"{above}{name}"


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def test_every_setting_and_every_secret_is_on_the_page() -> None:
    for key in (*_keys(File), *VARIABLES.values()):
        assert f"`{key}`" in PAGES["running"], key


def test_the_permissions_of_the_app_are_on_the_page() -> None:
    (sentence,) = re.findall(
        r"the repository permissions ([^;.]*?), each \*Read and write\*", PAGES["running"]
    )
    said = set(re.split(r", | and ", sentence))
    assert said == {
        each.replace("_", " ").capitalize() for each, level in PERMISSIONS.items() if level == "write"
    }


def test_the_settings_of_the_page_are_some(tmp_path: Path) -> None:
    (text,) = _blocks("running", "yaml")
    shipped = (ROOT / "docs" / "running" / "dbspec-bot.yaml").read_text()
    for each in (text, shipped):
        (tmp_path / "dbspec-bot.yaml").write_text(each)
        assert load({}, tmp_path / "dbspec-bot.yaml").file.slack is not None


def test_the_unit_gives_the_bot_its_secrets_by_names_that_it_knows() -> None:
    unit = (ROOT / "docs" / "running" / "dbspec-bot.service").read_text()
    given = dict(re.findall(r"^Environment=(\w+)_FILE=%d/([\w-]+)$", unit, re.MULTILINE))
    assert set(given) <= set(VARIABLES.values())
    assert set(given.values()) == set(re.findall(r"^LoadCredential=([\w-]+):", unit, re.MULTILINE))
    settings = (ROOT / "docs" / "running" / "dbspec-bot.yaml").read_text()
    assert "data: /var/lib/dbspec-bot" in settings  # its StateDirectory


def test_the_image_is_made_of_files_that_are_there() -> None:
    text = (ROOT / "docs" / "running" / "Containerfile").read_text()
    copied = [
        each for line in re.findall(r"^COPY (?!--)(.*) \S+$", text, re.MULTILINE) for each in line.split()
    ]
    assert {"compiler", "bot", "requirements.lock"} <= set(copied)
    for each in copied:
        assert (ROOT / each).exists(), each
