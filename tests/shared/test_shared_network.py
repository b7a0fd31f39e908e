from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from compiler.diagnostics import Exit, Place, UserError
from compiler.graph import Shared
from compiler.shared.network import Secret, SharedNetwork, value_of
from compiler.shared.resolution import resolve
from compiler.shared.sources import SharedSource

AT = Place("specs/prod/environment.yaml", 9, 3)
STRINGS = ["list", "string"]
OUTPUTS: dict[str, Any] = {
    "vpc_id": {"value": "vpc-0a1b", "type": "string"},
    "private_subnet_ids": {"value": ["subnet-1", "subnet-2"], "type": STRINGS},
    "checkout_sg": {"value": "sg-0c", "type": "string"},
    "cluster": {
        "value": {"name": "eks", "groups": ["sg-0d"]},
        "type": ["object", {"name": "string", "groups": STRINGS}],
    },
    "master_password": {"value": "hunter2-hunter2", "type": "string", "sensitive": True},
    "vault": {"value": {"token": "hunter3"}, "type": ["object", {"token": "string"}], "sensitive": True},
}


def state(outputs: Mapping[str, Any] = OUTPUTS, **more: Any) -> str:
    data = {"version": 4, "terraform_version": "1.9.8", "serial": 7, "lineage": "x", "outputs": outputs}
    return json.dumps({**data, "resources": [], **more})


def read(folder: Path, text: str | bytes, names: Mapping[str, str] | None = None) -> SharedNetwork:
    (folder / "shared.tfstate").write_bytes(text.encode() if isinstance(text, str) else text)
    given = {"path": "shared.tfstate", "names": dict(names or {})}
    return found({"terraform_local": given}, folder)


def found(source: Mapping[str, Any], folder: Path, stacks: Mapping[str, Any] | None = None) -> SharedNetwork:
    def stack_outputs(stack: str, backend: str | None) -> Mapping[str, Any]:
        outputs: Mapping[str, Any] = (stacks or {})[f"{stack} in {backend}"]
        return outputs

    return resolve(SharedSource.model_validate(source), folder=folder, stack_outputs=stack_outputs, at=AT)


def without(*names: str) -> dict[str, Any]:
    return {name: output for name, output in OUTPUTS.items() if name not in names}


def output(value: Any) -> dict[str, Any]:
    return {"value": value, "type": "string"}


def test_a_terraform_state_in_a_file_gives_the_network(tmp_path: Path) -> None:
    network = read(tmp_path, state())
    assert network.vpc_id == "vpc-0a1b"
    assert network.private_subnet_ids == ["subnet-1", "subnet-2"]
    assert network.alert_topic_arn is None
    assert value_of(network, Shared("vpc_id")) == "vpc-0a1b"
    assert value_of(network, Shared("private_subnet_ids", "[1]")) == "subnet-2"
    assert value_of(network, Shared("checkout_sg")) == "sg-0c"
    assert value_of(network, Shared("cluster", "groups[0]")) == "sg-0d"


@pytest.mark.parametrize("type", [STRINGS, ["tuple", ["string", "string"]], ["set", "string"]])
def test_lists_tuples_and_sets_of_strings_are_lists(tmp_path: Path, type: Any) -> None:
    subnets = {"private_subnet_ids": {"value": ["subnet-1", "subnet-2"], "type": type}}
    assert read(tmp_path, state(OUTPUTS | subnets)).private_subnet_ids == ["subnet-1", "subnet-2"]


def test_outputs_are_mapped_to_our_names(tmp_path: Path) -> None:
    outputs = {
        "main_vpc_id": output("vpc-9"),
        "db_subnets": output(["subnet-1", "subnet-2"]),
        "groups": output({"checkout": "sg-1"}),
        "alarms": output("arn:aws:sns:eu-west-1:123456789012:alarms"),
        "key": output("arn:aws:kms:eu-west-1:123456789012:key/1"),
        "app": output("sg-2"),
    }
    names = {
        "vpc_id": "main_vpc_id",
        "private_subnet_ids": "db_subnets",
        "security_group_ids": "groups",
        "alert_topic_arn": "alarms",
        "kms_key_arn": "key",
        "checkout_sg": "app",
    }
    network = read(tmp_path, state(outputs), names)
    assert network.vpc_id == "vpc-9"
    assert network.security_group_ids == {"checkout": "sg-1"}
    assert network.alert_topic_arn == "arn:aws:sns:eu-west-1:123456789012:alarms"
    assert network.kms_key_arn == "arn:aws:kms:eu-west-1:123456789012:key/1"
    assert value_of(network, Shared("security_group_ids", "checkout")) == "sg-1"
    assert value_of(network, Shared("checkout_sg")) == "sg-2"


