"""The escape hatch: what an override may be, what becomes of it, and what it can never be."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from compiler import catalog, compilation, document, graph, overrides, route
from compiler.aws import mismatches, types
from compiler.aws.types import Field, Shape
from compiler.commands.app import run
from compiler.diagnostics import Diagnostic, UserError
from compiler.graph import Resource, Stack
from compiler.report import Ending, Outcome, Phase, Report, to_data
from compiler.source import File

SPECS = {
    "mysql": "kind: mysql\nproject: shop\nowner: checkout\ndatabase_name: orders\naccess: [api]\nread_replicas: 1\n",
    "redis": "kind: redis\nproject: shop\nowner: checkout\naccess: [api]\n",
    "dynamodb": "kind: dynamodb\nproject: shop\nowner: checkout\nattributes: {id: S}\nhash_key: id\n",
}
FILES = {
    "people.yaml": "teams: {checkout: {}}\n",
    "prod/environment.yaml": (
        'tier: production\nedition: "2026.11"\nregion: ap-northeast-2\ntarget: sandbox\n'
        "clients: {api: {cidr: 10.0.0.0/16}}\n"
    ),
}


class Texts:
    """A specs folder in memory."""

    name = "specs"

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts

    def files(self) -> Iterator[File]:
        for path, text in sorted(self.texts.items()):
            yield File(path, f"specs/{path}", text.encode())


def _compiled(spec: str, environment: str = "") -> tuple[Stack, tuple[Diagnostic, ...]]:
    """A spec compiled, with these lines more in its environment."""
    texts = FILES | {"prod/orders.yaml": spec}
    texts["prod/environment.yaml"] += environment
    (database,) = catalog.load(Texts(texts)).checked().databases.values()
    return compilation.compiled(database)


def _overridden(kind: str, wanted: Any) -> tuple[Stack, tuple[Diagnostic, ...]]:
    return _compiled(f"{SPECS[kind]}overrides: {json.dumps(wanted)}\n")


@cache
def _plain(kind: str) -> Stack:
    stack, found = _compiled(SPECS[kind])
    assert found == ()
    return stack


def _instance(text: str, environment: str = "") -> Resource:
    stack, found = _compiled(SPECS["mysql"] + text, environment)
    assert found == ()
    return stack.resource("instance")


def test_a_mapping_merges_deep_a_list_replaces_and_a_null_leaves_the_input_unset() -> None:
    instance = _instance(
        "overrides:\n  instance:\n    tags: {Team: data}\n    enabled_cloudwatch_logs_exports: [general]\n"
        "    performance_insights_kms_key_id: null\n    ca_cert_identifier: rds-ca-ecc384-g1\n"
    )
    before = _plain("mysql").resource("instance").inputs
    assert instance.inputs == {
        **{name: value for name, value in before.items() if name != "performance_insights_kms_key_id"},
        "tags": {**before["tags"], "Team": "data"},  # type: ignore[dict-item]
        "enabled_cloudwatch_logs_exports": ["general"],
        "ca_cert_identifier": "rds-ca-ecc384-g1",
    }
    assert instance.overridden == (
        "ca_cert_identifier",
        "enabled_cloudwatch_logs_exports",
        "performance_insights_kms_key_id",
        "tags.Team",
    )


def test_nothing_else_of_the_stack_changes() -> None:
    stack, _ = _compiled(SPECS["mysql"] + "overrides: {instance: {ca_cert_identifier: rds-ca-ecc384-g1}}\n")
    others = [each for each in stack.resources if each.name != "instance"]
    assert others == [each for each in _plain("mysql").resources if each.name != "instance"]
    assert (stack.id, stack.outputs, stack.after) == (
        _plain("mysql").id,
        _plain("mysql").outputs,
        _plain("mysql").after,
    )


ENVIRONMENTS = (
    "defaults: {mysql: {overrides: {instance: {ca_cert_identifier: rds-ca-ecc384-g1, license_model: x}}}}\n"
)


@pytest.mark.parametrize(
    ("own", "left"),
    [
        ("", {"ca_cert_identifier": "rds-ca-ecc384-g1", "license_model": "x"}),
        (
            "overrides: {instance: {license_model: y}}\n",
            {"ca_cert_identifier": "rds-ca-ecc384-g1", "license_model": "y"},
        ),
        ("overrides: {instance: {license_model: null}}\n", {"ca_cert_identifier": "rds-ca-ecc384-g1"}),
        ("overrides: {instance: null}\n", {}),
        ("overrides: null\n", {}),
    ],
)
def test_a_spec_has_the_last_word_over_its_environments_overrides(own: str, left: dict[str, str]) -> None:
    inputs = _instance(own, ENVIRONMENTS).inputs
    assert {name: inputs[name] for name in ("ca_cert_identifier", "license_model") if name in inputs} == left


def test_who_decided_a_value_changes_nothing_that_is_applied() -> None:
    by_key, _ = _compiled(SPECS["mysql"] + "multi_az: false\n")
    by_override, _ = _compiled(SPECS["mysql"] + "overrides: {instance: {multi_az: false}}\n")
    assert graph.canonical(by_key) == graph.canonical(by_override)
    data = json.loads(json.dumps(graph.to_data(by_override)))
    assert graph.from_data(data).resource("instance").overridden == ("multi_az",)
    assert "overridden" not in json.dumps(graph.to_data(by_key))


def test_a_report_has_as_data_what_was_overridden() -> None:
    stack, _ = _compiled(SPECS["mysql"] + "overrides: {instance: {multi_az: false, tags: {Team: data}}}\n")
    found = Report(stack.id, Phase.PREVIEW, Outcome(Ending.UNCHANGED), overridden=stack.overridden)
    (data,) = to_data([found])["reports"]
    assert data["overridden"] == {"instance": ["multi_az", "tags.Team"]}
    assert found.overrides("instance", ("tags",))
    assert found.overrides("instance", ("tags", "Team"))
    assert not found.overrides("instance", ("tags", "Environment"))
    assert not found.overrides("firewall", ("tags", "Team"))


def test_what_is_wrong_with_an_override_keeps_the_stack_from_being_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for path, text in (
        FILES | {"prod/orders.yaml": SPECS["mysql"] + "overrides: {instnce: {iops: 3000}}\n"}
    ).items():
        (tmp_path / "specs" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "specs" / path).write_text(text)
    monkeypatch.chdir(tmp_path)
    for verb in (["compile"], ["explain"], ["preview"], ["apply", "--all"], ["cost"]):
        assert run(verb) == 1
        shown = capsys.readouterr()
        assert "did you mean 'instance'?" in shown.err
        assert shown.out == ""


def test_every_input_that_must_stay_is_one_that_its_type_has() -> None:
    for type, name in overrides.KEPT:
        assert type == "*" or name in types.resource_type(type).inputs, (type, name)


# What can be overridden at all, by kind: every resource of a plain stack with its inputs.
PLACES = [
    (kind, resource.name, name)
    for kind in SPECS
    for resource in _plain(kind).resources
    for name in types.resource_type(resource.type).inputs
]
FREE = [
    (kind, resource, name)
    for kind, resource, name in PLACES
    if (made := _plain(kind).resource(resource))
    and name not in made.options.ignore_changes
    and (type_ := made.type)
    and (type_, name) not in overrides.KEPT
    and ("*", name) not in overrides.KEPT
    and not types.resource_type(type_).inputs[name].secret
]
TEXT = st.text(st.characters(codec="ascii", categories=("L", "N", "P", "Zs")), max_size=12)


def _field(kind: str, resource: str, name: str) -> Field:
    return types.resource_type(_plain(kind).resource(resource).type).inputs[name]


def _values(shape: Shape) -> st.SearchStrategy[Any]:
    """Values of a shape, none of which sets a secret."""
    match shape.kind:
        case "string" | "any":
            return TEXT
        case "integer":
            return st.integers(-1000, 10**6)
        case "number":
            return st.integers(0, 100) | st.floats(0, 100).map(lambda each: round(each, 3))
        case "boolean":
            return st.booleans()
        case "list":
            return st.lists(_values(shape.item or Shape("any")), max_size=2)
        case "map":
            # Keys of people's own; ours are another test's.
            return st.dictionaries(
                TEXT.map(lambda key: f"k{key}"), _values(shape.item or Shape("any")), max_size=2
            )
    fields = {name: field for name, field in (shape.fields or {}).items() if not field.secret}
    return st.fixed_dictionaries(
        {name: _values(field.shape) for name, field in fields.items() if field.required},
        optional={name: _values(field.shape) for name, field in fields.items() if not field.required},
    )


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.sampled_from(FREE), st.data())
def test_any_well_typed_override_reaches_the_graph(place: tuple[str, str, str], data: st.DataObject) -> None:
    kind, name, input = place
    value = data.draw(_values(_field(*place).shape))
    stack, found = _overridden(kind, {name: {input: value}})
    assert found == ()
    resource = stack.resource(name)
    before = _plain(kind).resource(name).inputs.get(input)
    if isinstance(value, dict) and isinstance(before, Mapping):
        assert resource.inputs[input] == {**before, **_laid(before, value)}
    else:
        assert resource.inputs[input] == value
    names = {each.name: each.type for each in stack.resources}
    assert mismatches.check(resource.type, resource.inputs, names) == ()
    assert resource.overridden == tuple(sorted(_leaves(value, (input,))))


def _laid(before: Mapping[str, Any], value: dict[str, Any]) -> dict[str, Any]:
    return {
        key: {**before[key], **_laid(before[key], item)}
        if isinstance(item, dict) and isinstance(before.get(key), Mapping)
        else item
        for key, item in value.items()
    }


def _leaves(value: Any, at: tuple[str, ...]) -> Iterator[str]:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _leaves(item, (*at, key))
    else:
        yield route.text(at)


WRONG: dict[str, Any] = {
    "string": 5,
    "integer": "five",
    "number": "five",
    "boolean": "perhaps",
    "list": "one",
    "map": "one",
    "object": "one",
}


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.sampled_from(FREE), st.data())
def test_any_badly_typed_override_is_refused_where_it_stands(
    place: tuple[str, str, str], data: st.DataObject
) -> None:
    kind, name, input = place
    shape, at = _field(*place).shape, [input]
    # Down into the value, as far as the dice say: each step is a line of its own.
    while shape.fields and data.draw(st.booleans()):
        fields = {key: field for key, field in shape.fields.items() if not field.secret}
        assume(fields)
        step = data.draw(st.sampled_from(sorted(fields)))
        shape, at = fields[step].shape, [*at, step]
    assume(shape.kind in WRONG)
    head = SPECS[kind] + f"overrides:\n  {name}:\n"
    lines = [f"{'  ' * depth}    {step}:" for depth, step in enumerate(at)]
    _, found = _compiled(head + "\n".join(lines) + f" {json.dumps(WRONG[shape.kind])}\n")
    wrong = [each for each in found if each.rule == "overrides/wrong-type"]
    assert len(wrong) == 1
    assert wrong[0].at == (
        "specs/prod/orders.yaml",
        (head + "\n".join(lines)).count("\n") + 1,
        len(lines[-1]) + 2,
    )
    # Beside it only what an object lacks that has nothing else in it.
    assert {each.rule for each in found} <= {"overrides/wrong-type", "overrides/missing-input"}


SECRETS = [place for place in PLACES if _field(*place).secret]


@pytest.mark.parametrize("place", SECRETS, ids=".".join)
@pytest.mark.parametrize(
    "value", ["hunter2-in-clear", 20011, ["hunter2-in-clear"], {"a": "hunter2-in-clear"}, None]
)
def test_no_override_sets_a_secret_and_no_message_repeats_it(place: tuple[str, str, str], value: Any) -> None:
    kind, name, input = place
    stack, found = _overridden(kind, {name: {input: value}})
    assert [each.rule for each in found] == ["overrides/secret-input"]
    assert "hunter2" not in str(found[0])
    assert "20011" not in found[0].words
    assert stack.resource(name).inputs == _plain(kind).resource(name).inputs


def test_there_are_secrets_to_keep() -> None:
    assert {("mysql", "instance", "password"), ("redis", "replication-group", "auth_token")} <= set(SECRETS)


@given(st.sampled_from(["hunter2-in-clear", ["hunter2-in-clear"], 5]))
def test_a_secret_inside_an_input_is_one_too(value: Any) -> None:
    _, found = _overridden(
        "redis", {"user": {"authentication_mode": {"type": "password", "passwords": value}}}
    )
    assert [each.rule for each in found] == ["overrides/secret-input"]
    assert "hunter2" not in str(found[0])


def test_wrong_overrides_are_told_all_at_once_and_the_right_ones_beside_them_still_hold() -> None:
    stack, found = _overridden(
        "mysql", {"instance": {"iops": "x", "nonsense": 1}, "reader": {}, "firewall": {"name": "other"}}
    )
    assert sorted(each.rule for each in found) == [
        "overrides/unknown-input",
        "overrides/unknown-resource",
        "overrides/wrong-type",
    ]
    assert stack.resource("firewall").inputs["name"] == "other"
    assert stack.resource("instance") == _plain("mysql").resource("instance")


def test_stacks_raises_what_is_wrong_with_all_databases() -> None:
    wrong = SPECS["mysql"] + "overrides: {reader: {port: 1}}\n"
    texts = FILES | {f"prod/{name}.yaml": wrong for name in ("orders", "users")}
    found = catalog.load(Texts(texts)).checked()
    with pytest.raises(UserError) as refused:
        list(compilation.stacks([], found.databases.values()))
    assert [each.at and each.at.path for each in refused.value.diagnostics] == [
        "specs/prod/orders.yaml",
        "specs/prod/users.yaml",
    ]


def test_a_null_below_overrides_survives_merging_and_one_elsewhere_does_not() -> None:
    lower = document.read("a", b"overrides: {a: {x: 1, y: {z: 1}}}\nb: {c: 1}\n")
    upper = document.read("b", b"overrides: {a: {x: null, y: {z: null}}, d: null}\nb: {c: null}\n")
    assert document.plain(document.merge(lower, upper)) == {
        "overrides": {"a": {"x": None, "y": {"z": None}}},
        "b": {},
    }
