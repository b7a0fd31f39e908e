"""What Pulumi and dbspec ask of the state, the roles allow, and a preview asks for nothing that writes."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from compiler import catalog
from compiler.graph import Stack
from compiler.report import Ending
from compiler.roles.roles import permissions
from compiler.source import WorkTree
from tests.roles.simulation import allows

if TYPE_CHECKING:
    from conftest import Room

REGION = "ap-northeast-2"
BUCKET = "acme-dbspec"
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
  secrets: awskms:///alias/dbspec?region=ap-northeast-2
shared_infrastructure: {literal: {vpc_id: vpc-0a1b2c3d, private_subnet_ids: [subnet-0a1b, subnet-0c2d]}}
windows: {timezone: Asia/Seoul, days: [sun], from: "03:00", to: "06:00"}
"""
# As the simulated AWS logs a request, in colours where the answer is no plain 200.
LINE = re.compile(rf'"(?:\x1b\[\d+m)*(GET|HEAD|PUT|POST|DELETE) /{BUCKET}(?:/([^? ]*))?(?:\?[^ ]*)? HTTP')
ACTIONS = {"GET": "GetObject", "HEAD": "GetObject", "PUT": "PutObject", "DELETE": "DeleteObject"}


@pytest.fixture
def asked(
    room: Room, aws: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> Callable[[], set[tuple[str, str]]]:
    """The room with its state as docs/setup.md makes it; tells what was asked of it since the last time."""
    import boto3
    from moto.core.responses import BaseResponse

    s3, kms = boto3.client("s3"), boto3.client("kms")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket=BUCKET, Key=".pulumi/meta.yaml", Body="version: 1\n")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/dbspec", TargetKeyId=key)
    room.environ |= {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    room.target = replace(
        room.target,
        backend=f"s3://{BUCKET}?region={REGION}&endpoint={aws}&s3ForcePathStyle=true",
        secrets=f"awskms:///alias/dbspec?region={REGION}",
        passphrase_file=None,
    )
    actions: set[tuple[str, str]] = set()
    act = BaseResponse.call_action

    def watched(self: Any) -> Any:
        if self.service_name == "kms":
            actions.add((f"kms:{self._get_action()}", f"arn:aws:kms:{REGION}:123456789012:key/{key}"))
        return act(self)

    monkeypatch.setattr(BaseResponse, "call_action", watched)
    caplog.set_level(logging.INFO, "werkzeug")

    def since() -> set[tuple[str, str]]:
        found = actions | set(_objects(caplog))
        actions.clear()
        caplog.clear()
        return found

    actions.clear()
    caplog.clear()
    return since


def _objects(caplog: pytest.LogCaptureFixture) -> Iterator[tuple[str, str]]:
    for verb, path in LINE.findall("\n".join(each.getMessage() for each in caplog.records)):
        if path:
            yield f"s3:{ACTIONS[verb]}", f"arn:aws:s3:::{BUCKET}/{path}"
        else:
            assert verb == "GET"
            yield "s3:ListBucket", f"arn:aws:s3:::{BUCKET}"


def test_every_call_for_the_state_is_allowed_by_the_role_that_makes_it(
    room: Room,
    asked: Callable[[], set[tuple[str, str]]],
    parameters: Callable[..., Stack],
    database: Callable[..., Stack],
    tmp_path: Path,
) -> None:
    (tmp_path / "specs" / "dev").mkdir(parents=True)
    (tmp_path / "specs" / "dev" / "environment.yaml").write_text(ENVIRONMENT)
    found = catalog.load(WorkTree(tmp_path / "specs")).checked()
    policies = permissions(found.environments["dev"], [])

    def denied(use: str, calls: set[tuple[str, str]]) -> set[tuple[str, str]]:
        context = {"kms:ResourceAliases": ["alias/dbspec"]}
        return {each for each in calls if not allows(policies[use].values(), *each, context)}

    assert room.apply(parameters("staging.other")).outcome.ending is Ending.APPLIED
    asked()
    stack = database(alarms=1)
    assert room.apply(stack).outcome.ending is Ending.APPLIED
    applying = asked()
    assert {"s3:DeleteObject", "s3:PutObject", "kms:Encrypt"} <= {action for action, _ in applying}
    assert denied("apply", applying) == set()
    assert room.preview(stack).outcome.ending is Ending.UNCHANGED
    assert room.preview(parameters("dev.new")).outcome.ending is Ending.CHANGES
    previewing = asked()
    assert any("staging.other" in resource for _, resource in previewing)  # to say which stacks there are
    assert denied("preview", previewing) == set()
