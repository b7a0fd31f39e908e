"""What people get for what they write wrong: every case is a file, its golden file lies beside it.

specs/ holds files that stand in for specs/prod/orders.yaml, environments/ for specs/prod/environment.yaml, people/ for
specs/people.yaml, and trees/ whole specs folders. `pytest --rewrite` writes all golden files anew.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from compiler import catalog, compilation
from compiler.commands.app import run
from compiler.render import terminal
from compiler.source import WorkTree

HERE = Path(__file__).parent
STANDS_FOR = {"specs": "prod/orders.yaml", "environments": "prod/environment.yaml", "people": "people.yaml"}

TODAY = date(2026, 11, 23)

GOOD = {
    "people.yaml": "teams:\n  checkout: {channel: '#checkout'}\n",
    "prod/environment.yaml": (
        'tier: production\nedition: "2026.11"\nregion: ap-northeast-2\ntarget: sandbox\n'
        "clients:\n  checkout-api: {security_group: sg-0c0ffee0000000003}\n"
        "waive: {RDS.23: {reason: clients have 3306 compiled in, until: 2027-06-30}}\n"
    ),
    "prod/orders.yaml": (
        "kind: mysql\nproject: ecommerce\nowner: checkout\ndatabase_name: orders\naccess: [checkout-api]\n"
    ),
}

CASES = sorted(path for folder in STANDS_FOR for path in (HERE / folder).glob("*.yaml"))
TREES = sorted(path for path in (HERE / "trees").iterdir() if path.is_dir())


def test_the_good_specs_have_nothing_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _write_good(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert run(["validate", "--today", TODAY.isoformat()]) == 0
    assert "no problems" in capsys.readouterr().out


@pytest.mark.parametrize("case", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_wrong_file_gets_its_diagnostics(
    case: Path,
    golden: Callable[[Path, str], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    _write_good(tmp_path)
    shutil.copy(case, tmp_path / "specs" / STANDS_FOR[case.parent.name])
    _check(tmp_path, case.with_suffix(".txt"), golden, monkeypatch, capsys)


@pytest.mark.parametrize("tree", TREES, ids=lambda path: path.name)
def test_a_wrong_tree_gets_its_diagnostics(
    tree: Path,
    golden: Callable[[Path, str], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shutil.copytree(tree, tmp_path / "specs")
    _check(tmp_path, tree.with_suffix(".txt"), golden, monkeypatch, capsys)


def _write_good(folder: Path) -> None:
    for path, text in GOOD.items():
        file = folder / "specs" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def _check(
    folder: Path,
    expected: Path,
    golden: Callable[[Path, str], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(folder)
    assert run(["validate", "--today", TODAY.isoformat()]) == 1
    piped = capsys.readouterr()
    assert piped.err == ""
    found = catalog.load(WorkTree(Path("specs")))
    diagnostics = compilation.diagnostics(found, TODAY)
    assert piped.out == terminal.diagnostics(diagnostics)
    golden(expected, terminal.diagnostics(diagnostics, found.texts.get))
