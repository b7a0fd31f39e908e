"""The command line: verbs, options, exit codes, and what a mistake in them gets."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from compiler.commands.app import VERBS, run

ROOT = Path(__file__).parents[2]


def _dbspec(*arguments: str, cwd: Path = ROOT, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "compiler.commands.app", *arguments],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environ,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("verb", VERBS)
def test_the_help_of_every_verb_shows_an_example(verb: str) -> None:
    done = _dbspec(verb, "--help")
    assert done.returncode == 0
    assert f"Example: dbspec {verb}" in " ".join(done.stdout.split())


def test_the_help_lists_every_verb() -> None:
    shown = _dbspec("--help").stdout
    assert all(f"  {verb} " in shown for verb in VERBS)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["valdate"], "there is no verb 'valdate'; did you mean 'validate'?; see dbspec --help"),
        (["validate", "--fromat", "json"], "see dbspec validate --help"),
        (["validate", "--format", "xml"], "see dbspec validate --help"),
        (["explain", "prod/order"], "did you mean 'prod/orders'?"),
        (["schema", "mysq"], "did you mean 'mysql'?"),
        (["compile", "--format", "pulumi-yaml"], "say where with --out DIR"),
        (["validate", "--specs", "nowhere"], "there is no folder nowhere"),
        (["apply"], "say --all"),
        ([], "Usage: dbspec"),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_one_message_and_exit_code_2(arguments: list[str], said: str) -> None:
    done = _dbspec(*arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_wrong_specs_are_exit_code_1_and_json_is_alone_on_stdout(tmp_path: Path) -> None:
    (tmp_path / "specs" / "prod").mkdir(parents=True)
    (tmp_path / "specs" / "prod" / "orders.yaml").write_text("kind: mysql\n")
    done = _dbspec("validate", "--format", "json", cwd=tmp_path)
    assert done.returncode == 1
    assert json.loads(done.stdout)
    assert done.stderr == ""


def test_a_verb_that_needs_good_specs_says_what_is_wrong_with_them(tmp_path: Path) -> None:
    (tmp_path / "specs" / "prod").mkdir(parents=True)
    (tmp_path / "specs" / "prod" / "orders.yaml").write_text("kind: mysql\n")
    done = _dbspec("compile", cwd=tmp_path)
    assert done.returncode == 1
    assert "specs/prod/orders.yaml:1:1" in done.stderr
    assert done.stdout == ""


def test_colours_respect_no_color_and_pipes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "specs" / "prod").mkdir(parents=True)
    (tmp_path / "specs" / "prod" / "orders.yaml").write_text("kind: mysql\n")
    assert "\x1b" not in _dbspec("validate", cwd=tmp_path).stdout
    assert "\x1b" in _dbspec("validate", "--color", "always", cwd=tmp_path).stdout
    assert "\x1b" in _dbspec("validate", "--color", "always", cwd=tmp_path, NO_COLOR="1").stdout


def test_a_reader_who_leaves_early_is_no_error() -> None:
    done = subprocess.run(
        f"{shlex.quote(sys.executable)} -m compiler.commands.app compile | head -c 10",
        shell=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""


def test_only_debug_shows_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("compiler.catalog.load", lambda _: 1 / 0)
    assert run(["validate"]) == 3
    assert "Traceback" not in capsys.readouterr().err
    assert run(["validate", "--debug"]) == 3
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_a_schema_accepts_the_shipped_specs_short_forms_and_refuses_a_typo() -> None:
    import jsonschema
    from ruamel.yaml import YAML

    schema = json.loads(_dbspec("schema", "mysql").stdout)
    spec = YAML(typ="safe").load((ROOT / "specs" / "prod" / "orders.yaml").read_text())
    jsonschema.validate(spec, schema)
    jsonschema.validate(spec | {"read_replicas": 2, "parameters": {"max_connections": 100}}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(spec | {"storrage": {}}, schema)
