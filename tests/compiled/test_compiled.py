"""What specs compile to: each case is a spec file, its golden file the graph.

A case named `<tier>-<words>.yaml` is compiled in an environment of that tier. These files also keep an edition
from changing: a difference here is a difference in every repository that uses the edition.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from compiler import catalog, compilation, graph
from compiler.aws.mismatches import check
from compiler.graph import Stack
from compiler.source import Revision, WorkTree

HERE = Path(__file__).parent
CASES = sorted((HERE / "cases").glob("*.yaml"))

ENVIRONMENT = """\
tier: {tier}
edition: "2026.11"
region: ap-northeast-2
target:
  account: "123456789012"
  preview_role: arn:aws:iam::123456789012:role/dbspec-preview
  apply_role: arn:aws:iam::123456789012:role/dbspec-apply
state: {{backend: "s3://acme-dbspec?region=ap-northeast-2", secrets: "awskms:///alias/dbspec?region=ap-northeast-2"}}
shared_infrastructure:
  terraform_s3: {{bucket: acme-terraform, key: shared.tfstate, region: ap-northeast-2}}
clients:
  checkout-api: {{security_group: sg-0a1b2c3d}}
  back-office: {{cidr: 10.20.0.0/16}}
  reports: {{output: reports_security_group_id}}
regions:
  us-west-2:
    vpc_id: vpc-0e15e34e
    private_subnet_ids: [subnet-0e15e34a, subnet-0e15e34b]
    clients: {{checkout-api: {{security_group: sg-0e15e34e}}}}
windows: {{timezone: Asia/Seoul, days: [sat, sun], from: "03:00", to: "06:00"}}
tags: {{CostCenter: platform}}
"""


def _stacks(folder: Path, case: Path) -> list[Stack]:
    specs = folder / "specs"
    tier = case.stem.split("-")[0]
    (specs / "prod").mkdir(parents=True)
    (specs / "people.yaml").write_text("teams: {checkout: {}}\n")
    (specs / "prod" / "environment.yaml").write_text(ENVIRONMENT.format(tier=tier))
    (specs / "prod" / "orders.yaml").write_bytes(case.read_bytes())
    found = catalog.load(WorkTree(specs)).checked()
    return list(compilation.stacks(*found.select([])))


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_a_spec_compiles_to_this_graph(
    case: Path, golden: Callable[[Path, str], None], tmp_path: Path
) -> None:
    _, stack = _stacks(tmp_path, case)
    golden(case.with_suffix(".json"), json.dumps(graph.to_data(stack), indent=1, ensure_ascii=False) + "\n")


def test_an_environment_compiles_to_this_graph(golden: Callable[[Path, str], None], tmp_path: Path) -> None:
    stack, _ = _stacks(tmp_path, CASES[0])
    golden(HERE / "environment.json", json.dumps(graph.to_data(stack), indent=1, ensure_ascii=False) + "\n")


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_every_input_is_one_that_its_type_has(case: Path, tmp_path: Path) -> None:
    for stack in _stacks(tmp_path, case):
        types = {each.name: each.type for each in stack.resources}
        for resource in graph.ordered(stack):
            assert list(check(resource.type, resource.inputs, types)) == []


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_a_graph_survives_being_written_and_read(case: Path, tmp_path: Path) -> None:
    for stack in _stacks(tmp_path, case):
        again = graph.from_data(json.loads(json.dumps(graph.to_data(stack))))
        assert graph.canonical(again) == graph.canonical(stack)


def test_the_same_text_compiles_to_the_same_bytes_in_every_process(tmp_path: Path) -> None:
    _stacks(tmp_path, CASES[0])
    runs = {
        subprocess.run(
            [sys.executable, "-m", "compiler.commands.app", "compile", "--specs", str(tmp_path / "specs")],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(HERE.parents[1]), "TZ": zone},
            capture_output=True,
            check=True,
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Seoul"), ("3", "America/New_York"))
    }
    assert len(runs) == 1


def test_a_revision_compiles_like_the_work_tree_it_was_committed_from(tmp_path: Path) -> None:
    stacks = _stacks(tmp_path, CASES[0])

    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=x", "-c", "user.email=x@example.org")
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True)

    git("init", "-q")
    git("add", ".")
    git("commit", "-q", "-m", "specs")
    (tmp_path / "specs" / "prod" / "orders.yaml").write_text("kind: nonsense\n")
    found = catalog.load(Revision(tmp_path, "HEAD", "specs")).checked()
    again = list(compilation.stacks(*found.select([])))
    assert [graph.canonical(each) for each in again] == [graph.canonical(each) for each in stacks]