def test_a_sensitive_output_stays_secret_and_is_never_printed(tmp_path: Path) -> None:
    network = read(tmp_path, state())
    password = value_of(network, Shared("master_password"))
    assert isinstance(password, Secret)
    assert password.value == "hunter2-hunter2"
    assert value_of(network, Shared("vault", "token")) == Secret("hunter3")
    assert "hunter" not in f"{network!r}{password!r}{password}{value_of(network, Shared('vault', 'token'))}"


def test_a_sensitive_network_is_checked_and_stays_secret(tmp_path: Path) -> None:
    secret = {"vpc_id": {"value": "vpc-hidden", "type": "string", "sensitive": True}}
    network = read(tmp_path, state(OUTPUTS | secret))
    assert value_of(network, Shared("vpc_id")) == Secret("vpc-hidden")
    wrong = {"vpc_id": {"value": "hunter2", "type": "string", "sensitive": True}}
    with pytest.raises(UserError, match="should be text that starts with vpc-") as caught:
        read(tmp_path, state(OUTPUTS | wrong))
    assert "hunter2" not in str(caught.value)


def test_a_missing_output_shows_those_that_exist_and_what_was_meant(tmp_path: Path) -> None:
    outputs = {**without("vpc_id", "cluster", "vault"), "vpcid": output("vpc-1")}
    with pytest.raises(UserError) as caught:
        read(tmp_path, state(outputs))
    (one,) = caught.value.diagnostics
    assert one.at == AT
    assert one.message == (
        f"the Terraform state {tmp_path}/shared.tfstate has no output 'vpc_id'; did you mean 'vpcid'?"
    )
    assert one.fix == (
        "export it there, or map one of its outputs with `names: {vpc_id: ...}` "
        "(it has checkout_sg, master_password, private_subnet_ids, vpcid)"
    )
    assert caught.value.exit_code == Exit.SPECS


def test_everything_that_is_missing_or_wrong_is_said_at_once(tmp_path: Path) -> None:
    outputs = {"private_subnet_ids": output(["subnet-1"]), "kms_key_arn": output("alias/x")}
    names = {"alert_topic_arn": "alarms", "checkout_sg": "app"}
    with pytest.raises(UserError) as caught:
        read(tmp_path, state(outputs), names)
    said = [each.message for each in caught.value.diagnostics]
    assert len(said) == 5
    for part in ("'vpc_id'", "at least 2 entries, and has 1", "'alarms'", "starts with arn:", "'app'"):
        assert any(part in each for each in said)


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("vpc_id", "subnet-1", "should be text that starts with vpc-, and is other text"),
        ("vpc_id", "vpc-", "should be text that starts with vpc-"),
        ("vpc_id", ["vpc-1"], "and is a list"),
        ("vpc_id", 7, "and is a number"),
        ("private_subnet_ids", "subnet-1,subnet-2", "should be a list of texts that start with subnet-"),
        ("private_subnet_ids", ["subnet-1", "subnet-1"], "at least 2 entries, and has 1"),
        ("private_subnet_ids", ["subnet-1", "vpc-1"], "and not all do"),
        ("private_subnet_ids", ["subnet-1", None], "and not all do"),
        ("private_subnet_ids", {"a": "subnet-1"}, "and is an object"),
        ("security_group_ids", ["i-1"], "start with sg-, and not all do"),
        ("security_group_ids", "sg-1", "should be a list or mapping"),
        ("alert_topic_arn", "alarms", "should be text that starts with arn:"),
    ],
)
def test_an_output_that_is_not_what_it_should_be_is_named(
    tmp_path: Path, name: str, value: Any, complaint: str
) -> None:
    with pytest.raises(UserError) as caught:
        read(tmp_path, state({**OUTPUTS, name: output(value)}))
    (one,) = caught.value.diagnostics
    assert f"output {name!r}" in one.message
    assert complaint in one.message
    assert one.at == AT


def test_a_null_output_is_a_missing_one(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="has no output 'vpc_id'"):
        read(tmp_path, state({**OUTPUTS, "vpc_id": output(None)}))


