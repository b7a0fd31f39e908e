"""What an environment.yaml compiles to: each case is one, its golden file the graph."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from compiler import catalog, compilation, graph
from compiler.aws.mismatches import check
from compiler.graph import Stack
from compiler.source import WorkTree

HERE = Path(__file__).parent
CASES = sorted((HERE / "cases").glob("*.yaml"))


def _stack(folder: Path, environment: str, **specs: str) -> Stack:
    specs_folder = folder / "specs"
    (specs_folder / "prod").mkdir(parents=True)
    (specs_folder / "people.yaml").write_text("teams: {checkout: {}}\n")
    (specs_folder / "prod" / "environment.yaml").write_text(environment)
    for name, text in specs.items():
        (specs_folder / "prod" / f"{name}.yaml").write_text(text)
    found = catalog.load(WorkTree(specs_folder)).checked()
    return next(iter(compilation.stacks(*found.select([]))))


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_an_environment_compiles_to_this_graph(
    case: Path, golden: Callable[[Path, str], None], tmp_path: Path
) -> None:
    stack = _stack(tmp_path, case.read_text())
    golden(case.with_suffix(".json"), json.dumps(graph.to_data(stack), indent=1, ensure_ascii=False) + "\n")


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_every_input_is_one_that_its_type_has(case: Path, tmp_path: Path) -> None:
    for resource in graph.ordered(_stack(tmp_path, case.read_text())):
        assert list(check(resource.type, resource.inputs)) == []


def test_no_database_changes_the_stack_of_its_environment(tmp_path: Path) -> None:
    text = (HERE / "cases" / "production.yaml").read_text()
    mysql = "kind: mysql\nproject: shop\nowner: checkout\ndatabase_name: orders\n"
    alone = _stack(tmp_path / "alone", text)
    assert graph.canonical(_stack(tmp_path / "with", text, orders=mysql)) == graph.canonical(alone)


def test_another_order_of_subscriptions_changes_nothing(tmp_path: Path) -> None:
    text = (HERE / "cases" / "production.yaml").read_text()
    stacks = [
        _stack(tmp_path / str(number), f"{text}alerts: {{subscriptions: [{', '.join(addresses)}]}}\n")
        for number, addresses in enumerate(
            (("a@example.org", "b@example.org"), ("b@example.org", "a@example.org"))
        )
    ]
    assert len({graph.digest(each) for each in stacks}) == 1


def test_what_databases_are_kept_by_outlives_the_environment(tmp_path: Path) -> None:
    stack = _stack(tmp_path, (HERE / "cases" / "production.yaml").read_text())
    holding = {"aws:backup:Vault", "aws:kms:Key", "aws:s3:Bucket"}
    kept = {each.type for each in stack.resources if each.options.retain_on_delete}
    assert kept == holding == {each.type for each in stack.resources} & holding
