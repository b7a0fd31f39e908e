"""What is decommissioned: every kind ends without protection and in a snapshot, and offline verbs take it as gone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from compiler import catalog, compilation
from compiler.commands.app import run
from compiler.graph import Stack
from compiler.lifecycle import said
from compiler.source import WorkTree

ENVIRONMENT = 'tier: production\nedition: "2026.11"\nregion: ap-northeast-2\ntarget: sandbox\n'
OWN = {
    "mysql": "database_name: orders\nread_replicas: 1\n",
    "redis": "",
    "dynamodb": "attributes: {id: S}\nhash_key: id\n",
}
LEAVING = "decommission: {reason: it moved, final_snapshot: %s}\n"


def _write(folder: Path, kind: str, snapshot: str = "orders-final") -> None:
    files = {
        "people.yaml": "teams: {checkout: {}}\n",
        "prod/environment.yaml": ENVIRONMENT,
        "prod/orders.yaml": f"kind: {kind}\nproject: ecommerce\nowner: checkout\n"
        + OWN[kind]
        + LEAVING % snapshot,
    }
    for path, text in files.items():
        (folder / "specs" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "specs" / path).write_text(text)


def _prepared(folder: Path, kind: str, snapshot: str) -> Stack:
    _write(folder, kind, snapshot)
    database = catalog.load(WorkTree(folder / "specs")).checked().databases["prod/orders"]
    leaving = said.of(database).leaving
    assert leaving
    return leaving.prepared(compilation.whole(database)[0])


@pytest.mark.parametrize("kind", OWN)
def test_nothing_of_it_refuses_to_go(kind: str, tmp_path: Path) -> None:
    stack = _prepared(tmp_path, kind, "orders-final")

    armed = json.dumps([dict(each.inputs) for each in stack.resources], default=str)
    assert '"deletion_protection": true' not in armed
    assert '"deletion_protection_enabled": true' not in armed
    assert not any(each.options.protect for each in stack.resources)
    # What encrypts the snapshot outlives it.
    assert any(each.type == "aws:kms:Key" and each.options.retain_on_delete for each in stack.resources)


def test_it_goes_into_the_snapshot_that_was_asked_for(tmp_path: Path) -> None:
    primary = _prepared(tmp_path, "mysql", "orders-final").resource("instance").inputs

    assert (primary["skip_final_snapshot"], primary["final_snapshot_identifier"]) == (False, "orders-final")


def test_a_replica_has_no_snapshot_of_its_own(tmp_path: Path) -> None:
    stack = _prepared(tmp_path, "mysql", "orders-final")
    [replica] = [each for each in stack.resources if "replicate_source_db" in each.inputs]

    assert replica.inputs["skip_final_snapshot"] is True
    assert "final_snapshot_identifier" not in replica.inputs


def test_without_a_snapshot_nothing_is_kept(tmp_path: Path) -> None:
    primary = _prepared(tmp_path, "mysql", "false").resource("instance").inputs
    assert (primary["skip_final_snapshot"], primary["final_snapshot_identifier"]) == (True, None)


@pytest.mark.parametrize("kind", OWN)
def test_every_offline_verb_takes_it_as_gone(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _write(tmp_path, kind)
    monkeypatch.chdir(tmp_path)

    for verb in (["validate"], ["explain", "prod/orders"], ["cost", "prod/orders"]):
        assert run([*verb, *(["--today", "2026-11-23"] if verb != ["cost", "prod/orders"] else [])]) == 0
    capsys.readouterr()
    assert run(["compile", "prod/orders"]) == 0
    [stack] = [each for each in json.loads(capsys.readouterr().out)["stacks"] if each["id"] == "prod.orders"]
    assert (stack["resources"], stack["outputs"]) == ([], {})
    assert run(["compile", "--format", "pulumi-yaml", "--out", "out"]) == 0
