"""docs/contributing.md: the kind that it adds is added to a copy of the compiler, and works."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from compiler import graph
from compiler.aws.mismatches import check
from compiler.graph import Stack

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"```(?:python|yaml)\n# (\S+)\n(.*?)```", re.DOTALL)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository's compiler and specs with what the page adds to them."""
    folder = tmp_path_factory.mktemp("repository")
    shutil.copytree(ROOT / "compiler", folder / "compiler", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "specs", folder / "specs")
    blocks = BLOCK.findall((ROOT / "docs" / "contributing.md").read_text())
    (line,) = (text for path, text in blocks if path == "KINDS")
    kinds = folder / "compiler" / "kinds" / "__init__.py"
    kinds.write_text(kinds.read_text().replace("KINDS = {\n", f"KINDS = {{\n{line}"))
    for path, text in blocks:
        if path != "KINDS":
            assert not (folder / path).exists()
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
    return folder


def _with(copy: Path, folder: Path, line: str) -> Path:
    """The specs with a line more in the new one."""
    shutil.copytree(copy / "specs", folder / "specs")
    with (folder / "specs" / "dev" / "receipts.yaml").open("a") as file:
        file.write(f"{line}\n")
    return folder / "specs"


def _dbspec(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "compiler.commands.app", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def _stack(folder: Path) -> Stack:
    done = _dbspec(folder, "compile", "dev/receipts")
    assert done.returncode == 0, done.stderr
    (data,) = json.loads(done.stdout)["stacks"]
    return graph.from_data(data)


def test_its_specs_are_validated_with_all_others(copy: Path) -> None:
    done = _dbspec(copy, "validate")
    assert (done.returncode, done.stdout) == (0, "13 databases in 3 environments: no problems\n")


def test_a_rule_of_it_is_said_at_its_key(copy: Path, tmp_path: Path) -> None:
    specs = _with(copy, tmp_path, "access: [checkout-api]")
    done = _dbspec(copy, "validate", "--specs", str(specs))
    assert done.returncode == 1
    assert "receipts.yaml:4:9: a bucket has no network that a client could be let in through" in done.stdout
    assert "[archive/access]" in done.stdout


def test_a_misspelt_key_of_it_is_told_from_its_model(copy: Path, tmp_path: Path) -> None:
    specs = _with(copy, tmp_path, "expire_dys: 3")
    done = _dbspec(copy, "validate", "--specs", str(specs))
    assert "receipts.yaml:4:1: there is no key `expire_dys`; did you mean `expire_days`?" in done.stdout


def test_the_code_on_the_page_is_as_clean_as_ours(copy: Path) -> None:
    config = ["--config", str(ROOT / "pyproject.toml")]
    folder = str(copy / "compiler" / "kinds" / "archive")
    for command in (["check"], ["format", "--check"]):
        ruff = [sys.executable, "-m", "ruff", *command, *config, folder]
        done = subprocess.run(ruff, cwd=copy, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


def test_every_value_and_resource_of_it_is_explained(copy: Path) -> None:
    shown = _dbspec(copy, "explain", "dev/receipts").stdout
    assert re.search(r"expire_days +30 +edition 2026.11, development", shown)
    assert "holds the objects" in shown


def test_it_has_a_schema(copy: Path) -> None:
    schema = json.loads(_dbspec(copy, "schema", "archive").stdout)
    assert schema["required"] == ["kind", "project", "owner"]
    assert schema["properties"]["expire_days"]["description"]


def test_what_it_compiles_to_is_what_its_types_take(copy: Path) -> None:
    stack = _stack(copy)
    types = {each.name: each.type for each in stack.resources}
    assert set(types) == {"bucket", "access", "expiry"}
    for resource in stack.resources:
        assert list(check(resource.type, resource.inputs, types)) == []


def test_the_engine_makes_it_on_the_simulated_account_and_finds_it_unchanged(copy: Path) -> None:
    applied = _dbspec(copy, "apply", "dev/receipts")
    assert applied.returncode == 0, applied.stdout + applied.stderr
    assert "dev.receipts: applied, +3" in applied.stdout
    assert _dbspec(copy, "preview", "--detailed-exitcode", "dev/receipts").returncode == 0


def test_a_change_of_it_is_told_with_what_it_does(copy: Path, tmp_path: Path) -> None:
    specs = _with(copy, tmp_path, "locked: true")
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org"]
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "specs"]):
        subprocess.run([*git, *arguments], cwd=tmp_path, check=True, capture_output=True)
    (specs / "dev" / "receipts.yaml").write_text((copy / "specs" / "dev" / "receipts.yaml").read_text())
    done = _dbspec(copy, "diff", "HEAD", "--specs", str(specs))
    assert done.returncode == 0, done.stderr
    assert "locking is fixed when the bucket is made" in done.stdout
