"""Graphs that other code compiled: handed over as data, and compared with what this code makes of the specs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.commands.app import run
from bot.forge.local.forge import LocalForge
from bot.jobs import conclude, graphs
from bot.jobs.result import Phase
from compiler import catalog, graph
from compiler.diagnostics import UserError
from compiler.source import at_revision
from tests.jobs.conftest import ORDERS, ROOT, TODAY, Shop, granted, opened


@pytest.fixture
def written(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(shop.clone)
    assert run(["ci", "compile", "--out", str(tmp_path / "graphs.json")]) == 0
    return tmp_path / "graphs.json"


def test_what_is_written_is_read_as_it_was(shop: Shop, written: Path) -> None:
    source = at_revision(shop.clone / "specs", "HEAD")
    made = graphs.compiled(catalog.load(source), "HEAD")
    read = graphs.read(written)
    assert len(read.stacks) == 5
    assert {id_: graph.digest(each) for id_, each in read.stacks.items()} == {
        id_: graph.digest(each) for id_, each in made.stacks.items()
    }


def test_what_does_not_compile_is_named(shop: Shop, tmp_path: Path) -> None:
    shop.grace.commit("main", {"specs/prod/orders.yaml": ORDERS + "broken: true\n"}, "Break it")
    shop.fetch()
    found = graphs.compiled(catalog.load(at_revision(shop.clone / "specs", shop.main)), shop.main)
    assert found.unread == {"prod.orders"}
    assert "prod.orders" not in found.stacks


def _first(data: Any) -> Any:
    return data["stacks"][0]["resources"][0]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data.update(version=2),
        lambda data: data["stacks"][0].update(id="../prod"),
        lambda data: _first(data).update(type="aws:iam:AccessKey"),
        lambda data: _first(data)["inputs"].update(opts="x"),
        lambda data: _first(data)["inputs"].update(region={"$ref": ["nobody", "arn"]}),
        lambda data: _first(data)["inputs"].update(region={"$ref": [_first(data)["name"], "__class__"]}),
        lambda data: _first(data)["inputs"].update(region={"$ref": [_first(data)["name"], "arn"]}),
        lambda data: data["stacks"][0]["resources"].append(_first(data)),
        lambda data: data["stacks"][0].update(resources=7),
        lambda data: data["stacks"][0]["outputs"].update(x={"$ref": ["nobody", "arn"]}),
    ],
)
def test_graphs_that_could_mislead_the_engine_are_refused(
    written: Path, spoil: Callable[[Any], None]
) -> None:
    data = json.loads(written.read_text())
    spoil(data)
    written.write_text(json.dumps(data))
    with pytest.raises(UserError, match="holds no graphs"):
        graphs.read(written)


@pytest.fixture
def with_code(founded_with_code: LocalForge, tmp_path: Path) -> Shop:
    return opened(founded_with_code, tmp_path)


def test_base_is_compiled_by_its_own_code_where_the_compiler_changes(with_code: Shop) -> None:
    shop = with_code
    # Base's compiler, not the one that runs here, names its topics otherwise: to go over to this one changes them.
    there = (ROOT / "compiler/parts/names.py").read_text()
    shop.grace.commit(
        "main",
        {"compiler/parts/names.py": there.replace('f"dbspec-{environment.name}-alerts"', '"old"')},
        "Old names",
    )
    pull = shop.pull({"compiler/parts/names.py": there})
    found = shop.preview(pull)
    assert found.phase is Phase.DONE, found.failures
    notes = {each.stack: each.outcome.notes for each in found.reports}
    assert "prod.environment" in notes
    assert all("no line of it changed: what compiles it did" in each for each in notes.values())


def test_a_compiler_that_is_broken_on_base_is_a_failure_and_not_silence(with_code: Shop) -> None:
    shop = with_code
    shop.grace.commit("main", {"compiler/catalog/loading.py": "1 / 0\n"}, "Break the code")
    pull = shop.pull({"compiler/catalog/loading.py": (ROOT / "compiler/catalog/loading.py").read_text()})
    found = shop.preview(pull)
    assert found.phase is Phase.FAILED
    assert "could not be compiled by the code of that commit" in found.failures[0]


def test_the_code_of_another_commit_sees_no_credential(
    with_code: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = with_code
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a secret")
    monkeypatch.setenv("GITHUB_TOKEN", "another")
    tattles = (
        "import os\n"
        "assert not [name for name in os.environ if name.startswith(('AWS', 'GITHUB'))], 'it sees'\n"
    )
    there = (ROOT / "compiler/catalog/loading.py").read_text()
    head, rest = there.split("import re\n", 1)
    shop.grace.commit(
        "main", {"compiler/catalog/loading.py": head + "import re\n" + tattles + rest}, "Look around"
    )
    found = shop.preview(shop.pull({"compiler/catalog/loading.py": there}))
    assert found.phase is Phase.DONE, found.failures


def test_a_compiler_that_changes_a_database_needs_its_owner_though_no_line_of_it_changed(
    with_code: Shop,
) -> None:
    shop = with_code
    there = (ROOT / "compiler/parts/names.py").read_text()
    old = there.replace('f"dbspec-{environment.name}-alerts"', '"old"')
    shop.grace.commit("main", {"compiler/parts/names.py": old, **granted(shop)}, "Old names, and who may")
    pull = shop.pull({"compiler/parts/names.py": there})
    event, revisions = shop.event(pull), shop.revisions(pull)
    _, approval = conclude.approved(shop.forge, event, revisions, shop.preview(pull), TODAY)
    assert approval is not None
    assert not approval.approved
    assert approval.who_may == ("grace",)
