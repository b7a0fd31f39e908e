"""The JSON Schemas: what is right passes, what they can know to be wrong does not, and examples are right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from compiler import document, edition, kinds, schemas
from compiler.diagnostics import UserError
from compiler.environment.model import EnvironmentSpec
from compiler.model import Model
from compiler.people import People
from compiler.validation import explain_errors, validate

ROOT = Path(__file__).parents[2]
WRONG = ROOT / "tests" / "wrong"
SHIPPED = sorted((ROOT / "specs").rglob("*.yaml"))
COMPILED = sorted((ROOT / "tests" / "compiled" / "cases").glob("*.yaml"))

# What the models know and a JSON Schema cannot: names that exist, networks, lengths of windows, reserved words.
BEYOND = {
    "control/never-waived",
    "control/unknown",
    "dynamodb/limit",
    "dynamodb/replica-twice",
    "environment/cidr",
    "environment/cidr-too-wide",
    "environment/edition",
    "environment/limits",
    "environment/subscription",
    "environment/timezone",
    "environment/window-too-short",
    "mysql/insights-retention",
    "tags/reserved",
}
# What the schema of environment.yaml knows beside its model: what `defaults` can hold.
KNOWS_MORE = {"defaults-unknown-key", "defaults-unknown-kind", "defaults-wrong-value"}
# What is wrong in some of a rule's cases only.
CANNOT_KNOW = {
    "class-typo",
    "database-name-reserved",
    "extends-itself",
    "extends-missing",
    "exponent-is-a-float",  # a number without a fraction is an integer to JSON Schema
    "mysql-restore-no-such-day",
    "redis-node-type-typo",
    "redis-snapshot-window-short",
    "replica-class",
    "username-admin",
    "version-9-not-a-version",  # a number has no form
    "window-too-short",
}
_MODELS: dict[str, tuple[type[Model], str]] = {
    schemas.ENVIRONMENT: (EnvironmentSpec, "compiler/environment"),
    schemas.PEOPLE: (People, ""),
}


def _plain(path: Path) -> Any:
    return document.plain(document.read(path.name, path.read_bytes()))


def _name(path: Path, read: Any) -> str:
    return {"environment": schemas.ENVIRONMENT, "people": schemas.PEOPLE}.get(path.stem) or str(read["kind"])


@pytest.fixture(scope="module")
def validators() -> dict[str, jsonschema.Draft202012Validator]:
    return {name: jsonschema.Draft202012Validator(schemas.schema(name)) for name in schemas.names()}


@pytest.mark.parametrize("name", schemas.names())
def test_a_schema_is_one(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schemas.schema(name))


@pytest.mark.parametrize("name", schemas.names())
def test_the_committed_schema_is_current(name: str, golden: Callable[[Path, str], None]) -> None:
    golden(ROOT / "docs" / "schema" / f"{name}.json", schemas.text(name))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_shipped_file_fits_its_schema(
    path: Path, validators: dict[str, jsonschema.Draft202012Validator]
) -> None:
    read = _plain(path)
    assert [each.message for each in validators[_name(path, read)].iter_errors(read)] == []


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_shipped_file_names_its_schema_for_editors(path: Path) -> None:
    first = path.read_text().splitlines()[0]
    prefix = "# yaml-language-server: $schema="
    assert first.startswith(prefix)
    assert (path.parent / first.removeprefix(prefix)).resolve() == (
        ROOT / "docs" / "schema" / f"{_name(path, _plain(path))}.json"
    )


@pytest.mark.parametrize("path", COMPILED, ids=lambda path: path.stem)
def test_a_spec_that_compiles_fits_its_schema(
    path: Path, validators: dict[str, jsonschema.Draft202012Validator]
) -> None:
    read = _plain(path)
    assert [each.message for each in validators[read["kind"]].iter_errors(read)] == []


def _wrong() -> Iterator[tuple[Path, Any]]:
    for folder in ("specs", "environments", "people"):
        for path in sorted((WRONG / folder).glob("*.yaml")):
            try:
                read = _plain(path)
            except UserError:
                continue  # nothing that an editor could hold against a schema
            if folder != "specs" or (isinstance(read, dict) and read.get("kind") in tuple(kinds.KINDS)):
                yield path, read


CASES = [pytest.param(path, read, id=f"{path.parent.name}/{path.stem}") for path, read in _wrong()]


@pytest.mark.parametrize(("path", "read"), CASES)
def test_what_the_models_refuse_the_schema_refuses_where_it_can_know(
    path: Path, read: Any, validators: dict[str, jsonschema.Draft202012Validator]
) -> None:
    name = {"environments": schemas.ENVIRONMENT, "people": schemas.PEOPLE}.get(
        path.parent.name, read.get("kind", "")
    )
    refused = [each.message for each in validators[name].iter_errors(read)]
    rules = _rules_of_the_model(name, path)
    if rules - BEYOND and path.stem not in CANNOT_KNOW:
        assert refused, rules
    elif not rules:
        assert bool(refused) == (path.stem in KNOWS_MORE), refused


def _rules_of_the_model(name: str, path: Path) -> set[str]:
    """The rules by which the model alone refuses a file, over the defaults of production."""
    model, package = _MODELS.get(name) or (kinds.named(name).spec, kinds.named(name).package)
    node = document.read(path.name, path.read_bytes())
    if package:
        node = document.merge(edition.defaults(package, edition.EDITIONS[-1], "production"), node)
    _, error = validate(model, node)
    return {each.rule for each in explain_errors(error, node, model)} if error else set()


@pytest.mark.parametrize("name", schemas.names())
def test_every_example_fits_what_it_is_an_example_of(name: str) -> None:
    schema = schemas.schema(name)
    for each in _schemas(schema):
        validator = jsonschema.Draft202012Validator({**each, "$defs": schema.get("$defs", {})})
        for example in each.get("examples", []):
            assert [wrong.message for wrong in validator.iter_errors(example)] == [], example


@pytest.mark.parametrize("name", schemas.names())
def test_every_key_says_what_it_is(name: str) -> None:
    for each in _schemas(schemas.schema(name)):
        for key, inner in each.get("properties", {}).items():
            if name != schemas.ENVIRONMENT or key not in kinds.KINDS:
                assert inner.get("description"), key


@pytest.mark.parametrize("name", schemas.names())
def test_text_that_nothing_else_describes_has_an_example(name: str) -> None:
    for each in _schemas(schemas.schema(name)):
        for key, inner in each.get("properties", {}).items():
            free = [one for one in [inner, *inner.get("anyOf", [])] if one.get("type") == "string"]
            if any("enum" not in one and "const" not in one for one in free):
                assert any("examples" in one for one in [inner, *inner.get("anyOf", [])]), key


def _schemas(schema: Any, named: bool = False) -> Iterator[dict[str, Any]]:
    if isinstance(schema, list):
        for each in schema:
            yield from _schemas(each)
    elif isinstance(schema, dict):
        if not named:
            yield schema
        for key, each in schema.items():
            if named or key not in ("examples", "default", "enum"):
                yield from _schemas(each, named=not named and key in ("properties", "$defs"))


@pytest.mark.parametrize(
    ("kind", "key", "value"),
    [
        ("mysql", "read_replicas", 2),
        ("mysql", "parameters", {"max_connections": 100}),
        ("mysql", "engine_version", 8.4),
        ("redis", "auth", {"rotate": "2027-01-31"}),
        ("dynamodb", "ttl", "expires_at"),
        ("dynamodb", "replicas", ["us-east-1"]),
        ("dynamodb", "pitr", 14),
        ("dynamodb", "encryption", "cmk"),
        ("dynamodb", "capacity", {"read": 5, "write": {"min": 5, "max": 10}}),
    ],
)
def test_short_forms_fit(
    kind: str, key: str, value: Any, validators: dict[str, jsonschema.Draft202012Validator]
) -> None:
    path = next(each for each in SHIPPED if _plain(each).get("kind") == kind)
    assert [each.message for each in validators[kind].iter_errors(_plain(path) | {key: value})] == []


def test_null_takes_away_what_an_environment_says(
    validators: dict[str, jsonschema.Draft202012Validator],
) -> None:
    read = _plain(ROOT / "specs" / "prod" / "orders.yaml")
    fits = validators["mysql"].is_valid
    assert fits(read | {"schedule": None, "parameters": {"slow_query_log": None}, "tags": None})
    assert not fits(read | {"multi_az": None})


def test_a_file_that_extends_another_needs_to_say_nothing_else(
    validators: dict[str, jsonschema.Draft202012Validator],
) -> None:
    assert not validators["environment"].is_valid({"tier": "production"})
    assert validators["environment"].is_valid({"extends": "../base.yaml", "tier": "production"})
