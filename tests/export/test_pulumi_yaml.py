"""Graphs as Pulumi YAML programs: what they look like, that they hold together, and that nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler import graph
from compiler import route as routes
from compiler.aws import types
from compiler.aws.types import Shape
from compiler.diagnostics import UserError
from compiler.graph import Concat, Json, Options, Ref, Resource, Shared, Stack, Value
from compiler.render.pulumi_yaml import program
from tests.export import program_reader as reader

GOLDEN = Path(__file__).parent / "golden"

ORDERS = Stack(
    id="prod.orders",
    resources=(
        Resource(
            "key",
            "aws:kms:Key",
            {
                "enable_key_rotation": True,
                "region": "ap-northeast-2",
                "policy": Json({"Version": "2012-10-17"}),
            },
            "encrypts the storage, the backups and the secret",
            Options(protect=True, retain_on_delete=True),
        ),
        Resource(
            "firewall",
            "aws:ec2:SecurityGroup",
            {
                "vpc_id": Shared("vpc_id"),
                "ingress": [
                    {"from_port": 3306, "to_port": 3306, "protocol": "tcp", "cidr_blocks": ["10.0.0.0/16"]},
                    {
                        "from_port": 3306,
                        "to_port": 3306,
                        "protocol": "tcp",
                        "security_groups": [Shared("client_groups", "[0]"), Shared("client_groups", "[1]")],
                    },
                ],
            },
            "lets in the clients of `access` and nobody else",
        ),
        Resource(
            "subnets",
            "aws:rds:SubnetGroup",
            {"name": "orders", "subnet_ids": Shared("private_subnet_ids"), "description": None},
            "the private subnets",
        ),
        Resource("password", "random:RandomPassword", {"length": 32, "special": False}, "of the admin"),
        Resource(
            "database",
            "aws:rds:Instance",
            {
                "allocated_storage": 20,
                "engine_version": "8.4",
                "instance_class": "db.r7g.large",
                "db_subnet_group_name": Ref("subnets", "name"),
                "kms_key_id": Ref("key", "arn"),
                "password": Ref("password", "result"),
                "vpc_security_group_ids": [Ref("firewall", "id")],
                "tags": {
                    "dbspec:stack": "prod.orders",
                    "cost_center": "0123",
                    "on": "yes",
                    "${}": "$5 or $$",
                },
            },
            "the database itself",
            Options(
                protect=True,
                delete_before_replace=True,
                depends_on=("logs", "subnets"),
                ignore_changes=("password", "restore_to_point_in_time.restore_time", 'tags["a.b"]'),
            ),
        ),
        Resource(
            "logs", "aws:cloudwatch:LogGroup", {"name": "/aws/rds/instance/orders/error"}, "made before"
        ),
        Resource(
            "credentials",
            "aws:secretsmanager:SecretVersion",
            {
                "secret_id": Concat(("orders-", Shared("suffix"))),
                "secret_string": Json(
                    {
                        "host": Ref("database", "address"),
                        "port": Ref("database", "port"),
                        "password": Ref("password", "result"),
                        "url": Concat(("mysql://", Ref("database", "endpoint"), "/${database}")),
                        "replica": None,
                    }
                ),
            },
            "what an application needs",
        ),
        Resource(
            "policy",
            "aws:iam:Policy",
            {
                "policy": Json(
                    {
                        "Statement": [
                            {
                                "Effect": "Allow",
                                "Action": "rds-db:connect",
                                "Resource": Concat(
                                    ("arn:x/", Ref("database", "resource_id"), "/${aws:username}")
                                ),
                            }
                        ]
                    }
                )
            },
            "",
        ),
    ),
    outputs={
        "endpoint": Ref("database", "endpoint"),
        "port": Ref("database", "port"),
        "first_secret": Ref("database", "master_user_secrets[0].secret_arn"),
        "command": Concat(("mysql -h ", Ref("database", "address"), " -P ", Ref("database", "port"))),
    },
)


def test_the_program_of_a_database_is_as_a_person_would_write_it(golden: Callable[[Path, str], None]) -> None:
    golden(GOLDEN / "prod.orders.yaml", program(ORDERS))


def test_values_of_shared_infrastructure_become_the_defaults_of_its_config() -> None:
    shared = {
        "vpc_id": "vpc-1",
        "private_subnet_ids": ["subnet-1", "$2"],
        "client_groups": ["sg-1"],
        "suffix": "007",
    }
    assert reader.parse(program(ORDERS, shared))["config"] == {
        "shared_client_groups": _array(default=["sg-1"]),
        "shared_private_subnet_ids": _array(default=["subnet-1", "$2"]),
        "shared_suffix": _text(default="007"),
        "shared_vpc_id": _text(default="vpc-1"),
    }


def test_config_without_values_has_the_type_that_its_use_needs() -> None:
    assert reader.parse(program(ORDERS))["config"] == {
        "shared_client_groups": _array(),
        "shared_private_subnet_ids": _array(),
        "shared_suffix": _text(),
        "shared_vpc_id": _text(),
    }


def test_a_config_key_that_a_resource_has_already_is_made_another() -> None:
    resources = (
        Resource("shared_vpc_id", "aws:kms:Key", {}, ""),
        Resource("b", "aws:ec2:SecurityGroup", {"vpc_id": Shared("vpc_id"), "name": Shared("vpc.id")}, ""),
    )
    written = reader.parse(program(Stack("dev.a", resources)))
    assert written["config"].keys() == {"shared_vpc_id_", "shared_vpc_id__"}
    properties = written["resources"]["b"]["properties"]
    assert properties == {"name": "${shared_vpc_id_}", "vpcId": "${shared_vpc_id__}"}


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("plain", "plain"),
        ("${database.endpoint}", "$${database.endpoint}"),
        ("costs $5", "costs $$5"),
        ("$$", "$$$$"),
        (Ref("database", "endpoint"), "${database.endpoint}"),
        (Ref("database", "hosted_zone_id"), "${database.hostedZoneId}"),
        (Ref("database", "master_user_secrets[0].secret_arn"), "${database.masterUserSecrets[0].secretArn}"),
        (Ref("database", 'tags["a.b"]'), '${database.tags["a.b"]}'),
        (Ref("a b.c", "arn"), "${a_b_c_.arn}"),
        (Ref("a_b_c", "arn"), "${a_b_c.arn}"),
        (Concat(("a$", Ref("database", "endpoint"))), "a$$${database.endpoint}"),
        (Concat(("a", Concat(("b", Ref("database", "port"))), True, 1)), "ab${database.port}true1"),
        (Concat((Ref("database", "endpoint"),)), "${database.endpoint}"),
        (Concat((Ref("database", "port"),)), {"fn::toJSON": "${database.port}"}),
        (Concat(()), ""),
        (Json({"a": Ref("database", "port")}), {"fn::toJSON": {"a": "${database.port}"}}),
        (
            Concat(("a", Json([1]), Ref("database", "port"))),
            {"fn::join": ["", ["a", {"fn::toJSON": [1]}, {"fn::toJSON": "${database.port}"}]]},
        ),
        (Json({"${a}": "b"}), {"fn::toJSON": {"$${a}": "b"}}),
    ],
)
def test_each_kind_of_value_has_its_form(value: Value, written: Any) -> None:
    resources = (
        Resource("database", "aws:rds:Instance", {"instance_class": "c"}, ""),
        Resource("a b.c", "aws:kms:Key", {}, ""),
        Resource("a_b_c", "aws:kms:Key", {}, ""),
        Resource("holder", "aws:kms:Key", {"description": value}, ""),
    )
    found = reader.parse(program(Stack("dev.a", resources)))["resources"]["holder"]["properties"]
    assert found == {"description": written}


def test_a_name_that_no_reference_can_begin_with_stands_beside_its_key() -> None:
    resources = (Resource("a.b", "aws:kms:Key", {}, ""), Resource("c", "aws:kms:Key", {}, ""))
    written = reader.parse(program(Stack("dev.a", resources)))["resources"]
    assert {key: each.get("name") for key, each in written.items()} == {"a_b": "a.b", "c": None}


@pytest.mark.parametrize("key", ["fn::toJSON", "Fn::Join", "fn::anything"])
def test_a_key_that_would_be_a_function_is_refused(key: str) -> None:
    stack = Stack("dev.a", (Resource("key", "aws:kms:Key", {"tags": {key: "x"}}, ""),))
    with pytest.raises(UserError, match=f"the key '{key}' cannot be written in Pulumi YAML"):
        program(stack)


@pytest.mark.parametrize(
    "text",
    ["0123", "1e3", "on", "Yes", "null", "~", "", " ", "2026-01-01", "12:30:45", "1_000", "0x1F", ".5", "a: b", "a #b",
     "- a", "*a", "&a", "!a", "a\nb", "é", "\x07", "'", '"', "{a}", "%", "@", "`", "<<", "=", "0b1", "+1", "a:", "? a"],
)  # fmt: skip
def test_text_stays_text_for_every_reader_of_yaml(text: str) -> None:
    stack = Stack("dev.a", (Resource("key", "aws:kms:Key", {"description": text, "tags": {text: text}}, ""),))
    for version in ("1.1", "1.2"):
        found = reader.parse(program(stack), version)["resources"]["key"]["properties"]
        assert found == {"description": text, "tags": {text: text}}


def test_every_shipped_kind_of_option_arrives() -> None:
    options = reader.parse(program(ORDERS))["resources"]["database"]["options"]
    assert options == {
        "protect": True,
        "deleteBeforeReplace": True,
        "dependsOn": ["${logs}", "${subnets}"],
        "ignoreChanges": ["password", "restoreToPointInTime.restoreTime", 'tags["a.b"]'],
        "version": types.resource_type("aws:rds:Instance").version,
    }


def test_a_written_program_holds_together() -> None:
    _assert_holds_together(program(ORDERS))


def test_a_graph_comes_back_from_its_program() -> None:
    assert _same(reader.stack(program(ORDERS), ORDERS.id), ORDERS)


@settings(deadline=None)
@given(st.data())
def test_any_graph_makes_a_program_that_holds_together_and_says_the_same(data: st.DataObject) -> None:
    stack = data.draw(_stacks())
    written = program(stack)
    assert program(_shuffled(stack)) == written
    assert reader.parse(written, "1.1") == reader.parse(written, "1.2")
    _assert_holds_together(written)
    assert _same(reader.stack(written, stack.id), stack)


def _assert_holds_together(written: str) -> None:
    document = reader.parse(written)
    assert document["runtime"] == "yaml"
    roots = {*document["resources"], *document.get("config", {})}
    assert len(roots) == len(document["resources"]) + len(document.get("config", {}))
    for resource in document["resources"].values():
        wires = {field.wire for field in types.resource_type(resource["type"]).inputs.values()}
        assert resource["properties"].keys() <= wires
    said = [[each["properties"], each["options"]] for each in document["resources"].values()]
    for root, *below in reader.references([*said, *document.get("outputs", {}).values()]):
        assert root in roots
        if root in document["resources"]:
            reader.output_route(document["resources"][root]["type"], tuple(below))


def _same(found: Stack, expected: Stack) -> bool:
    return graph.canonical(found) == graph.canonical(_normal(expected))


def _normal(stack: Stack) -> Stack:
    """What a program keeps of a graph: texts put together, nulls gone, no `after`, which is no part of a stack."""
    kinds = {each.name: each.type for each in stack.resources}
    return Stack(
        stack.id,
        tuple(
            replace(
                each,
                inputs={
                    name: _normal_value(value, kinds)
                    for name, value in each.inputs.items()
                    if value is not None
                },
            )
            for each in stack.resources
        ),
        {name: _normal_value(value, kinds) for name, value in stack.outputs.items()},
    )


def _normal_value(value: Value, kinds: dict[str, str]) -> Value:
    match value:
        case Concat():
            return _normal_text(value, kinds)
        case Json():
            return Json(_normal_value(value.value, kinds))
        case list():
            return [_normal_value(item, kinds) for item in value]
        case dict():
            return {key: _normal_value(item, kinds) for key, item in value.items()}
    return value


def _normal_text(concat: Concat, kinds: dict[str, str]) -> Value:
    """Runs of text and references, between them JSON; a number alone in its run becomes text as JSON does it."""
    runs: list[list[Value]] = [[]]
    for part in _flat(concat, kinds):
        if isinstance(part, Json):
            runs += [[part], []]
        elif isinstance(part, str) and runs[-1] and isinstance(runs[-1][-1], str):
            runs[-1][-1] += part
        elif part != "":
            runs[-1].append(part)
    joined: list[Value] = []
    for run in filter(None, runs):
        alone = run[0] if len(run) == 1 else Concat(tuple(run))
        if isinstance(alone, Ref):
            shape = types.output_at(kinds[alone.resource], routes.parse(alone.path))
            if shape is not None and shape.kind in ("integer", "number", "boolean"):
                alone = Json(alone)
        joined.append(alone)
    if len(joined) > 1:
        return Concat(tuple(joined))
    return joined[0] if joined else ""


def _flat(concat: Concat, kinds: dict[str, str]) -> list[Value]:
    flat: list[Value] = []
    for part in concat.parts:
        if isinstance(part, Concat):
            flat += _flat(part, kinds)
        elif isinstance(part, Ref | Shared | str):
            flat.append(part)
        elif isinstance(part, Json):
            flat.append(_normal_value(part, kinds))
        else:
            flat.append(json.dumps(part))
    return flat


def _shuffled(stack: Stack) -> Stack:
    return replace(
        stack,
        resources=tuple(
            replace(each, inputs=dict(reversed(list(each.inputs.items()))))
            for each in reversed(stack.resources)
        ),
        outputs=dict(reversed(list(stack.outputs.items()))),
    )


_TEXTS = st.text(
    st.sampled_from("ab $${}[].\"'\\:-#&*!%@`,\n\té0") | st.characters(exclude_categories=["Cs"]), max_size=12
)
_NAMES = st.text(st.sampled_from("abAB01-_. $:[]{}"), min_size=1, max_size=8) | st.sampled_from(
    ["on", "null", "1", "2.5"]
)
# A step in quotes cannot end in a backslash, nor have one before a quote: Pulumi's grammar has no way to write it.
_KEYS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\\"), min_size=1, max_size=8
).filter(lambda key: not key.lower().startswith("fn::"))


@st.composite
def _stacks(draw: st.DrawFn) -> Stack:
    kinds: dict[str, str] = {}
    resources: list[Resource] = []
    for name in draw(st.lists(_NAMES, min_size=1, max_size=4, unique=True)):
        type = draw(st.sampled_from(types.known()))
        values = _values(_references(kinds))
        fields = types.resource_type(type).inputs
        chosen = draw(st.lists(st.sampled_from(sorted(fields)), max_size=4, unique=True))
        options = Options(
            protect=draw(st.booleans()),
            retain_on_delete=draw(st.booleans()),
            delete_before_replace=draw(st.booleans()),
            depends_on=tuple(draw(st.lists(st.sampled_from(sorted(kinds)), max_size=2, unique=True)))
            if kinds
            else (),
            ignore_changes=tuple(draw(st.lists(_paths(fields), max_size=2, unique=True))),
        )
        inputs = {each: draw(_shaped(fields[each].shape, values)) for each in chosen}
        resources.append(
            Resource(name, type, inputs, draw(st.sampled_from(["", "a reason", "two\nlines"])), options)
        )
        kinds[name] = type
    outputs = draw(st.dictionaries(_NAMES, _values(_references(kinds)), max_size=2))
    return Stack("dev.any", tuple(resources), outputs)


def _references(kinds: dict[str, str]) -> st.SearchStrategy[Value]:
    shared: st.SearchStrategy[Value] = st.builds(
        Shared, st.sampled_from(["vpc_id", "a-b", "B0"]), st.sampled_from(["", "[0]", "a[1]"])
    )
    if not kinds:
        return shared
    return shared | st.sampled_from(sorted(kinds)).flatmap(
        lambda name: st.builds(Ref, st.just(name), _paths(types.resource_type(kinds[name]).outputs))
    )


def _paths(fields: Any) -> st.SearchStrategy[str]:
    return _routes(Shape("object", fields=fields)).map(routes.text)


def _routes(shape: Shape) -> st.SearchStrategy[Any]:
    def longer(step: Any, below: Shape) -> st.SearchStrategy[Any]:
        return st.just((step,)) | _routes(below).map(lambda rest: (step, *rest))

    if shape.fields is not None:
        fields = shape.fields
        return st.sampled_from(sorted(fields)).flatmap(lambda name: longer(name, fields[name].shape))
    if shape.item is not None:
        item = shape.item
        steps: st.SearchStrategy[Any] = st.integers(0, 9) if shape.kind == "list" else _KEYS
        return steps.flatmap(lambda step: longer(step, item))
    return st.just(())


def _values(references: st.SearchStrategy[Value]) -> st.SearchStrategy[Value]:
    scalars = st.none() | st.booleans() | st.integers(-(2**40), 2**40) | _TEXTS
    return st.recursive(
        scalars | references,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(_KEYS, inner, max_size=3),
            inner.map(Json),
            st.lists(scalars | references | inner.map(Json), max_size=4).map(
                lambda parts: Concat(tuple(parts))
            ),
        ),
        max_leaves=6,
    )


def _shaped(shape: Shape, values: st.SearchStrategy[Value]) -> st.SearchStrategy[Value]:
    """A value of that shape with anything in the place of its scalars, or one that is only known later."""
    if shape.fields is not None:
        fields = shape.fields
        names = st.lists(st.sampled_from(sorted(fields)), unique=True, max_size=3)
        return names.flatmap(
            lambda some: st.fixed_dictionaries({each: _shaped(fields[each].shape, values) for each in some})
        )
    if shape.item is not None:
        items = st.deferred(lambda: _shaped(shape.item or Shape("any"), values))
        return (
            st.lists(items, max_size=2) if shape.kind == "list" else st.dictionaries(_KEYS, items, max_size=2)
        )
    return values


def _array(**said: Any) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "string"}, **said}


def _text(**said: Any) -> dict[str, Any]:
    return {"type": "string", **said}
