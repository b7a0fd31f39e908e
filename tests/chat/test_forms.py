"""Forms are built from the models, and say no more than what somebody wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.chat import answers, forms
from bot.chat.fields import Control, Field
from bot.chat.forms import Form
from bot.requests.request import Intent
from compiler import kinds, schemas
from compiler.catalog import Catalog
from compiler.catalog.loading import load
from compiler.route import text
from compiler.settings import settings
from compiler.source import WorkTree

SPECS = Path(__file__).parents[2] / "specs"


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load(WorkTree(SPECS)).checked()


def requesting(catalog: Catalog, kind: str, target: str = "dev/new") -> Form:
    return forms.requesting(kind, target, catalog.environments[target.partition("/")[0]], catalog.people)


def field(form: Form, key: str) -> Field:
    return next(each for each in form.fields if each.key == key)


def unchanged(form: Form) -> dict[str, answers.Said]:
    return {each.key: answers.shown(each, each.value) for each in form.fields}


@pytest.mark.parametrize("kind", kinds.KINDS)
def test_a_form_asks_for_every_key_of_a_kind_once(kind: str, catalog: Catalog) -> None:
    form = requesting(catalog, kind)
    keys = [each.key for each in form.fields]
    assert len(keys) == len(set(keys))
    tops = {key.partition(".")[0] for key in keys} - {forms.REASON}
    assert tops == schemas.schema(kind)["properties"].keys() - {"kind", "decommission"}


@pytest.mark.parametrize("kind", kinds.KINDS)
def test_what_nothing_gives_is_asked_first_then_what_the_kind_says_matters(
    kind: str, catalog: Catalog
) -> None:
    form = requesting(catalog, kind)
    required = [each.required for each in form.first]
    assert required == sorted(required, reverse=True)
    assert {each.key for each in form.first if each.required} == set(schemas.schema(kind)["required"]) - {
        "kind"
    }
    assert set(kinds.named(kind).asks) <= {each.key for each in form.first}
    assert len(form.first) <= 10


@pytest.mark.parametrize("kind", kinds.KINDS)
def test_every_question_says_what_it_is_about(kind: str, catalog: Catalog) -> None:
    assert [each.key for each in requesting(catalog, kind).fields if not each.help] == []


def test_fields_are_prefilled_with_what_holds_anyway_and_say_who_decided_it(catalog: Catalog) -> None:
    form = requesting(catalog, "mysql")
    size = field(form, "instance_class")
    assert (size.value, size.origin) == ("db.t3.micro", "environment")
    port = field(form, "port")
    assert (port.value, port.origin, port.least, port.most) == (
        3306,
        "edition 2026.11, development",
        1150,
        65535,
    )
    assert list(field(form, "owner").choices) == ["checkout", "identity", "platform"]
    assert list(field(form, "access").choices) == ["checkout-api"]


def test_origins_are_those_that_explain_tells(catalog: Catalog) -> None:
    database = catalog.databases["prod/orders"]
    form = forms.changing(database, catalog.people)
    said = {text(each.route): each.origin for each in settings(database)}
    told = {each.key: each.origin for each in form.fields if each.origin not in ("", "the kind")}
    wrong = {
        key: (each, said[key])
        for key, each in told.items()
        if key in said and each != said[key] and not said[key].startswith("derived")
    }
    assert wrong == {}
    assert {"spec", "environment", "edition 2026.11, production"} <= set(told.values())


def test_a_form_that_is_sent_as_it_was_opened_changes_nothing(catalog: Catalog) -> None:
    for database in catalog.databases.values():
        form = forms.changing(database, catalog.people)
        assert answers.read(form, unchanged(form)) == ({}, ()), database.id
    for kind in kinds.KINDS:
        form = requesting(catalog, kind)
        assert answers.read(form, unchanged(form)) == ({}, ()), kind


def test_a_change_asks_first_for_what_the_file_says(catalog: Catalog) -> None:
    form = forms.changing(catalog.databases["prod/users"], catalog.people)
    assert {"attributes", "hash_key", "range_key", "replicas", "indexes"} <= {each.key for each in form.first}
    assert form.action is Intent.CHANGE


@pytest.mark.parametrize(
    ("kind", "key", "said", "answer"),
    [
        ("mysql", "storage.allocated_gib", "40", {"storage.allocated_gib": 40}),
        ("mysql", "storage.growth", "3.5", {"storage.growth": 3.5}),
        ("mysql", "multi_az", "yes", {"multi_az": True}),
        ("mysql", "monitoring.interval", "15", {"monitoring.interval": 15}),
        ("mysql", "engine_version", "8.10", {"engine_version": "8.10"}),
        ("mysql", "access", ("checkout-api",), {"access": ["checkout-api"]}),
        ("mysql", "logs.exports", "error, slowquery", {"logs.exports": ["error", "slowquery"]}),
        (
            "mysql",
            "description",
            "  Orders: all of them # yes ",
            {"description": "Orders: all of them # yes"},
        ),
        ("mysql", "description", "", {}),
        (
            "mysql",
            "parameters",
            "{require_secure_transport: 1, slow_query_log: 1, long_query_time: 5, log_output: FILE, max_connections: 9}",  # noqa: E501
            {"parameters.long_query_time": 5, "parameters.max_connections": 9},
        ),
        ("mysql", "restore", "snapshot: old", {"restore": {"snapshot": "old"}}),
        ("dynamodb", "attributes", "{user_id: S, at: N}", {"attributes": {"user_id": "S", "at": "N"}}),
        ("dynamodb", "pitr.enabled", "yes", {"pitr.enabled": True}),
        ("dynamodb", "ttl", "expires_at", {"ttl": "expires_at"}),
        ("dynamodb", "replicas", "[us-east-1]", {"replicas": ["us-east-1"]}),
        ("redis", "auth.rotate", "2027-01-31", {"auth.rotate": "2027-01-31"}),
    ],
)
def test_what_is_written_becomes_keys_and_plain_values(
    kind: str, key: str, said: answers.Said, answer: dict[str, Any], catalog: Catalog
) -> None:
    assert answers.read(requesting(catalog, kind), {key: said}) == (answer, ())


@pytest.mark.parametrize(
    ("key", "said", "problem"),
    [
        ("port", "many", "'many' is not a whole number; write digits"),
        ("port", "3.5", "'3.5' is not a whole number; write digits"),
        ("storage.growth", "nan", "'nan' is not a number; write digits"),
        ("multi_az", "perhaps", "'perhaps' is no choice; write one of yes, no"),
        ("parameters", "{a: 1", "the `{` is not closed"),
        (
            "parameters",
            "slow_query_log: 1",
            "parameters.log_output is a default, and stays where it is left out; write the line",
        ),
    ],
)
def test_what_no_field_can_hold_is_said_at_its_field(
    key: str, said: str, problem: str, catalog: Catalog
) -> None:
    answered, problems = answers.read(requesting(catalog, "mysql"), {key: said})
    assert answered == {}
    assert [each.key for each in problems] == [key]
    assert str(problems[0]).startswith(problem)


def test_emptying_a_field_takes_a_line_out_and_a_default_stays(catalog: Catalog) -> None:
    form = forms.changing(catalog.databases["prod/users"], catalog.people)
    assert answers.read(form, {"range_key": "", "billing_mode": None}) == ({"range_key": None}, ())
    less = "email-index: {hash_key: email, projection: ALL}"
    assert answers.read(form, {"indexes": less}) == ({"indexes.email-index.range_key": None}, ())


def test_a_deep_value_is_asked_for_as_yaml_and_read_back_as_it_is(catalog: Catalog) -> None:
    form = forms.changing(catalog.databases["prod/users"], catalog.people)
    indexes = field(form, "indexes")
    assert indexes.control is Control.YAML
    assert answers.parsed(indexes, answers.shown(indexes, indexes.value)) == indexes.value