@pytest.mark.parametrize(
    ("shared", "complaint"),
    [
        (Shared("checkout_sgs"), "did you mean 'checkout_sg'"),
        (Shared("alert_topic_arn"), "has no output 'alert_topic_arn'"),
        (Shared("cluster", "nodes"), "has no part nodes"),
        (Shared("private_subnet_ids", "[2]"), r"has no part \[2\]"),
        (Shared("vpc_id", "id"), "has no part id"),
        (Shared("vault", "hunter3"), "has no part hunter3"),
    ],
)
def test_a_reference_to_what_is_not_there_is_named(tmp_path: Path, shared: Shared, complaint: str) -> None:
    network = read(tmp_path, state())
    with pytest.raises(UserError, match=complaint) as caught:
        value_of(network, shared)
    assert caught.value.diagnostics[0].at == AT


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "is empty"),
        (" \n", "is empty"),
        ("{", "is not JSON"),
        (b"\x89PNG\xff", "is not JSON"),
        ("[]", "is no state"),
        ("{}", "says no format, and dbspec reads 4"),
        (state(version=3), "has the format 3, and dbspec reads 4"),
        (state(version="4"), "has the format '4'"),
        (
            json.dumps({"serial": 1, "lineage": "x", "meta": {}, "encrypted_data": "x"}),
            "encrypted by OpenTofu",
        ),
        (state([]), "has no output 'vpc_id'"),  # type: ignore[arg-type]
        (state(["x"]), "has outputs that are none"),  # type: ignore[arg-type]
        (state({"vpc_id": "vpc-1"}), "has outputs that are none"),
        (state({}), r"it has none at all"),
    ],
)
def test_what_is_no_readable_state_is_said_clearly(tmp_path: Path, text: str | bytes, complaint: str) -> None:
    with pytest.raises(UserError, match=complaint) as caught:
        read(tmp_path, text)
    assert all(each.at == AT and each.fix for each in caught.value.diagnostics)


def test_a_state_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"missing\.tfstate is not readable: No such file"):
        found({"terraform_local": {"path": "missing.tfstate"}}, tmp_path)


def test_an_absolute_path_is_taken_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "shared.tfstate").write_text(state())
    source = {"terraform_local": {"path": str(tmp_path / "shared.tfstate")}}
    assert found(source, Path("/elsewhere")).vpc_id == "vpc-0a1b"


def test_a_pulumi_stack_gives_the_network_and_keeps_its_secrets(tmp_path: Path) -> None:
    outputs = {
        "vpcId": "vpc-1",
        "private_subnet_ids": ["subnet-1", "subnet-2"],
        "token": "[secret]",
        "app_sg": "sg-1",
    }
    given = {"stack": "acme/network/prod", "backend": "s3://state", "names": {"vpc_id": "vpcId"}}
    network = found({"stack_reference": given}, tmp_path, {"acme/network/prod in s3://state": outputs})
    assert network.vpc_id == "vpc-1"
    assert value_of(network, Shared("app_sg")) == "sg-1"
    with pytest.raises(UserError, match="the Pulumi stack acme/network/prod keeps its output 'token' secret"):
        value_of(network, Shared("token"))


def test_a_pulumi_stack_that_keeps_what_is_needed_secret_is_told_so(tmp_path: Path) -> None:
    outputs = {"vpc_id": "[secret]", "private_subnet_ids": ["subnet-1", "subnet-2"]}
    with pytest.raises(UserError, match="keeps its output 'vpc_id' secret"):
        found({"stack_reference": {"stack": "a/b/c"}}, tmp_path, {"a/b/c in None": outputs})


def test_literals_are_the_network(tmp_path: Path) -> None:
    network = found(
        {
            "literal": {
                "vpc_id": "vpc-1",
                "private_subnet_ids": ["subnet-1", "subnet-2"],
                "security_group_ids": {"checkout": "sg-1"},
                "alert_topic_arn": "arn:aws:sns:eu-west-1:123456789012:alarms",
            }
        },
        tmp_path,
    )
    assert network.alert_topic_arn == "arn:aws:sns:eu-west-1:123456789012:alarms"
    assert value_of(network, Shared("private_subnet_ids")) == ["subnet-1", "subnet-2"]
    assert value_of(network, Shared("checkout")) == "sg-1"


LITERAL = {"vpc_id": "vpc-1", "private_subnet_ids": ["subnet-1", "subnet-2"]}


