"""The type data: that it is what the installed packages declare, and that names go both ways through it."""

from __future__ import annotations

import importlib
import inspect
import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.aws import types
from compiler.aws.types import DATA, Shape
from compiler.engine import typedata
from compiler.route import Route


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of classes that importing pulumi_aws.s3 loads
def test_the_committed_data_is_what_the_installed_packages_declare() -> None:
    committed = {path.name: path.read_text(encoding="utf-8") for path in DATA.iterdir()}
    current = typedata.files()
    stale = sorted(
        name for name in committed.keys() | current.keys() if committed.get(name) != current.get(name)
    )
    assert stale == [], "run `python -m compiler.engine.typedata` and review the difference"


def test_every_type_of_the_list_can_be_looked_up_by_name_and_by_token() -> None:
    assert types.known() == tuple(sorted(typedata.TYPES))
    for name in types.known():
        found = types.resource_type(name)
        assert found.name == name
        assert types.by_token(found.token) is found


def test_inputs_are_the_parameters_of_the_class_in_python() -> None:
    for name in types.known():
        found = types.resource_type(name)
        cls = getattr(importlib.import_module(found.module), found.cls)
        parameters = inspect.signature(cls._internal_init).parameters.keys() - {
            "__self__",
            "resource_name",
            "opts",
            "__props__",
        }
        assert found.inputs.keys() == parameters, name


def test_types_are_what_the_engine_and_python_call_them() -> None:
    instance = types.resource_type("aws:rds:Instance")
    assert instance.token == "aws:rds/instance:Instance"
    assert (instance.module, instance.cls) == ("pulumi_aws.rds", "Instance")
    password = types.resource_type("random:RandomPassword")
    assert password.token == "random:index/randomPassword:RandomPassword"
    assert (password.module, password.cls) == ("pulumi_random", "RandomPassword")


@pytest.mark.parametrize(
    "name", ["aws:rds:Cluster", "aws:nothing:Thing", "Instance", "", "aws:rds:Instance:more"]
)
def test_a_type_without_data_is_a_key_error(name: str) -> None:
    with pytest.raises(KeyError):
        types.resource_type(name)


@pytest.mark.parametrize(
    "token",
    [
        "pulumi:pulumi:Stack",
        "pulumi:providers:aws",
        "aws:rds/cluster:Cluster",
        "aws:rds/other:Instance",
        "",
        ":::",
    ],
)
def test_a_token_that_is_not_ours_has_no_type(token: str) -> None:
    assert types.by_token(token) is None


def test_fields_say_what_is_required_and_what_is_secret() -> None:
    instance = types.resource_type("aws:rds:Instance")
    assert [name for name, field in instance.inputs.items() if field.required] == ["instance_class"]
    assert [name for name, field in instance.inputs.items() if field.secret] == ["password", "password_wo"]
    assert [name for name, field in instance.outputs.items() if field.secret] == ["password", "password_wo"]
    password = types.resource_type("random:RandomPassword")
    assert [name for name, field in password.outputs.items() if field.secret] == ["bcrypt_hash", "result"]
    assert types.secret_at("aws:secretsmanager:SecretVersion", ("secret_string",))
    assert types.secret_at("aws:elasticache:User", ("authentication_mode", "passwords", 0))
    assert not types.secret_at("aws:elasticache:User", ("authentication_mode", "type"))
    assert not types.secret_at("aws:rds:Instance", ("endpoint",))


def test_shapes_go_down_to_what_is_nested() -> None:
    assert types.input_at("aws:rds:Instance", ("multi_az",)) == Shape("boolean")
    assert types.input_at("aws:rds:Instance", ("tags", "a.b")) == Shape("string")
    assert types.input_at("aws:rds:Instance", ("s3_import", "bucket_name")) == Shape("string")
    assert types.input_at("aws:ec2:SecurityGroup", ("ingress", 0, "from_port")) == Shape("integer")
    assert types.input_at("aws:ec2:SecurityGroup", ("ingress", "from_port")) is None
    assert types.input_at("aws:rds:Instance", ("endpoint",)) is None
    assert types.output_at("aws:rds:Instance", ("endpoint",)) == Shape("string")
    assert types.output_at("aws:rds:Instance", ("id",)) == Shape("string")
    assert types.output_at("aws:rds:Instance", ("master_user_secrets", 0, "secret_arn")) == Shape("string")


def test_a_union_of_text_and_an_enumeration_or_a_document_is_text() -> None:
    assert types.input_at("aws:rds:Instance", ("instance_class",)) == Shape("string")
    assert types.input_at("aws:s3:Bucket", ("acl",)) == Shape("string")
    assert types.input_at("aws:iam:Role", ("assume_role_policy",)) == Shape("string")


