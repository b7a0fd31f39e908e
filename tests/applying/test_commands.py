"""The commands as a job runs them: what they print, what they leave for other jobs, and how they exit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.commands.app import run
from tests.applying.conftest import PRODUCTION, TABLE

if TYPE_CHECKING:
    from tests.applying.conftest import Town

REAL = PRODUCTION.replace(
    "target: sandbox",
    """\
target:
  account: "123456789012"
  preview_role: arn:aws:iam::123456789012:role/dbspec-preview
  apply_role: arn:aws:iam::123456789012:role/dbspec-apply
state: {backend: "s3://acme-dbspec?region=ap-northeast-2", secrets: "awskms:///alias/x?region=ap-northeast-2"}
shared_infrastructure:
  terraform_s3: {bucket: acme-terraform, key: shared.tfstate, region: ap-northeast-2}""",
)


@pytest.fixture
def clone(new_town: Town, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(new_town.clone)
    monkeypatch.setenv("DBSPEC_FORGE", str(new_town.local.root))
    for name in ("GITHUB_RUN_ID", "GITHUB_OUTPUT"):
        monkeypatch.delenv(name, raising=False)
    return new_town.clone


def test_an_environment_that_cannot_be_read_is_left_out_and_named(
    clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    (clone / "specs" / "dev" / "environment.yaml").write_text("tier: [\n")
    (clone / "specs" / "prod" / "environment.yaml").write_text(REAL)

    assert run(["ci", "environments"]) == 0
    assert run(["ci", "environments", "dev"]) == 0

    first, second = capsys.readouterr().out.splitlines()
    assert json.loads(first) == [
        {
            "environment": "prod",
            "region": "ap-northeast-2",
            "preview_role": "arn:aws:iam::123456789012:role/dbspec-preview",
            "apply_role": "arn:aws:iam::123456789012:role/dbspec-apply",
        }
    ]
    assert (tmp_path / "output").read_text().splitlines() == [
        f"jobs={first}",
        'unreadable=["dev"]',
        f"jobs={second}",
        'unreadable=["dev"]',
    ]


def test_what_came_of_each_environment_is_printed_and_summed_up(
    clone: Path,
    new_town: Town,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    new_town.merge({"specs/prod/orders.yaml": "kind: mysq\n"})

    assert run(["ci", "apply"]) == 1
    first = capsys.readouterr().out
    new_town.merge({"specs/prod/orders.yaml": TABLE}, "Mend it")
    assert run(["ci", "apply", "prod"]) == 0
    second = capsys.readouterr().out

    assert first == "dev: 2 applied\nprod: nothing is applied, its files cannot be compiled\n"
    assert second == "prod: 3 applied\n"
    assert (tmp_path / "summary").read_text().count("###") == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["apply", "--emergency", "now"], "an emergency is one of environments that are named"),
        (["apply", "qa"], "there is no environment 'qa' on main"),
        (["drift", "qa"], "there is no environment 'qa' on main"),
        (["apply", "--branch", "trunk"], "origin has no branch trunk"),
    ],
)
def test_what_is_asked_for_wrongly_is_said(
    clone: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["ci", *arguments]) == 2
    assert said in capsys.readouterr().err
