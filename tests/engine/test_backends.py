"""State in S3, secrets encrypted by KMS, and what is missing said before anything starts."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from compiler.diagnostics import Exit, UserError
from compiler.engine import readiness
from compiler.engine.target import Target
from compiler.graph import Stack
from compiler.report import Ending

if TYPE_CHECKING:
    from conftest import Room

REGION = "ap-northeast-2"


@pytest.fixture
def in_aws(room: Room, aws: str) -> Room:
    """The room with its state in a bucket and its secrets under a key."""
    import boto3

    boto3.client("s3", endpoint_url=aws).create_bucket(
        Bucket="acme-dbspec", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    kms = boto3.client("kms", endpoint_url=aws)
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/dbspec", TargetKeyId=key)
    room.environ |= {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    room.target = replace(
        room.target,
        backend=f"s3://acme-dbspec?region={REGION}&endpoint={aws}&s3ForcePathStyle=true",
        secrets=f"awskms:///alias/dbspec?region={REGION}",
        passphrase_file=None,
    )
    return room


def test_state_in_s3_with_secrets_under_kms_works_as_in_files(
    in_aws: Room, database: Callable[..., Stack], aws: str
) -> None:
    stack = database(alarms=1)

    applied = in_aws.apply(stack)
    again = in_aws.preview(stack)

    assert applied.outcome.ending is Ending.APPLIED, applied.outcome
    assert (again.outcome.ending, again.changes) == (Ending.UNCHANGED, ())
    objects = _objects(aws)
    assert ".dbspec/applied/dev.orders.json" in objects
    password = in_aws.password("dev.orders")
    assert len(password) == 32
    assert not any(password in text for text in objects.values())
    in_aws.destroy(stack)
    assert ".pulumi/stacks/dbspec/dev.orders.json" not in _objects(aws)


def test_what_is_ready_is_not_complained_of(in_aws: Room) -> None:
    readiness.check(in_aws.session(), [in_aws.target])


def test_a_missing_passphrase_is_said_before_anything_starts(room: Room) -> None:
    problem = _problem(room, replace(room.target, passphrase_file=None))

    assert problem.startswith(
        "dev encrypts the secrets in its state with a passphrase, and none is set; set PULUMI_"
    )


def test_a_passphrase_file_that_is_not_there_is_said_before_anything_starts(room: Room) -> None:
    room.environ["PULUMI_CONFIG_PASSPHRASE_FILE"] = "/nowhere"

    problem = _problem(room, replace(room.target, passphrase_file=None))

    assert problem.startswith("PULUMI_CONFIG_PASSPHRASE_FILE names /nowhere, which is not a file")


@pytest.mark.usefixtures("no_aws")
def test_missing_credentials_are_said_before_anything_starts(room: Room) -> None:
    problem = _problem(room, replace(room.target, backend=f"s3://acme-dbspec?region={REGION}"))

    assert "no AWS credentials" in problem


def test_a_key_that_is_not_there_is_said_before_anything_starts(in_aws: Room) -> None:
    secrets = f"awskms:///alias/other?region={REGION}"

    problem = _problem(in_aws, replace(in_aws.target, secrets=secrets))

    assert "alias/other" in problem
    assert "NotFoundException" in problem


def test_credentials_of_another_account_are_said_before_anything_starts(in_aws: Room) -> None:
    real = replace(in_aws.target, sandbox=None, account="999999999999")

    problem = _problem(in_aws, real)

    assert problem.startswith(
        "dev lives in the account 999999999999, and these credentials lead to 123456789012"
    )


def test_a_wrong_passphrase_is_told_and_changes_nothing(room: Room, parameters: Callable[..., Stack]) -> None:
    room.apply(parameters("dev.a"))
    assert room.target.passphrase_file
    room.target.passphrase_file.write_text("another")

    report = room.apply(parameters("dev.a", value="0"))

    assert report.outcome.ending is Ending.FAILED
    assert "incorrect passphrase" in report.outcome.failures[0].message


def test_an_engine_that_takes_too_long_is_ended(room: Room, parameters: Callable[..., Stack]) -> None:
    room.account.fault("aws:rds:ParameterGroup", delay=3, late=True)

    report = room.apply(parameters("dev.a"), seconds=2)

    assert report.outcome.ending is Ending.FAILED
    assert "deadline" in report.outcome.failures[0].message
    again = room.apply(parameters("dev.a"))
    assert again.outcome.ending in (Ending.APPLIED, Ending.UNCHANGED)
    assert room.things("dev.a") == [("aws:rds:ParameterGroup", "parameters")]


def _problem(room: Room, target: Target) -> str:
    with pytest.raises(UserError) as raised:
        readiness.check(room.session(), [target])
    assert raised.value.exit_code is Exit.ENGINE
    (problem,) = raised.value.diagnostics
    return str(problem)


def _objects(aws: str) -> dict[str, Any]:
    import boto3

    s3 = boto3.client("s3", endpoint_url=aws)
    listed = s3.list_objects_v2(Bucket="acme-dbspec").get("Contents", [])
    return {
        each["Key"]: s3.get_object(Bucket="acme-dbspec", Key=each["Key"])["Body"].read().decode()
        for each in listed
    }