@pytest.mark.parametrize(
    ("type", "path", "route"),
    [
        ("aws:ec2:SecurityGroup", "ingress[0].fromPort", ("ingress", 0, "from_port")),
        ("aws:ec2:SecurityGroup", "ingress.[0].fromPort", ("ingress", 0, "from_port")),
        ("aws:rds:Instance", "blueGreenUpdate.enabled", ("blue_green_update", "enabled")),
        ("aws:rds:Instance", 'tags["a.b"]', ("tags", "a.b")),
        ("aws:rds:Instance", 'tags["say \\"hi\\""]', ("tags", 'say "hi"')),
        ("aws:rds:Instance", "tags.dbspec:stack", ("tags", "dbspec:stack")),
        ("aws:rds:Instance", "tags.vpcId", ("tags", "vpcId")),
        ("aws:rds:Instance", "vpcSecurityGroupIds[1]", ("vpc_security_group_ids", 1)),
        ("aws:rds:Instance", "masterUserSecrets[0].secretArn", ("master_user_secrets", 0, "secret_arn")),
        ("aws:rds:Instance", "newInput.newField", ("newInput", "newField")),
        ("aws:rds:Instance", "", ()),
    ],
)
def test_property_paths_of_the_engine_become_our_routes(type: str, path: str, route: Route) -> None:
    assert types.route_from_wire(type, path) == route


@pytest.mark.parametrize("path", ["tags[", 'tags["a', "a..b", "[x]"])
def test_what_is_not_a_property_path_is_a_value_error(path: str) -> None:
    with pytest.raises(ValueError, match="not a property path"):
        types.route_from_wire("aws:rds:Instance", path)


@settings(deadline=None)
@given(st.data())
def test_every_input_has_a_property_path_that_leads_back_to_it(data: st.DataObject) -> None:
    type = data.draw(st.sampled_from(types.known()))
    route = data.draw(_routes(Shape("object", fields=types.resource_type(type).inputs)))
    assert types.route_from_wire(type, types.property_path(type, route)) == route


@settings(deadline=None)
@given(st.data())
def test_values_come_back_from_the_wire_as_they_went(data: st.DataObject) -> None:
    type = data.draw(st.sampled_from(types.known()))
    inputs = data.draw(_values(Shape("object", fields=types.resource_type(type).inputs)))
    assert types.from_wire(type, types.to_wire(type, inputs)) == inputs


def test_wire_names_are_translated_by_type_and_the_keys_of_maps_are_not() -> None:
    inputs = {
        "instance_class": "db.t4g.micro",
        "tags": {"cost_center": "a", "instance_class": "b"},
        "restore_to_point_in_time": {"use_latest_restorable_time": True},
        "a_new_input": {"left_alone": 1},
    }
    wire = {
        "instanceClass": "db.t4g.micro",
        "tags": {"cost_center": "a", "instance_class": "b"},
        "restoreToPointInTime": {"useLatestRestorableTime": True},
        "a_new_input": {"left_alone": 1},
    }
    assert types.to_wire("aws:rds:Instance", inputs) == wire
    assert types.from_wire("aws:rds:Instance", wire) == inputs


def test_outputs_come_from_the_wire_too() -> None:
    wire = {"masterUserSecrets": [{"secretArn": "arn", "kmsKeyId": "key"}], "hostedZoneId": "Z1"}
    assert types.from_wire("aws:rds:Instance", wire) == {
        "master_user_secrets": [{"secret_arn": "arn", "kms_key_id": "key"}],
        "hosted_zone_id": "Z1",
    }


def test_looking_up_a_type_imports_neither_pulumi_nor_anything_else_that_is_slow() -> None:
    program = (
        "import json, sys; from compiler.aws import mismatches, types;"
        "types.resource_type('aws:rds:Instance'); print(json.dumps(sorted(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in json.loads(ran.stdout)}
    assert loaded.isdisjoint({"pulumi", "pulumi_aws", "boto3", "ruamel", "pydantic", "difflib"})


_KEYS = st.text(st.characters(exclude_characters="\\", exclude_categories=["Cs"]), min_size=1, max_size=8)


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


def _values(shape: Shape) -> st.SearchStrategy[Any]:
    if shape.fields is not None:
        fields = shape.fields
        names = st.lists(st.sampled_from(sorted(fields)), unique=True, max_size=3)
        return names.flatmap(
            lambda some: st.fixed_dictionaries({name: _values(fields[name].shape) for name in some})
        )
    if shape.item is not None:
        items = st.deferred(lambda: _values(shape.item or Shape("any")))
        return (
            st.lists(items, max_size=2) if shape.kind == "list" else st.dictionaries(_KEYS, items, max_size=2)
        )
    return {"string": st.text(max_size=5), "boolean": st.booleans()}.get(shape.kind, st.integers(0, 99))
