"""What is missing is said with the way to get it, and what is there is said to be there."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import boto3
import pytest

from compiler.commands.app import run
from compiler.render.doctor import text as rendered

REGION = "ap-northeast-2"
ENVIRONMENT = """\
tier: production
edition: "2026.11"
region: ap-northeast-2
target:
  account: "123456789012"
  preview_role: arn:aws:iam::123456789012:role/dbspec-preview
  apply_role: arn:aws:iam::123456789012:role/dbspec-apply
state:
  backend: s3://acme-dbspec?region=ap-northeast-2
  secrets: awskms:///alias/dbspec-prod?region=ap-northeast-2
shared_infrastructure:
  terraform_s3: {bucket: acme-terraform, key: shared.tfstate, region: ap-northeast-2}
windows: {timezone: Asia/Seoul, days: [sun], from: "03:00", to: "06:00"}
"""
ORDERS = "kind: mysql\nproject: shop\nowner: checkout\ndatabase_name: orders\n"
STATE = {
    "version": 4,
    "terraform_version": "1.9.0",
    "outputs": {
        "vpc_id": {"value": "vpc-0a1b2c3d", "type": "string"},
        "private_subnet_ids": {"value": ["subnet-0a", "subnet-0b"], "type": ["list", "string"]},
    },
}
ALL_CLOSED = dict.fromkeys(
    ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
)

Found = dict[str, tuple[str, str, str]]
Doctor = Callable[..., tuple[int, Found]]


@pytest.fixture
def specs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "specs"
    (folder / "prod").mkdir(parents=True)
    (folder / "people.yaml").write_text("teams: {checkout: {}}\n")
    (folder / "prod" / "environment.yaml").write_text(ENVIRONMENT)
    (folder / "prod" / "orders.yaml").write_text(ORDERS)
    cli = tmp_path / "pulumi"
    cli.write_text("#!/bin/sh\necho v3.259.0\n")
    cli.chmod(0o755)
    monkeypatch.setenv("DBSPEC_PULUMI", str(cli))
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "home"))
    return folder


@pytest.fixture
def doctor(specs: Path, capsys: pytest.CaptureFixture[str]) -> Doctor:
    """The exit code, and what was found of the last area by what it is about."""

    def call(*arguments: str) -> tuple[int, Found]:
        code = run(["doctor", *arguments, "--specs", str(specs), "--format", "json"])
        areas = json.loads(capsys.readouterr().out)["areas"]
        return code, {
            each["about"]: (each["state"], each["said"], each["fix"]) for each in areas[-1]["findings"]
        }

    return call


def _client(service: str) -> Any:
    return boto3.client(service, region_name=REGION)


def _bucket(name: str) -> None:
    _client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})


def _key() -> str:
    key = _client("kms").create_key()["KeyMetadata"]["KeyId"]
    _client("kms").create_alias(AliasName="alias/dbspec-prod", TargetKeyId=key)
    return str(key)


def _roles(specs: Path) -> None:
    """As docs/setup.md makes them."""
    out = specs.parent / "roles"
    assert (
        run(["roles", "prod", "--repository", "acme/databases", "--specs", str(specs), "--out", str(out)])
        == 0
    )
    iam = _client("iam")
    for name in ("dbspec-preview", "dbspec-apply"):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=(out / f"{name}.trust.json").read_text())
        for file in sorted((out / name).glob("*.json")):
            made = iam.create_policy(PolicyName=file.stem, PolicyDocument=file.read_text())["Policy"]
            iam.attach_role_policy(RoleName=name, PolicyArn=made["Arn"])


def _everything(specs: Path) -> str:
    _roles(specs)
    _bucket("acme-dbspec")
    s3 = _client("s3")
    s3.put_bucket_versioning(Bucket="acme-dbspec", VersioningConfiguration={"Status": "Enabled"})
    s3.put_public_access_block(Bucket="acme-dbspec", PublicAccessBlockConfiguration=ALL_CLOSED)
    s3.put_bucket_encryption(
        Bucket="acme-dbspec",
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]
        },
    )
    _bucket("acme-terraform")
    s3.put_object(Bucket="acme-terraform", Key="shared.tfstate", Body=json.dumps(STATE))
    return _key()


def test_where_everything_is_there_nothing_is_missing(aws: str, doctor: Doctor, specs: Path) -> None:
    _everything(specs)
    code, found = doctor("prod")
    assert code == 0
    assert {each: state for each, (state, _, _) in found.items()} == {
        "credentials": "ok",
        "clock": "ok",
        "preview role": "ok",
        "apply role": "ok",
        "policies of the preview role": "ok",
        "policies of the apply role": "ok",
        "state": "ok",
        "versions of the state": "ok",
        "encryption of the state": "ok",
        "public access to the state": "ok",
        "key of the state": "ok",
        "shared infrastructure": "ok",
    }


def test_an_empty_account_is_told_all_at_once(aws: str, doctor: Doctor) -> None:
    code, found = doctor("prod")
    assert code == 3
    assert found["state"][0] == found["key of the state"][0] == found["shared infrastructure"][0] == "missing"
    assert "make it, or correct `state.backend`" in found["state"][2]
    assert "make it, or correct `state.secrets`" in found["key of the state"][2]
    assert found["credentials"][0] == "ok"


def test_a_bucket_that_nobody_looked_after_says_what_to_run(aws: str, doctor: Doctor) -> None:
    _bucket("acme-dbspec")
    _client("s3").delete_bucket_encryption(Bucket="acme-dbspec")
    code, found = doctor("prod")
    assert code == 3
    assert found["state"][0] == "ok"
    for about, command in (
        ("versions of the state", "aws s3api put-bucket-versioning --bucket acme-dbspec "),
        ("public access to the state", "aws s3api put-public-access-block --bucket acme-dbspec "),
    ):
        assert found[about][0] == "missing"
        assert command in found[about][2]


def test_a_key_that_waits_for_its_deletion_is_missing(aws: str, doctor: Doctor, specs: Path) -> None:
    key = _everything(specs)
    _client("kms").schedule_key_deletion(KeyId=key)
    code, found = doctor("prod")
    assert code == 3
    assert found["key of the state"][:2] == ("missing", "alias/dbspec-prod is PendingDeletion")


def test_a_bucket_of_another_region_is_told_with_its_region(aws: str, doctor: Doctor, specs: Path) -> None:
    _everything(specs)
    path = specs / "prod" / "environment.yaml"
    path.write_text(
        ENVIRONMENT.replace("s3://acme-dbspec?region=ap-northeast-2", "s3://acme-dbspec?region=eu-west-1")
    )
    _, found = doctor("prod")
    assert found["state"][0] == "missing"
    assert "write region=ap-northeast-2 into `state.backend`" in found["state"][2]


def test_policies_that_another_release_made_are_told(aws: str, doctor: Doctor, specs: Path) -> None:
    _everything(specs)
    iam = _client("iam")
    arn = "arn:aws:iam::123456789012:policy/dbspec-prod-apply-1"
    statement = {"Effect": "Allow", "Action": "rds:DescribeDBInstances", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=document, SetAsDefault=True)
    made = iam.create_policy(PolicyName="more", PolicyDocument=document)["Policy"]
    iam.attach_role_policy(RoleName="dbspec-preview", PolicyArn=made["Arn"])
    code, found = doctor("prod")
    assert code == 3
    state, said, fix = found["policies of the apply role"]
    assert (state, said) == ("missing", "not as dbspec needs them: dbspec-prod-apply-1")
    assert "dbspec roles prod" in fix
    assert found["policies of the preview role"][:2] == (
        "unknown",
        "besides those of dbspec's there is more",
    )


def test_without_credentials_only_that_is_said(no_aws: None, doctor: Doctor) -> None:
    code, found = doctor("prod")
    assert code == 3
    ((state, _, fix),) = found.values()
    assert state == "missing"
    assert "aws sso login" in fix


def test_what_the_shared_infrastructure_lacks_is_named(aws: str, doctor: Doctor, specs: Path) -> None:
    _everything(specs)
    lacking = STATE | {"outputs": {}}
    _client("s3").put_object(Bucket="acme-terraform", Key="shared.tfstate", Body=json.dumps(lacking))
    code, found = doctor("prod")
    assert code == 3
    assert "has no output 'private_subnet_ids'" in found["shared infrastructure"][1]


def test_the_sandbox_needs_nothing(no_aws: None, doctor: Doctor, specs: Path) -> None:
    head, _, rest = ENVIRONMENT.partition("target:")
    sandbox = f"{head}target: sandbox\nwindows:{rest.partition('windows:')[2]}"
    (specs / "prod" / "environment.yaml").write_text(sandbox)
    code, found = doctor()
    assert code == 0
    assert found["account"][:2] == ("ok", "the sandbox: nothing is needed")


def test_a_machine_without_the_cli_and_git_says_how_to_get_them(
    aws: str, specs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DBSPEC_PULUMI")
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("XDG_CACHE_HOME", str(specs.parent / "cache"))
    assert run(["doctor", "--specs", str(specs), "--color", "never"]) == 3
    out = capsys.readouterr().out
    assert "  missing  git: there is no git in PATH\n           install it" in out
    assert (
        "  missing  Pulumi CLI: no Pulumi CLI 3.259.0 or newer is here\n           run `dbspec engine install`"
        in out
    )
    assert "  unknown  AWS plugin: 7.51.1 is not here yet" in out


class _Sts(BaseHTTPRequestHandler):
    """An STS that knows who asks, and lets nobody take a role."""

    arn = "arn:aws:sts::123456789012:assumed-role/developers/ada"
    ahead = timedelta()

    def do_POST(self) -> None:
        sent = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        if sent["Action"] == ["AssumeRole"]:
            code = 403
            said = "<Code>AccessDenied</Code><Message>not authorized</Message>"
            body = f"<ErrorResponse><Error>{said}</Error></ErrorResponse>"
        else:
            code = 200
            body = (
                "<GetCallerIdentityResponse><GetCallerIdentityResult>"
                f"<Arn>{self.arn}</Arn><Account>123456789012</Account><UserId>x</UserId>"
                "</GetCallerIdentityResult></GetCallerIdentityResponse>"
            )
        self.send_response_only(code)
        self.send_header("Date", format_datetime(datetime.now(UTC) + self.ahead, usegmt=True))
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def sts(aws: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[_Sts]]:
    handler = type("Sts", (_Sts,), {})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", f"http://127.0.0.1:{server.server_port}")
        yield handler
        server.shutdown()


def test_a_role_that_only_jobs_may_take_is_not_said_to_be_missing(
    sts: type[_Sts], doctor: Doctor, specs: Path
) -> None:
    _everything(specs)
    code, found = doctor("prod")
    assert found["preview role"][0] == found["apply role"][0] == "unknown"
    assert "--reader" in found["preview role"][2]
    assert "a run of the workflow `apply` shows" in found["apply role"][2]
    assert code == 0


def test_a_role_that_does_not_trust_itself_is_told_to(sts: type[_Sts], doctor: Doctor, specs: Path) -> None:
    _everything(specs)
    sts.arn = "arn:aws:sts::123456789012:assumed-role/dbspec-apply/dbspec-apply"
    code, found = doctor("prod")
    assert code == 3
    assert found["apply role"][0] == "missing"
    assert "dbspec roles prod" in found["apply role"][2]
    assert found["preview role"][0] == "unknown"


def test_a_clock_that_aws_would_refuse_is_missing(sts: type[_Sts], doctor: Doctor, specs: Path) -> None:
    _everything(specs)
    sts.ahead = timedelta(minutes=10)
    code, found = doctor("prod")
    assert code == 3
    assert found["clock"][0] == "missing"
    assert "seconds behind AWS's" in found["clock"][1]


def test_what_others_wrote_cannot_do_anything_to_the_terminal() -> None:
    from compiler.doctor.finding import Area, unknown

    assert "\x1b" not in rendered([Area("prod", (unknown("state", "\x1b[2Jgone", "\x07"),))])
