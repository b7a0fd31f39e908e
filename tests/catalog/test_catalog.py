"""Reading a specs folder: layers, selection, revisions."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from compiler import catalog
from compiler.catalog import Catalog
from compiler.diagnostics import Exit, UserError
from compiler.settings import settings
from compiler.source import Revision, WorkTree

BASE = """\
edition: "2026.11"
region: ap-northeast-2
target: sandbox
clients: {checkout-api: {cidr: 10.0.0.0/16}}
tags: {CostCenter: platform, Shared: "yes"}
defaults:
  mysql: {backup: {retention_days: 21}, logs: {exports: [error, general]}}
"""
SPEC = "kind: mysql\nproject: shop\nowner: checkout\ndatabase_name: orders\n"


def _load(folder: Path, files: dict[str, str]) -> Catalog:
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return catalog.load(WorkTree(folder))


@pytest.fixture
def files() -> dict[str, str]:
    return {
        "people.yaml": "teams: {checkout: {}}\n",
        "base.yaml": BASE,
        "prod/environment.yaml": "tier: production\nextends: ../base.yaml\ntags: {CostCenter: shop, Shared: ~}\n",
        "dev/environment.yaml": "tier: development\nextends: ../base.yaml\n",
        "prod/orders.yaml": SPEC,
        "prod/deep/down/search.yaml": SPEC + "backup: {retention_days: 1}\nlogs: {exports: [slowquery]}\n",
        "dev/orders.yaml": SPEC,
    }


def test_what_environments_extend_lies_below_what_they_say(tmp_path: Path, files: dict[str, str]) -> None:
    found = _load(tmp_path, files).checked()
    assert found.environments["prod"].spec.tags == {"CostCenter": "shop"}
    assert found.environments["dev"].spec.tags == {"CostCenter": "platform", "Shared": "yes"}


def test_folders_below_an_environment_carry_no_meaning(tmp_path: Path, files: dict[str, str]) -> None:
    assert list(_load(tmp_path, files).databases) == ["dev/orders", "prod/orders", "prod/search"]


def test_a_value_comes_from_the_spec_else_the_environment_else_the_edition(
    tmp_path: Path, files: dict[str, str]
) -> None:
    found = _load(tmp_path, files).checked()

    def origin(database: str, key: str) -> tuple[object, str, str | None]:
        one = next(
            each for each in settings(found.databases[database]) if ".".join(map(str, each.route)) == key
        )
        return one.value, one.origin, Path(one.at.path).name if one.at else None

    assert origin("prod/search", "backup.retention_days") == (1, "spec", "search.yaml")
    assert origin("prod/orders", "backup.retention_days") == (21, "environment", "base.yaml")
    assert origin("prod/orders", "multi_az") == (True, "edition 2026.11, production", "2026.11.yaml")
    assert origin("prod/search", "logs.exports") == (["slowquery"], "spec", "search.yaml")
    assert origin("prod/orders", "identifier") == (
        "shop-prod-orders",
        "derived: project, environment and name",
        None,
    )


def test_an_explicit_null_unsets_what_the_environment_gives(tmp_path: Path, files: dict[str, str]) -> None:
    files["dev/orders.yaml"] = SPEC + "backup: {retention_days: ~}\n"
    found = _load(tmp_path, files)
    assert [each.rule for each in found.diagnostics] == ["spec/missing-key"]


def test_an_environment_selects_its_databases_and_a_database_itself(
    tmp_path: Path, files: dict[str, str]
) -> None:
    found = _load(tmp_path, files)

    def names(*selected: str) -> tuple[list[str], list[str]]:
        environments, databases = found.select(selected)
        return [each.name for each in environments], [each.id for each in databases]

    assert names("prod") == (["prod"], ["prod/orders", "prod/search"])
    assert names("prod/search", "dev/orders") == ([], ["dev/orders", "prod/search"])
    assert names() == (["dev", "prod"], ["dev/orders", "prod/orders", "prod/search"])


def test_a_wrong_selection_is_wrong_usage_and_says_what_was_meant(
    tmp_path: Path, files: dict[str, str]
) -> None:
    with pytest.raises(UserError, match="did you mean 'prod/orders'") as caught:
        _load(tmp_path, files).select(["prod/order"])
    assert caught.value.exit_code is Exit.USAGE


def test_a_revision_is_read_without_a_checkout_from_anywhere_in_the_repository(
    tmp_path: Path, files: dict[str, str]
) -> None:
    repository = tmp_path / "a repository"
    _load(repository / "infra" / "specs", files)
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "specs"]):
        identity = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
        subprocess.run(["git", *identity, *arguments], cwd=repository, check=True)
    (repository / "infra" / "specs" / "prod" / "orders.yaml").unlink()
    there = catalog.load(Revision(repository / "infra", "HEAD", "infra/specs"))
    assert list(there.databases) == ["dev/orders", "prod/orders", "prod/search"]
    assert not (repository / "infra" / "specs" / "prod" / "orders.yaml").exists()


def test_a_revision_that_does_not_exist_is_wrong_usage(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    with pytest.raises(UserError, match="names no commit") as caught:
        catalog.load(Revision(tmp_path, "nowhere", "specs"))
    assert caught.value.exit_code is Exit.USAGE


def test_a_name_that_is_no_text_is_told_as_one(tmp_path: Path, files: dict[str, str]) -> None:
    specs = tmp_path / "specs"
    _load(specs, files)
    for path in (b"prod/caf\xe9.yaml", b"caf\xe9/orders.yaml"):
        file = Path(os.fsdecode(bytes(specs) + b"/" + path))
        file.parent.mkdir(exist_ok=True)
        file.write_text(SPEC)
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "specs"]):
        identity = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True)

    for source in (WorkTree(specs), Revision(tmp_path, "HEAD", "specs")):
        found = catalog.load(source)
        wrong = [(each.rule, each.at and each.at.path.rpartition("specs/")[2]) for each in found.diagnostics]
        assert wrong == [
            ("environment/missing", "caf\\xe9/orders.yaml"),
            ("spec/name", "prod/caf\\xe9.yaml"),
        ]
        assert "\n".join(map(str, found.diagnostics)).encode()


def test_a_symbolic_link_is_not_followed(tmp_path: Path, files: dict[str, str]) -> None:
    found_before = _load(tmp_path / "specs", files)
    secret = tmp_path / "elsewhere.yaml"
    secret.write_text("password: hunter2\n")
    (tmp_path / "specs" / "prod" / "stolen.yaml").symlink_to(secret)
    found = catalog.load(WorkTree(tmp_path / "specs"))
    assert [each.rule for each in found.diagnostics] == ["source/link"]
    assert found_before.diagnostics == ()
    assert b"hunter2" not in b"".join(found.texts.values())