@pytest.mark.parametrize(
    ("source", "route"),
    [
        ({}, ()),
        ({"literal": LITERAL, "terraform_local": {"path": "x"}}, ()),
        ({"literal": {**LITERAL, "vpc_id": "subnet-1"}}, ("literal", "vpc_id")),
        ({"literal": {**LITERAL, "private_subnet_ids": ["subnet-1"]}}, ("literal", "private_subnet_ids")),
        (
            {"literal": {**LITERAL, "private_subnet_ids": ["subnet-1", "x"]}},
            ("literal", "private_subnet_ids", 1),
        ),
        ({"literal": {**LITERAL, "security_group_ids": {"a": "x"}}}, ("literal", "security_group_ids", "a")),
        ({"literal": {**LITERAL, "alert_topic_arn": "arn:x"}}, ("literal", "alert_topic_arn")),
        ({"literal": {"vpc_id": "vpc-1"}}, ("literal", "private_subnet_ids")),
        ({"terraform_s3": {"bucket": "acme", "key": "x"}}, ("terraform_s3", "region")),
        ({"terraform_s3": {"bucket": "acme", "key": "x", "region": "Seoul"}}, ("terraform_s3", "region")),
        ({"terraform_local": {"path": "x", "pth": "y"}}, ("terraform_local", "pth")),
        ({"terraform_local": {"path": 7}}, ("terraform_local", "path")),
        (
            {"stack_reference": {"stack": "x", "names": {"vpc_id": ["x"]}}},
            ("stack_reference", "names", "vpc_id"),
        ),
    ],
)
def test_a_wrong_source_is_found_where_it_is_wrong(source: Mapping[str, Any], route: tuple[str, ...]) -> None:
    with pytest.raises(ValidationError) as caught:
        SharedSource.model_validate(source)
    assert [each["loc"] for each in caught.value.errors()] == [route]


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ({}, "shared/network.tfstate"),
        ({"workspace": "default"}, "shared/network.tfstate"),
        ({"workspace": "prod"}, "env:/prod/shared/network.tfstate"),
        ({"workspace": "prod", "workspace_key_prefix": "spaces"}, "spaces/prod/shared/network.tfstate"),
    ],
)
def test_a_terraform_state_in_s3_gives_the_network_of_its_workspace(
    aws: str, tmp_path: Path, more: Mapping[str, str], key: str
) -> None:
    put(key, state())
    given = {"bucket": "acme-terraform", "key": "shared/network.tfstate", "region": "eu-west-1", **more}
    network = found({"terraform_s3": given}, tmp_path)
    assert network.vpc_id == "vpc-0a1b"
    assert f"s3://acme-terraform/{key}" in network.origin


def put(key: str, text: str) -> None:
    import boto3

    s3 = boto3.client("s3", region_name="eu-west-1")
    s3.create_bucket(Bucket="acme-terraform", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket="acme-terraform", Key=key, Body=text.encode())


S3 = {"bucket": "acme-terraform", "key": "shared/network.tfstate", "region": "eu-west-1"}


def test_a_role_is_assumed_for_reading(aws: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import urllib.request

    put(S3["key"], state())
    role = "arn:aws:iam::123456789012:role/terraform-reader"
    assert found({"terraform_s3": {**S3, "role_arn": role}}, tmp_path).vpc_id == "vpc-0a1b"
    with urllib.request.urlopen(f"{aws}/moto-api/data.json") as answer:
        assumed = json.load(answer)["sts"]["AssumedRole"]
    assert role in json.dumps(assumed)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"key": "other.tfstate"}, "NoSuchKey.*correct `terraform_s3.key`"),
        ({"workspace": "prod"}, "NoSuchKey.*`workspace`"),
        ({"bucket": "acme-other"}, "NoSuchBucket.*correct `terraform_s3.bucket`"),
    ],
)
def test_a_state_that_is_not_in_s3_is_said_with_the_way_out(
    aws: str, tmp_path: Path, change: Mapping[str, str], complaint: str
) -> None:
    put(S3["key"], state())
    with pytest.raises(UserError, match=complaint) as caught:
        found({"terraform_s3": {**S3, **change}}, tmp_path)
    assert caught.value.exit_code == Exit.ENGINE
    assert caught.value.diagnostics[0].at == AT


def test_missing_credentials_are_said(no_aws: None, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no AWS credentials for reading the Terraform state s3://") as caught:
        found({"terraform_s3": S3}, tmp_path)
    assert caught.value.exit_code == Exit.ENGINE


def test_a_bucket_that_refuses_us_names_the_rights_that_are_needed(
    aws: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import boto3

    put(S3["key"], state())
    boto3.client("s3").put_bucket_policy(
        Bucket="acme-terraform",
        Policy=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Deny",
                        "Principal": "*",
                        "Action": "s3:GetObject",
                        "Resource": "arn:aws:s3:::acme-terraform/*",
                    }
                ],
            }
        ),
    )
    with pytest.raises(UserError, match=r"AWS refused reading the Terraform state .*s3:ListBucket"):
        found({"terraform_s3": S3}, tmp_path)
