"""The reference: current, and true to the models, the rules and the effects that it is written from."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from compiler import schemas
from compiler.reference.__main__ import page, variables
from compiler.reference.keys import keys

# One worker for all of them: a page takes seconds to write, and is written once in a process.
pytestmark = pytest.mark.xdist_group("reference")
ROOT = Path(__file__).parents[2]

# Rules that no spec and no environment breaks alone: another file or another region belongs to it.
OF_SEVERAL_FILES = {
    "dynamodb/backup-vault",
    "dynamodb/strong-home",
    "environment/account-wide",
    "environment/missing",
    "environment/name",
    "redis/nodes-quota",
}


def _anchors(page: str) -> list[str]:
    """The anchors that GitHub gives the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", page, re.MULTILINE)
    return [re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings]


@cache
def _page(name: str) -> str:
    return page(name, ROOT)


@pytest.mark.parametrize("name", schemas.names())
def test_the_reference_is_current(name: str, golden: Callable[[Path, str], None]) -> None:
    golden(ROOT / "docs" / "reference" / f"{name}.md", _page(name))


def test_the_table_of_variables_is_current(golden: Callable[[Path, str], None]) -> None:
    golden(ROOT / "docs" / "reference" / "variables.md", variables())


@pytest.mark.parametrize(
    "path", [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md"], ids=lambda path: path.name
)
def test_every_link_of_the_documents_leads_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)]*)\)", path.read_text()):
        file, _, anchor = target.partition("#")
        if "://" in file:
            continue
        there = (path.parent / file).resolve() if file else path
        assert there.exists(), target
        if anchor:
            assert anchor in _anchors(there.read_text()), target


@pytest.mark.parametrize("name", schemas.names())
def test_every_link_within_a_page_leads_to_one_of_its_headings(name: str) -> None:
    anchors = _anchors(_page(name))
    assert len(anchors) == len(set(anchors))
    assert set(re.findall(r"\(#([^)]*)\)", _page(name))) <= set(anchors)


@pytest.mark.parametrize("name", ["mysql", "redis", "dynamodb", "environment"])
def test_every_rule_of_a_kind_is_on_its_page(name: str) -> None:
    text = "".join(path.read_text() for path in (ROOT / "compiler").rglob("*.py"))
    rules = set(re.findall(rf'"({name}/[a-z0-9-]+)"', text))
    missing = {each for each in rules if f"### Rule {each}\n" not in _page(name)}
    assert missing <= OF_SEVERAL_FILES


def test_every_key_of_a_spec_is_on_its_page_with_nested_ones() -> None:
    found = [each.text for each in keys("mysql")]
    assert {"storage.iops", "read_replicas[].name", "parameters.<name>.value"} <= set(found)
    assert len(found) == len(set(found))
    for each in found:
        assert f"### `{each}`" in _page("mysql")


def test_defaults_are_said_by_tier_where_tiers_differ() -> None:
    assert "- by default: `db.t4g.micro` / `db.t4g.small` / `db.r7g.large`" in _page("mysql")
    assert "- by default: `3306`" in _page("mysql")


@pytest.mark.parametrize(
    ("kind", "key", "takes"),
    [
        ("mysql", "read_replicas", "list of sections; in short whole number"),
        ("dynamodb", "ttl", "section; in short text"),
        ("dynamodb", "replicas", "mapping of names to sections; in short list of text"),
    ],
)
def test_short_forms_are_said_to_be(kind: str, key: str, takes: str) -> None:
    assert f"### `{key}`\n" in _page(kind)
    _, _, section = _page(kind).partition(f"### `{key}`\n")
    assert f"- takes: {takes}" in section.partition("\n### ")[0]


def test_a_change_that_loses_data_is_said_to_at_its_key() -> None:
    _, _, section = _page("mysql").partition("### `database_name`")
    section, _, _ = section.partition("\n### ")
    assert "**loses data" in section
    assert "source: " in section
